// What a platform's routes look like, summed up; and what nobody can say.
#include "probes/witness/visibility_probe.hpp"

#include "../bench.hpp"
#include "agent/loop/address.hpp"
#include "catch.hpp"
#include "daemons.hpp"
#include "probes/witness/prefix_finder.hpp"
#include "probes/witness/ris/ris_live.hpp"
#include "probes/witness/witnesses.hpp"
#include "ris_server.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using State = RouteSight::State;
using Texts = std::vector<std::string>;

namespace {

PrefixSight known(const std::string& prefix, State state, int now, int peers) {
    PrefixSight one{.prefix = prefix};
    one.sight = {.state = state,
                 .peers_now = now,
                 .peers_known = peers,
                 .origin = 64500,
                 .usual_origin = 64500,
                 .path_length = 4,
                 .usual_path_length = 4};
    return one;
}
PrefixSight unknown(const std::string& prefix, const std::string& why) {
    PrefixSight one{.prefix = prefix};
    one.sight.why = why;
    return one;
}

RouteVisibility of_servers(std::vector<DnsServer> servers) {
    return {.prefixes = {}, .servers = std::move(servers)};
}

/// What is found, which never comes before it was asked for.
Texts found(test::Bench& bench, const std::vector<DnsServer>& servers, Micros within = 1s) {
    PrefixFinder finder(bench.context);
    std::optional<Texts> prefixes;
    const auto asked = finder.find(servers, bench.loop.now() + within, [&](Texts some) {
        REQUIRE_FALSE(prefixes);
        prefixes = std::move(some);
        bench.loop.stop();
    });
    REQUIRE_FALSE(prefixes);
    const auto watchdog = bench.loop.after(10s, [&] { bench.loop.stop(); });
    bench.loop.run();
    REQUIRE(prefixes);
    return *prefixes;
}

const std::vector<test::Zone> origin_zones{
    {"origin.as.example",
     "12.30.134.129 TXT \"32934 | 129.134.30.0/24 | US | arin | 2015-05-13\"\n"
     "12.30.134.129 TXT \"32934 | 129.134.0.0/17 | US | arin | 2015-05-13\"\n"
     "12.31.134.129 TXT \"32934 | 129.134.31.0/24 | US | arin | 2015-05-13\"\n"
     "13.31.134.129 TXT \"32934 | 129.134.31.0/24 | US | arin | 2015-05-13\"\n"
     "12.218.89.185 TXT \"32934 | 185.89.218.0/24 | US | arin | 2015-05-13\"\n"
     "12.219.89.185 TXT \"32934 | 185.89.218.0/23 | US | arin | 2015-05-13\""}};

}  // namespace

TEST_CASE("routes are withdrawn when half of those known are, and the worst comes first") {
    std::vector<PrefixSight> sights{known("192.0.2.0/24", State::visible, 300, 310),
                                    unknown("2001:db8::/48", "no peer has spoken of it yet"),
                                    known("198.51.100.0/24", State::withdrawn, 12, 310),
                                    known("203.0.113.0/24", State::visible, 309, 310)};
    RoutesReport report = report_routes(sights);
    CHECK(report.failure == Failure::none);
    CHECK(report.seen == RoutesSeen{.prefixes = 3, .withdrawn = 1, .peers_now = 12, .peers_known = 310});
    CHECK(report.answers == Texts{"198.51.100.0/24 12 of 310 peers", "192.0.2.0/24 300 of 310 peers",
                                  "203.0.113.0/24 309 of 310 peers",
                                  "2001:db8::/48 no peer has spoken of it yet"});
    CHECK(report.detail == "1 of 3 prefixes withdrawn");
    sights[3] = unknown("203.0.113.0/24", "it is no prefix");
    report = report_routes(sights);
    CHECK(report.failure == Failure::route_withdrawn);
    CHECK(report.seen == RoutesSeen{.prefixes = 2, .withdrawn = 1, .peers_now = 12, .peers_known = 310});
}

TEST_CASE("nothing known is unknown, with the reason") {
    CHECK(report_routes({}).failure == Failure::witness_unknown);
    const RoutesReport report = report_routes({unknown("192.0.2.0/24", "the feed is silent")});
    CHECK(report.failure == Failure::witness_unknown);
    CHECK(report.detail == "192.0.2.0/24: the feed is silent");
    CHECK(report.seen == RoutesSeen{});
}

