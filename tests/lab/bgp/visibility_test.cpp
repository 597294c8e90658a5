// The program's own view of routes, from real routers to its observations. The rule's minutes are seconds
// here.
#include <algorithm>
#include <cstdlib>
#include <map>

#include "../../probes/bench.hpp"
#include "catch.hpp"
#include "probes/witness/ris/ris_live.hpp"
#include "probes/witness/witnesses.hpp"
#include "ripe.hpp"

namespace sereno::lab::bgp {

namespace {

using namespace std::chrono_literals;
using State = RouteSight::State;

/// What lasts longer than the rule demands when the computer has other things to do.
constexpr auto margin = 20s;

const std::string around = "198.18.0.0/17";  // around the covered ones; never withdrawn
const std::string shop = "203.0.113.0/24";   // of a stranger

std::vector<std::string> name_servers() {
    std::vector<std::string> all = World::covered();
    all.insert(all.end(), World::alone().begin(), World::alone().end());
    return all;
}

RisLive::Settings quick(const std::string& url) {
    RisLive::Settings settings;
    settings.url = url;
    settings.client = "sereno-test";
    settings.rhythm.between_subscriptions = 5ms;
    settings.rhythm.ping = 2s;
    settings.rhythm.reconnect_first = 300ms;
    settings.rhythm.reconnect_most = 1s;
    settings.rhythm.look = 50ms;
    settings.rule.down_for = 1s;
    settings.rule.up_for = 3s;
    settings.rule.fewest_peers = 3;
    settings.beacons = {"84.205.64.0/24"};
    return settings;
}

/// The program's part: everything between the feed and an observation.
class Watchman {
  public:
    Watchman(const Ripe& ripe, const std::vector<std::string>& prefixes)
        : Watchman(quick(ripe.ris_live_url()), ripe, prefixes) {}
    Watchman(RisLive::Settings settings, const Ripe& ripe, const std::vector<std::string>& prefixes) {
        begin(std::move(settings), ripe);
        for (const std::string& prefix : prefixes)
            REQUIRE(live().watch(prefix, prefix == shop ? "shop" : "platform"));
    }
    ~Watchman() { bench_.context.witnesses = nullptr; }
    Watchman(const Watchman&) = delete;
    Watchman& operator=(const Watchman&) = delete;

    /// Starts anew, as after a restart of the program: only what is remembered is left.
    void begin(RisLive::Settings settings, const Ripe& ripe) {
        WitnessSettings addresses;
        addresses.ris_live_url.clear();
        addresses.ripestat_url = ripe.ripestat_url();
        addresses.globalping_url.clear();
        addresses.status_pages = false;
        bench_.context.witnesses = nullptr;
        witnesses_.reset();
        witnesses_ = std::make_unique<Witnesses>(bench_.context, addresses);
        witnesses_->ris_live = std::make_unique<RisLive>(bench_.context, witnesses_->ripestat.get(),
                                                         witnesses_->board, std::move(settings));
        live().on_change(
            [this](const std::string& prefix) { changes_[prefix].push_back(live().sight(prefix).state); });
        bench_.context.witnesses = witnesses_.get();
    }

    [[nodiscard]] RisLive& live() const { return *witnesses_->ris_live; }
    [[nodiscard]] RouteSight sight(const std::string& prefix) const { return live().sight(prefix); }
    [[nodiscard]] const std::vector<State>& changes(const std::string& prefix) { return changes_[prefix]; }
    [[nodiscard]] const WitnessHealth& health() const { return *witnesses_->board.find(ris_live_id); }

    /// Lives until this holds; false when it does not within `longest`.
    bool until(const std::function<bool()>& holds, std::chrono::milliseconds longest = margin) {
        const Stamp end = bench_.loop.now() + longest;
        Task look;
        Loop::Timer again;
        look = [&] {
            if (holds() || bench_.loop.now() > end) return bench_.loop.stop();
            again = bench_.loop.after(5ms, look);
        };
        bench_.loop.post(look);
        bench_.loop.run();
        return holds();
    }
    bool until_all(const std::vector<std::string>& prefixes, State state, int peers) {
        return until([&] {
            return std::all_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
                const RouteSight seen = sight(prefix);
                return seen.state == state && seen.peers_now == peers;
            });
        });
    }
    Observation ask(const std::vector<std::string>& prefixes) {
        return bench_.run(RouteVisibility{.prefixes = prefixes, .servers = {}});
    }

  private:
    test::Bench bench_;
    std::unique_ptr<Witnesses> witnesses_;
    std::map<std::string, std::vector<State>> changes_;
};

