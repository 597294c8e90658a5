// Which probe runs when: spread over the interval, sooner when somebody asks, never twice at a time.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "agent/model/effect.hpp"
#include "probes/probe.hpp"

namespace sereno {

/// When probe number `index` of the `count` probes of one subject runs within each interval: evenly spread,
/// plus a jitter that is stable for its name, so that a fault of any layer is met within about interval /
/// count and subjects do not fire together. Between 0 and `interval`.
Micros phase_of_probe(const ProbeId& probe, std::size_t index, std::size_t count, Micros interval);

/// Starts probes on time and hands on what they saw. A probe whose last run is unfinished is not queued but
/// reported as overrun; at most `permits` run at once, those beyond wait and start late, which their
/// observation tells.
class Scheduler {
  public:
    using Sink = std::function<void(Observation)>;
    Scheduler(ProbeContext& context, std::size_t permits, Sink sink);
    ~Scheduler();

    /// Replaces the list. The first round is spread over a few seconds, so that there is soon something to
    /// see.
    void watch(const std::vector<ProbeSpec>& probes);
    /// Runs it no later than `due`. Its usual rhythm goes on beside this.
    void hasten(const ProbeId& probe, Stamp due);
    [[nodiscard]] std::size_t running() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
