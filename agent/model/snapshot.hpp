// The state of everything at one instant, immutable, for whoever shows it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/model/incident.hpp"
#include "agent/model/message.hpp"
#include "agent/model/playbook.hpp"
#include "agent/model/verdict.hpp"
#include "agent/model/witness.hpp"

namespace sereno {

/// What one probe says now.
struct ProbeState {
    ProbeId probe;
    ProbeKind kind = ProbeKind::http;
    Group group = Group::edge;
    std::string label;  ///< "a.ns.facebook.com (129.134.30.12:53)", "https://www.facebook.com/"
    Observation last;   ///< last.id is 0 when nothing was observed yet
    int failures_in_a_row = 0;
    bool fresh = true;  ///< false: too old to count
    WitnessId witness;  ///< who said it; empty: this host saw it itself
    Stamp changed;      ///< when it last went from well to failing or back
};

/// One platform, app, control or the host.
struct SubjectView {
    SubjectId subject;
    std::string name;
    enum class Role : std::uint8_t { host, control, platform, app } role = Role::platform;
    std::string operator_name;
    Verdict verdict;
    std::vector<ProbeState> probes;
    std::string status_page;
    std::vector<std::string> restart_command;
};

/// One source of words from outside, and what it says now.
struct WitnessView {
    WitnessHealth health;
    std::vector<SubjectId> ill;  ///< of whom it says now that they are ill
    std::vector<SubjectId> well;
};

struct IncidentView {
    Incident incident;
    std::vector<PlaybookStep> steps;           ///< of the phase it is in
    std::vector<std::string> restart_command;  ///< of the app it is about; empty: none
};

struct Snapshot {
    std::uint64_t version = 0;  ///< grows with each change that a reader could notice
    Stamp at;
    Micros wall_offset{0};  ///< add to every stamp shown
    Stamp started;
    std::vector<SubjectView> subjects;    ///< platforms, apps, host, controls, in configuration's order
    std::vector<IncidentView> incidents;  ///< unfinished, oldest first
    std::vector<IncidentView>
        recent_incidents;  ///< closed in this run or loaded at start, newest first, at most 20
    std::vector<DecisionRecord> recent_decisions;  ///< newest first, at most 50
    std::vector<WitnessView> witnesses;            ///< by id
    std::vector<OutboxMessage> messages;           ///< of the incidents above, newest first, at most 100
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

std::string_view to_string(SubjectView::Role role);

}  // namespace sereno
