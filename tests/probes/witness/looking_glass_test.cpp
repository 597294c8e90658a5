// The looking glass as a probe: what it says of a platform's prefixes, compared with what was seen before.
#include <map>
#include <mutex>

#include "agent/model/witness.hpp"
#include "asking.hpp"
#include "catch.hpp"
#include "glass_text.hpp"
#include "probes/witness/ripestat.hpp"
#include "probes/witness/witnesses.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using test::glass_body;
using test::glass_routes;
using Reply = test::JsonService::Reply;
using Request = test::JsonService::Request;

namespace {

const std::string a = "129.134.30.0/24", b = "129.134.31.0/24", around = "129.134.0.0/17";

WitnessSettings only_ripestat(const std::string& url) {
    WitnessSettings settings;
    settings.ris_live_url.clear();
    settings.globalping_url.clear();
    settings.status_pages = false;
    settings.ripestat_url = url;
    return settings;
}

/// Plain HTTP, as in a rehearsal: TLS is the asker's work.
struct Glass {
    Glass() {
        bench.context.witnesses = &witnesses;
        has(RipeStat::usual_yardstick, 300);
    }
    void has(const std::string& prefix, std::vector<test::GlassRoute> routes) {
        const std::lock_guard lock(mutex);
        bodies[prefix] = glass_body(routes);
    }
    void heard_last(const std::string& prefix, int peers, Micros ago) {
        const std::lock_guard lock(mutex);
        bodies[prefix] = glass_body(glass_routes(prefix, peers), test::glass_time(test::wall_now() - ago));
    }
    void has(const std::string& prefix, int peers) { has(prefix, glass_routes(prefix, peers)); }
    void had(const std::string& prefix, int peers, Micros ago = 1h, const std::string& origin = "32934") {
        bench.remembered.keep(FactKind::route, prefix, {std::to_string(peers), origin},
                              bench.loop.now() - ago);
    }
    int remembered(const std::string& prefix) const {
        const Fact* fact = bench.remembered.find(FactKind::route, prefix);
        return fact == nullptr ? 0 : std::stoi(fact->values.front());
    }
    Observation run(std::vector<std::string> prefixes, std::chrono::milliseconds timeout = 5s) {
        LookingGlass task;
        task.prefixes = std::move(prefixes);
        const Observation seen = bench.run(task, timeout);
        UNSCOPED_INFO(test::shown(seen));
        return seen;
    }

    std::mutex mutex;
    std::map<std::string, std::string> bodies;  // what is not in it is answered with silence
    test::JsonService service{[this](const Request& request) {
        const std::string prefix = test::glass_resource(request.path);
        const std::lock_guard lock(mutex);
        Reply reply;
        const auto found = bodies.find(prefix);
        if (found == bodies.end())
            reply.how = Reply::How::silence;
        else
            reply.body = found->second;
        return reply;
    }};
    test::Bench bench;
    Witnesses witnesses{bench.context, only_ripestat(service.url("/"))};
};

}  // namespace

TEST_CASE("prefixes that their peers still have are well, and are remembered") {
    Glass test;
    test.has(a, 12);
    test.has(b, 310);
    test.had(b, 300);
    const Observation seen = test.run({a, b});
    CHECK(seen.ok());
    REQUIRE(seen.routes);
    CHECK(*seen.routes == RoutesSeen{.prefixes = 2, .withdrawn = 0, .peers_now = 12, .peers_known = 12});
    CHECK(seen.answers == std::vector<std::string>{a + " 12 of 12 peers", b + " 310 of 310 peers"});
    CHECK(seen.said >= seen.started - 1s);  // latest_time is whole seconds
    CHECK(seen.said <= seen.finished);
    CHECK(test.remembered(a) == 12);
    CHECK(test.remembered(b) == 310);
}

TEST_CASE("a prefix that fewer than half of its peers have is withdrawn; at half of them all are") {
    Glass test;
    test.had(a, 310);
    test.had(b, 310);
    test.has(a, 154);
    SECTION("both") {
        test.has(b, glass_routes(around, 300));
        const Observation seen = test.run({a, b});
        CHECK(seen.failure == Failure::route_withdrawn);
        CHECK(seen.reached == Stage::content);
        CHECK(*seen.routes == RoutesSeen{.prefixes = 2, .withdrawn = 2, .peers_now = 0, .peers_known = 310});
        CHECK(seen.answers == std::vector<std::string>{b + " 0 of 310 peers", a + " 154 of 310 peers"});
        CHECK(seen.detail == "2 of 2 prefixes withdrawn; 129.134.31.0/24 is only covered by 129.134.0.0/17");
    }
    SECTION("one of two") {
        test.has(b, 155);
        const Observation seen = test.run({a, b});
        CHECK(seen.failure == Failure::route_withdrawn);
        CHECK(seen.routes->withdrawn == 1);
    }
    SECTION("one of three") {
        test.has(b, 155);
        test.has(around, 310);
        const Observation seen = test.run({a, b, around});
        CHECK(seen.ok());
        CHECK(seen.routes->withdrawn == 1);
        CHECK(seen.detail == "1 of 3 prefixes withdrawn");
    }
    CHECK(test.remembered(a) == 310);
}

