// Who still has a route: simulated collectors and peers, second by second.
#include "probes/witness/ris/route_table.hpp"

#include <malloc.h>

#include <algorithm>
#include <map>
#include <set>

#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using State = RouteSight::State;

namespace {

constexpr std::uint32_t facebook = 32934, ripe = 12654;

Prefix prefix(const std::string& text) {
    return *read_prefix(text);
}

const Prefix first = prefix("129.134.30.0/24"), other = prefix("198.51.100.0/24"),
             beacon = prefix("84.205.64.0/24");

/// Numbers that look random and are the same everywhere.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    int below(int bound) {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<int>((state_ >> 33U) % static_cast<std::uint64_t>(bound));
    }
    template <class T>
    void shuffle(std::vector<T>& things) {
        for (std::size_t i = things.size(); i > 1; --i)
            std::swap(things[i - 1], things[static_cast<std::size_t>(below(static_cast<int>(i)))]);
    }

  private:
    std::uint64_t state_;
};

/// Peers, by their numbers; `to` is none of them.
struct Some {
    std::size_t from, to;
};

/// A table, its clock, and the peers that speak to it.
struct Feed {
    RouteTable table;
    Stamp now = *parse_rfc3339("2021-10-04T15:00:00Z");
    std::vector<RisPeer> peers;
    std::map<Prefix, std::vector<State>> told;  ///< each change, in order

    explicit Feed(int count = 310, int collectors = 10, VisibilityRule rule = {}) : table(rule) {
        for (int i = 0; i < count; ++i)
            peers.push_back({"rrc" + std::to_string(10 + i % collectors),
                             "192.0." + std::to_string(2 + i / 200) + "." + std::to_string(1 + i % 200),
                             static_cast<std::uint32_t>(64500 + i)});
    }

    void pass(Micros time, Micros step = 1s) {
        for (const Stamp end = now + time; now < end;) {
            now += step;
            for (const Prefix& changed : table.tick(now))
                told[changed].push_back(table.sight(changed).state);
        }
    }
    void pass_until(const std::string& time) { pass(*parse_rfc3339("2021-10-04T" + time + "Z") - now); }

    void announce(std::size_t peer, const Prefix& what, std::uint32_t origin = facebook, int length = 4) {
        CHECK(
            table.on(
                RisUpdate{.peer = peers[peer], .origin = origin, .path_length = length, .announced = {what}},
                now) == table.watches(what));
    }
    void withdraw(std::size_t peer, const std::vector<Prefix>& what) {
        table.on(RisUpdate{.peer = peers[peer], .withdrawn = what}, now);
    }
    void session(std::size_t peer, bool connected) {
        table.on(RisPeerState{.peer = peers[peer], .connected = connected}, now);
    }
    void announce(Some some, const Prefix& what, std::uint32_t origin = facebook, int length = 4) {
        for (std::size_t i = some.from; i < some.to; ++i)
            announce(i, what, origin, length);
    }
    void withdraw(Some some, const std::vector<Prefix>& what) {
        for (std::size_t i = some.from; i < some.to; ++i)
            withdraw(i, what);
    }
    void session(Some some, bool connected) {
        for (std::size_t i = some.from; i < some.to; ++i)
            session(i, connected);
    }
    std::vector<PeerRoute> having(std::size_t from, std::size_t to, std::uint32_t origin = facebook) const {
        std::vector<PeerRoute> routes;
        for (std::size_t i = from; i < to; ++i)
            routes.push_back({peers[i].collector, peers[i].address, peers[i].asn + 1, origin, 4});
        return routes;
    }
    void watch(const Prefix& what, const std::string& owner, std::uint32_t origin) {
        REQUIRE(table.watch(what, owner));
        table.prime(what, having(0, peers.size(), origin), now);
    }
    RouteSight sight(const Prefix& what = first) const { return table.sight(what); }
    State state(const Prefix& what = first) const { return table.sight(what).state; }
};

/// Twenty peers of four collectors, who have had one prefix for a second.
struct Followed : Feed {
    Followed() : Feed(20, 4) {
        watch(first, "facebook", facebook);
        pass(1s);
    }
};

