// The connection to RIS Live in simulated time, by plain calls.
#include "probes/witness/ris/ris_session.hpp"

#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

const Prefix facebook = *read_prefix("129.134.30.0/24");
const Prefix other = *read_prefix("185.89.218.0/23");
const Prefix beacon = *read_prefix("84.205.64.0/24");

RisUpdate about(const Prefix& prefix) {
    RisUpdate update;
    update.announced = {prefix};
    return update;
}

/// What this collector says, of this time.
RisUpdate word(const std::string& collector, Stamp of) {
    RisUpdate update = about(facebook);
    update.peer.collector = collector;
    update.timestamp_micros = of.time_since_epoch().count();
    return update;
}

/// A session and a server without faults: whatever is sent arrives, and is answered `after`.
struct Bench {
    explicit Bench(RisRhythm rhythm = {}, int jitter = 0, const std::vector<Prefix>& beacons = {})
        : session(rhythm, jitter, beacons) {}

    /// Does what is to be done now, and answers it.
    void work() {
        for (;;) {
            const RisSession::Action action = session.next(now);
            wake = action.wake;
            if (action.what == RisSession::Do::nothing) return;
            done.push_back(action.what);
            if (action.what == RisSession::Do::connect) {
                connects.push_back(now);
                if (reachable)
                    session.connected(now);
                else
                    session.closed(now, "connection refused");
            }
            if (action.what != RisSession::Do::send) continue;
            sent.emplace_back(now, action.text);
            session.sent(now);
            const bool ping = action.text == ris_ping();
            if (ping && pongs) session.heard(RisPong{}, now);
            if (!ping && acknowledges) session.heard(RisSubscribed{}, now);
        }
    }
    /// Lets time pass, waking when asked to.
    void pass(Micros length) {
        const Stamp end = now + length;
        work();
        while (wake <= end) {
            now = std::max(now, wake);
            work();
        }
        now = end;
        work();
    }
    [[nodiscard]] std::size_t count(const std::string& text) const {
        return static_cast<std::size_t>(
            std::count_if(sent.begin(), sent.end(), [&](const auto& each) { return each.second == text; }));
    }

    RisSession session;
    Stamp now{1'633'361'940s}, wake;
    bool reachable = true, pongs = true, acknowledges = true;
    std::vector<RisSession::Do> done;
    std::vector<Stamp> connects;
    std::vector<std::pair<Stamp, std::string>> sent;
};

}  // namespace

TEST_CASE("a session asks nobody before there is something to follow") {
    Bench bench({}, 0, {beacon});
    bench.pass(24h);
    CHECK(bench.done.empty());
    CHECK(bench.wake == Stamp::max());
    CHECK_FALSE(bench.session.can_be_believed());
    CHECK(bench.session.why() == "nothing is followed yet");
}

TEST_CASE("subscriptions are 200 ms apart, beacons first") {
    Bench bench({}, 0, {beacon});
    bench.session.subscribe(facebook);
    bench.session.subscribe(other);
    bench.session.subscribe(facebook);
    bench.pass(1s);
    REQUIRE(bench.sent.size() == 4);
    CHECK(bench.sent[0].second == ris_subscribe_peer_states());
    CHECK(bench.sent[1].second == ris_subscribe(beacon));
    CHECK(bench.sent[2].second == ris_subscribe(facebook));
    CHECK(bench.sent[3].second == ris_subscribe(other));
    for (std::size_t i = 1; i < bench.sent.size(); ++i)
        CHECK(bench.sent[i].first - bench.sent[i - 1].first == 200ms);
    CHECK(bench.session.follows_all());
    CHECK(bench.session.can_be_believed());
    CHECK(bench.session.why().empty());
}

TEST_CASE("a prefix is followed once its subscription is acknowledged") {
    Bench bench;
    bench.session.subscribe(facebook);
    bench.pass(1s);
    CHECK(bench.session.follows(facebook));
    CHECK_FALSE(bench.session.follows(other));
    bench.acknowledges = false;
    bench.session.subscribe(other);
    bench.pass(1s);
    CHECK(bench.count(ris_subscribe(other)) == 1);
    CHECK_FALSE(bench.session.follows(other));
    CHECK_FALSE(bench.session.follows_all());
    CHECK(bench.session.follows(facebook));
    CHECK(bench.session.can_be_believed());
    bench.session.heard(RisSubscribed{}, bench.now);
    CHECK(bench.session.follows(other));
}

