#include "wall_clock.hpp"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

namespace {

std::atomic<long> ahead_seconds{0};

}  // namespace

// A program's own definitions come before those of the libraries that it loads.
extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
    const long result = ::syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += ahead_seconds;
    return static_cast<int>(result);
}

int gettimeofday(timeval* now, void*) noexcept {
    timespec exact{};
    ::clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* also) noexcept {
    timespec exact{};
    ::clock_gettime(CLOCK_REALTIME, &exact);
    if (also != nullptr) *also = exact.tv_sec;
    return exact.tv_sec;
}
}

namespace sereno::lab {

void shift_wall_clock(std::chrono::seconds by) {
    ahead_seconds = by.count();
}

}  // namespace sereno::lab