std::vector<std::size_t> everybody(const Feed& feed) {
    std::vector<std::size_t> order(feed.peers.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    return order;
}

}  // namespace

TEST_CASE("a prefix is visible once a looking glass knows who has it") {
    Feed feed(20, 4);
    CHECK(feed.sight().why == "nobody watches it");
    REQUIRE(feed.table.watch(first, "facebook"));
    feed.pass(1s);
    CHECK(feed.state() == State::unknown);
    CHECK(feed.sight().why == "no peer has spoken of it yet");
    feed.table.prime(first, feed.having(0, 20), feed.now);
    feed.pass(1s);
    const RouteSight sight = feed.sight();
    CHECK(sight.state == State::visible);
    CHECK(sight.peers_now == 20);
    CHECK(sight.peers_known == 20);
    CHECK(sight.origin == facebook);
    CHECK(sight.usual_origin == facebook);
    CHECK(sight.path_length == 4);
    CHECK(sight.since == feed.now);
    CHECK(feed.told[first] == std::vector{State::visible});
}

TEST_CASE("a looking glass that finds nobody makes nothing known") {
    Feed feed(20, 4);
    REQUIRE(feed.table.watch(first, "facebook"));
    feed.table.prime(first, {}, feed.now);
    feed.pass(200s);
    CHECK(feed.state() == State::unknown);
    CHECK(feed.sight().why == "no peer has a route for exactly this prefix");
}

TEST_CASE("too few peers say nothing") {
    Feed feed(4, 4);
    feed.watch(first, "facebook", facebook);
    feed.withdraw({0, 4}, {first});
    feed.pass(300s);
    CHECK(feed.state() == State::unknown);
    CHECK(feed.sight().why == "only 4 of 4 peers can be counted, fewer than 5");
}

TEST_CASE("below half for two minutes is withdrawn, and not a second earlier") {
    Feed feed(20, 4);
    feed.watch(first, "facebook", facebook);
    feed.pass(10s);
    feed.withdraw({0, 10}, {first});
    feed.pass(300s);
    CHECK(feed.state() == State::visible);  // just half
    feed.withdraw(10, {first});
    feed.pass(120s);
    CHECK(feed.state() == State::visible);
    feed.pass(1s);
    CHECK(feed.state() == State::withdrawn);
    CHECK(feed.sight().peers_now == 9);
    CHECK(feed.sight().peers_known == 20);
    CHECK(feed.sight().since == feed.now);
    SECTION("above four fifths for a minute is visible") {
        feed.announce({0, 7}, first);
        feed.pass(300s);
        CHECK(feed.state() == State::withdrawn);  // just four fifths
        feed.announce(7, first);
        feed.pass(60s);
        CHECK(feed.state() == State::withdrawn);
        feed.pass(1s);
        CHECK(feed.state() == State::visible);
    }
    SECTION("a minute that is interrupted begins anew") {
        feed.announce({0, 8}, first);
        feed.pass(50s);
        feed.withdraw(0, {first});
        feed.pass(2s);
        feed.announce(0, first);
        feed.pass(50s);
        CHECK(feed.state() == State::withdrawn);
        feed.pass(20s);
        CHECK(feed.state() == State::visible);
    }
    SECTION("a day later it is still known who had it") {
        feed.pass(30h);
        CHECK(feed.state() == State::withdrawn);
        CHECK(feed.sight().peers_known == 20);
    }
}

TEST_CASE("re-announcements are no withdrawals, and one that stands in both lists is announced") {
    Feed feed(20, 4);
    feed.watch(first, "facebook", facebook);
    for (int second = 0; second < 300; ++second) {
        for (std::size_t i = 0; i < 20; ++i)
            feed.table.on(RisUpdate{.peer = feed.peers[i],
                                    .origin = facebook,
                                    .path_length = 4 + second % 12,
                                    .announced = {first},
                                    .withdrawn = {first}},
                          feed.now);
        feed.pass(1s);
    }
    CHECK(feed.told[first] == std::vector{State::visible});
    CHECK(feed.sight().peers_now == 20);
}

