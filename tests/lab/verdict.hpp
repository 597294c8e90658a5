// What the core decides when a household stays as one round found it.
#pragma once

#include <string>
#include <vector>

#include "agent/model/observation.hpp"
#include "agent/model/watch.hpp"

namespace sereno::lab {

/// Minutes of `healthy` rounds, then minutes of `broken` ones, in simulated time, through the brain. Returns
/// the names of the platforms of which an outage was declared, in alphabetical order: "agora bazar".
std::string declared(const Watch& watch, const std::vector<Observation>& healthy,
                     const std::vector<Observation>& broken);

}  // namespace sereno::lab
