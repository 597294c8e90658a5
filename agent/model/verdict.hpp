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
    // Of this computer and its network, too.
    trust_store,  ///< issuers are unknown to this computer or expired in its list, the clock is right
    ipv6,         ///< IPv6 leads nowhere, IPv4 works
    path_mtu,     ///< connections open and large answers stall: packets too big get lost in silence
    // Between us and them.
    public_resolver,  ///< one public resolver fails, all others answer
    transit,          ///< several unrelated platforms are lost on the way from here, others reach them
    // Of the platform, too.
    platform_dnssec,  ///< its names do not validate: validating resolvers refuse them, others answer
    degraded,         ///< part of it, or part of the attempts, fails
    regional,         ///< fails in some networks or countries, answers in others
    // What several unrelated platforms rest on.
    shared_cdn,           ///< the front ends
    shared_dns_provider,  ///< the name servers
    cloud_region,         ///< the data centres
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

/// Another explanation that was weighed.
struct Alternative {
    Cause cause = Cause::suspicion;
    int permille = 0;
    RuleId against;  ///< rule of the evidence that speaks most against it; empty: none does
    bool operator==(const Alternative&) const = default;
};

struct Verdict {
    SubjectId subject;
    Decision decision = Decision::none;
    Cause cause = Cause::insufficient_evidence;
    Scope scope = Scope::none;
    int confidence_permille = 0;
    bool from_this_host_alone = true;    ///< no witness elsewhere agreed
    bool maintenance = false;            ///< the vendor announced work on it: recorded, but nobody is woken
    std::vector<Evidence> evidence;      ///< strongest first; ties by rule name
    std::vector<Alternative> ruled_out;  ///< the likeliest first, at most 3
    std::vector<RuleId> would_settle;    ///< what could change its mind: messages/<lang>.yaml has a sentence
                                         ///< for each under `settles:`
    std::string shared_fate;  ///< "edge:fastly": on what it rests together with unrelated platforms
                              ///< that fail as it does; empty: it fails alone
    Stamp at;                 ///< when it was reached
    Stamp since;              ///< when its condition began, as far as we saw
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
