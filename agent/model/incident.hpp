// Something is wrong, from the first suspicion until it is surely over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/layer.hpp"
#include "agent/model/verdict.hpp"

namespace sereno {

enum class IncidentState : std::uint8_t { suspected, open, recovering, closed };

/// What kind of answer the incident got, which is also what a playbook binds to.
enum class IncidentKind : std::uint8_t { unknown, outage, local, app };

struct IncidentSubject {
    SubjectId subject;
    std::string name;  ///< for people: "Facebook"
    Decision decision = Decision::none;
    Cause cause = Cause::suspicion;
    Stamp since;
    std::optional<Stamp> over;          ///< when it was first seen well again, if it is
    std::vector<LayerTimeline> layers;  ///< of a platform all of them, by Layer; else empty
};

struct Incident {
    IncidentId id;
    IncidentKind kind = IncidentKind::unknown;
    IncidentState state = IncidentState::suspected;
    std::string key;                        ///< what is grouped: "operator:meta", "local", "app:booking-bot"
    std::string title;                      ///< "Meta", "this network", "booking-bot"
    std::vector<IncidentSubject> subjects;  ///< in the order in which they joined
    Decision decision = Decision::watch;
    Cause cause = Cause::suspicion;
    int confidence_permille = 0;
    bool from_this_host_alone = true;
    bool quiet = false;              ///< opened during announced maintenance: nobody was told yet
    std::vector<Evidence> evidence;  ///< of the subject that decided it
    Stamp suspected;                 ///< first symptom
    std::optional<Stamp> opened, recovering, closed;
};

std::string_view to_string(IncidentState state);
std::string_view to_string(IncidentKind kind);
std::optional<IncidentState> incident_state_from(std::string_view text);
std::optional<IncidentKind> incident_kind_from(std::string_view text);

}  // namespace sereno