std::string shown(const RouteSight& sight) {
    const std::string states[] = {"unknown", "visible", "withdrawn"};
    return states[static_cast<std::size_t>(sight.state)] + " " + std::to_string(sight.peers_now) + "/" +
           std::to_string(sight.peers_known) + " " + sight.why;
}

}  // namespace

TEST_CASE("withdrawn name servers are seen, whatever still covers them") {
    const World world;
    const Ripe ripe(world);
    std::vector<std::string> all = name_servers();
    all.insert(all.end(), {around, shop, "2001:db8:fac0::/48"});
    Watchman watchman(ripe, all);
    REQUIRE(watchman.until_all(all, State::visible, 9));
    CHECK(watchman.ask(name_servers()).ok());

    world.withdraw("platform", "name_servers");
    world.withdraw("platform", "lone_name_servers");
    world.withdraw("platform", "name_servers6");
    REQUIRE(ripe.collector().wait_until(
        [](const Collector& one) { return one.routes(*read_prefix("198.18.30.0/24")).empty(); }));
    CHECK(watchman.sight("198.18.30.0/24").state == State::visible);  // not before the rule's time
    REQUIRE(watchman.until_all(name_servers(), State::withdrawn, 0));
    REQUIRE(watchman.until_all({"2001:db8:fac0::/48"}, State::withdrawn, 0));

    const Observation seen = watchman.ask(name_servers());
    CHECK(seen.failure == Failure::route_withdrawn);
    REQUIRE(seen.routes.has_value());
    CHECK(*seen.routes == RoutesSeen{.prefixes = 6, .withdrawn = 6, .peers_now = 0, .peers_known = 9});
    CHECK(watchman.ask({around}).ok());
    CHECK(watchman.ask({shop}).ok());

    // A program that starts amid the outage remembers how many peers there were. The looking glass tells it
    // of the /17, which is no route to a /24.
    watchman.begin(quick(ripe.ris_live_url()), ripe);
    for (const std::string& prefix : name_servers())
        REQUIRE(watchman.live().watch(prefix, "platform"));
    CHECK(watchman.until_all(name_servers(), State::withdrawn, 0));
}

TEST_CASE("a prefix is back when it stays, not when it shows up") {
    const World world;
    const Ripe ripe(world);
    Watchman watchman(ripe, World::covered());
    REQUIRE(watchman.until_all(World::covered(), State::visible, 9));
    world.withdraw("platform", "name_servers");
    REQUIRE(watchman.until_all(World::covered(), State::withdrawn, 0));

    world.announce("platform", "name_servers");
    REQUIRE(watchman.until([&] { return watchman.sight("198.18.30.0/24").peers_now == 9; }));
    world.withdraw("platform", "name_servers");
    REQUIRE(watchman.until([&] { return watchman.sight("198.18.30.0/24").peers_now == 0; }));
    CHECK(watchman.sight("198.18.30.0/24").state == State::withdrawn);

    world.announce("platform", "name_servers");
    REQUIRE(watchman.until([&] { return watchman.sight("198.18.30.0/24").peers_now == 9; }));
    CHECK(watchman.sight("198.18.30.0/24").state == State::withdrawn);
    REQUIRE(watchman.until_all(World::covered(), State::visible, 9));
    CHECK(watchman.changes("198.18.30.0/24") ==
          std::vector<State>{State::visible, State::withdrawn, State::visible});
}

TEST_CASE("one peer that loses its whole table, and its session, changes nothing") {
    const char* noise = std::getenv("SERENO_NOISE");  // scripts/test --long sets more
    const std::size_t prefixes = noise != nullptr ? std::stoul(noise) : 20'000;
    const World world(prefixes);
    Ripe ripe(world);
    Watchman watchman(ripe, name_servers());
    REQUIRE(watchman.until_all(name_servers(), State::visible, 9));
    const std::size_t everything = prefixes + 9 * World::prefixes().size();
    const auto routes = [&](std::size_t count) {
        return ripe.collector().wait_until(
            [&](const Collector& one) { return one.counts().routes == count; });
    };
    REQUIRE(routes(everything));
    const std::uint64_t heard_before = watchman.live().counters().messages, told_before = ripe.told();
    ripe.ignore_filters();

    world.hush(true);
    REQUIRE(routes(8 * World::prefixes().size()));
    CHECK(watchman.until([&] { return shown(watchman.sight("198.18.30.0/24")) == "visible 8/8 "; }));
    world.hush(false);
    REQUIRE(routes(everything));
    world.withdraw("noisy", "to_collector");
    REQUIRE(routes(8 * World::prefixes().size()));
    world.announce("noisy", "to_collector");
    REQUIRE(routes(everything));

    const std::uint64_t told = ripe.told() - told_before;
    CHECK(told > prefixes / 5);  // its table came twice, ten prefixes a message
    REQUIRE(watchman.until([&] { return watchman.live().counters().messages - heard_before >= told; }));
    CHECK(watchman.live().counters().malformed == 0);
    CHECK(watchman.live().counters().connections == 1);
    CHECK(watchman.until_all(name_servers(), State::visible, 9));
    for (const std::string& prefix : name_servers())
        CHECK(watchman.changes(prefix).size() <= 1);

    world.withdraw("platform", "lone_name_servers");
    CHECK(watchman.until_all(World::alone(), State::withdrawn, 0));
}

