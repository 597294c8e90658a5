#include "../bench.hpp"
#include "../namespace.hpp"
#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

Observation look(const std::string& gateway = {}) {
    return test::Bench{}.run(RouteLookup{gateway});
}

/// One network card with its cable plugged in at the other end: v0, 192.0.2.2/24.
void plug_in() {
    test::ip("link add v0 type veth peer name v1");
    test::ip("addr add 192.0.2.2/24 dev v0");
    test::ip("link set v0 up");
    test::ip("link set v1 up");
}

}  // namespace

TEST_CASE("a route over loopback counts as up") {
    const Observation seen = look("127.0.0.1");
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.address == "127.0.0.1");
    CHECK(seen.detail.starts_with("dev lo, "));
}

TEST_CASE("a host without a default route has no way out") {
    const Observation seen = test::in_namespace([] {
        plug_in();
        return look();
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::no_route);
    CHECK(seen.reached == Stage::link);
    CHECK(seen.detail == "no default route");
}

TEST_CASE("a default route over a live link is well and names its gateway") {
    const Observation seen = test::in_namespace([] {
        plug_in();
        test::ip("route add default via 192.0.2.1 dev v0 metric 100");
        test::ip("route add default via 192.0.2.9 dev v0 metric 600");
        return look();
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.address == "192.0.2.1");
    CHECK(seen.detail == "via 192.0.2.1 dev v0, no IPv6 route");
}

TEST_CASE("a host with IPv6 only has a default route too") {
    const Observation seen = test::in_namespace([] {
        plug_in();
        test::ip("-6 addr add 2001:db8::2/64 dev v0 nodad");
        test::ip("-6 route add default via fe80::1 dev v0");
        return look();
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.address.starts_with("fe80::1%"));
    CHECK(seen.detail.find(", IPv6 via fe80::1%") != std::string::npos);
}

TEST_CASE("whether this network offers IPv6 stands beside the IPv4 route") {
    const std::string route = GENERATE(as<std::string>{}, "default via 2001:db8::1 dev v0",
                                       "2000::/3 via 2001:db8::1 dev v0", "unreachable default");
    const Observation seen = test::in_namespace([&route] {
        plug_in();
        test::ip("-6 addr add 2001:db8::2/64 dev v0 nodad");
        test::ip("route add default via 192.0.2.1 dev v0");
        test::ip("-6 route add " + route);
        return look();
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.address == "192.0.2.1");
    CHECK(seen.detail == std::string("via 192.0.2.1 dev v0, ") +
                             (route.starts_with("unreachable") ? "no IPv6 route" : "IPv6 via 2001:db8::1"));
}

TEST_CASE("an interface that is switched off is a link that is down") {
    const Observation seen = test::in_namespace([] {
        plug_in();
        test::ip("route add default via 192.0.2.1 dev v0");
        test::ip("link set v0 down");
        return look();
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::link_down);
    CHECK(seen.reached == Stage::link);
}

TEST_CASE("a cable that is pulled leaves its route behind and a link that is down") {
    const Observation seen = test::in_namespace([] {
        plug_in();
        test::ip("route add default via 192.0.2.1 dev v0");
        test::ip("link set v1 down");
        return look();
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::link_down);
    CHECK(seen.detail == "via 192.0.2.1 dev v0: the interface has no carrier");
}

TEST_CASE("a configured gateway is looked up by its own address") {
    SECTION("on the link") {
        const Observation seen = test::in_namespace([] {
            plug_in();
            return look("192.0.2.1");
        });
        INFO(test::shown(seen));
        CHECK(seen.ok());
        CHECK(seen.detail == "dev v0, no IPv6 route");
    }
    SECTION("nowhere") {
        const Observation seen = test::in_namespace([] {
            plug_in();
            return look("198.51.100.1");
        });
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::no_route);
        CHECK(seen.detail == "no route to 198.51.100.1");
    }
    SECTION("forbidden by a route of our own") {
        const Observation seen = test::in_namespace([] {
            plug_in();
            test::ip("route add prohibit 198.51.100.1");
            return look("198.51.100.1");
        });
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::host_refused);
    }
}