TEST_CASE("a ping every 40 s keeps a quiet connection") {
    Bench bench;
    bench.session.subscribe(facebook);
    bench.pass(10min);
    CHECK(bench.count(ris_ping()) == 15);
    CHECK(bench.connects.size() == 1);
    CHECK(bench.session.is_connected());
}

TEST_CASE("without a word within 20 s of a ping the connection is dead") {
    Bench bench;
    bench.session.subscribe(facebook);
    bench.pongs = false;
    bench.pass(59s);
    CHECK(bench.session.is_connected());
    bench.pass(2s);
    CHECK_FALSE(bench.session.is_connected());
    CHECK(bench.done.back() == RisSession::Do::close);
    CHECK(bench.session.why() ==
          "it was silent for 20 s when asked for a sign of life; trying again at 15:40");
}

TEST_CASE("any word is a sign of life") {
    Bench bench;
    bench.session.subscribe(facebook);
    bench.pongs = false;
    for (int i = 0; i < 40; ++i) {
        bench.pass(15s);
        bench.session.heard(about(facebook), bench.now);
    }
    CHECK(bench.connects.size() == 1);
}

TEST_CASE("a subscription that is not acknowledged ends the connection") {
    Bench bench;
    bench.session.subscribe(facebook);
    bench.pass(1s);
    bench.acknowledges = false;
    bench.session.subscribe(other);
    bench.pass(25s);
    CHECK_FALSE(bench.session.is_connected());
    CHECK(bench.session.why().starts_with("it has not acknowledged the subscription to 185.89.218.0/23"));
}

TEST_CASE("a connection that takes nothing is dead") {
    RisSession session({});
    session.subscribe(facebook);
    const Stamp start{1s};
    CHECK(session.next(start).what == RisSession::Do::connect);
    session.connected(start);
    CHECK(session.next(start).what == RisSession::Do::send);
    const auto waiting = session.next(start + 1s);
    CHECK(waiting.what == RisSession::Do::nothing);
    CHECK(waiting.wake == start + 20s);
    CHECK(session.next(start + 20s).what == RisSession::Do::close);
    CHECK(session.why().starts_with("it has taken nothing"));
}

TEST_CASE("reconnects come 30 s later, then doubled up to ten minutes") {
    Bench bench;
    bench.reachable = false;
    bench.session.subscribe(facebook);
    bench.pass(2h);
    REQUIRE(bench.connects.size() > 8);
    const std::vector<Micros> waits{30s, 60s, 120s, 240s, 480s, 600s, 600s};
    for (std::size_t i = 0; i < waits.size(); ++i)
        CHECK(bench.connects[i + 1] - bench.connects[i] == waits[i]);
    CHECK(bench.session.why().starts_with("connection refused; trying again at "));
}

TEST_CASE("jitter adds up to half") {
    Bench bench({}, 1000);
    bench.reachable = false;
    bench.session.subscribe(facebook);
    bench.pass(2min);
    REQUIRE(bench.connects.size() == 2);
    CHECK(bench.connects[1] - bench.connects[0] == 45s);
}

TEST_CASE("after a connection that lasted, reconnecting begins from 30 s again") {
    Bench bench;
    bench.reachable = false;
    bench.session.subscribe(facebook);
    bench.pass(400s);  // tried at 0, 30, 90, 210 s; next at 450 s
    bench.reachable = true;
    bench.pass(60s);
    REQUIRE(bench.session.is_connected());

    SECTION("a short one does not count") {
        bench.session.closed(bench.now, "reset");
        const Stamp lost = bench.now;
        bench.pass(20min);
        CHECK(bench.connects.back() - lost == 480s);
    }
    SECTION("five minutes do") {
        bench.pass(5min);
        bench.session.closed(bench.now, "reset");
        const Stamp lost = bench.now;
        bench.pass(1min);
        CHECK(bench.connects.back() - lost == 30s);
    }
}

TEST_CASE("each reconnect subscribes to everything again") {
    Bench bench({}, 0, {beacon});
    bench.session.subscribe(facebook);
    bench.session.subscribe(other);
    bench.pass(2s);
    bench.session.closed(bench.now, "reset");
    CHECK_FALSE(bench.session.follows(facebook));
    bench.pass(32s);
    CHECK(bench.connects.size() == 2);
    CHECK(bench.count(ris_subscribe(facebook)) == 2);
    CHECK(bench.count(ris_subscribe(other)) == 2);
    CHECK(bench.count(ris_subscribe(beacon)) == 2);
    CHECK(bench.session.follows_all());
}

