// Worlds that are drawn: what must never happen, whatever is drawn.
#include <algorithm>

#include "catch.hpp"
#include "play.hpp"
#include "trial.hpp"

using namespace sereno;
using namespace sereno::scenario;

namespace {

const std::vector<Household>& all_households() {
    static const std::vector<Household> all = households();
    return all;
}

/// The first `count` worlds of a kind that somebody could be right about, from `seed` on.
std::vector<RandomWorld> worlds_of(Truth::Kind kind, std::size_t count, std::uint64_t seed) {
    std::vector<RandomWorld> worlds;
    while (worlds.size() < count) {
        RandomWorld world = draw_world(seed++, all_households());
        if (world.truth.kind == kind && world.truth.unanswerable.empty()) worlds.push_back(std::move(world));
    }
    return worlds;
}

}  // namespace

TEST_CASE("random worlds: what is wrong here is never declared to be theirs") {
    int fooled = 0;
    for (const RandomWorld& world : worlds_of(Truth::Kind::local, 60, 1)) {
        const Trial trial = run_trial(world);
        INFO("bench/diagnosis --show --seed " << world.seed << ": " << world.story);
        CHECK(trial.ours.falsely_declared == 0);
        fooled += trial.theirs[0].falsely_declared > 0 ? 1 : 0;
    }
    // These worlds are no harmless ones: a monitor that counts failures is fooled by most.
    CHECK(fooled > 30);
}

TEST_CASE("random worlds: where nothing is wrong, or only for us, nobody is declared down") {
    for (const Truth::Kind kind : {Truth::Kind::nothing, Truth::Kind::app, Truth::Kind::blocked})
        for (const RandomWorld& world : worlds_of(kind, 12, 1'000'000)) {
            INFO("bench/diagnosis --show --seed " << world.seed << ": " << world.story);
            CHECK(run_trial(world).ours.falsely_declared == 0);
        }
}

TEST_CASE("random worlds: outages are declared") {
    int declared = 0;
    const auto worlds = worlds_of(Truth::Kind::outage, 30, 2'000'000);
    for (const RandomWorld& world : worlds)
        declared += run_trial(world).ours.is_right ? 1 : 0;
    CHECK(declared >= 29);
}

TEST_CASE("random worlds: the same number draws the same story") {
    for (const std::uint64_t seed : {1u, 7u, 4711u}) {
        std::string first, second;
        run_trial(draw_world(seed, all_households()), &first);
        run_trial(draw_world(seed, all_households()), &second);
        CHECK(!first.empty());
        CHECK(first == second);
    }
    CHECK(draw_world(1, all_households()).story != draw_world(2, all_households()).story);
}
