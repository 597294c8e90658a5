// The types of single values: each checks one scalar and words its complaint.
#include "config/schema.hpp"

#include <algorithm>
#include <cstring>

#include "config/builtin.hpp"
#include "config/secrets.hpp"

namespace sereno {

namespace {

/// A type made from a parser of config/values.hpp.
template <class Parse>
auto scalar(std::string wanted, Parse parse) {
    using V = typename decltype(parse(std::string_view{}).value)::value_type;
    return Type<V>{[wanted = std::move(wanted), parse = std::move(parse)](
                       Check& check, std::string_view key, const Node& node) -> std::optional<V> {
        const std::string* written = expect_scalar(check, key, node, wanted);
        if (written == nullptr) return {};
        auto parsed = parse(*written);
        if (!parsed.value) complain_of_value(check, key, node, parsed.wrong);
        return std::move(parsed.value);
    }};
}

using Text = Parsed<std::string>;

Text bounded(std::string_view written, std::size_t most, bool lines) {
    if (written.empty()) return {{}, "is empty; write some text"};
    if (written.size() > most)
        return {{}, "is " + std::to_string(written.size()) + " bytes long; at most " + std::to_string(most)};
    for (const char c : written)
        if ((static_cast<unsigned char>(c) < 0x20 && !(lines && c == '\n')) || c == 0x7F)
            return {{}, "holds a line break or control character; write one line"};
    return {std::string(written), {}};
}

/// Plain `no`, `on` or `true` is a trap in YAML: say it in quotes, or not at all.
Type<std::string> unambiguous(Type<std::string> type) {
    return {[type = std::move(type)](Check& check, std::string_view key,
                                     const Node& node) -> std::optional<std::string> {
        if (node.kind == Node::Kind::scalar && node.plain && reads_as_boolean(node.text)) {
            complain_of_value(check, key, node,
                              "could be read as true or false; write it in quotes, \"" + node.text + "\"");
            return {};
        }
        return type.read(check, key, node);
    }};
}

/// A password in a URL is not repeated.
Type<std::string> url_of(const std::string& example, Text (*parse)(std::string_view)) {
    return {[wanted = "a URL, as in " + example, parse](Check& check, std::string_view key,
                                                        const Node& node) -> std::optional<std::string> {
        const std::string* written = expect_scalar(check, key, node, wanted);
        if (written == nullptr) return {};
        Text parsed = parse(*written);
        if (!parsed.value)
            check.complaints.refuse(
                node.place, std::string(key) + " " + quoted(without_password(*written)) + " " + parsed.wrong);
        return std::move(parsed.value);
    }};
}

Parsed<Endpoint> as_endpoint(const Parsed<HostPort>& parsed, std::optional<std::uint16_t> default_port,
                             std::string_view example) {
    if (!parsed.value) return {{}, parsed.wrong};
    if (!parsed.value->port && !default_port)
        return {{}, "has no port; write it as '" + std::string(example) + "'"};
    return {Endpoint{parsed.value->host, parsed.value->port ? *parsed.value->port : *default_port}, {}};
}

Parsed<std::pair<int, int>> parse_status(std::string_view written) {
    const auto dash = written.find('-', 1);
    const auto first = parse_integer(written.substr(0, dash));
    const auto last = dash == written.npos ? first : parse_integer(written.substr(dash + 1));
    // Beyond 599 nothing is defined (RFC 9110 section 15), yet some answer 999 to whom they take for a robot.
    if (!first.value || !last.value || *first.value < 100 || *last.value > 999 || *first.value > *last.value)
        return {{}, "is not an HTTP status; write 204, '200-399' or a list of these, between 100 and 999"};
    return {std::pair{static_cast<int>(*first.value), static_cast<int>(*last.value)}, {}};
}

}  // namespace

bool expect_map(Check& check, std::string_view key, const Node& node) {
    if (node.kind == Node::Kind::map) return true;
    check.complaints.refuse(node.place, node.kind == Node::Kind::null
                                            ? std::string(key) + " is empty; write its keys or remove it"
                                            : std::string(key) + " must be a map of keys, not " +
                                                  std::string(to_string(node.kind)) +
                                                  "; write 'key: value' lines");
    return false;
}

bool expect_list(Check& check, std::string_view key, const Node& node, std::size_t least, std::size_t most) {
    std::string wrong;
    if (node.kind == Node::Kind::null)
        wrong = " is empty; write a list, as in [a, b], or remove it";
    else if (node.kind != Node::Kind::list)
        wrong = " must be a list, not " + std::string(to_string(node.kind)) + "; write it as [a, b]";
    else if (node.items.size() < least)
        wrong = " has " + std::to_string(node.items.size()) + " items; at least " + std::to_string(least) +
                " needed";
    else if (node.items.size() > most)
        wrong = " has " + std::to_string(node.items.size()) + " items; at most " + std::to_string(most) +
                " allowed";
    if (wrong.empty()) return true;
    check.complaints.refuse(node.place, std::string(key) + wrong);
    return false;
}

const std::string* expect_scalar(Check& check, std::string_view key, const Node& node,
                                 std::string_view wanted) {
    if (node.kind == Node::Kind::scalar) return &node.text;
    check.complaints.refuse(
        node.place, node.kind == Node::Kind::null
                        ? std::string(key) + " is empty; write " + std::string(wanted) + " or remove it"
                        : std::string(key) + " must be " + std::string(wanted) + ", not " +
                              std::string(to_string(node.kind)));
    return nullptr;
}

void complain_of_unknown_key(Check& check, const Node& key, const std::vector<std::string>& known) {
    check.complaints.refuse(key.place, "unknown key " + quoted(key.text) + suggestion(key.text, known));
}

void complain_of_value(Check& check, std::string_view key, const Node& node, std::string_view wrong) {
    check.complaints.refuse(node.place,
                            std::string(key) + " " + quoted(node.text) + " " + std::string(wrong));
}

Type<std::string> text(std::size_t most) {
    return unambiguous(
        scalar("text", [most](std::string_view written) { return bounded(written, most, false); }));
}

Type<std::string> paragraph(std::size_t most) {
    return unambiguous(scalar("text", [most](std::string_view written) {
        while (written.ends_with('\n'))
            written.remove_suffix(1);  // block scalars end with one
        return bounded(written, most, true);
    }));
}

Type<std::string> argument() {
    return scalar("an argument", [](std::string_view written) { return bounded(written, 1024, true); });
}

Type<std::string> name() {
    return unambiguous(scalar("a name", [](std::string_view written) -> Text {
        const auto fine = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                   c == '_' || c == '.';
        };
        if (written.empty() || written.size() > 64 || !std::all_of(written.begin(), written.end(), fine))
            return {{}, "is not a usable name; write 1 to 64 letters, digits, '-', '_' or '.'"};
        return {std::string(written), {}};
    }));
}