TEST_CASE("a refused prefix is dropped until the next connection, the others stay") {
    Bench bench;
    bench.session.subscribe(facebook);
    bench.pass(1s);
    bench.acknowledges = false;
    bench.session.subscribe(other);
    bench.pass(1s);
    bench.session.heard(RisError{"no such prefix"}, bench.now);
    CHECK(bench.session.refusal(other) == "no such prefix");
    CHECK(bench.session.refusal(facebook).empty());
    CHECK_FALSE(bench.session.follows(other));
    CHECK(bench.session.follows_all());
    CHECK(bench.session.can_be_believed());
    bench.acknowledges = true;
    bench.session.closed(bench.now, "reset");
    bench.pass(20s);
    CHECK(bench.count(ris_subscribe(other)) == 1);
    bench.pass(20s);
    CHECK(bench.count(ris_subscribe(other)) == 2);
    CHECK(bench.count(ris_subscribe(facebook)) == 2);
    CHECK(bench.session.refusal(other).empty());
    CHECK(bench.session.follows(other));
    CHECK(bench.session.follows_all());
}

TEST_CASE("a feed that does not tell of the peers' sessions is not believed, and asked again") {
    Bench bench;
    bench.acknowledges = false;
    bench.session.subscribe(facebook);
    bench.work();
    REQUIRE(bench.count(ris_subscribe_peer_states()) == 1);
    bench.session.heard(RisError{"unknown type"}, bench.now);
    CHECK_FALSE(bench.session.can_be_believed());
    CHECK(bench.session.why() == "it does not tell when the sessions of peers end: unknown type");
    bench.pass(1s);
    CHECK(bench.done.back() == RisSession::Do::close);
    CHECK_FALSE(bench.session.can_be_believed());
    CHECK(bench.session.why().starts_with(
        "it does not tell when the sessions of peers end: unknown type; trying again at "));
    CHECK(bench.count(ris_subscribe(facebook)) == 0);
    bench.acknowledges = true;
    bench.pass(40s);
    CHECK(bench.connects.size() == 2);
    CHECK(bench.session.can_be_believed());
    CHECK(bench.session.follows(facebook));
}

TEST_CASE("an error about nothing we asked is told when the connection ends") {
    Bench bench;
    bench.session.subscribe(facebook);
    bench.pass(1s);
    bench.session.heard(RisError{"too slow"}, bench.now);
    CHECK(bench.session.can_be_believed());
    bench.session.closed(bench.now, "it said goodbye (1008)");
    CHECK(bench.session.why().starts_with("it said goodbye (1008); before that it said: too slow; trying"));
}

TEST_CASE("a feed whose beacons are silent for two and a half hours is unknown, though connected") {
    Bench bench({}, 0, {beacon});
    bench.session.subscribe(facebook);
    bench.pass(149min);
    CHECK(bench.session.can_be_believed());
    bench.pass(3min);
    CHECK(bench.session.is_connected());
    CHECK_FALSE(bench.session.can_be_believed());
    CHECK(bench.session.why() ==
          "connected, but RIPE's beacons, which speak every two hours, have been silent for 2 h 30 min");

    SECTION("other words do not help") {
        bench.session.heard(about(facebook), bench.now);
        CHECK_FALSE(bench.session.can_be_believed());
    }
    SECTION("nor does a new connection") {
        bench.session.closed(bench.now, "reset");
        bench.pass(1min);
        CHECK(bench.session.is_connected());
        CHECK_FALSE(bench.session.can_be_believed());
    }
    SECTION("a beacon does, withdrawn or announced") {
        RisUpdate gone;
        gone.withdrawn = {beacon};
        bench.session.heard(gone, bench.now);
        CHECK(bench.session.can_be_believed());
        bench.pass(149min);
        bench.session.heard(about(beacon), bench.now);
        bench.pass(149min);
        CHECK(bench.session.can_be_believed());
    }
}

TEST_CASE("silence of the beacons while nobody listened does not count") {
    Bench bench({}, 0, {beacon});
    bench.session.subscribe(facebook);
    bench.pass(1h);
    bench.session.closed(bench.now, "no route");
    bench.reachable = false;
    bench.pass(5h);
    bench.reachable = true;
    bench.pass(15min);
    CHECK(bench.session.can_be_believed());
    // Asleep, then awake on the same connection: time passed in one jump.
    bench.now += 5h;
    bench.session.heard(RisPong{}, bench.now);
    CHECK(bench.session.can_be_believed());
}

