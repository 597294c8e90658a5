// One platform: what its names, its name servers and its front ends say, against controls of other operators.
#include <algorithm>
#include <map>
#include <set>

#include "agent/diagnosis/belief.hpp"
#include "agent/diagnosis/diagnosis.hpp"

namespace sereno {

namespace {

/// The probes of one group, counted.
struct Tally {
    int known = 0, well = 0, failing = 0, failed = 0;  ///< failed: failing often enough to count
    std::map<Failure, int> kinds;                      ///< last failures of those failing
    int most_status = 0;                               ///< the highest HTTP status among those failing
    Stamp since = Stamp::max();
    std::vector<ObservationId> well_basis, failing_basis;

    void add(const Track& track, int needed) {
        ++known;
        if (!track.failing()) {
            ++well;
            well_basis.push_back(track.last.id);
            return;
        }
        ++failing;
        if (track.failures >= needed) ++failed;
        ++kinds[track.last.failure];
        most_status = std::max(most_status, track.last.http_status);
        since = std::min(since, track.first_failure);
        failing_basis.push_back(track.last.id);
    }
    [[nodiscard]] bool all_failed() const { return known > 0 && failed == known; }
    [[nodiscard]] bool most_failed() const { return known > 0 && failed * 2 > known; }
    [[nodiscard]] bool most_failing() const { return known > 0 && failing * 2 > known; }
    [[nodiscard]] Failure commonest() const {
        const auto it = std::max_element(kinds.begin(), kinds.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
        return it == kinds.end() ? Failure::none : it->first;
    }
    [[nodiscard]] bool any(bool (*holds)(Failure)) const {
        return std::any_of(kinds.begin(), kinds.end(),
                           [holds](const auto& kind) { return holds(kind.first); });
    }
    [[nodiscard]] bool all(bool (*holds)(Failure)) const {
        return !kinds.empty() && std::all_of(kinds.begin(), kinds.end(),
                                             [holds](const auto& kind) { return holds(kind.first); });
    }
};

bool is_tls(Failure failure) {
    return failure >= Failure::tls_handshake && failure <= Failure::certificate_untrusted;
}
bool is_server_error(Failure failure) {
    return failure == Failure::http_server_error;
}
bool is_wrong_page(Failure failure) {
    return failure == Failure::content_mismatch || failure == Failure::http_status ||
           failure == Failure::http_redirect;
}
bool is_certificate_date(Failure failure) {
    return failure == Failure::certificate_expired || failure == Failure::certificate_not_yet_valid;
}

/// What the platform's probes say, without those that cannot be believed just now.
struct Groups {
    Tally resolvers, authoritative, edge;
    int edge_in_dns = 0;  ///< canaries that failed because their name did not resolve
};

Groups tally(const Picture& picture, const Platform& platform, const PlatformContext& context, Stamp now) {
    const Thresholds& thresholds = picture.watch().thresholds;
    const auto deaf = [&](const std::string& resolver) {
        const auto& list = context.local.deaf_resolvers;
        return std::find(list.begin(), list.end(), resolver) != list.end();
    };
    Groups groups;
    for (const Track* track : picture.of(platform.id)) {
        if (!track->fresh(now, thresholds) || track->host_failures > 0) continue;
        if (track->last.started < context.blind_until) continue;
        switch (track->spec.group) {
            case Group::resolver:
                if (!deaf(server_of(track->spec))) groups.resolvers.add(*track, thresholds.failures);
                break;
            case Group::authoritative:
                if (context.local.direct_dns_works) groups.authoritative.add(*track, thresholds.failures);
                break;
            case Group::edge:
                if (track->failing() && track->last.reached == Stage::dns) {
                    ++groups.edge_in_dns;
                } else if (!(context.local.clock_wrong && is_certificate_date(track->last.failure))) {
                    groups.edge.add(*track, thresholds.failures);
                }
                break;
            default:
                break;
        }
    }
    return groups;
}

std::string number(int value) {
    return std::to_string(value);
}

/// One group's voice as evidence: "{failed} of {total} ...".
Evidence against_platform(RuleId rule, Group group, const Tally& tally) {
    return Evidence{rule,
                    group,
                    weight_of(rule),
                    tally.failing_basis,
                    {{"failed", number(tally.failing)},
                     {"total", number(tally.known)},
                     {"failure", std::string{to_string(tally.commonest())}},
                     {"status", number(tally.most_status)}}};
}
Evidence for_platform(RuleId rule, Group group, const Tally& tally) {
    return Evidence{rule,
                    group,
                    weight_of(rule),
                    tally.well_basis,
                    {{"passed", number(tally.well)}, {"total", number(tally.known)}}};
}

std::vector<Evidence> weigh(const Groups& g, bool direct_dns_works, bool has_name_servers) {
    std::vector<Evidence> evidence;
    if (g.authoritative.all_failed()) {
        const bool silent = g.authoritative.all(is_silence);
        evidence.push_back(against_platform(silent ? "authoritative_silent" : "authoritative_errors",
                                            Group::authoritative, g.authoritative));
    } else if (g.authoritative.well > 0) {
        evidence.push_back(for_platform("authoritative_answers", Group::authoritative, g.authoritative));
    } else if (has_name_servers && !direct_dns_works) {
        evidence.push_back(
            {"direct_dns_blocked", Group::authoritative, weight_of("direct_dns_blocked"), {}, {}});
    }
    if (g.resolvers.most_failed()) {
        evidence.push_back(against_platform("resolvers_fail", Group::resolver, g.resolvers));
    } else if (g.resolvers.well > 0) {
        evidence.push_back(for_platform("resolvers_answer", Group::resolver, g.resolvers));
    }
    if (g.edge.most_failed()) {
        const char* rule = g.edge.any(is_server_error)                       ? "edge_errors"
                           : g.edge.any(is_silence)                          ? "edge_silent"
                           : g.edge.kinds.contains(Failure::connect_refused) ? "edge_refuses"
                           : g.edge.any(is_tls)                              ? "edge_tls"
                           : g.edge.any(is_wrong_page)                       ? "edge_content"
                                                                             : "edge_silent";
        evidence.push_back(against_platform(rule, Group::edge, g.edge));
    } else if (g.edge.well > 0 && g.edge.well == g.edge.known && g.edge_in_dns == 0) {
        evidence.push_back(for_platform("edge_answers", Group::edge, g.edge));
    }
    return evidence;
}

/// Which layer is to blame, given that the platform is.
Cause cause_of(const Groups& g) {
    const bool names_fail = g.resolvers.most_failing();
    const bool servers_silent = g.authoritative.most_failing() && g.authoritative.all(is_silence);
    const bool edge_fails = g.edge.most_failing();
    if (edge_fails && g.edge.any(is_server_error) && !names_fail) {
        // 502, 503, 504: the front end speaks and has nobody behind it. Anything else: the application
        // itself.
        const int status = g.edge.most_status;
        return status >= 502 && status <= 504 ? Cause::platform_edge : Cause::platform_application;
    }
    if (servers_silent && edge_fails && g.edge.any(is_silence)) return Cause::platform_routing;
    if (names_fail || (g.authoritative.most_failing() && !edge_fails)) return Cause::platform_dns;
    if (!edge_fails) return Cause::suspicion;
    if (g.edge.any(is_server_error)) return Cause::platform_edge;
    if (g.edge.any(is_silence)) return Cause::platform_network;
    if (g.edge.any(is_tls) || g.edge.kinds.contains(Failure::connect_refused)) return Cause::platform_edge;
    if (g.edge.any(is_wrong_page)) return Cause::platform_application;
    return Cause::platform_network;
}

Stamp beginning(const Groups& g) {
    Stamp since = Stamp::max();
    if (g.authoritative.most_failing()) since = std::min(since, g.authoritative.since);
    if (g.resolvers.most_failing()) since = std::min(since, g.resolvers.since);
    return std::min(since, g.edge.since);
}

/// Anything that deserves a closer look. One lost packet to one of several servers does not.
bool symptoms(const Groups& g) {
    return g.edge.failing > 0 || g.edge_in_dns > 0 || g.resolvers.most_failing() ||
           g.authoritative.most_failing();
}

bool edges_well(const Picture& picture, const Platform& platform, const PlatformContext& context, Stamp now,
                int times) {
    const auto edges = picture.of(platform.id, Group::edge);
    return !edges.empty() && std::all_of(edges.begin(), edges.end(), [&](const Track* track) {
        return track->fresh(now, picture.watch().thresholds) && track->successes >= times &&
               track->last.started >= context.blind_until;
    });
}

}  // namespace

Verdict judge_platform(const Picture& picture, const Platform& platform, const PlatformContext& context,
                       Stamp now) {
    const Thresholds& thresholds = picture.watch().thresholds;
    const bool was_declared = context.previous.decision == Decision::declare_outage;
    const Groups groups = tally(picture, platform, context, now);
    const bool symptomatic = symptoms(groups);

    Verdict verdict;
    verdict.subject = platform.id;
    verdict.at = now;
    verdict.since = now;

    // A local fault first: what it voids says nothing of the platform.
    if (context.local.finding) {
        const Cause cause = context.local.finding->cause;
        const bool blinds =
            cause == Cause::lan || cause == Cause::isp || cause == Cause::host || cause == Cause::policy;
        const bool fails =
            std::any_of(picture.tracks().begin(), picture.tracks().end(), [&](const Track& track) {
                return track.spec.subject == platform.id && (track.failing() || track.host_failures > 0);
            });
        const bool clock = cause == Cause::clock && fails && groups.edge.known == 0;
        if ((blinds && (fails || !edges_well(picture, platform, context, now, 1))) || clock) {
            verdict = *context.local.finding;
            verdict.subject = platform.id;
            verdict.at = now;
            return verdict;
        }
    }

    const Stamp since = beginning(groups);
    const Micros lasted = since == Stamp::max() ? Micros{0} : now - std::max(since, context.blind_until);
    const ControlCount controls =
        count_controls(picture, platform.operator_id, now, since == Stamp::max() ? Stamp{} : since);

    std::vector<Evidence> evidence =
        weigh(groups, context.local.direct_dns_works, !platform.name_servers.empty());
    if (controls.well > 0) {
        evidence.push_back({"controls_pass",
                            Group::controls,
                            weight_of("controls_pass"),
                            controls.well_basis,
                            {{"passed", number(controls.well)}, {"total", number(controls.total)}}});
    }
    if (controls.failing > 0 && controls.failing >= controls.well) {
        evidence.push_back({"controls_fail",
                            Group::controls,
                            weight_of("controls_fail"),
                            controls.failing_basis,
                            {{"failed", number(controls.failing)}, {"total", number(controls.total)}}});
    }
    const bool controlled = controls.operators_well >= 2 && !context.local.trouble;
    if (controls.total == 0 || (symptomatic && controls.well == 0 && controls.failing == 0)) {
        evidence.push_back({"no_control", Group::controls, weight_of("no_control"), {}, {}});
    }

    if (!symptomatic && !was_declared) {
        const bool looked = groups.edge.well > 0;
        // Without symptoms nothing needs a control; without an answer there is nothing to say.
        verdict.decision = Decision::none;
        verdict.cause = looked && controls.total > 0 ? Cause::all_well : Cause::insufficient_evidence;
        sort_by_strength(evidence);
        verdict.confidence_permille =
            looked ? 1000 - permille(outage_prior + sum_capped_by_group(evidence)) : 0;
        verdict.evidence = std::move(evidence);
        return verdict;
    }

    if (!context.siblings_failing.empty()) {
        std::string names;
        for (const std::string& name : context.siblings_failing)
            names += (names.empty() ? "" : ", ") + name;
        evidence.push_back({"siblings", Group::edge, weight_of("siblings"), {}, {{"platforms", names}}});
    }
    const bool lasting = lasted >= thresholds.declare_after;
    const std::string lasted_text = duration_text(lasted);
    if (lasting) {
        evidence.push_back(
            {"persisted", Group::edge, weight_of("persisted"), {}, {{"duration", lasted_text}}});
    } else {
        evidence.push_back(
            {"too_short",
             Group::edge,
             weight_of("too_short"),
             {},
             {{"duration", lasted_text}, {"needed", duration_text(thresholds.declare_after)}}});
    }
    evidence.push_back({"alone", Group::witness, weight_of("alone"), {}, {}});
    sort_by_strength(evidence);

    verdict.confidence_permille = permille(outage_prior + sum_capped_by_group(evidence));
    verdict.evidence = std::move(evidence);
    verdict.since = since == Stamp::max() ? now : since;
    verdict.cause = cause_of(groups);
    verdict.scope = Scope::platform;

    if (was_declared) {
        // Belief turns back only on answers, twice in a row from every front end; doubt alone does not end an
        // outage.
        if (edges_well(picture, platform, context, now, 2)) {
            verdict.decision = Decision::none;
            verdict.cause = Cause::all_well;
            verdict.scope = Scope::none;
            verdict.confidence_permille = 1000 - verdict.confidence_permille;
            verdict.since = now;
            return verdict;
        }
        verdict.decision = Decision::declare_outage;
        verdict.since = context.previous.since;
        // It rests on all that was seen, not only on what its layers say in passing from one fault to the
        // next.
        verdict.confidence_permille =
            std::max(verdict.confidence_permille, context.previous.confidence_permille);
        if (verdict.cause == Cause::suspicion || !controlled) verdict.cause = context.previous.cause;
    } else if (controlled && lasting && verdict.cause != Cause::suspicion &&
               verdict.confidence_permille >= thresholds.declare_permille) {
        verdict.decision = Decision::declare_outage;
    } else {
        verdict.decision = Decision::watch;
        if (!controlled && controls.well == 0) verdict.cause = Cause::suspicion;
    }
    if (verdict.decision == Decision::declare_outage && !context.siblings_failing.empty())
        verdict.scope = Scope::operator_wide;
    return verdict;
}

}  // namespace sereno
