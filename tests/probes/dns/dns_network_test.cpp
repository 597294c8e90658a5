// What networks do to questions: interception, unreachables from a router, no way out. Number 0 asks, number
// 1 is its gateway.
#include "../bench.hpp"
#include "../namespace.hpp"
#include "catch.hpp"
#include "servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

const std::string nobody = "192.88.99.1", nobody_v6 = "2001:db8:ffff::1";

DnsQuery to(const std::string& address) {
    return {{"target", {address, 53}, {}}, "www.shop.example"};
}
DnsQuery silent(DnsQuery query) {
    query.expect_silence = true;
    return query;
}

}  // namespace

TEST_CASE("a gateway that answers in the name of others is an interception") {
    const test::Chain chain(3);
    const Endpoint at{"192.168.1.1", 5353};
    std::optional<test::NameServer> server;
    chain.in(1, [&] {
        server.emplace(at,
                       std::vector<test::ZoneFile>{
                           {"shop.example", test::zone_head(1, {"ns.shop.example"}) + "www A 192.0.2.10"}});
    });
    chain.nft(1,
              "table ip nat { chain in { type nat hook prerouting priority dstnat; "
              "udp dport 53 redirect to :5353; tcp dport 53 redirect to :5353; }\n}");
    test::Bench bench;
    const Observation seen = bench.run(silent(to(nobody)));
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::dns_intercepted);
    CHECK(seen.detail.find(nobody + ":53 answers (192.0.2.10)") != std::string::npos);
    DnsQuery other = silent(to(nobody));
    other.name = "www.elsewhere.example";  // REFUSED is an answer, too
    CHECK(bench.run(other).failure == Failure::dns_intercepted);
    other.transport = DnsTransport::tcp;
    CHECK(bench.run(other).failure == Failure::dns_intercepted);
    // An honest question sees the same answer without suspicion.
    DnsQuery honest = to(nobody);
    honest.recursion = false;
    CHECK(bench.run(honest).ok());
}

TEST_CASE("a router that says unreachable is named, for every way in which it may say so") {
    const test::Chain chain(3);
    const auto [route, text] = GENERATE(table<std::string, std::string>({
        {"route add unreachable 192.88.99.1/32", "192.168.1.1 host unreachable"},
        {"route add prohibit 192.88.99.1/32", "192.168.1.1 administratively prohibited"},
        {"-6 route add unreachable 2001:db8:ffff::1/128", "2001:db8:1::1 no route"},
        {"-6 route add prohibit 2001:db8:ffff::1/128", "2001:db8:1::1 administratively prohibited"},
    }));
    chain.ip(1, route);
    DnsQuery query = to(route.starts_with("-6") ? nobody_v6 : nobody);
    query.transport = GENERATE(DnsTransport::udp, DnsTransport::tcp);
    test::Bench bench;
    const Observation seen = bench.run(query);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::dns_unreachable);
    CHECK(seen.icmp_from == text);
    CHECK(seen.finished - seen.started < 4s);
    CHECK(bench.run(silent(query)).ok());
}

TEST_CASE("packets that vanish are a timeout without anybody's word") {
    const test::Chain chain(3);
    chain.nft(
        1, "table ip filter { chain through { type filter hook forward priority filter; policy drop; }\n}");
    test::Bench bench;
    const Observation seen = bench.run(to(chain.v4(2)), 500ms);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::dns_timeout);
    CHECK(seen.icmp_from.empty());
    CHECK(bench.run(silent(to(chain.v4(2))), 500ms).ok());
}

TEST_CASE("faults of this host stay its own, also where silence is expected") {
    const test::Chain chain(2);
    test::Bench bench;
    SECTION("no route") {
        chain.ip(0, "route del default");
        CHECK(bench.run(to(nobody)).failure == Failure::no_route);
        CHECK(bench.run(silent(to(nobody))).failure == Failure::no_route);
    }
    SECTION("a local firewall") {
        chain.nft(0,
                  "table inet filter { chain out { type filter hook output priority filter; udp dport 53 "
                  "drop; }\n}");
        CHECK(bench.run(to(nobody)).failure == Failure::host_refused);
        CHECK(bench.run(silent(to(nobody))).failure == Failure::host_refused);
    }
}

TEST_CASE("a closed port of another machine is named as its sender") {
    const test::Chain chain(2);
    test::Bench bench;
    const Observation four = bench.run(to(chain.v4(1)));
    INFO(test::shown(four));
    CHECK(four.failure == Failure::dns_unreachable);
    CHECK(four.icmp_from == chain.v4(1) + " port unreachable");
    const Observation six = bench.run(to(chain.v6(1)));
    INFO(test::shown(six));
    CHECK(six.failure == Failure::dns_unreachable);
    CHECK(six.icmp_from == chain.v6(1) + " port unreachable");
}
