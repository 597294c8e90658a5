// What was decided about a subject, and everything it rests on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/observation.hpp"

namespace sereno {

enum class Decision : std::uint8_t { none, watch, restart_app, fix_local, declare_outage };

enum class Cause : std::uint8_t {
    all_well,
    insufficient_evidence,  ///< no control, or nothing fresh: no verdict
    suspicion,              ///< something fails, not long or not widely enough yet
    own_app,
    host,      ///< this computer lacks resources or forbids its own probes
    clock,     ///< every certificate looks expired or not yet valid
    lan,       ///< no route, no gateway
    isp,       ///< the gateway answers, nothing beyond does
    resolver,  ///< the configured resolver fails, others answer
    policy,    ///< captive portal, filter, interception
    platform_dns,
    platform_routing,
    platform_network,
    platform_edge,
    platform_application,
    blocked_here,  ///< others reach it, this network does not: blocked, limited or lost on the way
};

/// How far the cause reaches.
enum class Scope : std::uint8_t { none, app, host, network, platform, operator_wide };

/// Names of rules are stable: messages/<lang>.yaml has a sentence for each under `evidence:`.
using RuleId = std::string;

struct Evidence {
    RuleId rule;  ///< "authoritative_silent"
    Group group = Group::edge;
    int weight = 0;  ///< milli-nats; positive speaks for the verdict's cause, negative against it
    std::vector<ObservationId> basis;
    std::vector<std::pair<std::string, std::string>>
        facts;  ///< named values for the sentence: {"failed","4"}
    bool operator==(const Evidence&) const = default;
};

struct Verdict {
    SubjectId subject;
    Decision decision = Decision::none;
    Cause cause = Cause::insufficient_evidence;
    Scope scope = Scope::none;
    int confidence_permille = 0;
    bool from_this_host_alone = true;  ///< no witness elsewhere agreed
    bool maintenance = false;          ///< the vendor announced work on it: recorded, but nobody is woken
    std::vector<Evidence> evidence;    ///< strongest first; ties by rule name
    Stamp at;                          ///< when it was reached
    Stamp since;                       ///< when its condition began, as far as we saw
};

/// One line of the log of decisions: a verdict that differed from the one before it.
struct DecisionRecord {
    std::uint64_t sequence = 0;  ///< grows by one a record, across restarts
    Verdict verdict;
    IncidentId incident;  ///< 0: none
};

std::string_view to_string(Decision decision);  ///< "declare_outage": stable, used in storage and the API
std::string_view to_string(Cause cause);
std::string_view to_string(Scope scope);  ///< operator_wide is "operator"
std::optional<Decision> decision_from(std::string_view text);
std::optional<Cause> cause_from(std::string_view text);
std::optional<Scope> scope_from(std::string_view text);
std::optional<Group> group_from(std::string_view text);

}  // namespace sereno
