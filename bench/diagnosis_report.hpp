// What bench/diagnosis prints of the worlds that were lived through.
#pragma once

#include <vector>

#include "trial.hpp"

namespace sereno::scenario {

/// Rates, confusion, calibration, and the same of monitors. Worlds that nobody could be right about stand in
/// a table of their own.
void print(const std::vector<Trial>& trials);
/// One line for each that went wrong.
void print_wrong(const std::vector<Trial>& trials);

}  // namespace sereno::scenario