TEST_CASE("the covering route proves nothing") {
    Followed feed;
    const Prefix covering = prefix("129.134.0.0/17");
    for (std::size_t i = 0; i < 20; ++i) {
        feed.withdraw(i, {first});
        feed.announce(i, covering);
    }
    feed.pass(125s);
    CHECK(feed.state() == State::withdrawn);
    CHECK(feed.sight().peers_now == 0);
    CHECK(feed.table.watched() == std::vector{first});
}

TEST_CASE("peers whose own session failed are not counted until they speak again") {
    Followed feed;
    // The collector says that they withdrew, and then why.
    feed.withdraw({0, 10}, {first});
    feed.withdraw(10, {first});
    feed.pass(60s);
    feed.session({0, 10}, false);
    feed.pass(300s);
    CHECK(feed.state() == State::visible);
    CHECK(feed.sight().peers_now == 9);
    CHECK(feed.sight().peers_known == 10);
    feed.session({0, 10}, true);
    CHECK(feed.sight().peers_known == 10);
    feed.announce({0, 10}, first);
    CHECK(feed.sight().peers_now == 19);
    CHECK(feed.sight().peers_known == 20);
    feed.pass(5s);
    CHECK(feed.told[first] == std::vector{State::visible});
}

TEST_CASE("when most sessions failed, what the rest says is no sample") {
    Followed feed;
    feed.session({0, 12}, false);
    feed.pass(5s);
    CHECK(feed.state() == State::unknown);
    CHECK(feed.sight().why == "8 of 20 peers have said whether they have it");
}

TEST_CASE("a peer that loses what others keep, of several owners, is at fault itself") {
    Feed feed(9, 9);
    feed.watch(first, "facebook", facebook);
    const bool second_owner = GENERATE(true, false);
    if (second_owner)
        feed.watch(other, "shop", 64496);
    else
        feed.watch(beacon, "beacon", ripe);
    feed.pass(1s);
    // Four of nine alone, then a fifth for its own reasons: 4 of 5 that count have it.
    feed.withdraw({0, 4}, {first, second_owner ? other : beacon});
    feed.withdraw(4, {first});
    feed.pass(300s);
    CHECK(feed.state() == State::visible);
    CHECK(feed.sight().peers_now == 4);
    CHECK(feed.sight().peers_known == 5);
    feed.announce(0, other);
    feed.announce(0, beacon, ripe);
    CHECK(feed.sight().peers_known == 6);  // counts again, as one that lost this one prefix
}

TEST_CASE("peers that lose prefixes of one operator are no fault, whatever the platforms are called") {
    Feed feed(20, 4);
    feed.watch(first, "facebook", facebook);
    feed.watch(beacon, "beacon", ripe);
    const Prefix second = prefix("185.89.218.0/24");
    const bool same_origin = GENERATE(true, false);
    if (same_origin) {
        feed.watch(second, "instagram", facebook);
    } else {
        feed.watch(second, "facebook", 64499);
    }
    feed.pass(1s);
    feed.withdraw({0, 9}, {first, second});
    feed.pass(10s);
    CHECK(feed.sight().peers_now == 11);
    CHECK(feed.sight().peers_known == 20);
}

TEST_CASE("two unrelated operators may fall at once") {
    Feed feed(40, 4);
    feed.watch(first, "facebook", facebook);
    feed.watch(other, "shop", 64496);
    feed.watch(beacon, "beacon", ripe);
    feed.pass(1s);
    for (std::size_t i = 0; i < 40; ++i) {
        feed.withdraw(i, {first, other});
        feed.pass(1s);
    }
    feed.pass(105s);
    CHECK(feed.state(first) == State::withdrawn);
    CHECK(feed.state(other) == State::withdrawn);
    CHECK(feed.state(beacon) == State::visible);
    // They come back peer by peer: those that are late are not at fault.
    feed.announce({0, 30}, first);
    feed.announce({0, 30}, other, 64496);
    feed.pass(100s);
    CHECK(feed.state() == State::withdrawn);
    CHECK(feed.sight().peers_known == 40);
}

