// Outages of platforms and of what they share, each in a household of its own.
#include <thread>

#include "catch.hpp"
#include "row.hpp"

namespace sereno::lab {

namespace {

std::vector<ZoneText> zones_with(const std::string& name, const std::string& records) {
    std::vector<ZoneText> zones = Household::platform_zones();
    for (ZoneText& zone : zones)
        if (zone.name == name) zone.records = records;
    return zones;
}

/// agora's zone without some lines of it.
std::string agora_without(const std::string& start) {
    std::string kept;
    const std::string all = Household::platform_zones().front().records;
    for (std::size_t begin = 0, end = 0; (end = all.find('\n', begin)) != std::string::npos; begin = end + 1)
        if (const std::string line = all.substr(begin, end - begin); !line.starts_with(start))
            kept += line + "\n";
    return kept;
}

/// A new start with new contents: nothing is remembered by the resolvers.
void serve_zones(Household& home, const std::vector<ZoneText>& zones) {
    home.serve_platform_zones(zones);
    home.empty_caches();
}

/// At the last router before them: what goes on to these addresses meets this fate.
std::string on_the_way_to(const std::string& prefix, const std::string& fate) {
    return "table ip fault {\n chain through {\n type filter hook forward priority 0;\nip daddr " + prefix +
           " " + fate + "\n }\n}";
}

std::string well(const Household& home) {
    return home.edge_site("bazar") + home.edge_site("correo");
}

}  // namespace

TEST_CASE("lab: the front ends of a platform answer with errors") {
    check({.name = "agora-errors", .fault = [](Household& home) {
               home.serve_platform_sites(home.agora_site("location / { return 500; }"), well(home));
           }});
}

TEST_CASE("lab: the landing page is there, but nobody can log in") {
    check({.name = "agora-login", .fault = [](Household& home) {
               home.serve_platform_sites(
                   home.agora_site("location / { return 200 \"agora\"; }\nlocation /login { return 500; }"),
                   well(home));
           }});
}

TEST_CASE("lab: an edge that several share answers with errors") {
    check({.name = "edge-errors", .fault = [](Household& home) {
               const std::string failing = "location / { return 503; }";
               home.serve_platform_sites(
                   home.agora_site(), home.edge_site("bazar", failing) + home.edge_site("correo", failing));
           }});
}

TEST_CASE("lab: the route to all name servers is withdrawn, and a covering one swallows the packets") {
    check({.name = "agora-dns-swallowed", .fault = [](Household& home) {
               home.transit.nft(on_the_way_to("192.88.99.52/30", "drop"));
               home.empty_caches();
           }});
}

TEST_CASE("lab: the route to all name servers is withdrawn, and a router says so") {
    check({.name = "agora-dns-unreachable", .fault = [](Household& home) {
               home.transit.nft(on_the_way_to("192.88.99.52/30", "reject with icmp type host-unreachable"));
               home.empty_caches();
           }});
}

TEST_CASE("lab: name servers are silent, and resolvers answer with what they had") {
    check({.name = "agora-dns-stale",
           .before =
               [](Household& home) {
                   const std::string serve_stale = "serve-expired: yes\nserve-expired-reply-ttl: 30\n";
                   home.serve_platform_zones(Household::platform_zones(1));
                   home.resolve_at_router(serve_stale);
                   home.resolve_in_public(serve_stale);
               },
           .fault =
               [](Household& home) {
                   home.transit.nft(on_the_way_to("192.88.99.52/30", "drop"));
                   std::this_thread::sleep_for(std::chrono::milliseconds{2100});  // until the TTL is over
               },
           .warm_up_is_well = false});
}

TEST_CASE("lab: a DNS provider that several share is silent") {
    check({.name = "dns-provider-silent", .fault = [](Household& home) {
               home.transit.nft(on_the_way_to("192.88.99.152/30", "drop"));
               home.empty_caches();
           }});
}

TEST_CASE("lab: the zone lost its addresses") {
    check({.name = "agora-nodata", .fault = [](Household& home) {
               serve_zones(
                   home, zones_with("agora.example", agora_without("www A") + "www TXT \"nothing here\"\n"));
           }});
}

TEST_CASE("lab: the zone lost a name") {
    check({.name = "agora-nxdomain", .fault = [](Household& home) {
               serve_zones(home, zones_with("agora.example", agora_without("www ")));
           }});
}

TEST_CASE("lab: name servers no longer know the zone") {
    check({.name = "agora-refused", .fault = [](Household& home) {
               std::vector<ZoneText> zones = Household::platform_zones();
               zones.erase(zones.begin());
               serve_zones(home, zones);
           }});
}

TEST_CASE("lab: name servers have lost the zone's data") {
    check({.name = "agora-servfail",
           .fault = [](Household& home) { serve_zones(home, zones_with("agora.example", "")); }});
}

TEST_CASE("lab: name servers only say who else might know") {
    check({.name = "agora-lame", .fault = [](Household& home) {
               std::vector<ZoneText> zones = Household::platform_zones();
               zones.erase(zones.begin());
               zones.push_back(Household::parent_zones().front());
               serve_zones(home, zones);
           }});
}

TEST_CASE("lab: the zone's signatures do not match what its parent says") {
    check({.name = "agora-dnssec", .fault = [](Household& home) {
               const std::string anchor =
                   "trust-anchor: \"agora.example. DS 12345 13 2 "
                   "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF\"\n";
               home.resolve_at_router(anchor, true);
               home.resolve_in_public(anchor, true);
           }});
}

TEST_CASE("lab: one public resolver is silent") {
    check({.name = "one-resolver-silent",
           .fault = [](Household& home) { home.transit.nft(on_the_way_to("192.31.196.1/32", "drop")); }});
}

TEST_CASE("lab: new connections to a platform are lost") {
    check({.name = "agora-syn-lost", .fault = [](Household& home) {
               home.platforms.nft(
                   "table inet fault {\n chain in {\n type filter hook input priority 0;\n"
                   "ip daddr 192.88.99.80 tcp flags syn drop\n"
                   "ip6 daddr 2620:4f:203::80 tcp flags syn drop\n }\n}");
           }});
}

TEST_CASE("lab: the route to a platform's front end is withdrawn, and a router says so") {
    check({.name = "agora-unreachable", .fault = [](Household& home) {
               home.transit.nft(on_the_way_to("192.88.99.80/32", "reject with icmp type host-unreachable"));
           }});
}

TEST_CASE("lab: a platform's front end refuses connections") {
    check({.name = "agora-closed",
           .fault = [](Household& home) { home.serve_platform_sites("", well(home)); }});
}

}  // namespace sereno::lab
