// curl's conventions for the environment, stricter ones for the file.
#include "config/proxy.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace sereno {

namespace {

constexpr std::size_t most_exceptions = 64;

/// "http://proxy.example:3128", with its port written out; without user and password.
Parsed<std::string> parse_proxy(std::string_view written) {
    Parsed<std::string> url = parse_url(written);
    if (!url.value) return url;
    const auto slash = url.value->find('/', url.value->find("://") + 3);
    if (slash + 1 < url.value->size())
        return {{}, "has a path, which a proxy has not; write it as 'http://proxy.example:3128'"};
    url.value->resize(slash);
    const std::string port = ":" + std::to_string(port_of_url(*url.value));
    if (!url.value->ends_with(port)) *url.value += port;
    return url;
}

Type<std::string> proxy_url() {
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<std::string> {
        const std::string* written =
            expect_scalar(check, key, node, "a proxy, as in http://proxy.example:3128");
        if (written == nullptr) return {};
        Parsed<std::string> parsed = parse_proxy(*written);
        if (written->find('@') != written->npos)
            parsed = {{}, "has a user or password in it; write them under 'user' and 'password'"};
        if (!parsed.value)
            check.complaints.refuse(
                node.place, std::string(key) + " " + quoted(without_password(*written)) + " " + parsed.wrong);
        return std::move(parsed.value);
    }};
}

/// A host, a domain with a dot before it, an address, a prefix, or "*".
Parsed<std::string> parse_exception(std::string_view written) {
    if (written == "*") return {"*", {}};
    if (Parsed<HostPort> address = parse_address(written); address.value && !address.value->port)
        return {std::move(address.value->host), {}};
    if (Parsed<std::string> range = parse_prefix(written); range.value) return range;
    const bool domain = written.starts_with('.');
    Parsed<std::string> name = parse_host_name(written.substr(domain ? 1 : 0));
    if (name.value) return {(domain ? "." : "") + *name.value, {}};
    return {
        {},
        "is nothing to except; write a host, '.example.org' for all in a domain, an address, a prefix, or "
        "'*'"};
}

Type<std::string> exception() {
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<std::string> {
        const std::string* written = expect_scalar(check, key, node, "a host, as in www.example.org");
        if (written == nullptr) return {};
        Parsed<std::string> parsed = parse_exception(*written);
        if (!parsed.value) complain_of_value(check, key, node, parsed.wrong);
        return std::move(parsed.value);
    }};
}

/// RFC 3986 section 2.1.
std::string percent_encoded(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            out += std::string("%") + hex[byte >> 4] + hex[byte & 15];
    }
    return out;
}

/// "me:p#ss%40" as "me:p%23ss%40": what is encoded already stays as it is.
std::string percent_completed(std::string_view user_and_password) {
    const auto is_hex = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    const auto colon = user_and_password.find(':');
    std::string out;
    for (std::size_t i = 0; i < user_and_password.size(); ++i) {
        const std::string_view rest = user_and_password.substr(i);
        const bool encoded = rest[0] == '%' && rest.size() > 2 && is_hex(rest[1]) && is_hex(rest[2]);
        if (encoded || i == colon)
            out += rest[0];
        else
            out += percent_encoded(rest.substr(0, 1));
    }
    return out;
}

std::string with_user(const std::string& url, const std::string& user_and_password) {
    if (url.empty() || user_and_password.empty()) return url;
    const auto host = url.find("://") + 3;
    return url.substr(0, host) + user_and_password + "@" + url.substr(host);
}

std::optional<std::string> variable(const char* name) {
    constexpr std::size_t longest = 4096;
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return {};
    return std::string(value, strnlen(value, longest));
}

struct Variable {
    std::string name;
    std::string value;
};
std::optional<Variable> first_set(std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (auto value = variable(name)) return Variable{name, std::move(*value)};
    return {};
}