TEST_CASE("a collector most of whose peers lose everything is left out with all of them") {
    // 14 of 25 peers speak to one collector.
    Feed feed(25, 1);
    for (std::size_t i = 14; i < 25; ++i)
        feed.peers[i].collector = "rrc" + std::to_string(20 + i % 3);
    feed.watch(first, "facebook", facebook);
    feed.watch(other, "shop", 64496);
    feed.pass(1s);
    feed.withdraw({0, 10}, {first, other});
    feed.withdraw({10, 14}, {first});
    feed.pass(300s);
    CHECK(feed.state() == State::visible);
    CHECK(feed.sight().peers_now == 11);
    CHECK(feed.sight().peers_known == 11);
    feed.announce({0, 14}, first);
    feed.announce({0, 14}, other, 64496);
    CHECK(feed.sight().peers_known == 25);
}

TEST_CASE("beacons fall every two hours without making anybody a liar") {
    Feed feed(40, 4);
    feed.watch(first, "facebook", facebook);
    feed.watch(beacon, "beacon", ripe);
    feed.pass(1s);
    feed.withdraw({0, 40}, {beacon});
    feed.withdraw({0, 40}, {first});
    feed.pass(122s);
    CHECK(feed.state() == State::withdrawn);
    CHECK(feed.state(beacon) == State::withdrawn);
}

TEST_CASE("after a gap nothing is known until somebody was asked; who had it is") {
    Followed feed;
    feed.table.forget_present(feed.now);
    feed.pass(1s);
    CHECK(feed.state() == State::unknown);
    CHECK(feed.sight().why == "0 of 20 peers have said whether they have it");
    SECTION("all still have it") {
        feed.table.prime(first, feed.having(0, 20), feed.now);
        feed.pass(1s);
        CHECK(feed.told[first] == std::vector{State::visible, State::unknown, State::visible});
    }
    SECTION("it went meanwhile") {
        feed.table.prime(first, feed.having(0, 3), feed.now);
        feed.pass(119s);
        CHECK(feed.state() == State::visible);
        feed.pass(5s);
        CHECK(feed.state() == State::withdrawn);
        CHECK(feed.sight().peers_known == 20);
    }
    SECTION("nobody can be asked, and a few speak") {
        feed.withdraw({0, 9}, {first});
        feed.pass(300s);
        CHECK(feed.state() == State::unknown);
        CHECK(feed.sight().why == "9 of 20 peers have said whether they have it");
        feed.withdraw({9, 20}, {first});
        feed.pass(125s);
        CHECK(feed.state() == State::withdrawn);
    }
    SECTION("asked again, the later answer counts") {
        feed.table.prime(first, feed.having(0, 20), feed.now);
        feed.pass(10s);
        feed.table.prime(first, feed.having(0, 8), feed.now);
        CHECK(feed.sight().peers_now == 8);
    }
}

TEST_CASE("a gap amid an outage ends neither the outage nor the gap's own silence") {
    Followed feed;
    feed.withdraw({0, 20}, {first});
    feed.pass(125s);
    feed.table.forget_present(feed.now);
    feed.pass(60s);
    CHECK(feed.state() == State::unknown);
    feed.table.prime(first, {}, feed.now);
    feed.pass(1s);
    CHECK(feed.state() == State::withdrawn);
    CHECK(feed.sight().peers_known == 20);
}

TEST_CASE("after a long gap the state of before is not shown until a threshold has held anew") {
    Followed feed;
    const bool withdrawn = GENERATE(true, false);
    if (withdrawn) feed.withdraw({0, 20}, {first});
    feed.pass(125s);
    REQUIRE(feed.state() == (withdrawn ? State::withdrawn : State::visible));
    feed.table.forget_present(feed.now);
    feed.pass(5h);
    feed.table.forget_present(feed.now);  // tried again, in vain
    feed.pass(60s);
    SECTION("all have it") {
        feed.table.prime(first, feed.having(0, 20), feed.now);
        feed.pass(60s);
        CHECK(feed.state() == State::unknown);
        CHECK(feed.sight().why == "20 of 20 peers have it, but not yet for long");
        feed.pass(1s);
        CHECK(feed.state() == State::visible);
    }
    SECTION("few have it") {
        feed.table.prime(first, feed.having(0, 3), feed.now);
        feed.pass(120s);
        CHECK(feed.state() == State::unknown);
        feed.pass(1s);
        CHECK(feed.state() == State::withdrawn);
        CHECK(feed.sight().peers_known == 20);
    }
    SECTION("some have it") {
        feed.table.prime(first, feed.having(0, 13), feed.now);
        feed.pass(300s);
        CHECK(feed.state() == State::unknown);
        CHECK(feed.sight().why == "13 of 20 peers have it: neither here nor gone");
    }
}

