#include "../bench.hpp"
#include "catch.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

TEST_CASE("a connection that is accepted is enough") {
    test::Bench bench;
    const test::SilentTcp server;
    const Observation seen = bench.run(TcpConnect{server.endpoint()});
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.address == to_string(server.endpoint()));
    CHECK(seen.connect > 0us);
}

TEST_CASE("a refused connection is told from silence") {
    test::Bench bench;
    SECTION("refused: a port without a listener") {
        const Observation seen = bench.run(TcpConnect{test::free_endpoint()});
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::connect_refused);
        CHECK(seen.reached == Stage::connect);
    }
    SECTION("silence: a listener with a full backlog") {
        const test::BlackHole hole;
        const Observation seen = bench.run(TcpConnect{hole.endpoint()}, 300ms);
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::connect_timeout);
        CHECK(seen.reached == Stage::connect);
        CHECK(seen.finished - seen.started >= 250ms);
    }
}

TEST_CASE("names are for programs on this host only") {
    test::Bench bench;
    const Observation local = bench.run(TcpConnect{{"localhost", test::free_endpoint().port}});
    CHECK(local.address.starts_with("127.0.0.1:"));
    const Observation name = bench.run(TcpConnect{{"shop.example", 443}});
    CHECK(name.failure == Failure::address_unknown);
    CHECK(name.reached == Stage::schedule);
}
