// What can go wrong, as plain data: what, with whom, for whom, from when to when. A fault acts on a thing - a
// link, a name server, a front end - and never on a probe: who walks into it meets it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/time.hpp"

namespace sereno::scenario {

enum class FaultKind : std::uint8_t {
    // This computer.
    no_descriptors,
    no_ports,
    own_firewall,
    starved,  ///< the processor is busy with something else: `by` late
    low_memory,
    sleeps,           ///< at its beginning, for `by`
    clock_wrong,      ///< `by` ahead of the truth, or behind where `how` says so
    old_trust_store,  ///< does not know, or thinks expired, the authority behind `of`
    // Its network.
    weak_link,
    cable_out,
    no_lease,
    gateway_gone,
    dns_intercepted,
    portal,
    dns_filter,
    name_filter,
    proxy_refuses,
    via_proxy,
    tls_inspected,  ///< somebody opens what is encrypted, with certificates of his own
    // The provider and the way.
    isp_down,
    ipv6_broken,
    path_mtu,
    way_lost,    ///< packets to `of` are lost on the way, somewhere in between
    way_leaked,  ///< more specific routes lead astray, where packets to `of` are lost; collectors see every
                 ///< route as ever
    // Resolvers.
    resolver_silent,
    resolver_servfail,
    resolver_gone,  ///< nobody listens on its port
    // Those who are watched, and controls: names.
    routes_withdrawn,
    dns_silent,
    dns_servfail,
    dns_refused,
    dns_nxdomain,
    dns_nodata,
    dns_lame,
    dnssec_broken,
    // Front ends.
    edge_silent,
    edge_unreachable,
    edge_refuses,
    edge_errors,
    edge_certificate,
    edge_resets,
    // What stands behind them.
    app_errors,
    login_broken,
    page_wrong,
    slow,
    turned_away,  ///< 403, 429, 451: reachable, but not for this address
    // The team's own programs.
    app_down,
    app_sick,
    // Witnesses.
    witness_down,
    witness_stale,
    witness_lies,
    vendor_reports,
    vendor_page_gone,
};

struct Fault {
    FaultKind kind = FaultKind::no_descriptors;
    std::vector<std::string> of;    ///< whose: see OfWhat; empty where nobody is needed
    std::vector<std::string> from;  ///< who meets it: see Looker::is_one_of; empty: everybody
    std::vector<std::string> only;  ///< of several name servers or hosts only these; empty: all
    Stamp begins, ends;             ///< not met at `ends` any more
    int loss_permille = 1000;       ///< of packets or requests that meet it
    Micros flaps{0};                ///< on for so long, off for so long; zero: on all the while
    Micros by{0};                   ///< lateness, age, offset
    int status = 0;                 ///< of HTTP; 0: what is usual for the kind
    std::string how;                ///< a word of the kind's own; empty: its first

    [[nodiscard]] bool is_on(Stamp at) const;
};

/// What a kind of fault wants to be told.
struct FaultShape {
    enum class OfWhat : std::uint8_t {
        nobody,
        site,      ///< a platform, a control, or an operator, DNS provider, front end or region they rest on
        resolver,  ///< "system", "cloudflare"
        app,
        witness,  ///< "ris-live", "ripestat", "globalping", "status"
    };
    FaultKind kind;
    std::string_view name;
    OfWhat of;
    std::vector<std::string_view> how;  ///< words that `how` may be, the usual one first; empty: none
    bool wants_by = false;
};
const std::vector<FaultShape>& fault_shapes();
const FaultShape& shape_of(FaultKind kind);
std::optional<FaultKind> fault_kind_from(std::string_view name);

/// "edge_errors of fastly, 503, 40 % of it, from DE"
std::string to_string(const Fault& fault);

}  // namespace sereno::scenario
