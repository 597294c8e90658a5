#include "fault.hpp"

#include <algorithm>

namespace sereno::scenario {

bool Fault::is_on(Stamp at) const {
    if (at < begins || at >= ends) return false;
    return flaps <= Micros{0} || ((at - begins) / flaps) % 2 == 0;
}

const std::vector<FaultShape>& fault_shapes() {
    using enum FaultKind;
    using enum FaultShape::OfWhat;
    static const std::vector<FaultShape> shapes{
        {no_descriptors, "no_descriptors", nobody, {}},
        {no_ports, "no_ports", nobody, {}},
        {own_firewall, "own_firewall", nobody, {}},
        {starved, "starved", nobody, {}, true},
        {low_memory, "low_memory", nobody, {}},
        {sleeps, "sleeps", nobody, {}, true},
        {clock_wrong, "clock_wrong", nobody, {"ahead", "behind"}, true},
        {old_trust_store, "old_trust_store", site, {"expired", "unknown"}},
        {weak_link, "weak_link", nobody, {}},
        {cable_out, "cable_out", nobody, {}},
        {no_lease, "no_lease", nobody, {}},
        {gateway_gone, "gateway_gone", nobody, {}},
        {dns_intercepted, "dns_intercepted", nobody, {}},
        {portal, "portal", nobody, {}},
        {dns_filter, "dns_filter", site, {"nxdomain", "null", "nodata", "own_page"}},
        {name_filter, "name_filter", site, {"reset", "silent"}},
        {proxy_refuses, "proxy_refuses", nobody, {}},
        {via_proxy, "via_proxy", nobody, {}},
        {tls_inspected, "tls_inspected", nobody, {}},
        {isp_down, "isp_down", nobody, {}},
        {ipv6_broken, "ipv6_broken", nobody, {}},
        {path_mtu, "path_mtu", nobody, {"tls", "http"}},
        {way_lost, "way_lost", site, {"silent", "unreachable"}},
        {way_leaked, "way_leaked", site, {}},
        {resolver_silent, "resolver_silent", resolver, {}},
        {resolver_servfail, "resolver_servfail", resolver, {}},
        {resolver_gone, "resolver_gone", resolver, {}},
        {routes_withdrawn, "routes_withdrawn", site, {"swallowed", "unreachable"}},
        {dns_silent, "dns_silent", site, {}},
        {dns_servfail, "dns_servfail", site, {}},
        {dns_refused, "dns_refused", site, {}},
        {dns_nxdomain, "dns_nxdomain", site, {}},
        {dns_nodata, "dns_nodata", site, {}},
        {dns_lame, "dns_lame", site, {}},
        {dnssec_broken, "dnssec_broken", site, {}},
        {edge_silent, "edge_silent", site, {}},
        {edge_unreachable, "edge_unreachable", site, {}},
        {edge_refuses, "edge_refuses", site, {}},
        {edge_errors, "edge_errors", site, {}},
        {edge_certificate, "edge_certificate", site, {"expired", "name"}},
        {edge_resets, "edge_resets", site, {}},
        {app_errors, "app_errors", site, {}},
        {login_broken, "login_broken", site, {}},
        {page_wrong, "page_wrong", site, {}},
        {slow, "slow", site, {}, true},
        {turned_away, "turned_away", site, {}},
        {app_down, "app_down", app, {}},
        {app_sick, "app_sick", app, {}},
        {witness_down, "witness_down", witness, {}},
        {witness_stale, "witness_stale", witness, {}, true},
        {witness_lies, "witness_lies", witness, {"ill", "well"}},
        {vendor_reports, "vendor_reports", site, {"outage", "degraded", "maintenance"}},
        {vendor_page_gone, "vendor_page_gone", site, {}},
    };
    return shapes;
}

const FaultShape& shape_of(FaultKind kind) {
    return fault_shapes()[static_cast<std::size_t>(kind)];
}

std::optional<FaultKind> fault_kind_from(std::string_view name) {
    for (const FaultShape& shape : fault_shapes())
        if (shape.name == name) return shape.kind;
    return std::nullopt;
}

namespace {

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

}  // namespace

std::string to_string(const Fault& fault) {
    std::string text{shape_of(fault.kind).name};
    if (!fault.of.empty()) text += " of " + listed(fault.of);
    if (!fault.only.empty()) text += " (only " + listed(fault.only) + ")";
    if (!fault.how.empty()) text += ", " + fault.how;
    if (fault.status != 0) text += ", " + std::to_string(fault.status);
    if (fault.by != Micros{0}) text += ", by " + duration_text(fault.by);
    if (fault.loss_permille < 1000) {
        text += ", " + std::to_string(fault.loss_permille / 10);
        if (fault.loss_permille % 10 != 0) text += "." + std::to_string(fault.loss_permille % 10);
        text += " % of it";
    }
    if (fault.flaps > Micros{0}) text += ", on and off for " + duration_text(fault.flaps);
    if (!fault.from.empty()) text += ", seen from " + listed(fault.from);
    return text;
}

}  // namespace sereno::scenario
