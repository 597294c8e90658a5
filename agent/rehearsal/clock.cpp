#include "agent/rehearsal/clock.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace sereno::rehearsal {

namespace {

Micros scaled(Micros length, double factor) {
    return Micros{std::llround(static_cast<double>(length.count()) * factor)};
}

}  // namespace

ScenarioClock::ScenarioClock(Stamp starts, double speed, const std::vector<FastForward>& stretches) {
    assert(speed > 0);
    pieces_.push_back({starts, Micros{0}, speed});
    const auto change = [this](Stamp at, double to_speed) {
        const Piece& last = pieces_.back();
        if (at <= last.from) {  // a stretch that began before the start
            pieces_.back().speed = to_speed;
            return;
        }
        pieces_.push_back({at, last.elapsed + scaled(at - last.from, 1 / last.speed), to_speed});
    };
    for (const FastForward& stretch : stretches) {
        if (stretch.to <= starts) continue;
        change(stretch.from, speed * stretch.times);
        change(stretch.to, speed);
    }
}

Stamp ScenarioClock::scenario_at(Micros elapsed) const {
    if (elapsed <= Micros{0}) return pieces_.front().from;
    const auto after =
        std::upper_bound(pieces_.begin(), pieces_.end(), elapsed,
                         [](Micros value, const Piece& piece) { return value < piece.elapsed; });
    const Piece& piece = *std::prev(after);
    return piece.from + scaled(elapsed - piece.elapsed, piece.speed);
}

Micros ScenarioClock::elapsed_at(Stamp scenario) const {
    if (scenario <= pieces_.front().from) return Micros{0};
    const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), scenario,
                                        [](Stamp value, const Piece& piece) { return value < piece.from; });
    const Piece& piece = *std::prev(after);
    return piece.elapsed + scaled(scenario - piece.from, 1 / piece.speed);
}

}  // namespace sereno::rehearsal
