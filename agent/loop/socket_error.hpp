// What an errno of a socket call says: something about this host only, or something about the way to the
// target.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/model/failure.hpp"

namespace sereno {

/// The failure of an errno that says nothing about a target: EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL
/// (host_resources), EACCES, EPERM (host_refused), ENETDOWN (link_down), EAFNOSUPPORT (no_route). Empty: any
/// other.
std::optional<Failure> host_failure(int error);

/// Lets the kernel report every ICMP error about this socket, and keep who sent it (IP_RECVERR, ip(7)).
void report_icmp(int fd, int family);

/// An ICMP error about a packet of ours (RFC 792, RFC 4443).
struct IcmpError {
    std::string from;  ///< the machine that sent it
    bool v6 = false;
    std::uint8_t type = 0, code = 0;
    int error = 0;  ///< the errno that the kernel makes of it
};
/// "203.0.113.9 host unreachable"
std::string to_string(const IcmpError& error);

/// Takes the oldest one from the socket's error queue; empty: there is none. Needs report_icmp().
[[nodiscard]] std::optional<IcmpError> next_icmp_error(int fd);

/// Did this host's own kernel send it? It does when nobody answers to ARP or neighbour discovery.
bool is_own_error(int fd, const IcmpError& error);
/// A router threw the packet away because its hop limit was used up (RFC 792 type 11, RFC 4443 type 3).
bool is_hop_limit_exceeded(const IcmpError& error);
/// The packet was too big for the way on: the kernel tries again with smaller ones.
bool is_too_big(const IcmpError& error);

/// Call when `fd` reports an error, before it is closed: what another machine said by ICMP; empty when this
/// host said so itself (no route, no answer to ARP) or a TCP reset did. Of ICMPv6, ENETUNREACH, EHOSTUNREACH,
/// EACCES and ECONNREFUSED may come from elsewhere. Needs report_icmp().
[[nodiscard]] std::optional<IcmpError> icmp_from_elsewhere(int fd);

}  // namespace sereno