TEST_CASE("another origin and grown paths are told") {
    PrefixSight hijacked = known("192.0.2.0/24", State::visible, 310, 310);
    hijacked.sight.origin = 64666;
    PrefixSight hunted = known("198.51.100.0/24", State::visible, 200, 310);
    hunted.sight.path_length = 16;
    CHECK(report_routes({hijacked, hunted}).detail ==
          "paths to 198.51.100.0/24 grew from 4 to 16 networks; AS64666 announces 192.0.2.0/24 instead of "
          "AS64500");
    hunted.sight.path_length = 6;
    hijacked.sight.usual_origin = 0;
    CHECK(report_routes({hijacked, hunted}).detail.empty());
}

TEST_CASE("many prefixes are sixteen answers, all counted") {
    std::vector<PrefixSight> sights;
    for (int i = 0; i < 40; ++i)
        sights.push_back(known("10.0." + std::to_string(i) + ".0/24", State::withdrawn, i, 310));
    const RoutesReport report = report_routes(sights);
    CHECK(report.answers.size() == 16);
    CHECK(report.answers[2] == "10.0.2.0/24 2 of 310 peers");
    CHECK(report.seen.prefixes == 40);
}

TEST_CASE("without a feed the routes are unknown, and that is said") {
    test::Bench bench;
    SECTION("no witnesses at all") {
        const Observation seen = bench.run(RouteVisibility{{"192.0.2.0/24"}, {}});
        CHECK(seen.failure == Failure::witness_unknown);
        CHECK(seen.detail == "RIS Live is not configured");
        CHECK_FALSE(seen.routes);
    }
    WitnessSettings none;
    none.ris_live_url = none.ripestat_url = none.globalping_url = "";
    SECTION("others only") {
        Witnesses witnesses(bench.context, none);
        bench.context.witnesses = &witnesses;
        CHECK(bench.run(RouteVisibility{{"192.0.2.0/24"}, {}}).detail == "RIS Live is not configured");
    }
    none.ris_live_url = "ws://" + to_string(test::free_endpoint()) + "/";
    SECTION("nobody listens there") {
        Witnesses witnesses(bench.context, none);
        bench.context.witnesses = &witnesses;
        const Observation seen = bench.run(RouteVisibility{{"192.0.2.0/24", "nonsense"}, {}});
        CHECK(seen.failure == Failure::witness_unknown);
        CHECK(seen.reached == Stage::content);
        CHECK(seen.answers.size() == 2);
        CHECK(seen.said == Stamp{});
    }
    SECTION("where the name servers are is not known either") {
        Witnesses witnesses(bench.context, none);
        bench.context.witnesses = &witnesses;
        const Observation seen =
            bench.run(of_servers({{.name = "ns.shop.example", .endpoint = {}, .https_url = {}}}));
        CHECK(seen.failure == Failure::witness_unknown);
        CHECK(seen.reached == Stage::dns);
    }
}

TEST_CASE("the feed is read: visible, then withdrawn, each as soon as it says so") {
    const std::string prefix = "129.134.30.0/24";
    const auto peer = [](int i) { return "192.0.2." + std::to_string(i); };
    test::RisManners manners;
    for (int i = 1; i <= 10; ++i)
        manners.on_subscription.push_back(test::ris_announcement(prefix, peer(i), {64500, 64501, 32934}));
    test::RisServer server({}, manners);
    test::Bench bench;
    WitnessSettings nobody;
    nobody.ris_live_url = nobody.ripestat_url = nobody.globalping_url = "";
    Witnesses witnesses(bench.context, nobody);
    RisLive::Settings settings{.url = server.url(), .client = "sereno test", .rhythm = {}, .rule = {}};
    settings.rhythm.between_subscriptions = 1ms;
    settings.rhythm.look = 5ms;
    settings.rule.down_for = 50ms;
    // The server repeats its announcements after each subscription: a later one would undo the withdrawals.
    settings.beacons.clear();
    settings.yardsticks.clear();
    witnesses.ris_live = std::make_unique<RisLive>(bench.context, nullptr, witnesses.board, settings);
    bench.context.witnesses = &witnesses;
    const auto run_until = [&](Failure failure) {
        Observation seen;
        for (const Stamp end = bench.loop.now() + 10s; bench.loop.now() < end;) {
            seen = bench.run(RouteVisibility{{prefix}, {}});
            if (seen.failure == failure) break;
            const auto pause = bench.loop.after(5ms, [&] { bench.loop.stop(); });
            bench.loop.run();
        }
        INFO(test::shown(seen));
        REQUIRE(seen.failure == failure);
        return seen;
    };
    CHECK(run_until(Failure::witness_unknown).reached == Stage::content);
    Observation seen = run_until(Failure::none);
    REQUIRE(seen.routes);
    CHECK(seen.routes->withdrawn == 0);
    CHECK(seen.said > seen.started - 10s);
    CHECK(seen.said <= seen.finished);
    for (int i = 1; i <= 10; ++i)
        server.say(test::ris_withdrawal(prefix, peer(i), 64500));
    seen = run_until(Failure::route_withdrawn);
    CHECK(seen.routes == RoutesSeen{.prefixes = 1, .withdrawn = 1, .peers_now = 0, .peers_known = 10});
    CHECK(seen.answers == Texts{"129.134.30.0/24 0 of 10 peers"});
    CHECK(seen.detail == "1 of 1 prefixes withdrawn");
    CHECK(seen.reached == Stage::content);
}