Type<std::string> path() {
    return {[plain = text(4096)](Check& check, std::string_view key,
                                 const Node& node) -> std::optional<std::string> {
        std::optional<std::string> written = plain.read(check, key, node);
        if (!written) return {};
        if (written->starts_with('~')) {
            complain_of_value(check, key, node,
                              "starts with '~', which only a shell knows; write the whole path");
            return {};
        }
        return seen_from(check.folder, *written);
    }};
}

Type<std::string> readable_file() {
    return {
        [whole = path()](Check& check, std::string_view key, const Node& node) -> std::optional<std::string> {
            std::optional<std::string> file = whole.read(check, key, node);
            if (!file) return {};
            constexpr std::size_t most_bytes = 8 * 1024 * 1024;
            if (const Parsed<std::string> content = read_small_file(*file, most_bytes); !content.value) {
                complain_of_value(check, key, node,
                                  "cannot be read (" + content.wrong + "); mend the path or remove it");
                return {};
            }
            return file;
        }};
}

Type<std::string> host_name() {
    return scalar("a host name", parse_host_name);
}
Type<std::string> prefix() {
    return scalar("a prefix, as in 192.0.2.0/24", parse_prefix);
}
Type<std::string> mail_address() {
    return scalar("an e-mail address", parse_mail_address);
}
Type<std::string> phone() {
    return scalar("a telephone number", parse_phone);
}

Type<std::string> url() {
    return url_of("https://www.example.org/", parse_url);
}
Type<std::string> service_url() {
    return url_of("https://www.example.org/", parse_service_url);
}
Type<std::string> feed_url() {
    return url_of("wss://ris-live.ripe.net/v1/ws/", parse_feed_url);
}

Type<std::string> account() {
    return scalar("an account id", [](std::string_view written) -> Text {
        const auto fine = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                   c == '_';
        };
        if (written.empty() || written.size() > 64 || !std::all_of(written.begin(), written.end(), fine))
            return {{},
                    "is not an account id; write the letters and digits that the provider shows, as in "
                    "'AC0123...'"};
        return {std::string(written), {}};
    });
}

