// Does a made-up fault look like the real one? Each is held to the trace that real packets left in tests/lab.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "battery.hpp"
#include "catch.hpp"
#include "row.hpp"
#include "trace.hpp"
#include "world.hpp"

using namespace sereno;
using namespace sereno::scenario;

namespace {

using enum FaultKind;

constexpr Micros second{1'000'000};
const Stamp start{Micros{1'772'442'000'000'000}}, fault_begins = start + 10 * second,
                                                  look = start + 11 * second;

struct Likeness {
    std::string trace;
    std::vector<Fault> faults;
    bool ipv6 = true, proxy = false, warm = true;
};

Fault fault(FaultKind kind, std::vector<std::string> of = {}, std::string how = {}) {
    Fault one{.kind = kind, .of = std::move(of), .begins = fault_begins, .ends = Stamp::max()};
    one.how = std::move(how);
    if (one.how.empty() && !shape_of(kind).how.empty()) one.how = shape_of(kind).how.front();
    return one;
}
Fault only(Fault fault, std::vector<std::string> elements) {
    fault.only = std::move(elements);
    return fault;
}
Fault status(Fault fault, int code) {
    fault.status = code;
    return fault;
}
Fault by(Fault fault, Micros length) {
    fault.by = length;
    return fault;
}

const std::vector<std::string> agora_servers{"ns1.agora.example", "ns2.agora.example"};
constexpr std::chrono::hours three_years{24 * 365 * 3};

std::vector<Likeness> likenesses() {
    return {
        {"healthy", {}},
        {"agora-closed", {fault(edge_refuses, {"agora"})}},
        {"agora-dns-swallowed", {only(fault(routes_withdrawn, {"agora"}), agora_servers)}},
        {"agora-dns-unreachable", {only(fault(routes_withdrawn, {"agora"}, "unreachable"), agora_servers)}},
        {"agora-dnssec", {fault(dnssec_broken, {"agora"})}},
        {"agora-errors", {fault(app_errors, {"agora"})}},
        {"agora-lame", {fault(dns_lame, {"agora"})}},
        {"agora-login", {only(fault(app_errors, {"agora"}), {"login.agora.example"})}},
        {"agora-refused", {fault(dns_refused, {"agora"})}},
        {"agora-servfail", {fault(dns_servfail, {"agora"})}},
        {"agora-syn-lost", {fault(edge_silent, {"agora"})}},
        {"agora-unreachable", {fault(edge_unreachable, {"agora"})}},
        {"app-broken", {fault(app_sick, {"app:caja"})}},
        {"app-down", {fault(app_down, {"app:caja"})}},
        {"cable-out", {fault(cable_out)}},
        {"captive-portal", {fault(portal)}},
        {"clock-ahead", {by(fault(clock_wrong, {}, "ahead"), three_years)}},
        {"clock-behind", {by(fault(clock_wrong, {}, "behind"), three_years)}},
        {"dns-intercepted", {fault(dns_intercepted)}},
        {"dns-provider-silent", {fault(dns_silent, {"bazar", "correo"})}},
        {"edge-errors", {status(fault(edge_errors, {"bazar", "correo"}), 503)}},
        {"filter-nodata", {fault(dns_filter, {"agora"}, "nodata")}},
        {"filter-null", {fault(dns_filter, {"agora"}, "null")}},
        {"filter-nxdomain", {fault(dns_filter, {"agora"}, "nxdomain")}},
        {"filter-own-page", {fault(dns_filter, {"agora"}, "own_page")}},
        {"forbidden", {status(fault(turned_away, {"agora"}), 403)}},
        {"gateway-gone", {fault(gateway_gone)}},
        {"ipv6-absent", {}, false},
        {"ipv6-broken", {fault(ipv6_broken)}},
        {"name-filter", {fault(name_filter, {"agora"})}},
        {"no-descriptors", {fault(no_descriptors)}},
        {"no-lease", {fault(no_lease)}},
        {"no-ports", {fault(no_ports)}},
        {"one-resolver-silent", {fault(resolver_silent, {"one"})}},
        {"own-firewall", {fault(own_firewall)}},
        {"provider-down", {fault(isp_down)}},
        {"rate-limited", {status(fault(turned_away, {"agora"}), 429)}},
        {"resolver-failing", {fault(resolver_servfail, {"system"})}},
        {"resolver-gone", {fault(resolver_gone, {"system"})}},
        {"slept", {by(fault(sleeps), 3600 * second)}},
        {"starved", {by(fault(starved), 2 * second)}},
        {"transparent-proxy", {fault(via_proxy)}},
    };
}

std::string expected(const std::string& name) {
    std::ifstream file(std::string{SERENO_TRACES} + "/" + name + ".txt");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<Observation> all(World& world, const Watch& watch, Stamp at) {
    std::vector<Observation> round;
    for (const ProbeSpec& spec : watch.probes)
        round.push_back(world.run(spec, at, at));
    return round;
}

std::string trace(const Likeness& like) {
    const Watch watch = lab::lab_settings(std::string{SERENO_TRACES} + "/healthy.txt").watch;
    WorldPlan plan;
    plan.faults = like.faults;
    plan.home.ipv6 = like.ipv6;
    for (const Platform& platform : watch.platforms)
        plan.rests[platform.id.value].ttl = 300 * second;
    for (const Control& control : watch.controls)
        plan.rests[control.id.value].ttl = 300 * second;
    World world(watch, plan);
    world.empty_caches(start);
    const auto usual = lab::edges_of(all(world, watch, start));
    // The lab's household starts its resolvers anew where the names themselves fail.
    if (!like.faults.empty() && like.faults.front().kind >= routes_withdrawn &&
        like.faults.front().kind <= dnssec_broken)
        world.empty_caches(look);
    return lab::trace_of(all(world, watch, look), usual);
}

std::set<std::string> lines_of(const std::string& text) {
    std::set<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.insert(line);
    return lines;
}

/// One "here LINE" or "lab LINE" for each that only one of them has.
std::string difference(const std::string& here, const std::string& in_lab) {
    const auto mine = lines_of(here), real = lines_of(in_lab);
    std::string text;
    for (const std::string& line : mine)
        if (real.count(line) == 0) text += "here " + line + "\n";
    for (const std::string& line : real)
        if (mine.count(line) == 0) text += "lab  " + line + "\n";
    return text;
}

/// What differs for a reason: the lab's fault reached less far, or the detail decides nothing.
std::string accepted(const std::string& trace) {
    static const std::map<std::string, std::string> known{
        // The lab's rules were for IPv4 alone.
        {"agora-unreachable", "here agora/http6/1 connect_unreachable, by transit host unreachable\n"},
        {"name-filter", "here agora/http6/1 tls_reset\n"},
        // In the lab only the program's clock was moved, not that of the app on the same computer.
        {"clock-ahead", "lab  app:caja/health ok, our clock is ahead\n"},
        {"clock-behind", "lab  app:caja/health ok, our clock is behind\n"},
        // The path to a name server begins with a datagram, which this world's paths do not tell apart.
        {"own-firewall",
         "here platforms/path/* path_ends_lan, last heard of nobody\n"
         "lab  platforms/path/edge path_ends_lan, last heard of nobody\n"
         "lab  platforms/path/ns host_refused, last heard of nobody\n"},
        // The lab's resolver had no IPv6 address in its cache yet.
        {"provider-down",
         "here platforms/http6/1 connect_timeout\n"
         "lab  platforms/http6/1 dns_timeout\n"},
        // The lab's proxy was the same program as the front ends, in another version.
        {"transparent-proxy",
         "here controls/http ok, via 1.1 cache\n"
         "lab  controls/http ok, edge nginx of another version, via 1.1 cache\n"},
    };
    const auto it = known.find(trace);
    return it == known.end() ? "" : it->second;
}

}  // namespace

TEST_CASE("fidelity: made-up faults leave the traces of real ones") {
    for (const Likeness& like : likenesses()) {
        INFO(like.trace);
        REQUIRE(!expected(like.trace).empty());
        CHECK(difference(trace(like), expected(like.trace)) == accepted(like.trace));
    }
}
