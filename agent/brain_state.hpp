// Everything the brain remembers, as plain data: with the configuration, all that it takes to go on from any
// instant as if nothing had been in between.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "agent/diagnosis/diagnosis.hpp"
#include "agent/model/incident.hpp"
#include "agent/model/message.hpp"
#include "agent/model/witness.hpp"

namespace sereno {

/// Of one on whom there is a verdict.
struct SubjectMemory {
    Verdict verdict;
    Stamp over;  ///< when the last outage that was declared of it ended; zero: none did
    std::optional<std::pair<Cause, Stamp>> next_cause;  ///< of a declared outage: what it seems to be now
    std::optional<std::pair<Decision, Cause>> recorded;
    Stamp needs_unwell_until;  ///< of an app: when what it needs was last not well; zero: never
    bool in_passing = false;   ///< the verdict was reached between two things seen at once: another is due
};

/// What is neither a subject's, nor a probe's, nor the book's.
struct BrainMemory {
    LocalView local;
    std::optional<std::pair<Cause, Stamp>> next_local;  ///< what is wrong here, as it seems to be now
    std::vector<Stamp> asked;  ///< by track: when a run was last asked for out of turn, or seen to finish;
                               ///< Stamp::min(): never
    std::vector<DecisionRecord> recent_decisions;  ///< newest first
    std::vector<OutboxMessage> messages;           ///< newest first
    std::map<WitnessId, WitnessHealth> health;
    std::uint64_t last_observation = 0, last_decision = 0, version = 0;
    Stamp started, blind_until, undated_until, last_snapshot;
    Micros wall_offset{0};
    std::uint64_t next_judged = 0;  ///< where the next tick goes on among those that are well
    bool dirty = true;              ///< something was measured since the last snapshot
    bool news = false;              ///< something happened since the last snapshot
    bool all_due = true;            ///< everybody is to be judged anew
};

struct BrainState {
    std::vector<Track> tracks;  ///< in the watch list's order; spec is left empty, it is configuration
    std::vector<SubjectMemory> subjects;  ///< host, platforms, apps, in the watch list's order
    std::vector<Incident> unfinished;     ///< oldest first
    std::vector<Incident> recent;         ///< closed, newest first
    IncidentId last_incident;
    BrainMemory memory;
};

}  // namespace sereno
