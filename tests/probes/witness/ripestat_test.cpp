// RIPEstat's looking glass: how its answers are read, and how it is asked.
#include "probes/witness/ripestat.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "agent/model/witness.hpp"
#include "asking.hpp"
#include "catch.hpp"
#include "glass_text.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using test::authority;
using test::certificate;
using test::glass_body;
using test::glass_routes;
using test::wall_now;
using test::with_body;
using Reply = test::JsonService::Reply;
using Request = test::JsonService::Request;

namespace {

const std::string prefix = "129.134.30.0/24", yardstick = "193.0.0.0/21";

LookingGlassAnswer read(const std::vector<test::GlassRoute>& routes, const std::string& about = prefix) {
    return read_looking_glass(glass_body(routes), about, wall_now());
}

struct Stat {
    explicit Stat(test::JsonService::Script script) : service(std::move(script), certificate()) {}

    LookingGlassAnswer look(const std::string& about = prefix) {
        std::optional<LookingGlassAnswer> answer;
        bool started = false;
        const auto asked = stat.look(about, [&](const LookingGlassAnswer& got) {
            CHECK(started);
            CHECK_FALSE(answer);
            answer = got;
        });
        started = true;
        test::run_until(bench.loop, [&] { return answer.has_value(); });
        return *answer;
    }
    const WitnessHealth& health() const { return *board.find(ripestat_id); }

    test::JsonService service;
    test::Bench bench{{}, authority().bundle()};
    Asker asker{bench.context, {}};
    WitnessBoard board;
    RipeStat stat{bench.context, asker, board, service.url("")};
};

/// So many peers have whatever is asked about.
Reply all_have(const Request& request, int peers) {
    return with_body(glass_body(glass_routes(test::glass_resource(request.path), peers)));
}

/// How many peers have which prefix. Of all others: none.
struct Peers {
    void have(const std::string& what, int count) {
        const std::lock_guard lock(mutex);
        counts[what] = count;
    }
    test::JsonService::Script script() {
        return [this](const Request& request) {
            const std::lock_guard lock(mutex);
            return all_have(request, counts[test::glass_resource(request.path)]);
        };
    }
    std::mutex mutex;
    std::map<std::string, int> counts;
};

std::size_t asked_about(const Stat& test, const std::string& what) {
    const auto requests = test.service.requests();
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(),
                      [&](const Request& request) { return test::glass_resource(request.path) == what; }));
}

}  // namespace

TEST_CASE("who has the route is read with its collector, peer, origin and length of path") {
    const LookingGlassAnswer answer =
        read({{.prefix = prefix, .peer = "192.0.2.7", .path = "64496 1299 3356 32934", .origin = "\"32934\""},
              {.prefix = prefix, .peer = "2001:DB8:0:0::1", .path = "3333 32934", .origin = "32934"}});
    INFO(answer.why);
    REQUIRE(answer.known);
    CHECK(answer.covered_by.empty());
    CHECK(answer.peers == std::vector<PeerRoute>{{"rrc00", "192.0.2.7", 64496, 32934, 4},
                                                 {"rrc00", "2001:db8::1", 3333, 32934, 2}});
}

TEST_CASE("routes to the prefix around it are not counted, and it is named") {
    SECTION("nothing but that") {
        const LookingGlassAnswer answer = read(glass_routes("129.134.0.0/17", 300));
        CHECK(answer.known);
        CHECK(answer.peers.empty());
        CHECK(answer.covered_by == "129.134.0.0/17");
    }
    SECTION("beside it, the longest one") {
        auto routes = glass_routes(prefix, 3);
        routes.push_back({.prefix = "129.134.0.0/16", .peer = "192.0.2.9"});
        routes.push_back({.prefix = "129.134.0.0/17", .peer = "192.0.2.8"});
        routes.push_back({.prefix = "129.134.30.0/25", .peer = "192.0.2.8"});
        routes.push_back({.prefix = "129.134.128.0/17", .peer = "192.0.2.8"});
        const LookingGlassAnswer answer = read(routes);
        CHECK(answer.peers.size() == 3);
        CHECK(answer.covered_by == "129.134.0.0/17");
    }
    SECTION("nobody has anything") {
        const LookingGlassAnswer answer = read({});
        CHECK(answer.known);
        CHECK(answer.peers.empty());
        CHECK(answer.covered_by.empty());
    }
}

