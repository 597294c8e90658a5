// Lets a scenario happen to the real brain, and keeps what it saw, decided and did.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/model/effect.hpp"
#include "driver.hpp"
#include "scenario.hpp"

namespace sereno::scenario {

/// A verdict, from when it stood.
struct Standing {
    Stamp since;
    std::string subject;
    Decision decision = Decision::none;
    std::string cause;
    int confidence_permille = 0;
};
struct Told {
    Stamp at;
    AlertKind kind = AlertKind::opened;
    std::string key;  ///< of the incident
};

struct Played {
    std::string observations, verdicts, effects;  ///< for people, and compared with what they were
    std::vector<Standing> standings;              ///< in order of time
    std::vector<Told> alerts;
    std::map<std::uint64_t, Incident> incidents;  ///< opened, as they were last
    int runs = 0;                                 ///< of probes
};

/// Hears all that enters the core and leaves it, in order, and what it remembers in the end. Each may be
/// empty.
struct Listener {
    std::function<void(const Event&)> event;
    std::function<void(const Effect&)> effect;
    std::function<void(const BrainState&)> end;
};
Played play(const Scenario& scenario, const Listener& listener = {});

/// What the scenario expects and did not come: "facebook: declare_outage ...: it says watch because of ...".
std::vector<std::string> disappointments(const Scenario& scenario, const Played& played);

}  // namespace sereno::scenario
