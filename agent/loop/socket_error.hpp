// What an errno of a socket call says: something about this host only, or something about the way to the
// target.
#pragma once

#include <optional>

#include "agent/model/failure.hpp"

namespace sereno {

/// The failure of an errno that says nothing about a target: EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL
/// (host_resources), EACCES, EPERM (host_refused), ENETDOWN (link_down), EAFNOSUPPORT (no_route). Empty: any
/// other.
std::optional<Failure> host_failure(int error);

/// Lets the kernel report every ICMP error about this socket, and keep who sent it (IP_RECVERR, ip(7)).
void report_icmp(int fd, int family);

/// Call when ENETUNREACH or EHOSTUNREACH was seen on `fd`, before it is closed: true when another machine
/// said so by ICMP, false when this host did (no route, no answer to ARP). Needs report_icmp().
[[nodiscard]] bool router_said_so(int fd);

}  // namespace sereno