TEST_CASE("an IPv6 prefix is the same however it is written") {
    const auto routes = glass_routes("2605:de00:bb:0:0:0:0:0/48", 2);
    CHECK(read(routes, "2605:de00:bb::/48").peers.size() == 2);
    CHECK(read(routes, "2605:DE00:00bb::/48").peers.size() == 2);
    CHECK(read(routes, "2605:de00:bb::/47").peers.empty());
    CHECK(read(glass_routes("2605:de00::/32", 2), "2605:de00:bb::/48").covered_by == "2605:de00::/32");
}

TEST_CASE("an AS_SET counts as one hop and stands for its lowest") {
    const std::string path = GENERATE("64496 {64499,64498,64497}", "64496 {64499 64498 64497}");
    const std::string origin = GENERATE("\"{64498,64497}\"", "null", "\"64497\"");
    const LookingGlassAnswer answer = read({{.prefix = prefix, .path = path, .origin = origin}});
    REQUIRE(answer.peers.size() == 1);
    CHECK(answer.peers[0].asn == 64496);
    CHECK(answer.peers[0].origin == 64497);
    CHECK(answer.peers[0].path_length == 2);
}

TEST_CASE("a peer with several ways to the prefix counts once") {
    const LookingGlassAnswer answer =
        read({{.prefix = prefix, .path = "64496 1 32934"}, {.prefix = prefix, .path = "64496 2 3 32934"}});
    CHECK(answer.peers.size() == 1);
}

TEST_CASE("a few odd routes are left out; many mean that the format is another one") {
    const test::GlassRoute odd =
        GENERATE(test::GlassRoute{.prefix = prefix, .path = ""},
                 test::GlassRoute{.prefix = prefix, .path = "64496 {64497"},
                 test::GlassRoute{.prefix = prefix, .path = "64496 AS32934"},
                 test::GlassRoute{.prefix = prefix, .path = "64496 99999999999"},
                 test::GlassRoute{.prefix = prefix, .peer = "rrc00-peer"}, test::GlassRoute{.prefix = ""},
                 test::GlassRoute{.prefix = "129.134.30.0"}, test::GlassRoute{.prefix = "129.134.30.0/99"});
    auto routes = glass_routes(prefix, 20);
    routes.push_back(odd);
    CHECK(read(routes).known);
    CHECK(read(routes).peers.size() == 20);
    const LookingGlassAnswer strange = read({odd, odd, routes[0]});
    CHECK_FALSE(strange.known);
    CHECK(strange.peers.empty());
    CHECK(strange.why == "its answer cannot be used: 2 of 3 routes in it are not as documented");
}

