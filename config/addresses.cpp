// Where machines are reached: addresses, ports, host names, prefixes, URLs.
#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "config/values.hpp"

#include "agent/model/ascii.hpp"
#include "agent/model/loopback.hpp"

namespace sereno {

namespace {

constexpr std::string_view address_forms = "192.0.2.1, 192.0.2.1:53, 2001:db8::1 or [2001:db8::1]:53";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The sixteen or four bytes of a literal address; the count is 0 for anything else.
struct AddressBytes {
    std::array<unsigned char, 16> bytes{};
    std::size_t count = 0;
    int family = AF_UNSPEC;
};
AddressBytes address_bytes(std::string_view text) {
    AddressBytes out;
    const std::string copy(text);
    if (inet_pton(AF_INET, copy.c_str(), out.bytes.data()) == 1) {
        out.count = 4;
        out.family = AF_INET;
    } else if (inet_pton(AF_INET6, copy.c_str(), out.bytes.data()) == 1) {
        out.count = 16;
        out.family = AF_INET6;
    }
    return out;
}

/// The one way in which everything later writes this address: RFC 5952 for IPv6.
std::string canonical(const AddressBytes& address) {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (inet_ntop(address.family, address.bytes.data(), buffer.data(), buffer.size()) == nullptr) return {};
    return buffer.data();
}

struct Split {
    std::string_view host;
    std::optional<std::string_view> port;
    bool bracketed = false;
    bool broken = false;
};
Split split(std::string_view text) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == text.npos) return {text, {}, true, true};
        const std::string_view rest = text.substr(close + 1);
        if (rest.empty()) return {text.substr(1, close - 1), {}, true, false};
        return {text.substr(1, close - 1), rest.substr(1), true, rest.front() != ':'};
    }
    const auto colon = text.find(':');
    if (colon == text.npos || text.find(':', colon + 1) != text.npos) return {text, {}, false, false};
    return {text.substr(0, colon), text.substr(colon + 1), false, false};
}

Parsed<std::uint16_t> parse_port(std::string_view text, bool any_port) {
    const Parsed<std::int64_t> number = parse_integer(text);
    if (!number.value || *number.value < (any_port ? 0 : 1) || *number.value > 65535)
        return {{},
                "has no usable port; ports go from " + std::string(any_port ? "0 (any free one)" : "1") +
                    " to 65535"};
    return {static_cast<std::uint16_t>(*number.value), {}};
}

Parsed<HostPort> with_port(std::string host, const Split& parts, bool any_port) {
    if (!parts.port) return {HostPort{std::move(host), {}}, {}};
    const Parsed<std::uint16_t> port = parse_port(*parts.port, any_port);
    if (!port.value) return {{}, port.wrong};
    return {HostPort{std::move(host), port.value}, {}};
}

}  // namespace

bool is_address(std::string_view text) {
    return address_bytes(text).count > 0;
}

Parsed<HostPort> parse_address(std::string_view text, bool any_port) {
    const Split parts = split(text);
    const AddressBytes address = parts.broken ? AddressBytes{} : address_bytes(parts.host);
    if (address.count == 0 || (parts.bracketed && address.family != AF_INET6))
        return {{}, "is not an IPv4 or IPv6 address; write it as " + std::string(address_forms)};
    return with_port(canonical(address), parts, any_port);
}

Parsed<HostPort> parse_host_port(std::string_view text, bool any_port) {
    const Split parts = split(text);
    if (parts.broken || parts.bracketed || is_address(parts.host)) return parse_address(text, any_port);
    Parsed<std::string> host = parse_host_name(parts.host);
    if (!host.value) return {{}, std::move(host.wrong)};
    return with_port(std::move(*host.value), parts, any_port);
}

Parsed<std::string> parse_host_name(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.find("://") != text.npos || text.find('/') != text.npos)
        return {{}, "is not a host name; leave out the scheme and the path, as in 'www.example.org'"};
    if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
        return {{}, "has letters that DNS does not know; write the name in its 'xn--' form"};
    std::string name;
    std::size_t label = 0;
    bool fine = !text.empty() && text.size() <= 253;
    char before = '.';
    for (const char raw : text) {
        const char c = lower_ascii(raw);
        if (c == '.') {
            fine = fine && label > 0 && before != '-';
            label = 0;
        } else {
            const bool hyphen = c == '-';
            fine = fine && ((c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || (hyphen && label > 0));
            fine = fine && ++label <= 63;
        }
        before = c;
        name += c;
    }
    if (!fine || label == 0 || before == '-')
        return {{}, "is not a host name; write letters, digits, hyphens and dots, as in 'www.example.org'"};
    // A name whose last label is a number would be taken for an address by some and not by others.
    const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
    if (std::all_of(last.begin(), last.end(), is_digit))
        return {{}, "is neither a host name nor an address; write it as 'www.example.org' or '192.0.2.1'"};
    return {std::move(name), {}};
}

