// The kinds of probe: one line each. A new kind is a folder with its run and a line here.
#pragma once

#include "probes/attempt.hpp"

namespace sereno {

using Run = std::unique_ptr<ProbeRun>;

Run start(const DnsQuery& task, Begin begin);         // dns/dns_probe.cpp
Run start(const HttpFetch& task, Begin begin);        // http/http_probe.cpp
Run start(const TcpConnect& task, Begin begin);       // tcp/tcp_probe.cpp
Run start(const RouteLookup& task, Begin begin);      // local/route_probe.cpp
Run start(const GatewayEcho& task, Begin begin);      // local/gateway_probe.cpp
Run start(const UnitState& task, Begin begin);        // local/unit_probe.cpp
Run start(const TlsHandshake& task, Begin begin);     // tls/tls_probe.cpp
Run start(const PathTrace& task, Begin begin);        // path/path_probe.cpp
Run start(const ZoneCheck& task, Begin begin);        // dns/zone_probe.cpp
Run start(const HostHealth& task, Begin begin);       // local/health_probe.cpp
Run start(const RouteVisibility& task, Begin begin);  // witness/visibility_probe.cpp
Run start(const LookingGlass& task, Begin begin);     // witness/looking_glass_probe.cpp
Run start(const ViewElsewhere& task, Begin begin);    // witness/elsewhere_probe.cpp
Run start(const StatusPage& task, Begin begin);       // witness/status/status_probe.cpp

}  // namespace sereno
