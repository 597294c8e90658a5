// Everything in a world that can be in one condition or another, and what follows from it: for this
// household, and for everybody else. No I/O.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/time.hpp"
#include "agent/rehearsal/plan.hpp"

namespace sereno::rehearsal {

/// What changes what all servers beyond the gateway look like.
struct Surroundings {
    bool captive = false;
    std::chrono::seconds ahead{0};  ///< of this household's calendar, everybody else's
    bool operator==(const Surroundings&) const = default;
};

/// A machine, or what else has a condition. All but the condition is of the world's thread.
struct Place {
    std::string name;
    std::atomic<Condition> condition{Condition::well};
    std::vector<std::string> routes;  ///< that lead here; none: it is always reached
    std::uint64_t datagrams = 0;      ///< sent to it while it was lossy, and where it began to count

    /// All but the team's own programs.
    [[nodiscard]] bool beyond_router() const { return !name.starts_with("app:"); }
    [[nodiscard]] bool beyond_gateway() const { return beyond_router() && name != "gateway"; }
    /// Counts a datagram to it: whether it is lost.
    bool loses();
};

class Places {
  public:
    explicit Places(const WorldPlan& plan);

    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }  ///< "router" last
    [[nodiscard]] Place* find(const std::string& name) const;                       ///< null: there is none
    [[nodiscard]] Place& at(const std::string& name) const;  ///< throws std::logic_error

    /// Number of places meant.
    std::size_t set(const std::string& pattern, Condition condition) const;

    /// What this household meets: silence, when what lies in between is down.
    [[nodiscard]] Condition met_here(const Place& place) const;
    /// What everybody else meets.
    [[nodiscard]] Condition met_elsewhere(const Place& place) const;
    [[nodiscard]] Surroundings surroundings() const;
    /// What everybody else's clocks show.
    [[nodiscard]] Stamp calendar() const;

  private:
    [[nodiscard]] bool is(const char* name, Condition condition) const;

    std::vector<std::string> names_;
    std::vector<std::unique_ptr<Place>> places_;
};

}  // namespace sereno::rehearsal