Type<std::string> sms_sender() {
    return scalar("a telephone number", [](std::string_view written) -> Text {
        const bool service =
            written.starts_with("MG") && written.size() > 2 && written.size() <= 64 &&
            std::all_of(written.begin(), written.end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            });
        return service ? Text{std::string(written), {}} : parse_phone(written);
    });
}

Type<std::string> language() {
    std::vector<std::pair<std::string, std::string>> words;
    for (const std::string& one : languages())
        words.emplace_back(one, one);
    return choice<std::string>(std::move(words));
}

Type<int> integer(int least, int most) {
    return scalar("a whole number", [least, most](std::string_view written) -> Parsed<int> {
        const Parsed<std::int64_t> parsed = parse_integer(written);
        if (!parsed.value) return {{}, parsed.wrong};
        if (*parsed.value < least || *parsed.value > most)
            return {{}, "is out of range; write " + std::to_string(least) + " to " + std::to_string(most)};
        return {static_cast<int>(*parsed.value), {}};
    });
}

Type<std::uint32_t> as_number() {
    return scalar("an AS number", [](std::string_view written) -> Parsed<std::uint32_t> {
        const Parsed<std::int64_t> parsed = parse_integer(written);
        const bool lettered = written.starts_with("AS") && parse_integer(written.substr(2)).value;
        if (lettered) return {{}, "is more than a number; write '" + std::string(written.substr(2)) + "'"};
        if (!parsed.value) return {{}, parsed.wrong};
        if (*parsed.value < 1 || *parsed.value > 4294967295)
            return {{}, "is out of range; AS numbers go from 1 to 4294967295"};
        return {static_cast<std::uint32_t>(*parsed.value), {}};
    });
}

Type<Micros> duration(Micros least, Micros most) {
    return scalar("a duration, as in 60s", [least, most](std::string_view written) -> Parsed<Micros> {
        Parsed<Micros> parsed = parse_duration(written);
        if (parsed.value && (*parsed.value < least || *parsed.value > most))
            return {{}, "is out of range; write " + write_duration(least) + " to " + write_duration(most)};
        return parsed;
    });
}

Type<bool> flag() {
    return scalar("true or false", [](std::string_view written) -> Parsed<bool> {
        if (written == "true" || written == "false") return {written == "true", {}};
        return {{}, "is neither true nor false; write true or false"};
    });
}

Type<Endpoint> endpoint(std::uint16_t default_port) {
    return scalar("an address", [default_port](std::string_view written) {
        return as_endpoint(parse_address(written),
                           default_port == 0 ? std::nullopt : std::optional(default_port), "192.0.2.1:443");
    });
}

Type<Endpoint> address_with_optional_port() {
    return scalar("an address", [](std::string_view written) {
        return as_endpoint(parse_address(written), std::uint16_t{0}, "");
    });
}

Type<Endpoint> listening_endpoint(std::uint16_t default_port) {
    return scalar("an address", [default_port](std::string_view written) {
        return as_endpoint(parse_address(written, true), default_port, "127.0.0.1:8484");
    });
}

Type<Endpoint> local_endpoint() {
    return scalar("an address and a port", [](std::string_view written) -> Parsed<Endpoint> {
        const Parsed<HostPort> parsed = parse_host_port(written);
        if (parsed.value && parsed.value->host != "localhost" && !is_address(parsed.value->host))
            return {{}, "is neither an address nor localhost; write it as '127.0.0.1:3000'"};
        return as_endpoint(parsed, std::nullopt, "127.0.0.1:3000");
    });
}

Type<Endpoint> mail_server() {
    return scalar("a mail server", [](std::string_view written) {
        return as_endpoint(parse_host_port(written), std::uint16_t{0}, "");
    });
}

Type<std::vector<std::pair<int, int>>> status_ranges() {
    const auto one = scalar("an HTTP status", parse_status);
    return {[one, several = plain_list_of(one, 1, 32)](
                Check& check, std::string_view key,
                const Node& node) -> std::optional<std::vector<std::pair<int, int>>> {
        if (node.kind == Node::Kind::list) return several.read(check, key, node);
        const auto range = one.read(check, key, node);
        if (!range) return {};
        return std::vector{*range};
    }};
}

}  // namespace sereno
