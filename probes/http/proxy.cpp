#include "probes/http/proxy.hpp"

#include <algorithm>

#include "agent/loop/address.hpp"
#include "agent/loop/transfer_url.hpp"
#include "agent/model/ascii.hpp"

namespace sereno {

namespace {

bool is_in_domain(std::string_view host, std::string_view domain) {
    if (domain.starts_with('.')) domain.remove_prefix(1);
    if (domain.empty() || !host.ends_with(domain)) return false;
    return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

}  // namespace

bool is_exempt(const std::vector<std::string>& no_proxy, std::string_view host) {
    const AddressBits address = address_bits(std::string{host});
    return std::any_of(no_proxy.begin(), no_proxy.end(), [&](const std::string& entry) {
        if (entry == "*") return true;
        if (address.bits == 0) return is_in_domain(host, lower_ascii(entry));
        const auto prefix = read_prefix(entry);
        return prefix && holds(*prefix, address);
    });
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
