// What the team does when: ordered steps bound to a kind of incident and a phase.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/model/incident.hpp"

namespace sereno {

enum class Phase : std::uint8_t { open, recovered };

struct PlaybookStep {
    std::string id;  ///< "pause-campaigns", unique in its playbook
    Phase phase = Phase::open;
    std::map<std::string, std::string>
        text;  ///< by language, "en" always present; may hold {platforms} and the like
};

struct Playbook {
    std::string id;  ///< "social-platform-down"
    IncidentKind kind = IncidentKind::outage;
    std::vector<std::string> platform_kinds;  ///< "social", "messaging"; empty: any
    std::map<std::string, std::string> title;
    std::vector<PlaybookStep> steps;  ///< in order, within each phase
};

std::string_view to_string(Phase phase);
std::optional<Phase> phase_from(std::string_view text);

}  // namespace sereno
