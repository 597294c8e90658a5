// Which probe runs when: spread over the interval, sooner when somebody asks, never twice at a time.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "agent/model/effect.hpp"
#include "agent/rhythm.hpp"
#include "probes/probe.hpp"

namespace sereno {

/// How many probes may be under way at once. There is no limit to all kinds together but their sum: where
/// names and pages hang, the router is still asked on time.
struct Permits {
    /// By ProbeKind: dns, http, tcp, route, gateway, unit, tls, path, zone, health,
    /// visibility, looking_glass, elsewhere, status_page. Zero counts as one.
    std::array<std::size_t, probe_kinds> of_kind{128, 64, 64, 4, 2, 4, 16, 2, 4, 1, 64, 4, 4, 4};
};

/// Starts probes on time and hands on what they saw. A probe whose last run is unfinished is not queued but
/// reported as overrun. Without a permit of its kind a probe waits and starts late, which its observation
/// tells; other kinds pass it by. Within a kind who is due first starts first.
class Scheduler {
  public:
    using Sink = std::function<void(Observation)>;
    Scheduler(ProbeContext& context, const Permits& permits, Sink sink);
    ~Scheduler();

    /// Replaces the list; what is under way is cancelled. The first round is spread over a few seconds, so
    /// that there is soon something to see. Probes on_suspicion wait to be hastened.
    void watch(const std::vector<ProbeSpec>& probes);
    /// Runs it no later than `due`. Its usual rhythm goes on beside this. What is asked of a probe under way
    /// is not what its run looks at: it runs again, at `due` but not before the run's end, unless its rhythm
    /// comes first.
    void hasten(const ProbeId& probe, Stamp due);
    [[nodiscard]] std::size_t running() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
