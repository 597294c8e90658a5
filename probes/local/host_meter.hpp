// How this computer fares while the loop runs: lateness, sleep, descriptors, memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "agent/loop/loop.hpp"

namespace sereno {

/// What is read of the machine, apart from the loop: replaceable, because a test can neither put the machine
/// to sleep nor use up its memory.
struct HostSource {
    std::function<Micros()> boot_time;       ///< CLOCK_BOOTTIME: goes on while the machine sleeps
    std::function<Micros()> monotonic_time;  ///< CLOCK_MONOTONIC: does not
    struct Memory {
        std::uint64_t total_bytes = 0, available_bytes = 0;  ///< MemTotal, MemAvailable (proc(5)); 0: unknown
    };
    std::function<Memory()> memory;
    struct Descriptors {
        std::uint64_t limit = 0, used = 0;  ///< RLIMIT_NOFILE and what is open now; 0: unknown
    };
    std::function<Descriptors()> descriptors;

    static HostSource of_this_machine();
};

/// Measures all the time, cheaply: a timer four times a second that looks how late it is.
class HostMeter {
  public:
    explicit HostMeter(Loop& loop, HostSource source = HostSource::of_this_machine());
    ~HostMeter();
    HostMeter(const HostMeter&) = delete;
    HostMeter& operator=(const HostMeter&) = delete;

    struct Reading {
        Micros worst_lag{0};  ///< of the loop since the reading before
        Micros slept{0};      ///< how long the machine was suspended since the reading before
        HostSource::Memory memory;
        HostSource::Descriptors descriptors;
    };
    /// What happened since the last call, and how things stand now.
    Reading read();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sereno
