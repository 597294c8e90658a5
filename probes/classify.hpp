// What an errno or an answered address says about the target, and what only about this host. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/failure.hpp"
#include "agent/model/probe_spec.hpp"

namespace sereno {

/// The errno rule: the failures that say nothing about a target (host_resources, host_refused, link_down).
/// Empty for every other errno.
std::optional<Failure> host_failure(int error);

/// The errno with which connect(2) ended. `at_once`: raised by the call itself, so by this host's own tables
/// and not by a router's ICMP message.
Failure connect_failure(int error, bool at_once);

/// The errno of a local service (netlink, a socket option, a child process) that must simply work.
Failure local_failure(int error);

/// dns_bogus when one of `answers` cannot be true coming from `server`, else none. The unspecified address is
/// never true; loopback is from a server that is loopback itself or is the system's resolver (a laboratory, a
/// local stub); private and link-local addresses are from any server that is not a public one.
Failure answers_failure(const std::vector<std::string>& answers, const DnsServer& server);

/// "ECONNREFUSED (errno 111)".
std::string errno_text(int error);

}  // namespace sereno
