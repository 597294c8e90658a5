// Addresses that nobody on the Internet has (the IANA IPv4 and IPv6 special-purpose address registries).
#pragma once

#include <string>

namespace sereno {

/// True for what no public route leads to: this network, loopback, private, link-local, shared (RFC 6598),
/// unique and site local, benchmark, discard, multicast and reserved addresses, and IPv6 addresses that stand
/// for one of them in IPv4 (mapped, NAT64, 6to4). `literal` without brackets. Not those for documentation:
/// they are nobody's.
bool is_private_address(const std::string& literal);

/// True for addresses that a public name may have: neither private nor for documentation. False for what is
/// no literal address.
bool is_public_address(const std::string& literal);

}  // namespace sereno
