// When probes run that nobody asks for: spread over their interval, in a way that is the same on every
// machine. Pure.
#pragma once

#include <cstddef>

#include "agent/model/ids.hpp"
#include "agent/model/time.hpp"

namespace sereno {

/// The first round after a start is spread over this much, or one interval where that is less.
inline constexpr Micros first_round{4'000'000};

/// When probe number `index` of the `count` probes of one subject runs within each interval. Those of
/// neighbouring numbers, which look at one layer, are spread evenly, so that a fault of a layer is met within
/// about interval / (probes of that layer); a jitter that is stable for its name keeps subjects from firing
/// together. Between 0 and `interval`.
Micros phase_of_probe(const ProbeId& probe, std::size_t index, std::size_t count, Micros interval);

}  // namespace sereno
