// How many seconds pass from a fault to a word about it, and where they go.
#pragma once

#include <cstdint>

namespace sereno::scenario {

/// The default configuration (Facebook, Instagram, WhatsApp) meets the fall of 2021 and each other kind of
/// outage at `draws` moments of its rhythm each, and prints the medians, 95th percentiles and worst.
void print_latency(std::uint64_t draws, std::uint64_t seed);

}  // namespace sereno::scenario