TEST_CASE("an answer that is an error, or none, says why") {
    const auto [body, why] = GENERATE(table<std::string, std::string>({
        {"", "its answer cannot be used: no JSON (incomplete JSON)"},
        {"<html>", "its answer cannot be used: no JSON (syntax error)"},
        {"[]", "its answer cannot be used: no JSON object"},
        {"{\"data\":" + std::string(100, '[') + std::string(100, ']') + "}",
         "its answer cannot be used: no JSON (too deep)"},
        {"{}", "its answer has the status ''"},
        {R"({"status":"maintenance"})", "its answer has the status 'maintenance'"},
        {R"({"status":"error","messages":[["info","hello"],["error","the resource\nis bad"]]})",
         "its answer has the status 'error': the resource is bad"},
        {R"({"status":"error","messages":[1,["x"],[2,3],"overloaded"]})",
         "its answer has the status 'error': overloaded"},
        {R"({"status":"ok","messages":[["info","about the prefix"],["Error","the collectors are away"]]})",
         "its answer is an error: the collectors are away"},
        {R"({"status":"ok","messages":[["error"],["error",7]]})", "its answer is an error"},
        {R"({"status":"ok","status_code":500,"messages":["overloaded"]})",
         "its answer has the status code 500: overloaded"},
        {R"({"status":"ok","status_code":"ok"})", "its answer has the status code \"ok\""},
        {R"({"status":"ok"})", "its answer has no list of collectors (data.rrcs)"},
        {R"({"status":"ok","data":[]})", "its answer has no list of collectors (data.rrcs)"},
        {R"({"status":"ok","data":{"rrcs":{}}})", "its answer has no list of collectors (data.rrcs)"},
        {R"({"status":"ok","data":{"rrcs":[7]}})",
         "its answer cannot be used: a collector in it has no name or no peers"},
        {R"({"status":"ok","data":{"rrcs":[{"rrc":"RRC00","peers":[7]}]}})",
         "its answer cannot be used: 1 of 1 routes in it are not as documented"},
    }));
    const LookingGlassAnswer answer = read_looking_glass(body, prefix, wall_now());
    CHECK_FALSE(answer.known);
    CHECK(answer.peers.empty());
    CHECK(answer.why == why);
    CHECK(read_looking_glass(body, "nonsense", wall_now()).why == "'nonsense' is no prefix");
}

TEST_CASE("an error beside the routes, or the want of them, is no withdrawal") {
    const std::string body = glass_body({});
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string changed = body;
        changed.replace(changed.find(from), from.size(), to);
        return read_looking_glass(changed, prefix, wall_now());
    };
    CHECK(with("[]", R"([["info","converted"],["warning","slow"]])").known);
    CHECK(with("[]", R"([["info","converted"],["error","no data"]])").why ==
          "its answer is an error: no data");
    CHECK(with("\"status_code\":200", "\"status_code\":404").why == "its answer has the status code 404");
    CHECK(with("\"status_code\":200,", "").known);
    CHECK(with("\"status\":\"ok\"", "\"status\":\"error\"").why == "its answer has the status 'error'");
}

TEST_CASE("what the collectors knew ten minutes ago is told as of then, what is older is not used") {
    const Stamp clock = *parse_rfc3339("2021-10-04T15:58:08Z");
    const auto read_at = [&](const std::string& newest) {
        return read_looking_glass(glass_body(glass_routes(prefix, 6), newest), prefix, clock);
    };
    CHECK(read_at("2021-10-04T15:58:01").said == clock - 7s);
    CHECK(read_at("2021-10-04T15:48:08").said == clock - 10min);
    CHECK(read_at("2021-10-04T17:48:08+02:00").said == clock - 10min);
    CHECK(read_at("2021-10-04T15:48:07").why ==
          "its newest data (data.latest_time) are of 2021-10-04T15:48:07.000Z, more than 10 min before it "
          "answered");
    CHECK(read_at("2021-10-04T16:00:08").said == clock);
    CHECK(read_at("2021-10-04T16:00:09").why ==
          "its newest data (data.latest_time) are of 2021-10-04T16:00:09.000Z, after it answered");
    for (const char* none : {"", "yesterday", "1633363081", "2021-10-04", "2021-13-04T15:58:01"}) {
        const LookingGlassAnswer answer = read_at(none);
        CHECK_FALSE(answer.known);
        CHECK(answer.peers.empty());
        CHECK(answer.why == "its answer does not say how old its data are (data.latest_time)");
    }
}

