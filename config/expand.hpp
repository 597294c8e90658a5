// From what is watched to every single probe, spelled out.
#pragma once

#include <vector>

#include "agent/model/watch.hpp"

namespace sereno {

/// How everything is probed; see ProbeSpec.
struct Rhythm {
    Micros interval, timeout;
};

/// The probes of a watch list, in a stable order: the host's link, controls, platforms, apps. Ids:
///   host/route  host/gateway
///   control:C/dns/R (each resolver R)  control:C/http  control:C/tcp
///   P/dns/R/NAME (each resolver and name)  P/ns/SERVER  P/http/N (from 1)
///   app:NAME/health
/// `gateway`: empty for that of the default route; port 0 for ICMP echo.
std::vector<ProbeSpec> expand(const Watch& watch, const Endpoint& gateway, Rhythm rhythm);

}  // namespace sereno
