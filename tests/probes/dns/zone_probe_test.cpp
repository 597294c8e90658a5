// A zone's servers compared with each other; with the parent: zone_parent_test.cpp.
#include "../bench.hpp"
#include "catch.hpp"
#include "odd_servers.hpp"
#include "servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

const std::string zone = "shop.example", a = "a.ns.shop.example", b = "b.ns.shop.example",
                  c = "c.ns.shop.example";

test::ZoneFile serves(unsigned serial, const std::vector<std::string>& name_servers) {
    return {zone, test::zone_head(serial, name_servers)};
}

bool says(const Observation& seen, const std::string& text) {
    return seen.detail.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("servers that agree are well, each with its serial, and differing serials are told") {
    const Endpoint first = test::free_endpoint(), second = test::free_endpoint();
    const test::NameServer one(first, {serves(2024010101, {a, b})}),
        two(second, {serves(2024010102, {b, a})});
    test::Bench bench;
    const Observation seen = bench.run(ZoneCheck{zone, {{a, first, {}}, {b, second, {}}}});
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.answers == std::vector<std::string>{a + " 2024010101", b + " 2024010102"});
    CHECK(says(seen, "serials differ: 2024010101 2024010102"));
    CHECK(seen.ttl_seconds == 300);
}

TEST_CASE("servers that name different servers are inconsistent, and the difference is named") {
    const Endpoint first = test::free_endpoint(), second = test::free_endpoint();
    const test::NameServer one(first, {serves(1, {a, b})}), two(second, {serves(1, {a, c})});
    test::Bench bench;
    const Observation seen = bench.run(ZoneCheck{zone, {{a, first, {}}, {b, second, {}}}});
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::dns_inconsistent);
    CHECK(seen.reached == Stage::dns);
    CHECK(says(seen, b + " lacks " + b + " adds " + c));
}

TEST_CASE("a server that does not answer is told, and the others still judged") {
    const Endpoint first = test::free_endpoint();
    const test::NameServer one(first, {serves(1, {a, b})});
    test::Bench bench;
    const Observation seen = bench.run(ZoneCheck{zone, {{a, test::free_endpoint(), {}}, {b, first, {}}}});
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.answers == std::vector<std::string>{a + " dns_unreachable", b + " 1"});
    CHECK(says(seen, a + " dns_unreachable"));
}

TEST_CASE("when no server answers, the failure is the commonest one") {
    const test::SilentUdp silent, mute;
    test::Bench bench;
    const Observation seen = bench.run(
        ZoneCheck{zone,
                  {{a, test::free_endpoint(), {}}, {b, silent.endpoint(), {}}, {c, mute.endpoint(), {}}}},
        400ms);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::dns_timeout);
    CHECK(seen.answers.size() == 3);
}

TEST_CASE("a zone without servers, or with ones whose addresses nobody knows, says nothing") {
    test::Bench bench({{"lab", test::free_endpoint(), {}}});
    CHECK(bench.run(ZoneCheck{zone, {}}).failure == Failure::address_unknown);
    const Observation seen = bench.run(ZoneCheck{zone, {{a, {}, {}}}});
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::address_unknown);
    CHECK(seen.reached == Stage::schedule);
}

TEST_CASE("no more than eight servers are asked") {
    const Endpoint only = test::free_endpoint();
    const test::NameServer server(only, {serves(1, {a})});
    test::Bench bench;
    const Observation seen = bench.run(ZoneCheck{zone, std::vector<DnsServer>(20, {a, only, {}})});
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.answers.size() == 8);
}