TEST_CASE("how old its data are goes by the clock there, and by ours when it does not tell") {
    const auto [date, age, newest, known] = GENERATE(table<std::string, std::string, std::string, bool>({
        {"Mon, 04 Oct 2021 15:58:08 GMT", "", "2021-10-04T15:53:08", true},
        {"Mon, 04 Oct 2021 15:58:08 GMT", "", "2021-10-04T15:47:08", false},
        // From a cache that kept it for so long.
        {"Mon, 04 Oct 2021 15:55:08 GMT", "180", "2021-10-04T15:53:08", true},
        {"Mon, 04 Oct 2021 15:55:08 GMT", "600", "2021-10-04T15:53:08", false},
        {"", "", "2021-10-04T15:53:08", false},
        {"soon", "", "2021-10-04T15:53:08", false},
    }));
    Stat test([date = date, age = age, newest = newest](const Request& request) {
        Reply reply = with_body(glass_body(glass_routes(test::glass_resource(request.path), 6), newest));
        if (!date.empty()) reply.headers.emplace_back("Date", date);
        if (!age.empty()) reply.headers.emplace_back("Age", age);
        return reply;
    });
    const Stamp before = test.bench.loop.now();
    const LookingGlassAnswer answer = test.look();
    INFO(answer.why);
    REQUIRE(answer.known == known);
    if (known) {
        CHECK(answer.said >= before - 300s - 1s);  // dates are whole seconds
        CHECK(answer.said <= test.bench.loop.now() - 300s + 1s);
    } else {
        CHECK(answer.why.starts_with("its newest data (data.latest_time) are of " + newest));
        CHECK(test.health().state == WitnessHealth::State::unable);
        CHECK(test.health().why == answer.why);
    }
}

TEST_CASE("a yardstick whose data are old measures nothing") {
    Stat test([](const Request& request) {
        if (test::glass_resource(request.path) == prefix) return all_have(request, 0);
        return with_body(glass_body(glass_routes(yardstick, 300), test::glass_time(wall_now() - 11min)));
    });
    const LookingGlassAnswer answer = test.look();
    CHECK_FALSE(answer.known);
    CHECK(answer.why.starts_with(prefix + ": no peer has it, but its newest data"));
}

TEST_CASE("more peers than there can be are not believed") {
    std::string peers = "{}";
    for (int i = 0; i < 20'000; ++i)
        peers += ",{}";
    const LookingGlassAnswer answer = read_looking_glass(
        R"({"status":"ok","data":{"rrcs":[{"rrc":"RRC00","peers":[)" + peers + "]}]}}", prefix, wall_now());
    CHECK(answer.why == "its answer cannot be used: it names more peers than there can be");
}

TEST_CASE("it is asked about the prefix, and says so on the board") {
    Stat test([](const Request&) { return test::JsonService::gzipped(glass_body(glass_routes(prefix, 6))); });
    CHECK(test.health().state == WitnessHealth::State::idle);
    CHECK(test.health().group == Group::routing);
    const Stamp before = test.bench.loop.now();
    const LookingGlassAnswer answer = test.look("129.134.30.7/24");
    CHECK(answer.peers.size() == 6);
    CHECK(answer.when >= before);
    CHECK(answer.when < test.bench.loop.now());
    const auto requests = test.service.requests();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].path == "/data/looking-glass/data.json?resource=129.134.30.0/24&sourceapp=sereno");
    CHECK(test.health().state == WitnessHealth::State::able);
    CHECK(test.health().words == "129.134.30.0/24: 6 peers have it");
}

TEST_CASE("short as text and long as values is not read") {
    std::string lists = R"({"status":"ok","data":{"rrcs":[)";
    while (lists.size() < (4 << 20) - 10)
        lists += "[],";
    Stat test([&](const Request&) { return with_body(lists + "1]}}"); });
    const LookingGlassAnswer answer = test.look();
    CHECK(answer.why == "its answer cannot be used: reading it takes more than 16777216 bytes of memory");
    CHECK(test.health().state == WitnessHealth::State::unable);
    CHECK(test.health().why == answer.why);
}

TEST_CASE("an answer of a megabyte is taken, one of five is not") {
    Stat test([](const Request& request) {
        const bool large = request.path.find("129.134.31.0") != std::string::npos;
        return with_body(glass_body(glass_routes(prefix, 4000)) + std::string(large ? 4 << 20 : 1, ' '));
    });
    CHECK(test.look().peers.size() == 4000);
    const LookingGlassAnswer large = test.look("129.134.31.0/24");
    CHECK_FALSE(large.known);
    CHECK(large.why == "localhost: the answer is larger than allowed (4194304 bytes)");
    CHECK(test.health().state == WitnessHealth::State::unable);
}

