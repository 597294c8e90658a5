// A household or office, its provider, the Internet and the platforms, at one time: says what each probe
// meets there. Knows faults and never verdicts.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/model/event.hpp"
#include "pages.hpp"

namespace sereno::scenario {

struct WorldPlan {
    Home home;
    std::map<std::string, Rests> rests;
    std::vector<Fault> faults;
    std::uint64_t seed = 1;
    bool has_proxy = false;  ///< pages are fetched through one
};

class World {
  public:
    World(const Watch& watch, WorldPlan plan);

    /// What the probe sees that begins now. Complete, with the length that it took.
    Observation run(const ProbeSpec& spec, Stamp scheduled, Stamp started);
    /// Witnesses whose health changed, and steps of this computer's clock, since the last call.
    std::vector<Event> news(Stamp at);
    /// From then on resolvers know only what they are asked for.
    void empty_caches(Stamp at) { names_.empty_caches(at); }

  private:
    struct Task;

    WorldPlan plan_;
    Watch watch_;
    Ground ground_;
    Way way_;
    Names names_;
    Pages pages_;
    std::set<std::string> pages_behind_;               ///< URLs that are steps behind a landing page
    std::map<std::string, std::string> first_server_;  ///< of a platform's zone
    std::map<WitnessId, WitnessHealth> told_;
    std::set<WitnessId> asked_;  ///< witnesses that were asked at least once
    Micros clock_told_{0};
    std::map<const Fault*, Stamp> slept_;  ///< sleeps that the health probe has told of
};

/// The vantages that a probe network has.
const std::vector<Looker>& vantages();

}  // namespace sereno::scenario
