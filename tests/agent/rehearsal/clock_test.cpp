#include "agent/rehearsal/clock.hpp"

#include "catch.hpp"

using namespace sereno;
using namespace sereno::rehearsal;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {
const Stamp starts = *parse_rfc3339("2021-10-04T15:30:00Z");
}

TEST_CASE("at speed 60 a real second is a scenario minute") {
    const ScenarioClock clock(starts, 60, {});
    CHECK(clock.scenario_at(seconds{0}) == starts);
    CHECK(clock.scenario_at(seconds{9}) == starts + minutes{9});
    CHECK(clock.scenario_at(milliseconds{500}) == starts + seconds{30});
    CHECK(clock.elapsed_at(starts + minutes{9}) == seconds{9});
}

TEST_CASE("a fast-forward stretch passes faster and the rest as before") {
    const ScenarioClock clock(starts, 60, {{starts + minutes{10}, starts + minutes{130}, 12}});
    CHECK(clock.scenario_at(seconds{10}) == starts + minutes{10});
    CHECK(clock.scenario_at(seconds{15}) == starts + minutes{70});
    CHECK(clock.scenario_at(seconds{20}) == starts + minutes{130});
    CHECK(clock.scenario_at(seconds{21}) == starts + minutes{131});
    CHECK(clock.elapsed_at(starts + minutes{131}) == seconds{21});
}

TEST_CASE("a stretch may begin with the scenario, and two may follow each other") {
    const ScenarioClock clock(
        starts, 1, {{starts, starts + seconds{10}, 10}, {starts + seconds{10}, starts + seconds{30}, 2}});
    CHECK(clock.scenario_at(seconds{1}) == starts + seconds{10});
    CHECK(clock.scenario_at(seconds{6}) == starts + seconds{20});
    CHECK(clock.scenario_at(seconds{12}) == starts + seconds{31});
}

TEST_CASE("before the start the clock stands still") {
    const ScenarioClock clock(starts, 60, {});
    CHECK(clock.scenario_at(seconds{-5}) == starts);
    CHECK(clock.elapsed_at(starts - minutes{1}) == seconds{0});
}

TEST_CASE("there and back again is the same instant to a millisecond of real time") {
    const ScenarioClock clock(starts, 60, {{starts + minutes{85}, starts + minutes{315}, 12}});
    for (int minute = 0; minute < 450; ++minute) {
        const Stamp at = starts + minutes{minute};
        const Micros there_and_back = clock.scenario_at(clock.elapsed_at(at)) - at;
        CHECK(std::abs(there_and_back.count()) < 1000);
    }
}