TEST_CASE("the same question is asked once, while it is under way and for a while after") {
    Stat test([](const Request&) {
        Reply reply = with_body(glass_body(glass_routes(prefix, 6)));
        reply.hold = true;
        return reply;
    });
    int answers = 0;
    const auto count = [&](const LookingGlassAnswer& answer) {
        CHECK(answer.peers.size() == 6);
        ++answers;
    };
    const auto one = test.stat.look(prefix, count), two = test.stat.look(prefix, count);
    auto dropped = test.stat.look(prefix, count);
    dropped.reset();
    test::run_until(test.bench.loop, [&] { return test.service.requests().size() == 1; });
    const auto three = test.stat.look(prefix, count);
    test.service.release();
    test::run_until(test.bench.loop, [&] { return answers == 3; });
    CHECK(test.look().peers.size() == 6);
    CHECK(test.service.requests().size() == 1);
}

TEST_CASE("what was asked too early is asked anew") {
    std::atomic<int> requests = 0;
    Stat test([&](const Request& request) {
        Reply reply = all_have(request, 10 + ++requests);
        reply.hold = true;
        return reply;
    });
    std::optional<LookingGlassAnswer> first, second;
    const auto early = test.stat.look(prefix, [&](const auto& answer) { first = answer; });
    test::run_until(test.bench.loop, [&] { return test.service.requests().size() == 1; });
    const Stamp later = test.bench.loop.now();
    SECTION("when it is still under way") {
        const auto late = test.stat.look(
            prefix, [&](const auto& answer) { second = answer; }, later);
        test.service.release();
        test::run_until(test.bench.loop, [&] { return first && second; });
    }
    SECTION("when it was answered") {
        test.service.release();
        test::run_until(test.bench.loop, [&] { return first.has_value(); });
        const auto late = test.stat.look(
            prefix, [&](const auto& answer) { second = answer; }, later);
        test::run_until(test.bench.loop, [&] { return second.has_value(); });
    }
    CHECK(first->peers.size() == 11);
    CHECK(first->when < later);
    CHECK(second->peers.size() == 12);
    CHECK(second->when >= later);
    CHECK(test.look().peers.size() == 12);  // the later answer is shared
    CHECK(requests == 2);
}

TEST_CASE("that hardly anybody has a prefix is believed when the yardstick is seen") {
    const int peers = GENERATE(0, 4);
    Peers all;
    all.have(prefix, peers);
    all.have(yardstick, 5);
    Stat test(all.script());
    const LookingGlassAnswer answer = test.look();
    INFO(answer.why);
    REQUIRE(answer.known);
    CHECK(answer.peers.size() == static_cast<std::size_t>(peers));
    CHECK(test.health().state == WitnessHealth::State::able);
    CHECK(test.health().words.starts_with(prefix));
    // One look at the yardstick is enough for a while.
    CHECK(test.look("129.134.31.0/24").known);
    CHECK(test.look("129.134.32.0/24").known);
    CHECK(asked_about(test, yardstick) == 1);
}

TEST_CASE("a looking glass that lost its peers is not believed") {
    const int peers = GENERATE(0, 4);
    Stat test([peers](const Request& request) { return all_have(request, peers); });
    const LookingGlassAnswer answer = test.look();
    CHECK_FALSE(answer.known);
    CHECK(answer.peers.empty());
    CHECK(answer.why == prefix + (peers == 0 ? ": no peer has it" : ": 4 peers have it") +
                            ", but it knows only " + std::to_string(peers) +
                            " peers with 193.0.0.0/21, which everybody has; below 5 nothing it says is "
                            "believed");
    CHECK(test.health().state == WitnessHealth::State::unable);
    CHECK(test.health().why == answer.why);
    CHECK_FALSE(test.look(yardstick).known);
}