TEST_CASE("the prefixes of name servers are learned from the origin service, and kept") {
    test::Bench bench;
    bench.context.as_origin_zone = "origin.as.example";
    bench.remembered.keep(FactKind::name_server, "c.ns.facebook.com", {"185.89.218.12", "129.134.31.13"},
                          bench.loop.now());
    // Five addresses: more than are looked up at a time.
    const std::vector<DnsServer> servers{
        {.name = "a", .endpoint = {"129.134.30.12", 53}, .https_url = {}},
        {.name = "b", .endpoint = {"129.134.31.12", 53}, .https_url = {}},
        {.name = "c.ns.facebook.com", .endpoint = {}, .https_url = {}},
        {.name = "d", .endpoint = {"185.89.219.12", 53}, .https_url = {}},
        {.name = "private", .endpoint = {"192.168.1.1", 53}, .https_url = {}},
        {.name = "never.resolved", .endpoint = {}, .https_url = {}}};
    const Texts prefixes{"129.134.30.0/24", "129.134.31.0/24", "185.89.218.0/23", "185.89.218.0/24"};
    {
        const test::Nsd nsd(origin_zones);
        bench.context.resolvers = {{.name = "lab", .endpoint = nsd.endpoint(), .https_url = {}}};
        CHECK(found(bench, servers, 5s) == prefixes);
    }
    CHECK(bench.remembered.find(FactKind::as_origin, "129.134.30.0/24") != nullptr);
    bench.context.resolvers = {{.name = "lab", .endpoint = test::free_endpoint(), .https_url = {}}};
    CHECK(found(bench, servers) == prefixes);
    CHECK(found(bench, {}).empty());
}

TEST_CASE("an exact prefix that had its peers lately is looked at beside the one that covers it") {
    test::Bench bench;
    const Stamp now = bench.loop.now();
    const std::vector<DnsServer> server{{.name = "a", .endpoint = {"129.134.30.12", 53}, .https_url = {}}};
    bench.remembered.keep(FactKind::as_origin, "129.134.30.0/24", {"32934", "129.134.30.0/24"},
                          now - std::chrono::hours{8 * 24});
    CHECK(found(bench, server) == Texts{"129.134.30.0/24"});  // old knowledge is better than none
    bench.remembered.keep(FactKind::as_origin, "129.134.0.0/17", {"32934", "129.134.0.0/17"}, now);
    CHECK(found(bench, server) == Texts{"129.134.0.0/17"});
    bench.remembered.keep(FactKind::route, "129.134.30.0/24", {"310", "32934"}, now - 5h);
    CHECK(found(bench, server) == Texts{"129.134.0.0/17", "129.134.30.0/24"});
}

TEST_CASE("a search that nobody waits for any more tells nobody") {
    test::Bench bench;
    PrefixFinder finder(bench.context);
    bool told = false;
    finder.find({}, bench.loop.now() + 1s, [&](const Texts&) { told = true; }).reset();
    const auto end = bench.loop.after(20ms, [&] { bench.loop.stop(); });
    bench.loop.run();
    CHECK_FALSE(told);
}