TEST_CASE("what is withdrawn for more than a week is unknown: its owner may have retired it") {
    Followed feed;
    feed.withdraw({0, 20}, {first});
    feed.pass(121s);
    REQUIRE(feed.state() == State::withdrawn);
    feed.pass(7 * 24h, 20s);
    CHECK(feed.state() == State::withdrawn);
    feed.pass(20s, 20s);
    CHECK(feed.state() == State::unknown);
    CHECK(feed.sight().why == "withdrawn for a week: perhaps given up");
    feed.announce({0, 20}, first);
    feed.pass(61s);
    CHECK(feed.state() == State::visible);
    CHECK(feed.told[first] == std::vector{State::visible, State::withdrawn, State::unknown, State::visible});
}

TEST_CASE("a restart amid an outage knows from before how many had it") {
    Feed feed(310, 10);
    REQUIRE(feed.table.watch(first, "facebook"));
    feed.table.expect(first, 310, facebook, feed.now - 5h);
    feed.table.prime(first, feed.having(0, 12), feed.now);
    feed.pass(60s);
    CHECK(feed.state() == State::unknown);
    CHECK(feed.sight().why == "12 of 310 peers have it, but not yet for long");
    feed.pass(65s);
    CHECK(feed.state() == State::withdrawn);
    CHECK(feed.sight().peers_now == 12);
    CHECK(feed.sight().peers_known == 310);
    CHECK(feed.sight().usual_origin == facebook);
    feed.announce({0, 305}, first);
    feed.pass(62s);
    CHECK(feed.state() == State::visible);
    CHECK(feed.sight().peers_known == 310);
}

TEST_CASE("what was known more than a day ago is not expected") {
    Feed feed(310, 10);
    REQUIRE(feed.table.watch(first, "facebook"));
    feed.table.expect(first, 310, facebook, feed.now - 25h);
    feed.table.prime(first, feed.having(0, 12), feed.now);
    feed.pass(1s);
    CHECK(feed.state() == State::visible);
}

TEST_CASE("a few that speak unasked are no sample: others of the family show how many there are") {
    Feed feed(60, 4);
    REQUIRE(feed.table.watch(first, "facebook"));
    REQUIRE(feed.table.watch(beacon, "beacon"));
    feed.announce({0, 60}, beacon, ripe);
    for (std::size_t i = 0; i < 20; ++i) {
        feed.announce(i, first);
        feed.withdraw(i, {first});
    }
    feed.pass(300s);
    CHECK(feed.state() == State::unknown);
    CHECK(feed.state(beacon) == State::visible);
    feed.withdraw({20, 60}, {first});  // had it all the time, and says so by this
    feed.pass(125s);
    CHECK(feed.state() == State::withdrawn);
}

TEST_CASE("withdrawals of what was never announced are not counted once all are known") {
    Feed feed(30, 3);
    REQUIRE(feed.table.watch(first, "facebook"));
    feed.table.prime(first, feed.having(0, 10), feed.now);
    feed.withdraw({10, 30}, {first});
    feed.pass(200s);
    CHECK(feed.state() == State::visible);
    CHECK(feed.sight().peers_known == 10);
}

TEST_CASE("a looking glass is late: what peers said within the minute is newer") {
    Followed feed;
    feed.withdraw({0, 15}, {first});
    feed.pass(5s);
    feed.table.prime(first, feed.having(0, 20), feed.now);
    CHECK(feed.sight().peers_now == 5);
    feed.pass(90s);
    feed.table.prime(first, feed.having(0, 20), feed.now);
    CHECK(feed.sight().peers_now == 20);
}

TEST_CASE("who had it a day ago is forgotten") {
    Followed feed;
    feed.withdraw({0, 5}, {first});
    feed.pass(23h);
    CHECK(feed.sight().peers_known == 20);
    feed.pass(2h);
    CHECK(feed.sight().peers_known == 15);
    CHECK(feed.sight().peers_now == 15);
}