Parsed<std::string> parse_prefix(std::string_view text) {
    const auto slash = text.find('/');
    AddressBytes address = address_bytes(text.substr(0, slash));
    const Parsed<std::int64_t> length = parse_integer(slash == text.npos ? "" : text.substr(slash + 1));
    const auto bits = static_cast<std::int64_t>(address.count) * 8;
    if (address.count == 0 || !length.value || *length.value < 1 || *length.value > bits)
        return {{}, "is not a prefix; write it as '192.0.2.0/24' or '2001:db8::/32'"};
    const AddressBytes written = address;
    for (std::int64_t bit = *length.value; bit < bits; ++bit)
        address.bytes.at(static_cast<std::size_t>(bit / 8)) &=
            static_cast<unsigned char>(~(0x80U >> (bit % 8)));
    std::string out = canonical(address) + "/" + std::to_string(*length.value);
    if (address.bytes != written.bytes) return {{}, "has bits behind its length; write '" + out + "'"};
    return {std::move(out), {}};
}

Parsed<std::string> parse_url(std::string_view text) {
    constexpr std::size_t longest = 2000;
    if (text.size() > longest) return {{}, "is too long; at most 2000 characters"};
    const auto scheme_end = text.find("://");
    if (scheme_end == text.npos)
        return {{}, "is not a URL; write it whole, as in 'https://www.example.org/'"};
    const std::string scheme = lower_ascii(text.substr(0, scheme_end));
    if (scheme != "http" && scheme != "https")
        return {{}, "has a scheme that is not fetched; use http or https"};
    if (std::any_of(text.begin(), text.end(),
                    [](char c) { return c <= ' ' || c >= 0x7F || c == '\\' || c == '"'; }))
        return {{}, "has characters that a URL cannot hold; write them as %XX"};
    const std::string_view rest = text.substr(scheme_end + 3);
    const auto authority_end = std::min(rest.find_first_of("/?#"), rest.size());
    const std::string_view authority = rest.substr(0, authority_end);
    const std::string_view tail = rest.substr(authority_end);
    if (authority.find('@') != authority.npos)
        return {{}, "has a user or password in it; leave it out, a URL is shown to everyone"};
    if (tail.find('#') != tail.npos) return {{}, "has a fragment; leave out '#' and what follows"};
    if (authority.empty() || (authority.front() == ':' && authority.rfind(':') == 0))
        return {{}, "has no host; write it as 'https://www.example.org/'"};
    const Split parts = split(authority);
    const Parsed<HostPort> host = parse_host_port(authority);
    if (!host.value) return {{}, "has a bad host or port: it " + host.wrong};
    if (!parts.bracketed && parts.host.find(':') != parts.host.npos)
        return {{}, "has an IPv6 address without brackets; write it as 'http://[2001:db8::1]/'"};
    std::string out = scheme + "://" + (parts.bracketed ? "[" + host.value->host + "]" : host.value->host);
    if (host.value->port) out += ":" + std::to_string(*host.value->port);
    return {out + (tail.starts_with('/') ? "" : "/") + std::string(tail), {}};
}

namespace {

Split authority_of(std::string_view url) {
    const auto start = url.find("://");
    if (start == url.npos) return {};
    const std::string_view rest = url.substr(start + 3);
    return split(rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size())));
}

}  // namespace

std::string host_of_url(std::string_view url) {
    return std::string(authority_of(url).host);
}

std::uint16_t port_of_url(std::string_view url) {
    const Split parts = authority_of(url);
    const Parsed<std::uint16_t> port = parse_port(parts.port.value_or(""), false);
    if (port.value) return *port.value;
    return url.starts_with("https:") ? 443 : 80;
}

Parsed<std::string> parse_service_url(std::string_view text) {
    Parsed<std::string> url = parse_url(text);
    if (!url.value || url.value->starts_with("https:") || is_loopback(host_of_url(*url.value))) return url;
    return {{}, "is not encrypted; write it with https, http is only for this computer itself"};
}

Parsed<std::string> parse_feed_url(std::string_view text) {
    // The same shape under two other names of schemes.
    const auto scheme_end = text.find("://");
    const std::string scheme = lower_ascii(text.substr(0, scheme_end));
    if (scheme_end == text.npos || (scheme != "wss" && scheme != "ws"))
        return {{}, "is not a WebSocket; write it whole, as in 'wss://ris-live.ripe.net/v1/ws/'"};
    const std::string_view rest = text.substr(scheme_end);
    Parsed<std::string> url = parse_url((scheme == "wss" ? "https" : "http") + std::string(rest));
    if (!url.value) return url;
    if (scheme == "ws" && !is_loopback(host_of_url(*url.value)))
        return {{}, "is not encrypted; write it with wss, ws is only for this computer itself"};
    return {scheme + url.value->substr(url.value->find("://")), {}};
}

std::string without_password(std::string_view url) {
    const auto start = url.find("://");
    const auto from = start == url.npos ? 0 : start + 3;
    const auto at = url.substr(0, std::min(url.find_first_of("/?#", from), url.size())).rfind('@');
    // A password may hold the very characters that end an authority; then everything up to the last '@' goes.
    const auto last = at == url.npos && start != url.npos ? url.rfind('@') : at;
    if (last == url.npos || last < from) return std::string(url);
    return std::string(url.substr(0, from)) + "***" + std::string(url.substr(last));
}

}  // namespace sereno
