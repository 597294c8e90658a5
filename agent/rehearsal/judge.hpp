// Compares what the agent said and sent with what a scenario expects. Pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/model/verdict.hpp"
#include "agent/rehearsal/scenario.hpp"

namespace sereno::rehearsal {

/// A decision in scenario time.
struct Said {
    Stamp at;
    DecisionRecord record;
};
/// An alert that arrived at its channel, in scenario time.
struct Arrived {
    Stamp at;
    std::string channel, to;
    AlertKind kind = AlertKind::opened;
    IncidentId incident;  ///< 0: no such message in the agent's outbox
    std::string text;     ///< whole
};
/// Everything a rehearsal leaves to be judged. In the order of their times.
struct Record {
    std::vector<Said> decisions;
    std::vector<Arrived> alerts;
    std::vector<Incident> incidents;
};
struct Judgement {
    std::string expected;
    bool met = false;
    std::string why;  ///< what was seen, met or not
};

std::vector<Judgement> judge(const std::vector<Expectation>& expectations, const Record& record);

}  // namespace sereno::rehearsal