TEST_CASE("a looking glass that lost most of its peers is not believed") {
    Peers all;
    all.have(prefix, 310);
    all.have(yardstick, 300);
    Stat test(all.script());
    const auto usual = [&](const std::string& what) {
        const Fact* fact = test.bench.remembered.find(FactKind::route, what);
        return fact == nullptr ? 0 : std::stoi(fact->values.front());
    };
    SECTION("its count of the yardstick is known from its own answers") {
        CHECK(test.look(yardstick).known);
        CHECK(usual(yardstick) == 300);
    }
    SECTION("or from the feed, or an earlier run") {
        test.bench.remembered.keep(FactKind::route, yardstick, {"300", "3333"}, test.bench.loop.now());
    }
    test.bench.remembered.keep(FactKind::route, prefix, {"310", "32934"}, test.bench.loop.now());
    const int left = GENERATE(149, 150);
    all.have(prefix, 40);
    all.have(yardstick, left);
    RipeStat anew(test.bench.context, test.asker, test.board, test.service.url(""));
    std::optional<LookingGlassAnswer> answer;
    const auto asked = anew.look(prefix, [&](const auto& got) { answer = got; });
    test::run_until(test.bench.loop, [&] { return answer.has_value(); });
    INFO(answer->why);
    CHECK(answer->known == (left == 150));
    CHECK(answer->peers.size() == (left == 150 ? 40U : 0U));
    CHECK(usual(yardstick) == 300);  // what is left does not become the rule
}

TEST_CASE("while the yardstick cannot be asked about, a withdrawal is not known") {
    Stat test([](const Request& request) {
        if (test::glass_resource(request.path) == yardstick) return test::JsonService::status_only(502);
        return all_have(request, test::glass_resource(request.path) == prefix ? 0 : 6);
    });
    const LookingGlassAnswer answer = test.look();
    CHECK_FALSE(answer.known);
    CHECK(answer.why == prefix + ": no peer has it, but localhost answered 502");
    CHECK(test.look("129.134.31.0/24").known);
}

TEST_CASE("those whose answers are doubted share one look at the yardstick, within the limits") {
    Stat test([](const Request& request) {
        const bool measures = test::glass_resource(request.path) == yardstick;
        Reply reply = all_have(request, measures ? 300 : 0);
        reply.hold = measures;
        return reply;
    });
    std::vector<std::unique_ptr<Asked>> asked;
    int known = 0;
    for (int i = 0; i < 9; ++i)
        asked.push_back(test.stat.look("129.134." + std::to_string(i) + ".0/24",
                                       [&](const LookingGlassAnswer& answer) { known += answer.known; }));
    test::run_until(test.bench.loop, [&] { return test.service.requests().size() == 10; });
    CHECK(known == 0);
    test.service.release();
    test::run_until(test.bench.loop, [&] { return known == 9; });
    CHECK(asked_about(test, yardstick) == 1);
}

TEST_CASE("at most four questions are under way; those nobody waits for any more are not asked") {
    Stat test([](const Request& request) {
        Reply reply = all_have(request, 6);
        reply.hold = true;
        return reply;
    });
    std::vector<std::unique_ptr<Asked>> asked;
    int answers = 0;
    for (int i = 0; i < 7; ++i)
        asked.push_back(test.stat.look("129.134." + std::to_string(i) + ".0/24",
                                       [&](const LookingGlassAnswer& answer) { answers += answer.known; }));
    test::run_until(test.bench.loop, [&] { return test.service.requests().size() == 4; });
    asked[5].reset();
    test.service.release();
    test::run_until(test.bench.loop, [&] { return answers == 6; });
    const auto requests = test.service.requests();
    CHECK(requests.size() == 6);
    CHECK(std::none_of(requests.begin(), requests.end(), [](const Request& request) {
        return request.path.find("129.134.5.0") != std::string::npos;
    }));
}

TEST_CASE("who asks to be left alone is") {
    const auto [status, header] = GENERATE(table<int, std::string>({{429, "120"}, {429, ""}, {503, "120"}}));
    Stat test([status = status, header = header](const Request&) {
        return test::JsonService::status_only(status, {{"Retry-After", header}});
    });
    const LookingGlassAnswer first = test.look();
    CHECK_FALSE(first.known);
    CHECK(first.why.starts_with("localhost answered " + std::to_string(status)));
    const LookingGlassAnswer second = test.look("129.134.31.0/24");
    CHECK_FALSE(second.known);
    CHECK(second.why.starts_with("it asked to wait until "));
    CHECK(second.why.ends_with(" UTC"));
    CHECK(test.service.requests().size() == 1);
}

