// Who is told, over which channel.
#pragma once

#include "config/draft.hpp"

namespace sereno {

/// Completes `settings`, which has the channels, with one recipient a person and channel.
void add_people(Check& check, const Draft& draft, Settings& settings);

}  // namespace sereno
