// Literal addresses: as the kernel wants them, and as bits.
#pragma once

#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

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

/// Is `text` an IPv4 or IPv6 address? The latter may name an interface, whether there is such a one or not.
bool is_literal(const std::string& text);

/// The bits of an address in network order; of IPv4 the first four bytes count.
struct AddressBits {
    std::array<unsigned char, 16> bytes{};
    int bits = 0;  ///< 32 or 128; 0: not an address
    auto operator<=>(const AddressBits&) const = default;
};
AddressBits address_bits(const std::string& literal);

/// All addresses that begin alike (RFC 4632). The bits behind `length` are zero.
struct Prefix {
    AddressBits start;
    int length = 0;
    auto operator<=>(const Prefix&) const = default;
};
/// "192.0.2.0/24"; an address alone is a prefix of its whole length. Bits behind the length are dropped.
std::optional<Prefix> read_prefix(std::string_view text);
Prefix prefix_of(AddressBits address, int length);
bool holds(const Prefix& prefix, const AddressBits& address);
/// As prefixes are written everywhere: the same one from two sources compares equal.
std::string to_string(const Prefix& prefix);

}  // namespace sereno