TEST_CASE("what nobody knew before is not withdrawn, it is unknown") {
    Glass test;
    const auto [routes, words] = GENERATE(table<std::vector<test::GlassRoute>, std::string>(
        {{std::vector<test::GlassRoute>{}, "0 peers have it, and how many had it is not known"},
         {glass_routes(a, 4), "4 peers have it, and how many had it is not known"},
         {glass_routes(around, 300),
          "0 peers have it, and how many had it is not known; others have only 129.134.0.0/17"}}));
    test.has(a, routes);
    const Observation seen = test.run({a});
    CHECK(seen.failure == Failure::witness_unknown);
    CHECK_FALSE(seen.routes);
    CHECK(seen.said == Stamp{});
    CHECK(seen.answers == std::vector<std::string>{a + " " + words});
    CHECK(seen.detail == a + ": " + words);
    CHECK(test.remembered(a) == 0);
}

TEST_CASE("those left amid an outage that others see only covered are not taken for all") {
    Glass test;
    auto routes = glass_routes(a, 12);
    routes.push_back({.prefix = around, .peer = "192.0.2.250"});
    test.has(a, routes);
    CHECK(test.run({a}).failure == Failure::witness_unknown);
    CHECK(test.remembered(a) == 0);
    test.had(a, 12);
    CHECK(test.run({a}).ok());
}

TEST_CASE("what was remembered too long ago, or makes no sense, is not known") {
    Glass test;
    test.has(a, 0);
    SECTION("six days are not too long") {
        test.had(a, 310, 144h);
        CHECK(test.run({a}).failure == Failure::route_withdrawn);
    }
    SECTION("eight are") {
        test.had(a, 310, 192h);
        CHECK(test.run({a}).failure == Failure::witness_unknown);
    }
    SECTION("no number") {
        const std::string text = GENERATE("", "many", "-5", "310x", "99999999999");
        test.bench.remembered.keep(FactKind::route, a, {text}, test.bench.loop.now());
        CHECK(test.run({a}).failure == Failure::witness_unknown);
    }
}

TEST_CASE("an outage does not become the rule, a slow change does") {
    Glass test;
    test.has(a, 200);
    test.had(a, 310, 48h);
    CHECK(test.run({a}).ok());
    CHECK(test.remembered(a) == 310);
    test.had(b, 310, 48h);
    test.has(b, 290);
    CHECK(test.run({b}).ok());
    CHECK(test.remembered(b) == 290);
    test.had(around, 310);
    test.has(around, 290);
    CHECK(test.run({around}).ok());
    CHECK(test.remembered(around) == 310);
}

TEST_CASE("another origin is told of") {
    Glass test;
    test.had(a, 10, 1h, "64666");
    test.has(a, 10);
    const Observation seen = test.run({a});
    CHECK(seen.ok());
    CHECK(seen.detail == "AS32934 announces 129.134.30.0/24 instead of AS64666");
}

TEST_CASE("what is not answered in time is unknown, and the rest is told") {
    Glass test;
    test.has(a, 0);
    test.had(a, 310);
    const Observation seen = test.run({a, b}, 400ms);
    CHECK(seen.failure == Failure::route_withdrawn);
    CHECK(seen.routes->prefixes == 1);
    CHECK(seen.answers == std::vector<std::string>{a + " 0 of 310 peers", b + " no answer in time"});
    CHECK(test.run({b, "192.0.2.0/24"}, 300ms).failure == Failure::witness_unknown);
}

TEST_CASE("a looking glass that cannot be asked is unknown, never a withdrawal") {
    Glass test;
    test.had(a, 310);
    test.bodies[a] = GENERATE("<html>", "{}", R"({"status":"ok","data":{}})");
    const Observation seen = test.run({a});
    CHECK(seen.failure == Failure::witness_unknown);
    CHECK_FALSE(seen.routes);
    CHECK(seen.detail.starts_with(a + ": its answer "));
    CHECK(test.witnesses.board.find(ripestat_id)->state == WitnessHealth::State::unable);
}

