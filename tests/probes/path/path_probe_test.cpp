// Ways of several hops with real routers (network namespaces): this host - gateway - two of the provider's -
// core
// - target.
#include <algorithm>

#include "../namespace.hpp"
#include "catch.hpp"
#include "daemons.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t host = 0, gateway = 1, isp1 = 2, isp2 = 3, core = 4, target = 5;
constexpr std::uint16_t port = 33434;

struct Way {
    bool v6 = false;
    PathProtocol protocol = PathProtocol::udp;

    [[nodiscard]] std::string at(const test::Chain& chain, std::size_t network) const {
        return v6 ? chain.v6(network) : chain.v4(network);
    }
    [[nodiscard]] PathTrace to(const test::Chain& chain, std::size_t network = target) const {
        return {.host = at(chain, network), .port = port, .protocol = protocol};
    }
    [[nodiscard]] std::string nft_family() const { return v6 ? "ip6" : "ip"; }
    [[nodiscard]] std::string nft_icmp() const { return v6 ? "icmpv6" : "icmp"; }
    [[nodiscard]] std::string nft_expired() const {
        return v6 ? "icmpv6 type time-exceeded" : "icmp type time-exceeded";
    }
};

Way any_way() {
    return {GENERATE(false, true), GENERATE(PathProtocol::udp, PathProtocol::tcp)};
}

/// Packets to the target vanish in this network without a word.
void swallow(const test::Chain& chain, const Way& way, std::size_t network) {
    chain.nft(network, "table inet hole { chain f { type filter hook forward priority 0; " +
                           way.nft_family() + " daddr " + way.at(chain, target) + " drop; }; }");
}

/// Without the time it took: "3 198.51.100.1", "4 *".
std::vector<std::string> hops(const Observation& seen) {
    std::vector<std::string> lines;
    for (const std::string& line : seen.answers)
        lines.push_back(line.substr(0, line.find(' ', line.find(' ') + 1)));
    return lines;
}

std::vector<std::string> hops_up_to(const test::Chain& chain, const Way& way, std::size_t network) {
    std::vector<std::string> lines;
    for (std::size_t i = 1; i <= network; ++i)
        lines.push_back(std::to_string(i) + " " + way.at(chain, i));
    return lines;
}

std::string all(const Observation& seen) {
    std::string text = test::shown(seen) + " icmp from '" + seen.icmp_from + "'";
    for (const std::string& line : seen.answers)
        text += "\n  " + line;
    return text;
}

}  // namespace

TEST_CASE("a whole way answers hop by hop, quickly") {
    const Way way = any_way();
    const test::Chain chain(12);
    test::Bench bench;
    const Observation seen = bench.run(way.to(chain, 11));
    INFO(all(seen));
    CHECK(seen.ok());
    CHECK(hops(seen) == hops_up_to(chain, way, 11));
    CHECK(seen.address == to_string(Endpoint{way.at(chain, 11), port}));
    CHECK(seen.icmp_from.empty());
    CHECK(seen.detail == "arrived at hop 11");
    CHECK(seen.finished - seen.started < 1s);
}

TEST_CASE("arriving is well, whatever the target says") {
    Way way{GENERATE(false, true), PathProtocol::tcp};
    const test::Chain chain(3);
    const std::string table = "table inet t { chain i { type filter hook input priority 0; ";
    SECTION("a firewall of its own") {
        way.protocol = GENERATE(PathProtocol::udp, PathProtocol::tcp);
        chain.nft(2, table + "meta l4proto {tcp, udp} reject with icmpx type admin-prohibited; }; }");
    }
    SECTION("a reset") {
        chain.nft(2, table + "meta l4proto tcp reject with tcp reset; }; }");
    }
    test::Bench bench;
    const Observation seen = bench.run(way.to(chain, 2));
    INFO(all(seen));
    CHECK(seen.ok());
    CHECK(hops(seen) == hops_up_to(chain, way, 2));
}

TEST_CASE("a way that swallows packets ends where its last answer came from") {
    const bool v6 = GENERATE(false, true);
    const test::Chain chain(6);
    test::Bench bench;
    for (const auto& [where, failure] :
         std::vector<std::pair<std::size_t, Failure>>{{gateway, Failure::path_ends_lan},
                                                      {isp1, Failure::path_ends_isp},
                                                      {isp2, Failure::path_ends_isp},
                                                      {core, Failure::path_ends_beyond}})
        for (const PathProtocol protocol : {PathProtocol::udp, PathProtocol::tcp}) {
            const Way way{v6, protocol};
            swallow(chain, way, where);
            const Observation seen = bench.run(way.to(chain), 2s);
            chain.nft(where, "delete table inet hole");
            INFO(all(seen));
            CHECK(seen.failure == failure);
            CHECK(seen.reached == Stage::connect);
            CHECK(hops(seen) == hops_up_to(chain, way, where));
            CHECK(seen.icmp_from.empty());
            CHECK(seen.finished - seen.started < 3s);
        }
}

