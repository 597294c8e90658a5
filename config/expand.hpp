// From what is watched to every single probe, spelled out.
#pragma once

#include <vector>

#include "agent/model/watch.hpp"
#include "agent/model/witness.hpp"

namespace sereno {

/// How everything is probed; see ProbeSpec.
struct Rhythm {
    Micros interval, timeout;
};

/// What lies between this host and the rest.
struct Surroundings {
    Endpoint gateway;  ///< empty: that of the default route; port 0: ICMP echo
    Endpoint trap;     ///< an address that runs no DNS; empty: none is asked
    bool ipv6 = true;  ///< false: nothing is asked over IPv6 that did not ask for it
    Proxy proxy;
    WitnessSettings witnesses;
};

/// The probes of a watch list, in a stable order: the host and its network, controls, platforms, apps. C is a
/// control, P a platform, R a resolver. Those marked * have no rhythm and wait for suspicion.
///   host/route  host/gateway  host/health  host/trap  host/ipv6/OPERATOR  host/path*
///   C/dns/R  C/http  C/tcp  C/small*  C/direct
///   C/dns-tcp/R*  C/doh/R*                    of the first control that has a name
///   P/dns/R/NAME  P/ns/SERVER  P/http/N       (N from 1)
///   P/ns-tcp/SERVER*  P/ns6/SERVER*  P/cd/R/NAME*  P/doh/R/NAME*  P/zone*
///   P/http6/1*  P/remembered/1*  P/other-name*  P/small/1*  P/direct/1*
///   P/path/ns*  P/path/edge*
///   P/routes  P/glass*  P/elsewhere/dns*  P/elsewhere/http/N*  P/status/N   (of witnesses)
///   app:NAME/health
/// What makes no sense is left out: DNS over HTTPS where a resolver has none, `direct` where there is no
/// proxy, IPv6 where it is off, names where a URL has an address. Witnesses are not asked when they are not
/// configured, nor about what nobody else can see: addresses and names of this computer or network.
std::vector<ProbeSpec> expand(const Watch& watch, const Surroundings& surroundings, Rhythm rhythm);

}  // namespace sereno
