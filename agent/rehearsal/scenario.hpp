// A rehearsal as a user writes it: a world, what happens in it when, and what the agent is expected to say.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/message.hpp"
#include "agent/rehearsal/clock.hpp"
#include "agent/rehearsal/plan.hpp"
#include "config/load.hpp"

namespace sereno::rehearsal {

/// Both ends belong to it.
struct Window {
    Stamp from, to;
};

struct Happening {
    Stamp at;
    std::vector<std::pair<std::string, Condition>> set;  ///< pattern of nodes -> condition, in order
    std::string say;
};

/// One line under `expect:`. Which members count depends on the kind.
struct Expectation {
    enum class Kind : std::uint8_t {
        decision,   ///< decided at least once: decision, subject?, causes?, between?, alone?
        never,      ///< never decided: decision, subject?, between?
        finally,    ///< the last decision about the subject: decision, subject
        incidents,  ///< this many incidents with this key: key, count
        alert,      ///< arrived at least once, or exactly count times: alert, channel?, between?, count?
        no_alert,   ///< never arrived: alert, channel?, between?
        in_order,   ///< to each person, of each incident: opened before recovered
    };
    Kind kind = Kind::decision;
    Decision decision = Decision::none;
    std::string subject;  ///< empty: any
    std::vector<Cause> causes;
    std::optional<Window> between;
    std::string key;
    std::optional<int> count;
    std::optional<bool> alone;  ///< whether the decision rested on this host alone
    AlertKind alert = AlertKind::opened;
    std::string channel;  ///< "mail", "sms"; empty: any
};
/// "facebook: declare_outage because of platform_dns or platform_routing, 15:40-16:48"
std::string to_string(const Expectation& expectation);

struct Scenario {
    std::string id, title;
    Stamp starts, ends;
    int speed = 60;
    std::vector<FastForward> fast_forward;
    WorldPlan world;
    std::vector<Happening> timeline;  ///< ascending
    std::vector<Expectation> expect;
};

inline constexpr int fastest = 120;  ///< scenario seconds a real second; beyond, an agent cannot keep pace

struct LoadedScenario {
    Scenario scenario;                  ///< meaningful only when ok
    std::vector<Complaint> complaints;  ///< in the order of their places
    [[nodiscard]] bool ok() const;
};

/// `name` stands in complaints.
LoadedScenario read_scenario(std::string_view text, const std::string& name);
/// A file that cannot be read is a complaint too.
LoadedScenario load_scenario(const std::string& path);

/// The names of those built in: "app-broken", "facebook-2021", "router-down".
std::vector<std::string> builtin_scenarios();
/// Empty for a name that is not built in.
std::optional<LoadedScenario> builtin_scenario(const std::string& name);

}  // namespace sereno::rehearsal
