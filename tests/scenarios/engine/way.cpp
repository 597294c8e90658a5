#include "way.hpp"

namespace sereno::scenario {

namespace {

using enum FaultKind;

Fate kept(Failure why) {
    return {.kind = Fate::Kind::kept, .why_kept = why};
}
Fate lost() {
    return {.kind = Fate::Kind::lost};
}
Fate unreachable(const std::string& by) {
    return {.kind = Fate::Kind::unreachable, .icmp_from = by};
}

int tries_of(Carried carried) {
    return carried == Carried::udp ? udp_tries : syn_tries;
}

constexpr Micros beside{1'000}, across{12'000};

}  // namespace

Failure Fate::as_name_failure() const {
    switch (kind) {
        case Kind::lost:
            return Failure::dns_timeout;
        case Kind::unreachable:
            return Failure::dns_unreachable;
        case Kind::kept:
            return why_kept;
        default:
            return Failure::none;
    }
}

Failure Fate::as_connect_failure() const {
    switch (kind) {
        case Kind::lost:
            return Failure::connect_timeout;
        case Kind::unreachable:
            return Failure::connect_unreachable;
        case Kind::kept:
            return why_kept;
        default:
            return Failure::none;
    }
}

Looker Way::host() const {
    return {.name = "here", .country = home_.country, .asn = home_.asn, .here = true};
}

Fate Way::leave_host(Carried carried, Stamp at, Draws& draws) const {
    const Looker self = host();
    static const Site::Keys nobody;
    if (ground_.on(no_descriptors, self, at) || ground_.on(no_ports, self, at))
        return kept(Failure::host_resources);
    // sendto(2) says EPERM where a packet filter drops a datagram; a dropped SYN is only silence.
    if (ground_.on(own_firewall, self, at))
        return carried == Carried::udp ? kept(Failure::host_refused) : lost();
    for (const FaultKind kind : {cable_out, no_lease, gateway_gone, sleeps})
        if (ground_.on(kind, self, at)) return kept(Failure::no_route);
    // Radio links send again themselves, and it takes them long.
    if (ground_.swallows(weak_link, self, {nobody, {}, at}, tries_of(carried), draws)) return lost();
    return {.took = beside + Micros{draws.below(2'000)}};
}

Fate Way::to_router(Carried carried, Stamp at, Draws& draws) const {
    return leave_host(carried, at, draws);
}

Fate Way::pass_router(Carried carried, const Asked& asked) const {
    if (!ground_.on(portal, host(), asked.at)) return {};
    if (carried == Carried::tcp) return {.kind = Fate::Kind::at_portal};
    return unreachable(std::string{router_address} + " port unreachable");
}

Fate Way::cross(const Looker& who, Carried carried, const Asked& asked, Draws& draws) const {
    static const Site::Keys nobody;
    if (who.here && ground_.swallows(isp_down, who, {nobody, {}, asked.at}, tries_of(carried), draws))
        return lost();
    if (ground_.swallows(way_leaked, who, asked, tries_of(carried), draws)) return lost();
    if (const Fault* fault = ground_.swallows(way_lost, who, asked, tries_of(carried), draws))
        return fault->how == "unreachable" ? unreachable(std::string{transit_address} + " host unreachable")
                                           : lost();
    return {.took = across + Micros{draws.below(15'000)}};
}

Fate Way::to(const Looker& who, Carried carried, const Asked& asked, Draws& draws) const {
    Micros took{0};
    if (who.name == "here") {
        const Fate out = leave_host(carried, asked.at, draws);
        if (!out.arrives()) return out;
        took = out.took;
        if (const Fate router = pass_router(carried, asked); router.kind != Fate::Kind::through) {
            Fate taken = router;
            taken.took = took;
            return taken;
        }
    }
    Fate far = cross(who, carried, asked, draws);
    far.took += took;
    return far;
}

PathReach Way::reach(Carried carried, const Asked& asked, Draws& draws, std::string& icmp_from) const {
    const Looker self = host();
    if (!leave_host(Carried::tcp, asked.at, draws).arrives()) return PathReach::nowhere;
    if (ground_.on(portal, self, asked.at)) {
        if (carried == Carried::tcp) return PathReach::target;  // or so it looks
        icmp_from = std::string{router_address} + " port unreachable";
        return PathReach::router;
    }
    if (const Fault* fault = ground_.on(isp_down, self, asked.at); fault && fault->loss_permille >= 1000)
        return PathReach::provider;
    const bool to_servers = carried == Carried::udp;
    for (const FaultKind kind :
         {way_leaked, way_lost, routes_withdrawn, to_servers ? dns_silent : edge_silent,
          to_servers ? dns_silent : edge_unreachable}) {
        const Fault* fault = ground_.on(kind, self, asked);
        if (!fault || fault->loss_permille < 1000) continue;
        if (fault->how == "unreachable" || kind == edge_unreachable)
            icmp_from = std::string{transit_address} + " host unreachable";
        return PathReach::transit;
    }
    return PathReach::target;
}

}  // namespace sereno::scenario
