// Whose the hops are, asked from a real name server that serves an origin zone.
#include "probes/path/as_origin.hpp"

#include <optional>

#include "../namespace.hpp"
#include "catch.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

const std::string zone = "origin.as.example";

/// Says nothing about the target's address.
std::vector<test::Zone> origin_zones() {
    return {{"origin.as.example",
             "1.100.51.198 TXT \"64500 | 198.51.100.0/24 | ES | ripencc | 2010-01-01\"\n"
             "1.113.0.203 TXT \"64501 64509 | 203.0.0.0/16 | ES | ripencc | 2010-01-01\"\n"
             "1.113.0.203 TXT \"64502 | 203.0.113.0/24 | ES | ripencc | 2010-01-01\"\n"
             "9.113.0.203 TXT \"v=spf1 -all\"\n"
             "5.113.0.203 TXT \"64503 | 10.0.0.0/8 | ES | somebody | 2010-01-01\""},
            {"origin6.as.example",
             "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.0.0.0.8.b.d.0.1.0.0.2 TXT "
             "\"64504 | 2001:db8:4::/48 | ES | ripencc | 2010-01-01\""}};
}

struct Asked {
    AsNumbers numbers;
    Micros took{0};
};

Asked look_up(test::Bench& bench, const std::vector<std::string>& addresses, Micros within = 1s) {
    const Stamp begin = bench.loop.now();
    std::optional<AsNumbers> numbers;
    const AsLookup lookup(bench.context, addresses, begin + within, [&](AsNumbers found) {
        numbers = std::move(found);
        bench.loop.stop();
    });
    REQUIRE_FALSE(numbers);
    const auto watchdog = bench.loop.after(10s, [&] { bench.loop.stop(); });
    bench.loop.run();
    REQUIRE(numbers);
    return {*numbers, bench.loop.now() - begin};
}

DnsServer resolver(const Endpoint& endpoint) {
    return {.name = "lab", .endpoint = endpoint, .https_url = {}};
}

}  // namespace

TEST_CASE("an origin service tells whose an address is, and is not asked again") {
    test::Bench bench;
    bench.context.as_origin_zone = zone;
    {
        const test::Nsd nsd(origin_zones());
        bench.context.resolvers = {resolver(nsd.endpoint())};
        const Asked asked = look_up(bench, {"198.51.100.1", "203.0.113.1", "2001:db8:4::1", "192.168.1.1"});
        CHECK(asked.numbers ==
              AsNumbers{{"198.51.100.1", 64500}, {"203.0.113.1", 64502}, {"2001:db8:4::1", 64504}});
        CHECK(asked.took < 900ms);
    }
    const Fact* fact = bench.remembered.find(FactKind::as_origin, "203.0.113.0/24");
    REQUIRE(fact != nullptr);
    CHECK(fact->values == std::vector<std::string>{"64502", "203.0.113.0/24"});
    bench.context.resolvers = {resolver(test::free_endpoint())};  // nobody there any more
    const Asked again = look_up(bench, {"203.0.113.77", "198.51.100.200"});
    CHECK(again.numbers == AsNumbers{{"203.0.113.77", 64502}, {"198.51.100.200", 64500}});
    CHECK(again.took < 100ms);
}

TEST_CASE("no answer, and answers that make no sense, are no numbers") {
    test::Bench bench;
    bench.context.as_origin_zone = zone;
    SECTION("another text, another prefix, no such name") {
        const test::Nsd nsd(origin_zones());
        bench.context.resolvers = {resolver(nsd.endpoint())};
        CHECK(look_up(bench, {"203.0.113.9", "203.0.113.5", "192.0.2.1"}).numbers.empty());
        CHECK(bench.remembered.size() == 0);
    }
    SECTION("silence ends with the time there is") {
        const test::SilentUdp silent;
        bench.context.resolvers = {resolver(silent.endpoint())};
        const Asked asked = look_up(bench, {"198.51.100.1"}, 300ms);
        CHECK(asked.numbers.empty());
        CHECK(asked.took < 400ms);
    }
    SECTION("nobody is asked without a zone") {
        bench.context.as_origin_zone.clear();
        CHECK(look_up(bench, {"198.51.100.1"}).numbers.empty());
    }
}

