#include "probes/http/proxy.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "agent/loop/transfer_url.hpp"

namespace sereno {

namespace {

struct Literal {
    std::array<unsigned char, 16> bytes{};
    int bits = 0;  ///< 32 or 128
};

std::optional<Literal> literal(std::string_view text) {
    const std::string copy{text};
    Literal found;
    if (::inet_pton(AF_INET, copy.c_str(), found.bytes.data()) == 1)
        found.bits = 32;
    else if (::inet_pton(AF_INET6, copy.c_str(), found.bytes.data()) == 1)
        found.bits = 128;
    else
        return std::nullopt;
    return found;
}

bool is_within(const Literal& address, std::string_view prefix) {
    const auto slash = prefix.find('/');
    const auto network = literal(prefix.substr(0, slash));
    if (!network || network->bits != address.bits) return false;
    int bits = address.bits;
    if (slash != std::string_view::npos) {
        const std::string_view length = prefix.substr(slash + 1);
        const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
        if (error != std::errc{} || end != length.data() + length.size() || bits < 0 || bits > address.bits)
            return false;
    }
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (std::memcmp(address.bytes.data(), network->bytes.data(), whole) != 0) return false;
    const int rest = bits % 8;
    const auto mask = static_cast<unsigned char>(0xff00 >> rest);
    return rest == 0 || (address.bytes[whole] & mask) == (network->bytes[whole] & mask);
}

std::string lower(std::string_view text) {
    std::string copy{text};
    std::transform(copy.begin(), copy.end(), copy.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return copy;
}

bool is_in_domain(std::string_view host, std::string_view domain) {
    if (domain.starts_with('.')) domain.remove_prefix(1);
    if (domain.empty() || !host.ends_with(domain)) return false;
    return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

}  // namespace

bool is_exempt(const std::vector<std::string>& no_proxy, std::string_view host) {
    const auto address = literal(host);
    return std::any_of(no_proxy.begin(), no_proxy.end(), [&](const std::string& entry) {
        if (entry == "*") return true;
        return address ? is_within(*address, entry) : is_in_domain(host, lower(entry));
    });
}

bool is_private_literal(std::string_view host) {
    const auto address = literal(host);
    if (!address) return false;
    constexpr std::array<std::string_view, 9> prefixes{
        "127.0.0.0/8",   "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
        "100.64.0.0/10", "::1",        "fc00::/7",      "fe80::/10"};
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return is_within(*address, prefix); });
}

std::optional<ProxyServer> proxy_for(const Proxy& proxy, std::string_view scheme, std::string_view host) {
    const std::string& url = scheme == "https" ? proxy.https_url : proxy.http_url;
    if (url.empty() || is_exempt(proxy.no_proxy, host)) return std::nullopt;
    const auto parts = parts_of(url.find("://") == std::string::npos ? "http://" + url : url);
    ProxyServer server;
    if (!parts) {
        server.complaint = "its URL cannot be read";
        return server;
    }
    server.host = parts->host;
    server.via = {.port = parts->port, .user = parts->user, .password = parts->password};
    if (parts->scheme != "http") server.complaint = "only proxies that speak plain HTTP are known";
    return server;
}

}  // namespace sereno
