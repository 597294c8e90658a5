// What networks without IPv6, and routers that say no, look like; in network namespaces of the test's own.
#include "../namespace.hpp"
#include "catch.hpp"

using namespace sereno;

TEST_CASE("without a route for IPv6 there is nothing to look at, and nobody is blamed") {
    const Observation seen = test::in_namespace([] {
        test::Bench bench;
        HttpFetch task;
        task.url = "http://[2001:db8::1]/";
        task.family = Family::v6;
        return bench.run(task);
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::no_ipv6);
    CHECK_FALSE(speaks_of_target(seen.failure));
}

TEST_CASE("a router that refuses the connection of a fetch is named, with its words") {
    constexpr std::size_t router = 1, target = 2;
    const test::Chain chain(3);
    chain.nft(router,
              "table inet t { chain c { type filter hook forward priority 0; "
              "reject with icmp type admin-prohibited; }; }");
    HttpFetch task;
    task.url = "http://" + chain.v4(target) + "/";
    const Observation seen = test::Bench{}.run(task);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::connect_unreachable);
    CHECK(seen.icmp_from == chain.v4(router) + " administratively prohibited");
}