TEST_CASE("a feed is useless when more than half of its last hundred messages make no sense") {
    Bench bench;
    bench.session.subscribe(facebook);
    bench.pass(1s);
    for (int i = 0; i < 50; ++i)
        bench.session.heard(RisMalformed{"no JSON"}, bench.now);
    CHECK(bench.session.can_be_believed());
    bench.session.heard(RisMalformed{"no JSON"}, bench.now);
    CHECK_FALSE(bench.session.can_be_believed());
    CHECK(bench.session.is_connected());
    CHECK(bench.session.why() == "51 of its last 100 messages make no sense: no JSON");
    for (int i = 0; i < 100; ++i)
        bench.session.heard(about(facebook), bench.now);
    CHECK(bench.session.can_be_believed());
}

TEST_CASE("a feed more than five minutes behind is not believed until it has caught up") {
    Bench bench;
    bench.session.subscribe(facebook);
    bench.pass(1s);
    for (const char* collector : {"rrc00", "rrc01", "rrc03"})
        bench.session.heard(word(collector, bench.now - 5min), bench.now);
    CHECK(bench.session.can_be_believed());
    for (const char* collector : {"rrc00", "rrc01", "rrc03"})
        bench.session.heard(word(collector, bench.now - 61min - 59s), bench.now);
    CHECK(bench.session.is_connected());
    CHECK_FALSE(bench.session.can_be_believed());
    CHECK(bench.session.why() == "RIS Live is 61 minutes behind; is this computer's clock right?");

    SECTION("silence does not help, nor do words that bear no time") {
        bench.pass(10min);
        bench.session.heard(about(facebook), bench.now);
        CHECK_FALSE(bench.session.can_be_believed());
    }
    SECTION("nor does a new connection") {
        bench.session.closed(bench.now, "reset");
        bench.pass(1min);
        CHECK(bench.session.is_connected());
        CHECK_FALSE(bench.session.can_be_believed());
    }
    SECTION("it catches up") {
        bench.session.heard(word("rrc01", bench.now - 5min - 1us), bench.now);
        CHECK(bench.session.why().starts_with("RIS Live is 5 minutes behind"));
        bench.session.heard(word("rrc00", bench.now - 5min), bench.now);
        CHECK(bench.session.can_be_believed());
        CHECK(bench.session.why().empty());
    }
    SECTION("it was our clock, which is set") {
        bench.session.heard(RisPong{}, bench.now, -62min);
        CHECK(bench.session.can_be_believed());
    }
}

TEST_CASE("a feed that is ahead of us by more than five minutes is not believed either") {
    Bench bench;
    bench.session.subscribe(facebook);
    bench.pass(1s);
    bench.session.heard(word("rrc00", bench.now + 5min), bench.now);
    CHECK(bench.session.can_be_believed());
    bench.session.heard(word("rrc00", bench.now + 7min), bench.now);
    CHECK_FALSE(bench.session.can_be_believed());
    CHECK(bench.session.why() == "RIS Live is 7 minutes ahead; is this computer's clock right?");
    bench.session.heard(word("rrc00", bench.now + 7min), bench.now, 7min);
    CHECK(bench.session.can_be_believed());
}

TEST_CASE("one or two collectors that are late do not make the feed late, however much they say") {
    Bench bench;
    bench.session.subscribe(facebook);
    bench.pass(1s);
    bench.session.heard(word("rrc21", bench.now), bench.now);
    for (int i = 0; i < 1000; ++i) {
        bench.session.heard(word("rrc00", bench.now - 1h), bench.now);
        bench.session.heard(word("rrc01", bench.now + 1h), bench.now);
    }
    CHECK(bench.session.can_be_believed());
    // A third, and none of the last three to speak is in time; the nearest one counts.
    bench.session.heard(word("rrc03", bench.now - 20min), bench.now);
    CHECK(bench.session.why().starts_with("RIS Live is 20 minutes behind"));
    bench.session.heard(word("rrc21", bench.now), bench.now);
    CHECK(bench.session.can_be_believed());
}

TEST_CASE("words in the wrong state change nothing") {
    RisSession session({});
    session.subscribe(facebook);
    session.heard(RisSubscribed{}, Stamp{1s});
    session.connected(Stamp{1s});
    session.sent(Stamp{1s});
    session.closed(Stamp{1s}, "never open");
    CHECK_FALSE(session.is_connected());
    CHECK(session.next(Stamp{1s}).what == RisSession::Do::connect);
    session.heard(RisError{"too early"}, Stamp{1s});
    session.connected(Stamp{1s});
    CHECK(session.refusal(facebook).empty());
}
