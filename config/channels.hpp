// Over what people are told: the channels of a configuration.
#pragma once

#include <vector>

#include "agent/model/recipe.hpp"
#include "config/draft.hpp"

namespace sereno {

/// Completes `settings` with the channels, whose kinds are smtp and the recipes' ids.
void add_channels(Check& check, const Draft& draft, const std::vector<Recipe>& recipes, Settings& settings);

}  // namespace sereno
