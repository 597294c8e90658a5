// Trouble of this host's own, towards every target alike: it must never look like the target's.
#include <sys/resource.h>
#include <unistd.h>

#include "bench.hpp"
#include "catch.hpp"
#include "daemons.hpp"
#include "namespace.hpp"
#include "odd_servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

/// Leaves this process without a single free descriptor.
void exhaust_descriptors() {
    const rlimit few{64, 64};
    ::setrlimit(RLIMIT_NOFILE, &few);
    while (::dup(0) >= 0) {
    }
}

Observation without_descriptors(const ProbeTask& task) {
    return test::in_child([&task] {
        test::Bench bench;
        // Once while there are some: the loop and the libraries take what they need for good.
        bench.run(task, 100ms);
        exhaust_descriptors();
        return bench.run(task, 2s);
    });
}

}  // namespace

TEST_CASE("without a free descriptor every probe says host_resources") {
    const test::SilentTcp server;
    const auto task = GENERATE_REF(values<ProbeTask>(
        {TcpConnect{server.endpoint()}, DnsQuery{{"lab", server.endpoint()}, "www.shop.example"},
         HttpFetch{"http://" + to_string(server.endpoint()) + "/"}, RouteLookup{},
         GatewayEcho{"127.0.0.1", 9}, GatewayEcho{"127.0.0.1", 0}, UnitState{"booking-bot.service"}}));
    INFO(to_string(kind_of(task)));
    const Observation seen = without_descriptors(task);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::host_resources);
}

TEST_CASE("a route that this host prohibits says host_refused") {
    const auto task = GENERATE(values<ProbeTask>({TcpConnect{{"198.51.100.1", 443}},
                                                  DnsQuery{{"lab", {"198.51.100.1", 53}}, "www.shop.example"},
                                                  HttpFetch{"http://198.51.100.1/"}}));
    INFO(to_string(kind_of(task)));
    const Observation seen = test::in_namespace([&task] {
        test::ip("route add prohibit 198.51.100.1");
        return test::Bench{}.run(task, 2s);
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::host_refused);
}

TEST_CASE("a firewall of our own that drops DNS on its way out says host_refused") {
    const Observation seen = test::in_namespace([] {
        test::nft("table ip t { chain o { type filter hook output priority 0; udp dport 53 drop; }; }");
        return test::Bench{}.run(DnsQuery{{"lab", {"127.0.0.1", 53}}, "www.shop.example"}, 2s);
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::host_refused);
}

TEST_CASE("a host without any route says no_route") {
    const auto task = GENERATE(values<ProbeTask>({TcpConnect{{"198.51.100.1", 443}},
                                                  DnsQuery{{"lab", {"198.51.100.1", 53}}, "www.shop.example"},
                                                  HttpFetch{"http://198.51.100.1/"}}));
    INFO(to_string(kind_of(task)));
    const Observation seen = test::in_namespace([&task] { return test::Bench{}.run(task, 2s); });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::no_route);
}

TEST_CASE("a router beyond this host that knows no way is not our fault") {
    const auto task =
        GENERATE(values<ProbeTask>({TcpConnect{{"198.51.100.1", 443}}, HttpFetch{"http://198.51.100.1/"}}));
    INFO(to_string(kind_of(task)));
    const Observation seen = test::in_namespace([&task] {
        const test::Neighbourhood router;
        test::ip("link add v0 type veth peer name v1");
        test::ip("link set v1 netns " + router.pid());
        router.ip("addr add 192.0.2.1/24 dev v1");
        router.ip("link set v1 up");
        router.ip("route add unreachable 198.51.100.0/24");
        test::run({"nsenter", "-t", router.pid(), "-n", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"},
                  "util-linux");
        test::ip("addr add 192.0.2.2/24 dev v0");
        test::ip("link set v0 up");
        test::ip("route add default via 192.0.2.1");
        return test::Bench{}.run(task, 2s);
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::connect_unreachable);
}