TEST_CASE("another origin and longer paths are noted beside those of before") {
    Feed feed(20, 4);
    feed.watch(first, "facebook", facebook);
    feed.pass(2h);
    feed.announce({0, 15}, first, 64666, 16);
    feed.pass(10min);
    CHECK(feed.sight().origin == 64666);
    CHECK(feed.sight().usual_origin == facebook);
    CHECK(feed.sight().path_length == 16);
    CHECK(feed.sight().usual_path_length == 4);
    feed.pass(2h);  // it is the usual one now
    CHECK(feed.sight().usual_origin == 64666);
}

TEST_CASE("after a pause of this host nothing was steady") {
    Followed feed;
    feed.withdraw({0, 20}, {first});
    feed.pass(2s);
    feed.now += 10min;  // asleep
    feed.pass(100s);
    CHECK(feed.state() == State::unknown);
    CHECK(feed.sight().why == "0 of 20 peers have it, but not yet for long");
    feed.pass(25s);
    CHECK(feed.state() == State::withdrawn);
}

TEST_CASE("everything is bounded") {
    RouteTable table;
    for (std::size_t i = 0; i < RouteTable::most_prefixes; ++i)
        REQUIRE(table.watch(prefix("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24"),
                            "x"));
    CHECK_FALSE(table.watch(first, "x"));
    CHECK(table.watch(prefix("10.0.0.0/24"), "y"));
    const std::vector<Prefix> all = table.watched();
    // More routes, then more peers and collectors than there are.
    for (std::size_t i = 0; i < 6000; ++i)
        table.on(RisUpdate{.peer = {"c" + std::to_string(i % 300), std::to_string(i), 1},
                           .announced = i < 800 ? all : std::vector{all.front()}},
                 Stamp{1000s});
    table.tick(Stamp{1001s});
    CHECK(table.memory_bytes() < 16'000'000);
}

TEST_CASE("a hundred and fifty prefixes and a thousand peers take three megabytes") {
    Feed feed(1000, 23);
    for (int i = 0; i < 150; ++i)
        feed.watch(prefix("10.0." + std::to_string(i) + ".0/24"), std::to_string(i), facebook);
    feed.pass(1s);
    CHECK(feed.state(prefix("10.0.7.0/24")) == State::visible);
    CHECK(feed.table.memory_bytes() < 3'000'000);
}