TEST_CASE("those who stand in line are told as well when it wants to be left alone") {
    Stat test([](const Request&) {
        Reply reply = test::JsonService::status_only(429, {{"Retry-After", "60"}});
        reply.hold = true;
        return reply;
    });
    std::vector<std::unique_ptr<Asked>> asked;
    int waited = 0, told = 0;
    for (int i = 0; i < 9; ++i)
        asked.push_back(
            test.stat.look("129.134." + std::to_string(i) + ".0/24", [&](const LookingGlassAnswer& answer) {
                CHECK_FALSE(answer.known);
                waited += answer.why.starts_with("it asked to wait");
                ++told;
            }));
    test::run_until(test.bench.loop, [&] { return test.service.requests().size() == 4; });
    test.service.release();
    test::run_until(test.bench.loop, [&] { return told == 9; });
    CHECK(waited == 5);
    CHECK(test.service.requests().size() == 4);
}

TEST_CASE("when it is in trouble, that is said and nothing is claimed") {
    struct Case {
        Reply reply;
        std::string why;
    };
    Reply error = with_body(R"({"status":"error","messages":[["error","no such resource"]]})");
    error.status = 400;
    Reply busy = with_body("<html>");
    busy.status = 503;
    Reply hang_up;
    hang_up.how = Reply::How::hang_up;
    Reply portal = with_body("<html>please log in</html>");
    portal.headers = {{"Content-Type", "text/html"}};
    const std::vector<Case> cases{
        {error, "localhost answered 400: no such resource"},
        {busy, "localhost answered 503"},
        {hang_up, "localhost: the connection ended before a whole answer"},
        {portal, "its answer cannot be used: no JSON"},
        {test::JsonService::gzipped(glass_body({}), 4), "localhost: http_malformed"}};
    for (const Case& one : cases) {
        Stat test([&](const Request&) { return one.reply; });
        const LookingGlassAnswer answer = test.look();
        INFO(answer.why);
        CHECK_FALSE(answer.known);
        CHECK(answer.why.starts_with(one.why));
        CHECK(test.health().state == WitnessHealth::State::unable);
        CHECK(test.health().why == answer.why);
    }
}

TEST_CASE("what is no prefix is not asked about, and whoever is told may leave and ask again") {
    Stat test([](const Request&) { return with_body(glass_body({})); });
    CHECK(test.look("129.134.30.0/24&resource=x").why == "'129.134.30.0/24&resource=x' is no prefix");
    CHECK(test.service.requests().empty());
    std::unique_ptr<Asked> first, second;
    bool done = false;
    first = test.stat.look(prefix, [&](const LookingGlassAnswer&) {
        first.reset();
        second = test.stat.look("129.134.31.0/24", [&](const LookingGlassAnswer&) {
            second.reset();
            done = true;
        });
    });
    test::run_until(test.bench.loop, [&] { return done; });
}

TEST_CASE("it may go while it is asked") {
    test::JsonService service(
        [](const Request&) {
            Reply reply;
            reply.how = Reply::How::silence;
            return reply;
        },
        certificate());
    test::Bench bench({}, authority().bundle());
    WitnessBoard board;
    auto asker = std::make_unique<Asker>(bench.context, "");
    auto stat = std::make_unique<RipeStat>(bench.context, *asker, board, service.url("/"));
    bool called = false;
    const auto asked = stat->look(prefix, [&](const LookingGlassAnswer&) { called = true; });
    test::run_until(bench.loop, [&] { return service.requests().size() == 1; });
    stat.reset();
    asker.reset();
    bool later = false;
    const auto timer = bench.loop.after(20ms, [&] { later = true; });
    test::run_until(bench.loop, [&] { return later; });
    CHECK_FALSE(called);
}
