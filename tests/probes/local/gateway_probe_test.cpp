#include <thread>

#include "../bench.hpp"
#include "../namespace.hpp"
#include "catch.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"
#include "slow_neighbour.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

Observation ask(const std::string& gateway = {}, std::uint16_t port = 0,
                std::chrono::milliseconds timeout = 2s) {
    return test::Bench{}.run(GatewayEcho{gateway, port}, timeout);
}

void allow_ping_sockets() {
    test::set_kernel("net/ipv4/ping_group_range", "0 2147483647");
}
void forbid_ping_sockets() {
    test::set_kernel("net/ipv4/ping_group_range", "1 0");
}

/// A router of its own at the other end of a cable: we are 192.0.2.2, it is 192.0.2.1, and the default route.
void connect_to(const test::Neighbourhood& router) {
    test::ip("link add v0 type veth peer name v1");
    test::ip("link set v1 netns " + router.pid());
    router.ip("addr add 192.0.2.1/24 dev v1");
    router.ip("link set v1 up");
    test::ip("addr add 192.0.2.2/24 dev v0");
    test::ip("link set v0 up");
    test::ip("route add default via 192.0.2.1");
    test::set_kernel("net/ipv4/neigh/v0/retrans_time_ms", "50");
}

/// The same over IPv6, where a router is known by its link-local address.
void connect_to_link_local(const test::Neighbourhood& router) {
    test::ip("link add v0 type veth peer name v1");
    test::ip("link set v1 netns " + router.pid());
    router.ip("-6 addr add fe80::1/64 dev v1 nodad");
    router.ip("link set v1 up");
    test::set_kernel("net/ipv6/conf/v0/accept_dad", "0");
    test::ip("link set v0 up");
    test::ip("-6 route add default via fe80::1 dev v0");
}

}  // namespace

TEST_CASE("a gateway with a port is asked by TCP at this port") {
    SECTION("it accepts") {
        const test::SilentTcp router;
        const Observation seen = ask(router.endpoint().address, router.endpoint().port);
        INFO(test::shown(seen));
        CHECK(seen.ok());
        CHECK(seen.address == to_string(router.endpoint()));
        CHECK(seen.connect > 0us);
    }
    SECTION("a refusal is an answer") {
        const Endpoint nobody = test::free_endpoint();
        const Observation seen = ask(nobody.address, nobody.port);
        INFO(test::shown(seen));
        CHECK(seen.ok());
    }
    SECTION("several times, so that loss would show") {
        const test::SilentTcp router;
        const Observation seen = ask(router.endpoint().address, router.endpoint().port, 5s);
        INFO(test::shown(seen));
        CHECK(seen.ok());
        CHECK(seen.detail.starts_with("5 of 5 echoes, "));
        CHECK(seen.detail.ends_with(" accepted"));
        CHECK(seen.finished - seen.started >= 400ms);
    }
    SECTION("silence is not") {
        const test::BlackHole router;
        const Observation seen = ask(router.endpoint().address, router.endpoint().port, 300ms);
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::gateway_silent);
        CHECK(seen.reached == Stage::link);
    }
}