TEST_CASE("a router that says unreachable is named, with its words") {
    struct Says {
        std::string reject, words;
    };
    const bool v6 = GENERATE(false, true);
    const std::vector<Says> v4_says{{"icmp type host-unreachable", "host unreachable"},
                                    {"icmp type net-unreachable", "network unreachable"},
                                    {"icmp type admin-prohibited", "administratively prohibited"},
                                    {"icmp type port-unreachable", "port unreachable"}};
    const std::vector<Says> v6_says{{"icmpv6 type no-route", "no route"},
                                    {"icmpv6 type addr-unreachable", "address unreachable"},
                                    {"icmpv6 type admin-prohibited", "administratively prohibited"},
                                    {"icmpv6 type port-unreachable", "port unreachable"}};
    const test::Chain chain(6);
    test::Bench bench;
    for (const auto& [reject, words] : v6 ? v6_says : v4_says)
        for (const auto& [where, failure] :
             std::vector<std::pair<std::size_t, Failure>>{{gateway, Failure::path_ends_lan},
                                                          {isp1, Failure::path_ends_isp},
                                                          {core, Failure::path_ends_beyond}})
            for (const PathProtocol protocol : {PathProtocol::udp, PathProtocol::tcp}) {
                const Way way{v6, protocol};
                chain.nft(where, "table inet t { chain f { type filter hook forward priority 0; " +
                                     way.nft_family() + " daddr " + way.at(chain, target) + " reject with " +
                                     reject + "; }; }");
                const Observation seen = bench.run(way.to(chain));
                chain.nft(where, "delete table inet t");
                INFO(all(seen));
                CHECK(seen.failure == failure);
                CHECK(seen.icmp_from == way.at(chain, where) + " " + words);
                CHECK(hops(seen) == hops_up_to(chain, way, where));
                CHECK(seen.finished - seen.started < 2s);
            }
}

TEST_CASE("a route withdrawn from a router without a default route is told by that router") {
    const Way way = any_way();
    const test::Chain chain(6);
    chain.ip(isp2, std::string{way.v6 ? "-6 " : ""} + "route del default");
    test::Bench bench;
    const Observation seen = bench.run(way.to(chain));
    INFO(all(seen));
    CHECK(seen.failure == Failure::path_ends_isp);
    CHECK(seen.icmp_from == way.at(chain, isp2) + (way.v6 ? " no route" : " network unreachable"));
    CHECK(hops(seen) == hops_up_to(chain, way, isp2));
}

TEST_CASE("packets sent back and forth end where they go in circles") {
    const Way way = any_way();
    const test::Chain chain(6);
    // The core has forgotten the target and sends everything back to whence it came.
    chain.ip(core, std::string{way.v6 ? "-6 " : ""} + "route add " + way.at(chain, target) + " via " +
                       (way.v6 ? "2001:db8:4::2" : "203.0.113.2"));
    test::Bench bench;
    const Observation seen = bench.run(way.to(chain));
    INFO(all(seen));
    CHECK(seen.failure == Failure::path_ends_beyond);
    CHECK(seen.answers.size() <=
          isp2 + 2);  // for IPv6 the router answers from the address nearest to the core
    CHECK(seen.detail.find("which sends it back to ") != std::string::npos);
}

TEST_CASE("a cable pulled from the gateway ends the way in the LAN") {
    const Way way = any_way();
    const test::Chain chain(6);
    chain.ip(gateway, "link set left down");
    test::Bench bench;
    const Observation seen = bench.run(way.to(chain));
    INFO(all(seen));
    CHECK(seen.failure == Failure::path_ends_lan);
    CHECK(seen.answers.empty());
}

TEST_CASE("a gateway that nobody finds on the cable ends the way in the LAN") {
    const Way way = any_way();
    const test::Chain chain(6);
    chain.ip(gateway, "address flush dev left");
    chain.ip(host, "neigh flush dev right");
    test::Bench bench;
    const Observation seen = bench.run(way.to(chain));
    INFO(all(seen));
    CHECK(seen.failure == Failure::path_ends_lan);
    CHECK(seen.answers.empty());
    CHECK(seen.detail == "nobody takes packets from this host");
    CHECK(seen.icmp_from.empty());
}

TEST_CASE("this host's own refusal says nothing about the way") {
    const Way way = any_way();
    const test::Chain chain(3);
    test::Bench bench;
    SECTION("no route") {
        chain.ip(host, std::string{way.v6 ? "-6 " : ""} + "route del default");
        const Observation seen = bench.run(way.to(chain, 2));
        INFO(all(seen));
        CHECK(seen.failure == Failure::no_route);
        CHECK(seen.answers.empty());
    }
    SECTION("a firewall of ours, as far as the kernel tells") {
        if (way.protocol == PathProtocol::tcp) return;  // connect(2) does not say it
        chain.nft(host,
                  "table inet t { chain o { type filter hook output priority 0; udp dport 33434 drop; }; }");
        const Observation seen = bench.run(way.to(chain, 2));
        INFO(all(seen));
        CHECK(seen.failure == Failure::host_refused);
    }
}

