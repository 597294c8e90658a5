// The proxy between this network and the rest: for whom, and which. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/loop/transfer_client.hpp"
#include "agent/model/probe_spec.hpp"

namespace sereno {

/// Is `host` (in lower case, a literal without brackets) to be fetched directly? `no_proxy` entries: a host;
/// a domain with or without a dot in front, for itself and all below it; a literal address; a prefix,
/// "10.0.0.0/8"; "*".
bool is_exempt(const std::vector<std::string>& no_proxy, std::string_view host);

struct ProxyServer {
    std::string host;  ///< a name or a literal
    ViaProxy via;
    std::string complaint;  ///< why it cannot be used; empty: it can
    /// "proxy.example:3128": never its credentials.
    [[nodiscard]] std::string shown() const { return host + ":" + std::to_string(via.port); }
};

/// That for `scheme` ("http", "https"). Empty: there is none. It is spoken to in plain HTTP, so the URL's
/// scheme must be http (or be left out); without a port, 80.
std::optional<ProxyServer> proxy_for(const Proxy& proxy, std::string_view scheme, std::string_view host);

}  // namespace sereno