TEST_CASE("the gateway of the default route answers an echo request") {
    const Observation seen = test::in_namespace([] {
        const test::Neighbourhood router;
        connect_to(router);
        allow_ping_sockets();
        return ask({}, 0, 5s);
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.address == "192.0.2.1");
    CHECK(seen.detail.starts_with("5 of 5 echoes, "));
    CHECK(seen.detail.ends_with(" ms"));
    CHECK(seen.finished - seen.started >= 400ms);
    CHECK(seen.finished - seen.started < 1s);
}

TEST_CASE("an IPv6 gateway answers an echo request on its link") {
    const Observation seen = test::in_namespace([] {
        const test::Neighbourhood router;
        connect_to_link_local(router);
        allow_ping_sockets();
        return ask();
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.detail.starts_with("5 of 5 echoes, "));
}

TEST_CASE("where ping sockets are not allowed, TCP asks, and a refusal is an answer") {
    const Observation seen = test::in_namespace([] {
        const test::Neighbourhood router;
        connect_to(router);
        forbid_ping_sockets();
        return ask();
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.detail.starts_with("5 of 5 echoes, "));
    CHECK(seen.detail.ends_with(", tcp port 53 refused"));
}

TEST_CASE("a gateway that drops its DNS port is asked at its web page's") {
    const Observation seen = test::in_namespace([] {
        forbid_ping_sockets();
        test::nft("table ip t { chain i { type filter hook input priority 0; tcp dport 53 drop; }; }");
        return ask("127.0.0.1");
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.detail.ends_with(", tcp port 80 refused"));
}

TEST_CASE("a gateway whose firewall rejects us is there, however seldom it says so") {
    const std::string how =
        GENERATE(as<std::string>{}, "port-unreachable", "host-prohibited", "admin-prohibited");
    const Observation seen = test::in_namespace([&how] {
        const test::Neighbourhood router;
        connect_to(router);
        forbid_ping_sockets();
        const test::Folder folder;
        const std::string rules = folder.write(
            "rules",
            "table ip t { chain i { type filter hook input priority 0; "
            "ip protocol tcp numgen inc mod 2 == 1 drop; ip protocol tcp reject with icmp type " +
                how + "; }; }");
        test::run({"nsenter", "-t", router.pid(), "-n", "nft", "-f", rules}, "nftables");
        return ask({}, 0, 5s);
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.detail.ends_with(", tcp port 53 refused"));
}

TEST_CASE("a gateway that answers neither is silent") {
    const Observation seen = test::in_namespace([] {
        allow_ping_sockets();
        test::nft("table ip t { chain i { type filter hook input priority 0; drop; }; }");
        return ask("127.0.0.1", 0, 10s);
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::gateway_silent);
    CHECK(seen.detail == "none of 5 echoes was answered");
    CHECK(seen.finished - seen.started >= 2s);
    CHECK(seen.finished - seen.started < 4s);
}

TEST_CASE("a gateway that answers no echo but refuses connections is not silent") {
    const Observation seen = test::in_namespace([] {
        allow_ping_sockets();
        test::nft("table ip t { chain i { type filter hook input priority 0; ip protocol icmp drop; }; }");
        return ask("127.0.0.1", 0, 5s);
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.detail.ends_with(", tcp port 53 refused"));
}

TEST_CASE("a gateway of which some echoes are lost is a weak link") {
    const Observation seen = test::in_namespace([] {
        const test::Neighbourhood router;
        connect_to(router);
        allow_ping_sockets();
        test::nft(
            "table ip t { chain i { type filter hook input priority 0; "
            "icmp type echo-reply numgen inc mod 5 < 2 drop; }; }");
        return ask({}, 0, 5s);
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::link_weak);
    CHECK(seen.reached == Stage::link);
    CHECK(seen.detail.starts_with("3 of 5 echoes, "));
    CHECK(seen.finished - seen.started >= 1s);
    CHECK(seen.finished - seen.started < 3s);
}

TEST_CASE("an IPv6 gateway of which some echoes are lost is a weak link") {
    const Observation seen = test::in_namespace([] {
        const test::Neighbourhood router;
        connect_to_link_local(router);
        allow_ping_sockets();
        test::nft(
            "table ip6 t { chain i { type filter hook input priority 0; "
            "icmpv6 type echo-reply numgen inc mod 5 < 1 drop; }; }");
        return ask({}, 0, 5s);
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::link_weak);
    CHECK(seen.detail.starts_with("4 of 5 echoes, "));
}

TEST_CASE("a lost packet shows over TCP too, although the kernel repeats it") {
    const auto port = GENERATE(as<std::uint16_t>{}, 0, 4433);
    const Observation seen = test::in_namespace([port] {
        forbid_ping_sockets();
        test::nft(
            "table ip t { chain i { type filter hook input priority 0; "
            "tcp flags & rst == rst numgen inc mod 5 0 drop; }; }");
        return ask("127.0.0.1", port, 5s);
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::link_weak);
    CHECK(seen.detail.starts_with("4 of 5 echoes, "));
}

TEST_CASE("a gateway that takes hundreds of milliseconds is a weak link") {
    const Observation seen = test::in_namespace([] {
        allow_ping_sockets();
        const test::SlowNeighbour router("192.0.2.2/24", 300ms);
        test::ip("route add default via 192.0.2.1");
        return ask({}, 0, 5s);
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::link_weak);
    CHECK(seen.detail.starts_with("5 of 5 echoes, 30"));
}

TEST_CASE("a gateway that takes tens of milliseconds is well") {
    const Observation seen = test::in_namespace([] {
        allow_ping_sockets();
        const test::SlowNeighbour router("192.0.2.2/24", 50ms);
        test::ip("route add default via 192.0.2.1");
        return ask({}, 0, 5s);
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.detail.starts_with("5 of 5 echoes, 5"));
}

TEST_CASE("our own lateness is not the gateway's") {
    const Observation seen = test::in_namespace([] {
        allow_ping_sockets();
        test::Bench bench;
        bench.loop.post([] { std::this_thread::sleep_for(290ms); });
        return bench.run(GatewayEcho{"127.0.0.1", 0, 1});
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.detail.starts_with("1 of 1 echoes, 2"));
}

TEST_CASE("an address that nobody on the link has is silent long before the deadline") {
    const bool ping = GENERATE(true, false);
    const Observation seen = test::in_namespace([ping] {
        const test::Neighbourhood router;
        connect_to(router);
        ping ? allow_ping_sockets() : forbid_ping_sockets();
        return ask("192.0.2.77", 0, 10s);
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::gateway_silent);
    CHECK(seen.finished - seen.started < 5s);
}

TEST_CASE("without a default route there is no gateway to ask") {
    const Observation seen = test::in_namespace([] { return ask(); });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::no_route);
    CHECK(seen.reached == Stage::link);
}

TEST_CASE("a point-to-point link has no gateway, and that says nothing") {
    const Observation seen = test::in_namespace([] {
        test::ip("link add v0 type veth peer name v1");
        test::ip("link set v0 up");
        test::ip("route add default dev v0");
        return ask();
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::address_unknown);
    CHECK_FALSE(speaks_of_target(seen.failure));
}

TEST_CASE("a gateway that a route of our own forbids is not silent") {
    const Observation seen = test::in_namespace([] {
        allow_ping_sockets();
        test::ip("route add prohibit 198.51.100.1");
        return ask("198.51.100.1");
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::host_refused);
}
