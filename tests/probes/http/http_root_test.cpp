// What a network without IPv6 looks like; in a network namespace of its own.
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