TEST_CASE("the fourth of October 2021") {
    Feed feed;
    Dice dice(20211004);
    const std::vector<Prefix> gone{first,
                                   prefix("129.134.31.0/24"),
                                   prefix("185.89.218.0/24"),
                                   prefix("185.89.219.0/24"),
                                   prefix("2a03:2880:f0fc::/48"),
                                   prefix("2a03:2880:f0fd::/48")};
    for (const Prefix& one : gone)
        feed.watch(one, "facebook", facebook);
    feed.watch(other, "shop", 64496);
    feed.watch(beacon, "beacon", ripe);
    feed.pass_until("15:42:00");

    // Each peer loses each prefix at a time of its own within twelve minutes, by way of longer paths.
    std::map<Prefix, std::multimap<Stamp, std::size_t>> losses;
    for (const Prefix& one : gone)
        for (std::size_t i = 0; i < feed.peers.size(); ++i)
            losses[one].emplace(feed.now + std::chrono::seconds{dice.below(707)}, i);
    std::map<Prefix, Stamp> below_half, said;
    const auto second = [&](const Prefix& one) {
        auto& waiting = losses[one];
        while (!waiting.empty() && waiting.begin()->first <= feed.now) {
            feed.withdraw(waiting.begin()->second, {one});
            waiting.erase(waiting.begin());
        }
        if (!waiting.empty()) feed.announce(waiting.begin()->second, one, facebook, 5 + dice.below(12));
        if (waiting.size() * 2 < feed.peers.size()) below_half.try_emplace(one, feed.now);
        if (feed.state(one) == State::withdrawn) said.try_emplace(one, feed.now);
    };
    while (feed.now < *parse_rfc3339("2021-10-04T15:56:30Z")) {
        for (const Prefix& one : gone)
            second(one);
        feed.pass(1s);
    }
    for (const Prefix& one : gone) {
        REQUIRE(said.contains(one));
        CHECK(said[one] - below_half[one] >= 120s);
        CHECK(said[one] - below_half[one] <= 150s);
        CHECK(feed.told[one] == std::vector{State::visible, State::withdrawn});
        CHECK(feed.sight(one).peers_now == 0);
        CHECK(feed.sight(one).peers_known == 310);
    }
    feed.pass_until("20:50:00");

    // Path hunting: some have it for moments, up to two thirds at a time.
    std::vector<std::size_t> order = everybody(feed);
    while (feed.now < *parse_rfc3339("2021-10-04T21:10:00Z")) {
        dice.shuffle(order);
        for (const Prefix& one : gone) {
            for (std::size_t i = 0; i < 200; ++i)
                feed.announce(order[i], one, facebook, 6 + dice.below(10));
            for (std::size_t i = 200; i < order.size(); ++i)
                feed.withdraw(order[i], {one});
        }
        feed.pass(7s);
    }
    CHECK(feed.state() == State::withdrawn);
    // All are back for fifty seconds, then most lose it again.
    for (const Prefix& one : gone)
        for (const std::size_t peer : order)
            feed.announce(peer, one);
    feed.pass(50s);
    CHECK(feed.sight().peers_now == 310);
    for (const Prefix& one : gone)
        for (std::size_t i = 0; i < 250; ++i)
            feed.withdraw(order[i], {one});
    feed.pass(70s);
    CHECK(feed.told[first].size() == 2);
    // And now for good, within five minutes.
    dice.shuffle(order);
    for (const std::size_t peer : order) {
        for (const Prefix& one : gone)
            feed.announce(peer, one);
        feed.pass(1s);
    }
    feed.pass(70s);
    for (const Prefix& one : gone)
        CHECK(feed.told[one] == std::vector{State::visible, State::withdrawn, State::visible});
    CHECK(feed.told[other] == std::vector{State::visible});
    CHECK(feed.told[beacon] == std::vector{State::visible});
}

TEST_CASE("a collector that restarts changes nothing") {
    Feed feed;
    feed.watch(first, "facebook", facebook);
    feed.watch(other, "shop", 64496);
    feed.pass(1s);
    const std::string collector = feed.peers.front().collector;
    for (std::size_t i = 0; i < feed.peers.size(); ++i)
        if (feed.peers[i].collector == collector) feed.session(i, false);
    feed.pass(200s);
    CHECK(feed.sight().peers_known == 279);
    for (std::size_t i = 0; i < feed.peers.size(); ++i) {
        if (feed.peers[i].collector != collector) continue;
        feed.session(i, true);
        feed.announce(i, first);
        feed.pass(3s);
        feed.announce(i, other, 64496);
    }
    CHECK(feed.sight().peers_known == 310);
    CHECK(feed.told[first] == std::vector{State::visible});
    CHECK(feed.told[other] == std::vector{State::visible});
}

