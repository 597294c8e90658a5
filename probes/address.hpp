// Literal addresses as the kernel wants them.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

#include "agent/model/probe_spec.hpp"

namespace sereno {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;
    [[nodiscard]] int family() const { return storage.ss_family; }
    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// Empty when the address is not a literal. A link-local IPv6 address may carry its interface:
/// "fe80::1%eth0".
std::optional<SocketAddress> socket_address(const Endpoint& endpoint);

/// Without port and interface: "192.0.2.1", "2001:db8::1".
std::string address_text(const SocketAddress& address);

/// Is `text` an IPv4 or IPv6 address?
bool is_literal(const std::string& text);

}  // namespace sereno
