// How a file says what to fetch and what the answer must be: the keys of canaries, controls and health
// checks.
#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "config/draft.hpp"

namespace sereno {

// RFC 6901 section 3: empty for the whole body, else "/" before each part, and "~" only as "~0" or "~1".
Type<std::string> json_pointer() {
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<std::string> {
        constexpr std::size_t longest = 200;
        const std::string* written = expect_scalar(check, key, node, "a JSON pointer, as in /status");
        if (written == nullptr) return {};
        bool fine = written->size() <= longest && (written->empty() || written->front() == '/');
        for (std::size_t i = 0; fine && i < written->size(); ++i) {
            const char next = i + 1 < written->size() ? (*written)[i + 1] : ' ';
            if ((*written)[i] == '~') fine = next == '0' || next == '1';
            if (static_cast<unsigned char>((*written)[i]) < 0x20) fine = false;
        }
        if (fine) return *written;
        complain_of_value(check, key, node,
                          "is not a JSON pointer; write '/' before each part, as in '/page/status'");
        return {};
    }};
}

namespace {

constexpr std::size_t most_steps_after = 7;

/// Is all of it one number (RFC 8259 section 6)?
bool is_json_number(std::string_view text) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(text, error);
    // White space around a value is no mistake to a parser.
    return !error && value.is_number() && text.find_first_of(" \t\r\n") == text.npos;
}

/// Digits, and signs and dots among them: a number to the eye, though none that JSON knows.
bool looks_like_number(std::string_view text) {
    constexpr std::string_view digits = "0123456789";
    return text.find_first_of(digits) != text.npos && text.find_first_not_of("0123456789+-._") == text.npos;
}

std::string json_string(std::string_view text) {
    return boost::json::serialize(boost::json::string(text));
}

/// What was written, as JSON: plain numbers, true, false and null are themselves, all else is a string.
std::optional<std::string> json_value(Check& check, const Node& key, const Node& node) {
    constexpr std::size_t longest = 200;
    // A null that nobody wrote has the place of its key.
    if (node.kind == Node::Kind::null && node.place != key.place) return "null";
    const std::string* written = expect_scalar(check, key.text, node, "a value, as in ok, 3, true or null");
    if (written == nullptr) return {};
    if (written->size() > longest) {
        complain_of_value(
            check, key.text, node,
            "is " + std::to_string(written->size()) + " bytes long; at most " + std::to_string(longest));
        return {};
    }
    if (!node.plain) return json_string(*written);
    if (*written == "true" || *written == "false" || is_json_number(*written)) return *written;
    if (!reads_as_boolean(*written) && !looks_like_number(*written)) return json_string(*written);
    complain_of_value(
        check, key.text, node,
        "is no value of JSON; write true, false, a number as in 10 or 1.5, or a text in quotes, "
        "\"" +
            *written + "\"");
    return {};
}

struct JsonWord {
    std::string_view key;
    JsonRule::Is is;
};
constexpr std::array<JsonWord, 5> json_words{{{"equals", JsonRule::Is::equal},
                                              {"differs", JsonRule::Is::different},
                                              {"at_least", JsonRule::Is::at_least},
                                              {"at_most", JsonRule::Is::at_most},
                                              {"present", JsonRule::Is::present}}};

void read_json_value(Check& check, const Node& key, const Node& node, JsonRule& into) {
    std::optional<std::string> value = json_value(check, key, node);
    if (!value) return;
    const bool compares = into.is == JsonRule::Is::at_least || into.is == JsonRule::Is::at_most;
    if (into.is == JsonRule::Is::present && *value != "true")
        complain_of_value(check, key.text, node, "is not true; write 'present: true'");
    else if (compares && !is_json_number(*value))
        complain_of_value(check, key.text, node, "is not a number; write one as in '" + key.text + ": 1'");
    else if (into.is != JsonRule::Is::present)
        into.value = std::move(*value);
}

