// Everything that has consequences leaves the core as one of these.
#pragma once

#include <variant>
#include <vector>

#include "agent/model/snapshot.hpp"

namespace sereno {

/// Run this probe no later than `due`; the usual rhythm goes on beside it.
struct RunProbe {
    ProbeId probe;
    Stamp due;
};
/// Keep this decision. Rows of one on() call are committed together.
struct RecordDecision {
    DecisionRecord record;
};
/// Keep this incident as it is now (inserted or replaced by id).
struct RecordIncident {
    Incident incident;
};
/// Tell this person, once what it speaks of is committed.
struct Enqueue {
    AlertKind kind = AlertKind::opened;
    Incident incident;  ///< as it was when this was decided
    Recipient recipient;
    std::vector<PlaybookStep> steps;           ///< of the phase that begins
    std::vector<std::string> restart_command;  ///< of the app it is about; empty: none
    Stamp at;
};
struct PublishSnapshot {
    SnapshotPtr snapshot;
};

using Effect = std::variant<RunProbe, RecordDecision, RecordIncident, Enqueue, PublishSnapshot>;

}  // namespace sereno