TEST_CASE("the next resolver is asked when one is silent, and old knowledge is better than none") {
    test::Bench bench;
    bench.context.as_origin_zone = zone;
    const test::SilentUdp silent;
    SECTION("the next resolver") {
        const test::Nsd nsd(origin_zones());
        bench.context.resolvers = {resolver(silent.endpoint()), resolver(nsd.endpoint())};
        CHECK(look_up(bench, {"198.51.100.1"}, 1s).numbers == AsNumbers{{"198.51.100.1", 64500}});
    }
    SECTION("old knowledge") {
        bench.remembered.keep(FactKind::as_origin, "198.51.100.0/24", {"64500", "198.51.100.0/24"},
                              bench.loop.now() - std::chrono::hours{8 * 24});
        bench.context.resolvers = {resolver(silent.endpoint())};
        CHECK(look_up(bench, {"198.51.100.1"}, 200ms).numbers == AsNumbers{{"198.51.100.1", 64500}});
    }
}

TEST_CASE("whose the hops are decides where a way ended") {
    const test::Chain chain(6);
    const test::Nsd nsd(origin_zones());  // on this host's loopback
    test::Bench bench({resolver(nsd.endpoint())});
    bench.context.as_origin_zone = zone;
    const PathTrace trace{.host = chain.v4(5), .port = 33434, .protocol = PathProtocol::udp};
    const auto swallow_at = [&](std::size_t network) {
        chain.nft(network, "table ip t { chain f { type filter hook forward priority 0; ip daddr " +
                               chain.v4(5) + " drop; }; }");
    };
    SECTION("another network than the provider's: beyond") {
        swallow_at(4);
        const Observation seen = bench.run(trace, 2s);
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::path_ends_beyond);
        REQUIRE(seen.answers.size() == 4);
        CHECK(seen.answers[1].starts_with("2 100.64.0.1 0"));  // nobody asks about shared addresses
        CHECK(seen.answers[2].starts_with("3 198.51.100.1 AS64500 "));
        CHECK(seen.answers[3].starts_with("4 203.0.113.1 AS64502 "));
    }
    SECTION("the provider's own, however far: the provider") {
        bench.remembered.keep(FactKind::as_origin, "203.0.113.0/24", {"64500", "203.0.113.0/24"},
                              bench.loop.now());
        swallow_at(4);
        const Observation seen = bench.run(trace, 2s);
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::path_ends_isp);
    }
}

TEST_CASE("a silent origin service costs a trace no more than its deadline") {
    const test::Chain chain(4);
    const test::SilentUdp silent;
    test::Bench bench({resolver(silent.endpoint())});
    bench.context.as_origin_zone = zone;
    const Observation seen =
        bench.run(PathTrace{.host = chain.v4(3), .port = 33434, .protocol = PathProtocol::udp}, 800ms);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.answers.size() == 3);
    CHECK(seen.finished - seen.started <= 850ms);
}

TEST_CASE("a name's remembered address is traced without asking, else it is asked for") {
    const test::Chain chain(3);
    PathTrace trace{.host = "shop.example", .port = 33434, .protocol = PathProtocol::udp};
    SECTION("remembered front end") {
        test::Bench bench;
        bench.remembered.keep(FactKind::front_end, "shop.example", {chain.v4(2)}, bench.loop.now());
        const Observation seen = bench.run(trace);
        INFO(test::shown(seen));
        CHECK(seen.ok());
        CHECK(seen.address == chain.v4(2) + ":33434");
    }
    SECTION("remembered name server") {
        test::Bench bench;
        bench.remembered.keep(FactKind::name_server, "shop.example", {chain.v6(2)}, bench.loop.now());
        const Observation seen = bench.run(trace);
        INFO(test::shown(seen));
        CHECK(seen.ok());
        CHECK(seen.address == "[" + chain.v6(2) + "]:33434");
    }
    SECTION("asked for") {
        const test::Nsd nsd("shop.example", "@ A " + chain.v4(2));
        test::Bench bench({resolver(nsd.endpoint())});
        const Observation seen = bench.run(trace);
        INFO(test::shown(seen));
        CHECK(seen.ok());
        CHECK(seen.address == chain.v4(2) + ":33434");
        CHECK(seen.dns > 0us);
    }
    SECTION("never learned") {
        const test::SilentUdp silent;
        test::Bench bench({resolver(silent.endpoint())});
        const Observation seen = bench.run(trace, 600ms);
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::address_unknown);
        CHECK(seen.reached == Stage::dns);
        CHECK_FALSE(speaks_of_target(seen.failure));
    }
}
