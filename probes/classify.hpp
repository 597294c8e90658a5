// What the errno of a connection attempt or of a local service says. Pure; host_failure() in
// agent/loop/socket_error.hpp knows those that say nothing about any target.
#pragma once

#include <cstdint>
#include <string>

#include "agent/model/failure.hpp"

namespace sereno {

/// Whose word an errno is: `a_router` when an ICMP message brought it that was not the target's own refusal
/// of the port. The kernel's names for those vary: ICMPv6 "administratively prohibited" is EACCES.
enum class RaisedBy : std::uint8_t { this_host, a_router };

/// The errno with which connect(2) ended.
Failure connect_failure(int error, RaisedBy by);

/// The errno of something on this host that must simply work: netlink, starting a process.
Failure local_failure(int error);

/// "ECONNREFUSED (errno 111)".
std::string errno_text(int error);

}  // namespace sereno
