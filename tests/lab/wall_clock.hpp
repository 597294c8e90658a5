// The clocks of this process, to be set wrong by a test: the C library's functions are replaced, so that
// OpenSSL, libcurl and the standard library see the same wrong time.
#pragma once

#include <chrono>

namespace sereno::lab {

/// From now on the wall clock is this much ahead (negative: behind). Timers go on as they are.
void shift_wall_clock(std::chrono::seconds by);

}  // namespace sereno::lab