/// `at`, and exactly one of the comparisons.
Type<JsonRule> json_rule() {
    return {[](Check& check, std::string_view, const Node& node) -> std::optional<JsonRule> {
        if (!expect_map(check, "a json rule", node)) return {};
        JsonRule rule;
        int comparisons = 0;
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            const Node& key = node.keys[i];
            if (key.text == "at") {
                if (auto pointer = json_pointer().read(check, key.text, node.items[i]))
                    rule.pointer = std::move(*pointer);
                continue;
            }
            const auto word = std::find_if(json_words.begin(), json_words.end(),
                                           [&](const JsonWord& one) { return one.key == key.text; });
            if (word == json_words.end()) {
                std::vector<std::string> known{"at"};
                for (const JsonWord& one : json_words)
                    known.emplace_back(one.key);
                complain_of_unknown_key(check, key, known);
                return {};
            }
            ++comparisons;
            rule.is = word->is;
            read_json_value(check, key, node.items[i], rule);
        }
        if (node.find("at") == nullptr)
            check.complaints.refuse(node.place, "a json rule has no 'at'; add it, as in 'at: /status'");
        if (comparisons == 1) return rule;
        check.complaints.refuse(node.place,
                                "a json rule needs exactly one of equals, differs, at_least, at_most "
                                "and present");
        return {};
    }};
}

/// A host that a redirect may lead to.
Type<std::string> redirect_host() {
    return {[name = host_name()](Check& check, std::string_view key,
                                 const Node& node) -> std::optional<std::string> {
        if (node.kind == Node::Kind::scalar)
            if (const Parsed<HostPort> address = parse_address(node.text);
                address.value && !address.value->port)
                return address.value->host;
        return name.read(check, key, node);
    }};
}

/// The same without 300 to 399.
std::vector<std::pair<int, int>> without_redirects(const std::vector<std::pair<int, int>>& ranges) {
    std::vector<std::pair<int, int>> out;
    for (const auto& [first, last] : ranges) {
        if (first < 300) out.emplace_back(first, std::min(last, 299));
        if (last > 399) out.emplace_back(std::max(first, 400), last);
    }
    return out;
}

/// A status that is expected ends a chain of redirects. Who allows some and names no status wants them
/// followed.
Field<HttpFetch> redirects(const HttpFetch& initial) {
    return {"redirects", false,
            [hosts = plain_list_of(redirect_host(), 1, 16), usual = initial.expected_status](
                Check& check, const Node& node, HttpFetch& into) {
                if (auto value = hosts.read(check, "redirects", node))
                    into.redirect_hosts = std::move(*value);
                if (into.expected_status == usual) into.expected_status = without_redirects(usual);
            }};
}

Type<std::size_t> body_size() {
    return {[whole = integer(1, 1048576)](Check& check, std::string_view key,
                                          const Node& node) -> std::optional<std::size_t> {
        const std::optional<int> value = whole.read(check, key, node);
        if (!value) return {};
        return static_cast<std::size_t>(*value);
    }};
}

}  // namespace

Fields<HttpFetch> fetch_fields(bool url_required, const HttpFetch& initial, Steps steps) {
    Fields<HttpFetch> fields{
        field("url", &HttpFetch::url, url(), url_required),
        field("status", &HttpFetch::expected_status, status_ranges()),
        field("contains", &HttpFetch::contains, argument()),
        field("empty", &HttpFetch::empty_body, flag()),
        field("json", &HttpFetch::json, plain_list_of(json_rule(), 1, 16)),
        field("max_body_bytes", &HttpFetch::max_body_bytes, body_size()),
        redirects(initial),
        field("http_version", &HttpFetch::version,
              choice<HttpVersion>({{"1.1", HttpVersion::http1}, {"2", HttpVersion::http2}})),
    };
    if (steps == Steps::one) return fields;
    const Type<HttpFetch> step = object<HttpFetch>("step", fetch_fields(true, initial, Steps::one), initial);
    fields.push_back(field("then", &HttpFetch::then, plain_list_of(step, 1, most_steps_after)));
    return fields;
}

}  // namespace sereno