TEST_CASE("peers whose routers die are not counted, and are no withdrawal") {
    World world;
    const Ripe ripe(world);
    Watchman watchman(ripe, name_servers());
    REQUIRE(watchman.until_all(name_servers(), State::visible, 9));
    for (const std::string router : {"peer2", "peer7", "peer8", "noisy"})
        world.kill(router);
    CHECK(watchman.until_all(name_servers(), State::visible, 5));
    CHECK(shown(watchman.sight("198.18.30.0/24")) == "visible 5/5 ");
    CHECK(watchman.ask(name_servers()).ok());

    // Too few are left to speak for all.
    world.kill("peer4");
    world.kill("peer6");
    CHECK(watchman.until_all(name_servers(), State::unknown, 3));
    watchman.until([] { return false; }, 2s);  // longer than it takes to call something withdrawn
    CHECK(watchman.ask(name_servers()).failure == Failure::witness_unknown);
    for (const std::string& prefix : name_servers())
        for (const State state : watchman.changes(prefix))
            CHECK(state != State::withdrawn);

    for (const std::string router : {"peer2", "peer4", "peer6", "peer7", "peer8", "noisy"})
        world.start(router);
    CHECK(watchman.until_all(name_servers(), State::visible, 9));
}

TEST_CASE("without a collector nothing is known, and everything again when it is back") {
    const World world;
    Ripe ripe(world);
    Watchman watchman(ripe, name_servers());
    REQUIRE(watchman.until_all(name_servers(), State::visible, 9));

    ripe.stop_collector();  // all its sessions end, and the feed says so
    REQUIRE(watchman.until_all(name_servers(), State::unknown, 0));
    const Observation seen = watchman.ask(name_servers());
    CHECK(seen.failure == Failure::witness_unknown);
    ripe.start_collector();
    CHECK(watchman.until_all(name_servers(), State::visible, 9));

    ripe.stop_feed();
    REQUIRE(watchman.until([&] { return watchman.sight("198.18.30.0/24").state == State::unknown; }));
    CHECK_FALSE(watchman.sight("198.18.30.0/24").why.empty());
    CHECK(watchman.health().state == WitnessHealth::State::unable);
    CHECK(watchman.ask(name_servers()).failure == Failure::witness_unknown);
    ripe.start_feed();
    CHECK(watchman.until_all(name_servers(), State::visible, 9));
    CHECK(watchman.health().state == WitnessHealth::State::able);
    for (const std::string& prefix : name_servers())
        for (const State state : watchman.changes(prefix))
            CHECK(state != State::withdrawn);
}

TEST_CASE("a prefix that another AS announces is noted") {
    const World world;
    const Ripe ripe(world);
    Watchman watchman(ripe, World::covered());
    REQUIRE(watchman.until_all(World::covered(), State::visible, 9));
    CHECK(watchman.sight("198.18.30.0/24").origin == 64512);
    world.announce("impostor", "stolen");
    REQUIRE(watchman.until([&] { return watchman.sight("198.18.30.0/24").origin == 64514; }));
    CHECK(watchman.sight("198.18.30.0/24").usual_origin == 64512);
    CHECK(watchman.sight("198.18.31.0/24").origin == 64512);
    const Observation seen = watchman.ask({"198.18.30.0/24"});
    CHECK_THAT(seen.detail, Catch::Matchers::Contains("64514"));
}

TEST_CASE("a feed without its beacon is not believed") {
    const World world;
    const Ripe ripe(world);
    RisLive::Settings settings = quick(ripe.ris_live_url());
    settings.rhythm.canary_silence = 4s;
    Watchman watchman(settings, ripe, World::covered());
    REQUIRE(watchman.until([&] { return watchman.sight("198.18.30.0/24").state == State::visible; }));
    REQUIRE(watchman.until([&] { return watchman.sight("198.18.30.0/24").state == State::unknown; }));
    CHECK_FALSE(watchman.sight("198.18.30.0/24").why.empty());
    world.withdraw("stranger", "beacon");
    CHECK(watchman.until([&] { return watchman.sight("198.18.30.0/24").state == State::visible; }));
}

}  // namespace sereno::lab::bgp