TEST_CASE("silent routers do not hide that the target answers") {
    const Way way = any_way();
    const test::Chain chain(6);
    const auto mute = [&](std::size_t network) {
        chain.nft(network, "table inet t { chain o { type filter hook output priority 0; " +
                               way.nft_expired() + " drop; }; }");
    };
    test::Bench bench;
    SECTION("some of them") {
        mute(isp1);
        mute(core);
        const Observation seen = bench.run(way.to(chain));
        INFO(all(seen));
        CHECK(seen.ok());
        std::vector<std::string> expected = hops_up_to(chain, way, target);
        expected[isp1 - 1] = "2 *";
        expected[core - 1] = "4 *";
        CHECK(hops(seen) == expected);
        CHECK(seen.detail == "arrived at hop 5; 2 hops on the way are silent");
        CHECK(seen.finished - seen.started < 1500ms);
    }
    SECTION("and the way ends behind one of them") {
        mute(isp1);
        swallow(chain, way, core);
        const Observation seen = bench.run(way.to(chain));
        INFO(all(seen));
        CHECK(seen.failure == Failure::path_ends_beyond);
        std::vector<std::string> expected = hops_up_to(chain, way, core);
        expected[isp1 - 1] = "2 *";
        CHECK(hops(seen) == expected);
    }
}

TEST_CASE("more silent routers in a row than are waited for do not hide that the target answers") {
    const Way way = any_way();
    const test::Chain chain(9);
    for (std::size_t network = 2; network < 8; ++network)
        chain.nft(network, "table inet t { chain o { type filter hook output priority 0; " +
                               way.nft_expired() + " drop; }; }");
    test::Bench bench;
    const Observation seen = bench.run(way.to(chain, 8));
    INFO(all(seen));
    CHECK(seen.ok());
    CHECK(hops(seen) == std::vector<std::string>{"1 " + way.at(chain, 1), "- " + way.at(chain, 8)});
    CHECK(seen.detail == "arrived, at a hop that is not known");
}

TEST_CASE("routers that limit their errors as Linux does by default are still seen") {
    const Way way = any_way();
    const test::Chain chain(6);
    for (std::size_t network = 1; network <= 5; ++network) {
        chain.set_kernel(network, "net/ipv4/icmp_ratelimit", "1000");
        chain.set_kernel(network, "net/ipv6/icmp/ratelimit", "1000");
    }
    test::Bench bench;
    const Observation seen = bench.run(way.to(chain));
    INFO(all(seen));
    CHECK(seen.ok());
    // The target's own answers are limited too: one to the packet with a full hop limit is enough.
    REQUIRE(seen.answers.size() == 5);
    for (std::size_t network = 1; network < target; ++network)
        CHECK(hops(seen)[network - 1] == std::to_string(network) + " " + way.at(chain, network));
}

TEST_CASE("one lost packet in four does not end a way") {
    const Way way = any_way();
    const test::Chain chain(6);
    chain.nft(gateway,
              "table inet t { chain f { type filter hook forward priority 0; iifname left "
              "numgen random mod 4 == 0 drop; }; }");
    test::Bench bench;
    const Observation seen = bench.run(way.to(chain));
    INFO(all(seen));
    CHECK(seen.ok());
    // A hop may lose all its packets: one time in 64.
    const std::vector<std::string> lines = hops(seen), expected = hops_up_to(chain, way, target);
    REQUIRE(lines.size() >= expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK((lines[i] == expected[i] || lines[i].ends_with(" *")));
}

TEST_CASE("where the way went on when it last arrived is told") {
    const Way way = any_way();
    const test::Chain chain(6);
    test::Bench bench;
    REQUIRE(bench.run(way.to(chain)).ok());
    const std::string key = (way.protocol == PathProtocol::tcp ? "tcp " : "udp ") +
                            to_string(Endpoint{way.at(chain, target), port});
    const Fact* path = bench.remembered.find(FactKind::path, key);
    REQUIRE(path != nullptr);
    CHECK(path->values == std::vector<std::string>{way.at(chain, 1), way.at(chain, 2), way.at(chain, 3),
                                                   way.at(chain, 4), way.at(chain, 5)});
    std::string when = rfc3339(path->when).substr(0, 16);
    std::replace(when.begin(), when.end(), 'T', ' ');
    swallow(chain, way, isp2);
    const Observation seen = bench.run(way.to(chain));
    INFO(all(seen));
    CHECK(seen.detail == "dies after hop 3 (" + way.at(chain, isp2) + "); on " + when + " it went on to " +
                             way.at(chain, core));
    CHECK(bench.remembered.find(FactKind::path, key)->when == path->when);  // a failure teaches no path
}

TEST_CASE("a short deadline is kept on a way that swallows everything") {
    const Way way = any_way();
    const test::Chain chain(6);
    swallow(chain, way, isp2);
    test::Bench bench;
    const Observation seen = bench.run(way.to(chain), 400ms);
    INFO(all(seen));
    CHECK(seen.failure == Failure::path_ends_isp);
    CHECK(seen.finished - seen.started <= 450ms);
}