TEST_CASE("its word is as old as the oldest data that it rests on") {
    Glass test;
    test.had(a, 310);
    test.heard_last(a, 0, 5min);
    test.heard_last(b, 310, 1min);
    const Observation seen = test.run({a, b});
    CHECK(seen.failure == Failure::route_withdrawn);
    CHECK(seen.seen_at() >= seen.started - 5min - 1s);
    CHECK(seen.seen_at() <= seen.finished - 5min);
    // What is unknown does not count.
    test.heard_last(around, 0, 11min);
    const Observation part = test.run({b, around});
    CHECK(part.ok());
    CHECK(part.seen_at() > part.started - 2min);
}

TEST_CASE("a looking glass that stands still is unknown, never a withdrawal") {
    Glass test;
    test.had(a, 310);
    test.heard_last(a, GENERATE(0, 310), GENERATE(11min, 24h));
    const Observation seen = test.run({a});
    CHECK(seen.failure == Failure::witness_unknown);
    CHECK_FALSE(seen.routes);
    CHECK(seen.detail.find("data.latest_time") != std::string::npos);
    const WitnessHealth* health = test.witnesses.board.find(ripestat_id);
    CHECK(health->state == WitnessHealth::State::unable);
    CHECK(health->why.find("more than 10 min before it answered") != std::string::npos);
}

TEST_CASE("a looking glass that lost its peers withdraws nothing") {
    Glass test;
    test.had(a, 310);
    test.had(b, 310);
    SECTION("all of them") {
        test.has(a, 0);
        test.has(b, 0);
        test.has(RipeStat::usual_yardstick, 0);
    }
    SECTION("most of them") {
        test.had(RipeStat::usual_yardstick, 300);
        test.has(a, 40);
        test.has(b, 40);
        test.has(RipeStat::usual_yardstick, 40);
    }
    const Observation seen = test.run({a, b});
    CHECK(seen.failure == Failure::witness_unknown);
    CHECK_FALSE(seen.routes);
    CHECK(seen.detail.find("peers with 193.0.0.0/21, which everybody has") != std::string::npos);
    CHECK(test.remembered(a) == 310);
}

TEST_CASE("without a looking glass, a prefix or a sensible one there is nothing to say") {
    Glass test;
    SECTION("no prefix is known") {
        LookingGlass task;
        task.servers = {{.name = "a.ns.facebook.com", .endpoint = {}, .https_url = {}}};
        const Observation seen = test.bench.run(task);
        CHECK(seen.failure == Failure::witness_unknown);
        CHECK(seen.detail == "it is not known in which prefixes the name servers are announced");
    }
    SECTION("not a prefix") {
        const Observation seen = test.run({"nonsense"});
        CHECK(seen.failure == Failure::witness_unknown);
        CHECK(seen.detail == "nonsense: 'nonsense' is no prefix");
    }
    SECTION("not configured") {
        Witnesses none(test.bench.context, only_ripestat(""));
        test.bench.context.witnesses = GENERATE(true, false) ? nullptr : &none;
        const Observation seen = test.run({a});
        CHECK(seen.failure == Failure::witness_unknown);
        CHECK(seen.reached == Stage::schedule);
        CHECK(seen.detail == "RIPEstat is not configured");
    }
    CHECK(test.service.requests().empty());
}

TEST_CASE("prefixes are those in which the name servers' addresses are announced") {
    Glass test;
    test.bench.remembered.keep(FactKind::name_server, "a.ns.facebook.com", {"129.134.30.12"},
                               test.bench.loop.now());
    test.bench.remembered.keep(FactKind::as_origin, a, {"32934", a}, test.bench.loop.now());
    test.has(a, 8);
    LookingGlass task;
    task.servers = {{.name = "a.ns.facebook.com", .endpoint = {}, .https_url = {}}};
    const Observation seen = test.bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.answers == std::vector<std::string>{a + " 8 of 8 peers"});
}

TEST_CASE("no more than 16 prefixes are asked about") {
    Glass test;
    std::vector<std::string> many;
    for (int i = 0; i < 20; ++i) {
        many.push_back("129.134." + std::to_string(i) + ".0/24");
        test.has(many.back(), 6);
    }
    const Observation seen = test.run(many);
    CHECK(seen.ok());
    CHECK(seen.routes->prefixes == 16);
    CHECK(test.service.requests().size() == 16);
}
