// The schema of scenario files: from a tree that remembers places to a Scenario.
#pragma once

#include "agent/rehearsal/scenario.hpp"
#include "config/schema.hpp"

namespace sereno::rehearsal {

/// Complains of everything that is wrong; then the result means nothing.
Scenario scenario_from(Check& check, const Node& root);

/// The schema of `world:`.
WorldPlan world_from(Check& check, const Node& node);

}  // namespace sereno::rehearsal
