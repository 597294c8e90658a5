// This computer's own health: what fails here voids what was observed meanwhile.
#include <algorithm>
#include <string>
#include <utility>

#include "probes/kinds.hpp"
#include "probes/local/host_meter.hpp"

namespace sereno {

namespace {

constexpr Micros too_late{500'000};
constexpr std::uint64_t least_memory = 24ULL << 20;  ///< bytes; below, the kernel begins to kill
constexpr std::uint64_t memory_share = 50;           ///< or 1/50 of all, whichever is less
constexpr std::uint64_t descriptors_kept = 8;

std::string megabytes(std::uint64_t bytes) {
    return std::to_string(bytes >> 20) + " MB";
}

class HealthRun final : public Attempt {
  public:
    explicit HealthRun(Begin begin) : Attempt(std::move(begin)) { look(); }

  private:
    void look() {
        const HostMeter::Reading seen_now = context().meter.read();
        const auto& [lag, slept, memory, descriptors] = seen_now;
        const std::uint64_t needed = std::min(least_memory, memory.total_bytes / memory_share);
        if (slept > Micros{0})
            return fail(Stage::schedule, Failure::host_resumed,
                        "this computer slept for " + duration_text(slept));
        if (lag >= too_late)
            return fail(Stage::schedule, Failure::host_slow, "timers fired " + duration_text(lag) + " late");
        if (descriptors.limit > 0 && descriptors.used + descriptors_kept >= descriptors.limit)
            return fail(Stage::schedule, Failure::host_resources,
                        std::to_string(descriptors.used) + " of " + std::to_string(descriptors.limit) +
                            " descriptors are open");
        if (memory.available_bytes > 0 && memory.available_bytes < needed)
            return fail(Stage::schedule, Failure::host_memory,
                        megabytes(memory.available_bytes) + " of " + megabytes(memory.total_bytes) +
                            " memory are left");
        pass("late by at most " + duration_text(lag) + ", " + std::to_string(descriptors.used) +
             " descriptors open, " + megabytes(memory.available_bytes) + " memory left");
    }
};

}  // namespace

Run start(const HostHealth&, Begin begin) {
    return std::make_unique<HealthRun>(std::move(begin));
}

}  // namespace sereno
