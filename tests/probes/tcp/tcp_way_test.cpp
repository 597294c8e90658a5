// What the way does to a connection attempt: routers that say no, silence, families that are not there.
#include <optional>

#include "../namespace.hpp"
#include "agent/loop/address.hpp"
#include "catch.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t router = 1, target = 2;
constexpr std::uint16_t port = 443;

std::string address(const test::Chain& chain, bool v6, std::size_t network = target) {
    return v6 ? chain.v6(network) : chain.v4(network);
}

Observation connect(const std::string& to, std::chrono::milliseconds timeout = 3s) {
    return test::Bench{}.run(TcpConnect{{to, port}}, timeout);
}

/// As a member of `group`.
Observation connect_as(Group group, const std::string& to) {
    test::Bench bench;
    ProbeSpec spec;
    spec.group = group;
    spec.task = TcpConnect{{to, port}};
    std::optional<Observation> seen;
    const auto run = start_probe(bench.context, spec, bench.loop.now(), [&](Observation observation) {
        seen = std::move(observation);
        bench.loop.stop();
    });
    const auto watchdog = bench.loop.after(10s, [&] { bench.loop.stop(); });
    bench.loop.run();
    REQUIRE(seen);
    return *seen;
}

std::string rules(const std::string& hook, const std::string& rule) {
    return "table inet t { chain c { type filter hook " + hook + " priority 0; " + rule + "; }; }";
}

}  // namespace

TEST_CASE("a chain of networks carries packets to its end and back") {
    const bool v6 = GENERATE(false, true);
    const test::Chain chain(6);
    const Observation seen = connect(address(chain, v6, 5));
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::connect_refused);  // by the target itself: nobody listens
    CHECK(seen.icmp_from.empty());
}

TEST_CASE("a router that refuses a connection is named, with its words") {
    struct Says {
        bool v6;
        std::string reject, words;
    };
    const test::Chain chain(3);
    for (const auto& [v6, reject, words] :
         std::vector<Says>{{false, "icmp type host-unreachable", "host unreachable"},
                           {false, "icmp type net-unreachable", "network unreachable"},
                           {false, "icmp type prot-unreachable", "protocol unreachable"},
                           {false, "icmp type admin-prohibited", "administratively prohibited"},
                           {false, "icmp type port-unreachable", "port unreachable"},
                           {true, "icmpv6 type no-route", "no route"},
                           {true, "icmpv6 type addr-unreachable", "address unreachable"},
                           {true, "icmpv6 type port-unreachable", "port unreachable"},
                           {true, "icmpv6 type admin-prohibited", "administratively prohibited"}}) {
        chain.nft(router, rules("forward", "reject with " + reject));
        const Observation seen = connect(address(chain, v6));
        chain.nft(router, "delete table inet t");
        INFO(reject << ": " << test::shown(seen));
        CHECK(seen.failure == Failure::connect_unreachable);
        CHECK(seen.reached == Stage::connect);
        CHECK(seen.icmp_from == address(chain, v6, router) + " " + words);
        CHECK(speaks_of_target(seen.failure));
    }
}

TEST_CASE("what the target's own firewall says comes from the target") {
    const bool v6 = GENERATE(false, true);
    const test::Chain chain(3);
    SECTION("port unreachable is a refusal, as a reset is") {
        chain.nft(target, rules("input", "meta l4proto tcp reject with icmpx type port-unreachable"));
        const Observation seen = connect(address(chain, v6));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::connect_refused);
        CHECK(seen.icmp_from == address(chain, v6) + " port unreachable");
    }
    SECTION("prohibited is not") {
        chain.nft(target, rules("input", "meta l4proto tcp reject with icmpx type admin-prohibited"));
        const Observation seen = connect(address(chain, v6));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::connect_unreachable);
        CHECK(seen.icmp_from == address(chain, v6) + " administratively prohibited");
    }
}

TEST_CASE("a way that swallows connection attempts is silence") {
    const bool v6 = GENERATE(false, true);
    const test::Chain chain(3);
    const auto [where, hook] =
        GENERATE(table<std::size_t, std::string>({{router, "forward"}, {target, "input"}, {0, "output"}}));
    chain.nft(where, rules(hook, "tcp dport 443 drop"));
    const Observation seen = connect(address(chain, v6), 300ms);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::connect_timeout);
    CHECK(seen.icmp_from.empty());
}

TEST_CASE("a connection that is taken back at once is a reset") {
    const bool v6 = GENERATE(false, true);
    const test::Chain chain(3);
    // The SYN is answered; what completes the handshake is met with a reset.
    chain.nft(target, rules("input", "tcp flags & (syn | ack) == ack reject with tcp reset"));
    Fd listener;
    chain.in(target, [&] {
        const auto any = socket_address({v6 ? "::" : "0.0.0.0", port});
        listener = Fd{::socket(any->family(), SOCK_STREAM | SOCK_CLOEXEC, 0)};
        REQUIRE(::bind(listener.get(), any->get(), any->length) == 0);
        REQUIRE(::listen(listener.get(), 8) == 0);
    });
    const Observation seen = connect(address(chain, v6));
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::connect_reset);
}

TEST_CASE("for a connection, a gateway that nobody finds is this host's own trouble") {
    const bool v6 = GENERATE(false, true);
    const test::Chain chain(3);
    chain.ip(router, "address flush dev left");
    chain.ip(0, "neigh flush dev right");
    const Observation seen = connect(address(chain, v6));
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::no_route);
    CHECK(seen.icmp_from.empty());
}

TEST_CASE("a network without IPv6 is told from broken IPv6") {
    const test::Chain chain(3);
    SECTION("no route: there is none, for whoever asks in order to know") {
        chain.ip(0, "-6 route del default");
        CHECK(connect_as(Group::network, chain.v6(target)).failure == Failure::no_ipv6);
        CHECK(connect_as(Group::edge, chain.v6(target)).failure == Failure::no_route);
        CHECK(connect_as(Group::network, chain.v4(target)).failure == Failure::connect_refused);
    }
    SECTION("switched off: there is none") {
        chain.set_kernel(0, "net/ipv6/conf/all/disable_ipv6", "1");
        CHECK(connect_as(Group::network, chain.v6(target)).failure == Failure::no_ipv6);
    }
    SECTION("a route that leads nowhere: broken") {
        chain.nft(router, "table ip6 t { chain c { type filter hook forward priority 0; drop; }; }");
        CHECK(connect_as(Group::network, chain.v6(target)).failure == Failure::connect_timeout);
        CHECK(connect_as(Group::network, chain.v4(target)).failure == Failure::connect_refused);
    }
    SECTION("a router that has none either: broken, as it offered some") {
        chain.ip(router, "-6 route add unreachable " + chain.v6(target));
        CHECK(connect_as(Group::network, chain.v6(target)).failure == Failure::connect_unreachable);
    }
}
