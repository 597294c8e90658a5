// A scenario as a person writes it: who is watched, what goes wrong when, and what sereno should say then.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/layer.hpp"
#include "agent/model/message.hpp"
#include "agent/model/verdict.hpp"
#include "config/load.hpp"
#include "world.hpp"

namespace sereno::scenario {

/// Both ends belong to it.
struct Window {
    Micros from{0}, to{0};
};

/// One line under `expect:`.
struct Expectation {
    enum class Kind : std::uint8_t {
        says,       ///< stands at some time within `between`: decision, causes
        never,      ///< at no time within `between`: decision, causes
        finally,    ///< stands at the end
        alert,      ///< this many times within `between`, or at least once
        incidents,  ///< this many of the kind are opened
        layer,      ///< of the subject, in the last incident about it: failed and over, or not
    };
    Kind kind = Kind::says;
    std::vector<Decision> decisions;  ///< any of these
    std::string subject;              ///< empty: whoever
    std::vector<std::string> causes;  ///< any of these; empty: any at all
    Window between;
    std::optional<int> count;
    AlertKind alert = AlertKind::opened;
    std::string incidents;  ///< "outage", "local", "app"
    Layer layer = Layer::routes;
    std::optional<Window> failed, over;  ///< missing: it never failed, it has no end
};
/// "facebook: declare_outage because of platform_dns, between +5:00 and +7:00"
std::string to_string(const Expectation& expectation);

struct Scenario {
    std::string name, about;
    Stamp starts;
    Micros length{0};
    Settings settings;  ///< of the agent that watches
    WorldPlan world;
    std::vector<Expectation> expect;
};

struct LoadedScenario {
    Scenario scenario;                  ///< meaningful only without complaints
    std::vector<Complaint> complaints;  ///< in the order of their places
};
/// Reads the text of `file`, which stands in complaints. The language is described in
/// tests/scenarios/README.md.
LoadedScenario read_scenario(std::string_view text, const std::string& name, const std::string& file);

/// The agent's configuration: platforms of the built-in catalogue and of these in tests/scenarios. `more` is
/// further YAML. Throws std::runtime_error with every complaint.
Settings settings_for(const std::vector<std::string>& watch, const std::string& more,
                      const std::vector<std::string>& catalogues = {"catalogue.yaml"});

/// "+5:00", "+1:05:00"
std::string offset_text(Micros since_start);

}  // namespace sereno::scenario
