// The members of everything that can stand in a recording, by name. A member that a type gains and that is
// not listed here does not compile.
#pragma once

#include <boost/describe/class.hpp>
#include <string_view>

#include "agent/brain_state.hpp"
#include "agent/model/effect.hpp"
#include "agent/model/event.hpp"

// The structured binding has exactly as many names as the type has members, or is an error.
#define SERENO_DESCRIBE(Type, ...)                          \
    BOOST_DESCRIBE_STRUCT(Type, (), (__VA_ARGS__))          \
    inline void every_member_of(const Type& whole) {        \
        [[maybe_unused]] const auto& [__VA_ARGS__] = whole; \
    }
/// One of several that may stand in the same place: told apart by `Name`.
#define SERENO_DESCRIBE_AS(Name, Type, ...)                 \
    SERENO_DESCRIBE(Type, __VA_ARGS__)                      \
    constexpr std::string_view recorded_name(const Type*) { \
        return Name;                                        \
    }

namespace sereno {

// Observations.
SERENO_DESCRIBE(Vantage, name, asn, country)
SERENO_DESCRIBE(CertificateSeen, issuer, days_left)
SERENO_DESCRIBE(Voice, vantage, reached, failure, http_status, words)
SERENO_DESCRIBE(RoutesSeen, prefixes, withdrawn, peers_now, peers_known)
SERENO_DESCRIBE(Observation, id, probe, subject, kind, group, vantage, scheduled, started, finished, reached,
                failure, dns, connect, tls, first_byte, http_status, step, ttl_seconds, address, answers,
                edge, via, icmp_from, certificate, clock_offset_seconds, voices, routes, said, detail)

// What is watched.
SERENO_DESCRIBE(Endpoint, address, port)
SERENO_DESCRIBE(DnsServer, name, endpoint, https_url)
SERENO_DESCRIBE(JsonRule, pointer, is, value)
SERENO_DESCRIBE_AS("dns_query", DnsQuery, server, name, type, transport, recursion, checking_disabled,
                   expect_silence)
SERENO_DESCRIBE_AS("http_fetch", HttpFetch, url, expected_status, contains, empty_body, max_body_bytes, json,
                   redirect_hosts, then, family, version, direct, at_remembered, segment_bytes)
SERENO_DESCRIBE_AS("tcp_connect", TcpConnect, endpoint)
SERENO_DESCRIBE_AS("route_lookup", RouteLookup, gateway)
SERENO_DESCRIBE_AS("gateway_echo", GatewayEcho, gateway, port, echoes)
SERENO_DESCRIBE_AS("unit_state", UnitState, unit)
SERENO_DESCRIBE_AS("tls_handshake", TlsHandshake, host, port, server_name, at_remembered)
SERENO_DESCRIBE_AS("path_trace", PathTrace, host, port, protocol, most_hops)
SERENO_DESCRIBE_AS("zone_check", ZoneCheck, zone, servers)
BOOST_DESCRIBE_STRUCT(HostHealth, (), ())
static_assert(std::is_empty_v<HostHealth>);
constexpr std::string_view recorded_name(const HostHealth*) {
    return "host_health";
}
SERENO_DESCRIBE_AS("route_visibility", RouteVisibility, prefixes, servers)
SERENO_DESCRIBE_AS("looking_glass", LookingGlass, prefixes, servers)
SERENO_DESCRIBE_AS("view_elsewhere", ViewElsewhere, what, name, fetch, voices)
SERENO_DESCRIBE_AS("status_page", StatusPage, format, url, components)
SERENO_DESCRIBE(ProbeSpec, id, subject, group, task, interval, timeout, on_suspicion, pause, witness)
SERENO_DESCRIBE(Hosting, dns_provider, edge, as_numbers)
SERENO_DESCRIBE(Platform, id, name, operator_id, operator_name, kind, names, zone, name_servers, dns_prefixes,
                status, canaries, status_page, hosting, edges)
SERENO_DESCRIBE(Control, id, name, operator_id, hosting, fetch, connect)
SERENO_DESCRIBE(Resolver, server, operator_id)
SERENO_DESCRIBE(App, id, name, needs, health, restart_command)
SERENO_DESCRIBE(Thresholds, failures, declare_after, declare_confirmed_after, local_after, recover_after,
                retry_first, retry_most, declare_permille)
SERENO_DESCRIBE(Watch, platforms, controls, resolvers, apps, probes, thresholds)

// What is decided and told.
SERENO_DESCRIBE(Evidence, rule, group, weight, basis, facts)
SERENO_DESCRIBE(Alternative, cause, permille, against)
SERENO_DESCRIBE(Verdict, subject, decision, cause, scope, confidence_permille, from_this_host_alone,
                maintenance, evidence, ruled_out, would_settle, shared_fate, at, since)
SERENO_DESCRIBE(DecisionRecord, sequence, verdict, incident)
SERENO_DESCRIBE(LayerTimeline, layer, state, since, failed, over)
SERENO_DESCRIBE(IncidentSubject, subject, name, decision, cause, since, over, layers)
SERENO_DESCRIBE(Incident, id, kind, state, key, title, subjects, decision, cause, confidence_permille,
                from_this_host_alone, quiet, evidence, suspected, opened, recovering, closed)
SERENO_DESCRIBE(Recipient, person, language, channel, address)
SERENO_DESCRIBE(OutboxMessage, id, incident, kind, recipient, subject, body, created, state, attempts,
                next_try, done, last_word)
SERENO_DESCRIBE(PlaybookStep, id, phase, text)
SERENO_DESCRIBE(Playbook, id, kind, platform_kinds, title, steps)
SERENO_DESCRIBE(WitnessHealth, id, name, group, state, why, since, last_word, words, budget_left,
                budget_limit, budget_resets)

// Events.
SERENO_DESCRIBE_AS("started", Started, at, unfinished, last_decision, last_incident, recent, recent_decisions)
SERENO_DESCRIBE_AS("tick", Tick, at)
SERENO_DESCRIBE_AS("observed", Observed, at, observation)
SERENO_DESCRIBE_AS("delivery_report", DeliveryReport, at, message)
SERENO_DESCRIBE_AS("config_changed", ConfigChanged, at, watch, recipients, playbooks)
SERENO_DESCRIBE_AS("clock_stepped", ClockStepped, at, offset)
SERENO_DESCRIBE_AS("witness_reported", WitnessReported, at, health)

// Effects; snapshots are not recorded: they say nothing that the other lines do not.
SERENO_DESCRIBE_AS("run_probe", RunProbe, probe, due)
SERENO_DESCRIBE_AS("record_decision", RecordDecision, record)
SERENO_DESCRIBE_AS("record_incident", RecordIncident, incident)
SERENO_DESCRIBE_AS("enqueue", Enqueue, kind, incident, recipient, steps, restart_command, at)

// What the brain remembers.
SERENO_DESCRIBE(Track, spec, last, failures, successes, host_failures, ever_ok, asked_at, first_failure,
                changed, well_at, issuer, longest_ttl, short_since, unrenewed, ever_served, refused_since,
                relapses, usual, slow, slow_since)
SERENO_DESCRIBE(LocalView, finding, blinded, trouble, resolver_broken, clock_wrong, issuers_unknown,
                interception_began, direct_dns_works, deaf_resolvers, verdict)
SERENO_DESCRIBE(SubjectMemory, verdict, over, next_cause, recorded, needs_unwell_until, in_passing)
SERENO_DESCRIBE(BrainMemory, local, next_local, asked, recent_decisions, messages, health, last_observation,
                last_decision, version, started, blind_until, undated_until, last_snapshot, wall_offset,
                next_judged, dirty, news, all_due)
SERENO_DESCRIBE(BrainState, tracks, subjects, unfinished, recent, last_incident, memory)

}  // namespace sereno
