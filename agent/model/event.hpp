// Everything that is not deterministic enters the core as one of these. Time is a field of each.
#pragma once

#include <variant>
#include <vector>

#include "agent/model/message.hpp"
#include "agent/model/observation.hpp"
#include "agent/model/playbook.hpp"
#include "agent/model/watch.hpp"
#include "agent/model/witness.hpp"

namespace sereno {

/// The daemon begins: what earlier runs left unfinished.
struct Started {
    Stamp at;
    std::vector<Incident> unfinished;  ///< suspected, open or recovering when the last run ended
    std::uint64_t last_decision = 0;   ///< sequence number of the last recorded decision
    IncidentId last_incident;
    std::vector<Incident> recent;                  ///< closed, newest first
    std::vector<DecisionRecord> recent_decisions;  ///< newest first
};
/// Comes at least once a second, so that durations are noticed.
struct Tick {
    Stamp at;
};
struct Observed {
    Stamp at;  ///< when it reached the core; not before observation.finished
    Observation observation;
};
struct DeliveryReport {
    Stamp at;
    OutboxMessage message;
};
/// The first configuration, and each one after a reload.
struct ConfigChanged {
    Stamp at;
    Watch watch;
    std::vector<Recipient> recipients;
    std::vector<Playbook> playbooks;
};
/// The wall clock moved against the timeline; texts move with it, decisions do not.
struct ClockStepped {
    Stamp at;
    Micros offset{0};  ///< wall clock minus timeline, now
};

/// A witness is heard of: what it can do now, not what it says of a platform.
struct WitnessReported {
    Stamp at;
    WitnessHealth health;
};

using Event =
    std::variant<Started, Tick, Observed, DeliveryReport, ConfigChanged, ClockStepped, WitnessReported>;

Stamp time_of(const Event& event);

}  // namespace sereno