TEST_CASE("one peer's table of a hundred thousand prefixes flaps for an hour, and nothing comes of it") {
    Feed feed(30, 3);
    feed.watch(first, "facebook", facebook);
    feed.watch(other, "shop", 64496);
    feed.watch(beacon, "beacon", ripe);
    feed.pass(1s);
    // As the feed brings it: five hundred prefixes a message, the watched ones among them.
    constexpr int flaps = 12, messages = 200, prefixes = 500;
    const RisPeer& peer = feed.peers[7];
    const auto table_text = [](int message) {
        std::string text;
        for (int i = message * prefixes; i < (message + 1) * prefixes; ++i)
            text += (text.empty() ? "\"" : ",\"") + std::to_string(20 + i / 65536) + "." +
                    std::to_string(i / 256 % 256) + "." + std::to_string(i % 256) + ".0/24\"";
        if (message == 50) text += ",\"" + to_string(first) + "\"";
        if (message == 100) text += ",\"" + to_string(other) + "\",\"" + to_string(beacon) + "\"";
        return text;
    };
    const std::string head = R"({"type":"ris_message","data":{"timestamp":1633361700.5,"peer":")" +
                             peer.address + R"(","peer_asn":")" + std::to_string(peer.asn) + R"(","host":")" +
                             peer.collector + R"(.ripe.net","type":"UPDATE",)";
    RisReader reader;
    std::size_t read = 0, spoken_of = 0, most_memory = 0, heap_before = 0, heap_most = 0;
    for (int flap = 0; flap < flaps; ++flap)
        for (const bool withdrawn : {true, false}) {
            for (int message = 0; message < messages; ++message) {
                const std::string text =
                    head +
                    (withdrawn
                         ? R"("withdrawals":[)" + table_text(message) + "]}}"
                         : R"("path":[1,2,32934],"announcements":[{"next_hop":"192.0.2.1","prefixes":[)" +
                               table_text(message) + "]}]}}");
                const RisMessage seen = reader.read(text);
                const auto* update = std::get_if<RisUpdate>(&seen);
                REQUIRE(update != nullptr);
                REQUIRE(update->announced.size() + update->withdrawn.size() >= prefixes);
                ++read;
                if (feed.table.on(*update, feed.now)) ++spoken_of;
                heap_most = std::max(heap_most, ::mallinfo2().uordblks);
                if (read == 1) heap_before = heap_most;
                if (message % 2 == 0) feed.pass(1s);
            }
            most_memory = std::max(most_memory, feed.table.memory_bytes());
            feed.pass(50s);
        }
    CHECK(read == std::size_t{2} * flaps * messages);
    CHECK(spoken_of == std::size_t{2} * flaps * 2);
    for (const Prefix& one : {first, other, beacon})
        CHECK(feed.told[one] == std::vector{State::visible});
    CHECK(most_memory < 2'000'000);
    CHECK(heap_most - heap_before < 2'000'000);
    CHECK(feed.now - *parse_rfc3339("2021-10-04T15:00:00Z") >= 1h);
}

TEST_CASE("the order of messages of different peers at one time does not matter") {
    const auto seed = static_cast<std::uint64_t>(GENERATE(range(1, 21)));
    const std::vector<Prefix> prefixes{first, other, beacon};
    Feed one(30, 5), two(30, 5);
    for (Feed* feed : {&one, &two})
        for (const Prefix& what : prefixes)
            REQUIRE(feed->table.watch(what, to_string(what)));
    Dice what_happens(seed), order_of_one(seed + 100), order_of_two(seed + 200);
    for (int round = 0; round < 60; ++round) {
        struct Word {
            std::size_t peer;
            int kind, what, origin, length;
        };
        std::vector<Word> words;
        for (std::size_t i = 0; i < 30; ++i)
            if (const int kind = what_happens.below(round / 15 % 2 == 0 ? 6 : 9); kind != 3)
                words.push_back(
                    {i, kind, what_happens.below(3), 1 + what_happens.below(3), what_happens.below(9)});
        const auto say = [&](Feed& feed, Dice& dice) {
            dice.shuffle(words);
            for (const Word& word : words) {
                const Prefix& what = prefixes[static_cast<std::size_t>(word.what)];
                if (word.kind < 3)
                    feed.announce(word.peer, what, static_cast<std::uint32_t>(word.origin), word.length);
                else if (word.kind == 4)
                    feed.session(word.peer, word.what == 0);
                else
                    feed.withdraw(word.peer, {what, prefixes[0]});
            }
            feed.pass(20s);
        };
        say(one, order_of_one);
        say(two, order_of_two);
        for (const Prefix& what : prefixes) {
            const RouteSight a = one.sight(what), b = two.sight(what);
            REQUIRE(a.state == b.state);
            REQUIRE(a.peers_now == b.peers_now);
            REQUIRE(a.peers_known == b.peers_known);
            REQUIRE(a.since == b.since);
            REQUIRE(a.origin == b.origin);
            REQUIRE(a.usual_origin == b.usual_origin);
            REQUIRE(a.path_length == b.path_length);
            REQUIRE(a.usual_path_length == b.usual_path_length);
            REQUIRE(a.why == b.why);
        }
    }
    CHECK(one.told == two.told);
    CHECK_FALSE(one.told.empty());
}