/// A scheme may be missing in the environment, and a user may be there.
std::string from_variable(const Variable& variable, Complaints& complaints, Place place) {
    const auto scheme_end = variable.value.find("://");
    std::string url = scheme_end == std::string::npos ? "http://" + variable.value : variable.value;
    const auto host = url.find("://") + 3;
    const auto at = url.substr(0, url.find('/', host)).rfind('@');
    std::string user;
    if (at != std::string::npos && at >= host) {
        user = url.substr(host, at - host);
        url.erase(host, at - host + 1);
    }
    const Parsed<std::string> parsed = parse_proxy(url);
    const bool harmless =
        std::all_of(user.begin(), user.end(), [](char c) { return c > ' ' && c < 0x7F && c != '"'; });
    if (parsed.value && harmless) return with_user(*parsed.value, percent_completed(user));
    complaints.warn(
        place,
        "environment variable " + quoted(variable.name) + " " + quoted(without_password(variable.value)) +
            " " + (parsed.value ? "has characters that a URL cannot hold; write them as %XX" : parsed.wrong) +
            "; it is not used");
    return {};
}

std::vector<std::string> exceptions_of(const std::string& written) {
    std::vector<std::string> out;
    constexpr std::string_view separators = ", \t";
    for (std::size_t at = 0; out.size() < most_exceptions;) {
        at = written.find_first_not_of(separators, at);
        if (at == std::string::npos) break;
        const auto end = std::min(written.find_first_of(separators, at), written.size());
        // What cannot be read matches no host that is fetched.
        if (auto one = parse_exception(std::string_view(written).substr(at, end - at)); one.value)
            out.push_back(std::move(*one.value));
        at = end;
    }
    return out;
}

}  // namespace

Type<ProxyDraft> proxy() {
    static const Fields<ProxyDraft> fields{
        field("http", &ProxyDraft::http, proxy_url()),
        field("https", &ProxyDraft::https, proxy_url()),
        field("user", &ProxyDraft::user, text()),
        field("password", &ProxyDraft::password, secret()),
        field("except", &ProxyDraft::except, plain_list_of(exception(), 0, most_exceptions)),
    };
    return {[map = object<ProxyDraft>("proxy", fields)](Check& check, std::string_view key,
                                                        const Node& node) -> std::optional<ProxyDraft> {
        ProxyDraft word;
        if (node.kind == Node::Kind::scalar) {
            if (node.text == "environment") return word;
            word.from = ProxyDraft::From::nowhere;
            if (node.text == "none") return word;
            check.complaints.refuse(node.place,
                                    std::string(key) + " " + quoted(without_password(node.text)) +
                                        " is neither environment nor none; write one of these, or "
                                        "{http: \"http://proxy.example:3128\"}");
            return {};
        }
        auto draft = map.read(check, key, node);
        if (!draft) return {};
        draft->from = ProxyDraft::From::file;
        if (node.find("http") == nullptr && node.find("https") == nullptr)
            check.complaints.refuse(node.place,
                                    "proxy has neither 'http' nor 'https'; add one, or write none");
        if (draft->user.given() && node.find("password") == nullptr)
            check.complaints.refuse(draft->user.place,
                                    "user " + quoted(draft->user.value) + " has no password; add 'password'");
        if (const Node* password = node.find("password"); password != nullptr && node.find("user") == nullptr)
            check.complaints.refuse(password->place, "password is there without a user; add 'user'");
        return draft;
    }};
}

Proxy proxy_from_environment(Complaints& complaints, Place place) {
    Proxy out;
    const auto http = first_set({"http_proxy", "all_proxy", "ALL_PROXY"});
    const auto https = first_set({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
    if (http) out.http_url = from_variable(*http, complaints, place);
    if (https)
        out.https_url =
            http && http->name == https->name ? out.http_url : from_variable(*https, complaints, place);
    if (const auto except = first_set({"no_proxy", "NO_PROXY"})) out.no_proxy = exceptions_of(except->value);
    return out;
}

Proxy build_proxy(const ProxyDraft& draft, Complaints& complaints, Place whole_file) {
    if (draft.from == ProxyDraft::From::environment) return proxy_from_environment(complaints, whole_file);
    if (draft.from == ProxyDraft::From::nowhere) return {};
    const std::string user =
        draft.user.given() ? percent_encoded(draft.user.value) + ":" + percent_encoded(draft.password.value)
                           : std::string{};
    return {with_user(draft.http, user), with_user(draft.https, user), draft.except};
}

}  // namespace sereno
