// Scenario time: what the clock of the world says while real seconds pass faster or slower. Pure.
#pragma once

#include <vector>

#include "agent/model/time.hpp"

namespace sereno::rehearsal {

/// A stretch of scenario time that passes `times` as fast as the rest.
struct FastForward {
    Stamp from, to;
    double times = 1;
};

/// Maps real time since the start to scenario time and back: piecewise linear, strictly growing.
class ScenarioClock {
  public:
    /// `speed`: scenario seconds a real second, above 0. `stretches`: ascending, not overlapping, from < to,
    /// times > 0.
    ScenarioClock(Stamp starts, double speed, const std::vector<FastForward>& stretches);

    [[nodiscard]] Stamp scenario_at(Micros elapsed) const;  ///< elapsed below 0: `starts`
    [[nodiscard]] Micros elapsed_at(Stamp scenario) const;  ///< before `starts`: 0

  private:
    struct Piece {
        Stamp from;
        Micros elapsed;
        double speed;
    };
    std::vector<Piece> pieces_;
};

}  // namespace sereno::rehearsal
