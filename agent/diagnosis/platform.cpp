// One platform: what its names, its name servers and its front ends say, against controls of other operators.
#include <algorithm>
#include <map>
#include <set>

#include "agent/diagnosis/belief.hpp"
#include "agent/diagnosis/diagnosis.hpp"

namespace sereno {

namespace {

/// In lengths of recover_after: an hour by default.
constexpr int pages_gone_after = 12;
/// Those in other networks who were asked are not waited for longer than this, beyond declare_after.
constexpr std::chrono::seconds longest_wait{30};

/// The probes of one group, counted.
struct Tally {
    int known = 0, well = 0, failing = 0, failed = 0;  ///< failed: failing often enough to count
    std::map<Failure, int> kinds;                      ///< last failures of those failing
    int most_status = 0;                               ///< the highest HTTP status among those failing
    std::vector<Stamp> beginnings;                     ///< of those failing
    std::set<std::string> asked;  ///< names of the servers that were asked, of DNS probes
    std::vector<ObservationId> well_basis, failing_basis;

    void add(const Track& track, int needed) {
        ++known;
        asked.insert(server_of(track.spec));
        if (!track.failing()) {
            ++well;
            well_basis.push_back(track.last.id);
            return;
        }
        ++failing;
        if (track.failures >= needed) ++failed;
        ++kinds[track.last.failure];
        most_status = std::max(most_status, track.last.http_status);
        beginnings.push_back(track.first_failure);
        failing_basis.push_back(track.last.id);
    }
    [[nodiscard]] bool all_failed() const { return known > 0 && failed == known; }
    [[nodiscard]] bool most_failed() const { return known > 0 && failed * 2 > known; }
    [[nodiscard]] bool most_failing() const { return known > 0 && failing * 2 > known; }
    /// When more than half began to fail; never, while they have not.
    [[nodiscard]] Stamp since() const {
        if (!most_failing()) return Stamp::max();
        std::vector<Stamp> sorted = beginnings;
        std::sort(sorted.begin(), sorted.end());
        return sorted[static_cast<std::size_t>(known / 2)];
    }
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
/// Answers that a filter gives in the platform's name: addresses that cannot be true.
bool is_bogus(Failure failure) {
    return failure == Failure::dns_bogus;
}
/// What somebody between us and the platform's own name servers would answer.
bool is_foreign(Failure failure) {
    return failure == Failure::dns_bogus || failure == Failure::dns_lame;
}
/// Failures of a resolver that it does not make up itself, nor on anybody's behalf.
bool is_trouble(Failure failure) {
    return failure == Failure::dns_servfail || is_silence(failure);
}
bool is_certificate_date(Failure failure) {
    return failure == Failure::certificate_expired || failure == Failure::certificate_not_yet_valid ||
           failure == Failure::certificate_issuer_expired;
}

/// What the platform's probes say, without those that cannot be believed just now.
struct Groups {
    Tally resolvers, authoritative, edge;
    int stale = 0;        ///< resolvers that serve old answers while the name servers are silent
    int edge_unsaid = 0;  ///< canaries whose failure says nothing of the platform: a proxy that refuses
    bool edge_once_well = false;
    int edge_in_dns = 0;  ///< canaries that failed because their name did not resolve

    /// Somebody on the way answers for the platform, or keeps us from it: no evidence against it.
    [[nodiscard]] bool filtered() const { return names_filtered() || only_unsaid(); }
    [[nodiscard]] bool only_unsaid() const { return edge_unsaid > 0 && edge.known == 0; }
    [[nodiscard]] bool names_filtered() const {
        return resolvers.any(is_bogus) || (authoritative.all_failed() && authoritative.all(is_foreign));
    }
    /// Two resolvers that have nothing to do with each other, or one that cannot be answering for a filter.
    [[nodiscard]] bool names_fail_for_sure() const {
        return resolvers.most_failed() && (resolvers.asked.size() >= 2 || resolvers.all(is_trouble));
    }
};

/// A page that has failed for very long while others answer has changed or gone; it says nothing any more.
bool has_gone(const Track& track, const std::vector<const Track*>& edges, const Thresholds& thresholds,
              Stamp now) {
    return track.failing() && now - track.first_failure >= pages_gone_after * thresholds.recover_after &&
           std::any_of(edges.begin(), edges.end(), [](const Track* other) { return other->successes >= 2; });
}

/// It failed for a reason that lies on this side.
bool says_nothing(const Track& track) {
    return track.failing() && !speaks_of_target(track.last.failure);
}

Groups tally(const Picture& picture, const Platform& platform, const PlatformContext& context, Stamp now) {
    const Thresholds& thresholds = picture.watch().thresholds;
    const auto deaf = [&](const std::string& resolver) {
        const auto& list = context.local.deaf_resolvers;
        return std::find(list.begin(), list.end(), resolver) != list.end();
    };
    const auto edges = picture.of(platform.id, Group::edge);
    Groups groups;
    std::vector<const Track*> stale;
    for (const Track* track : picture.of(platform.id)) {
        if (!track->fresh(now, thresholds) || track->host_failures > 0) continue;
        if (track->last.started < context.blind_until) continue;
        if (track->spec.group != Group::edge && says_nothing(*track)) continue;
        switch (track->spec.group) {
            case Group::resolver:
                if (deaf(server_of(track->spec))) break;
                if (track->stale())
                    stale.push_back(track);
                else
                    groups.resolvers.add(*track, thresholds.failures);
                break;
            case Group::authoritative:
                if (context.local.direct_dns_works) groups.authoritative.add(*track, thresholds.failures);
                break;
            case Group::edge:
                groups.edge_once_well = groups.edge_once_well || track->ever_ok;
                if (has_gone(*track, edges, thresholds, now)) break;
                if (says_nothing(*track)) {
                    ++groups.edge_unsaid;
                } else if (track->failing() && track->last.reached == Stage::dns) {
                    ++groups.edge_in_dns;
                } else if (!(context.local.clock_wrong && is_certificate_date(track->last.failure))) {
                    groups.edge.add(*track, thresholds.failures);
                }
                break;
            default:
                break;
        }
    }
    // An old answer is as good as a new one as long as somebody could still give a new one.
    const bool servers_silent = groups.authoritative.most_failing() && groups.authoritative.all(is_silence);
    if (servers_silent) {
        groups.stale = static_cast<int>(stale.size());
    } else {
        for (const Track* track : stale)
            groups.resolvers.add(*track, thresholds.failures);
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

std::vector<Evidence> weigh(const Groups& g, const Testimony& others, bool direct_dns_works,
                            bool has_name_servers) {
    std::vector<Evidence> evidence;
    if (g.names_filtered()) {
        const Tally& by = g.resolvers.any(is_bogus) ? g.resolvers : g.authoritative;
        evidence.push_back(against_platform("names_filtered", Group::resolver, by));
    } else {
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
        if (g.names_fail_for_sure()) {
            evidence.push_back(against_platform("resolvers_fail", Group::resolver, g.resolvers));
        } else if (g.resolvers.well > 0) {
            evidence.push_back(for_platform("resolvers_answer", Group::resolver, g.resolvers));
        }
        if (g.stale > 0)
            evidence.push_back({"resolvers_stale",
                                Group::resolver,
                                weight_of("resolvers_stale"),
                                {},
                                {{"passed", number(g.stale)}}});
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
    // A cache forgets within minutes. Names that go on resolving tell that somebody still reaches the name
    // servers.
    const bool accused =
        std::any_of(evidence.begin(), evidence.end(), [](const Evidence& e) { return e.weight > 0; });
    // A refusal is the platform's own word only where it once said otherwise: a firewall can refuse in its
    // name.
    const bool only_silence = std::all_of(evidence.begin(), evidence.end(), [&g](const Evidence& e) {
        return e.weight <= 0 || e.rule == "authoritative_silent" || e.rule == "edge_silent" ||
               (e.rule == "edge_refuses" && !g.edge_once_well);
    });
    if (accused && only_silence && g.resolvers.well > 0 && others.agreeing == 0)
        evidence.push_back({"only_silence", Group::resolver, weight_of("only_silence"), {}, {}});
    return evidence;
}

/// Which layer is to blame, given that the platform is.
Cause cause_of(const Groups& g, const Testimony& others) {
    if (g.filtered()) return Cause::policy;
    const bool names_fail = g.resolvers.most_failing();
    const bool servers_silent = g.authoritative.most_failing() && g.authoritative.all(is_silence);
    const bool edge_fails = g.edge.most_failing();
    if (edge_fails && g.edge.any(is_server_error) && !names_fail) {
        // 502, 503, 504: the front end speaks and has nobody behind it. Anything else: the application
        // itself.
        const int status = g.edge.most_status;
        return status >= 502 && status <= 504 ? Cause::platform_edge : Cause::platform_application;
    }
    const bool silent = servers_silent || (edge_fails && g.edge.any(is_silence));
    if (others.routes_withdrawn && (silent || names_fail)) return Cause::platform_routing;
    if (servers_silent && edge_fails && g.edge.any(is_silence)) return Cause::platform_routing;
    if (names_fail || (g.authoritative.most_failing() && !edge_fails)) return Cause::platform_dns;
    if (!edge_fails) return Cause::suspicion;
    if (g.edge.any(is_server_error)) return Cause::platform_edge;
    if (g.edge.any(is_silence)) return Cause::platform_network;
    if (g.edge.any(is_tls) || g.edge.kinds.contains(Failure::connect_refused)) return Cause::platform_edge;
    if (g.edge.any(is_wrong_page)) return Cause::platform_application;
    return Cause::platform_network;
}

/// When the first layer of which most fails began to; else when the first symptom was seen.
Stamp beginning(const Groups& g) {
    const Stamp most = std::min({g.authoritative.since(), g.resolvers.since(), g.edge.since()});
    if (most != Stamp::max() || g.edge.beginnings.empty()) return most;
    return *std::min_element(g.edge.beginnings.begin(), g.edge.beginnings.end());
}

/// Anything that deserves a closer look. One lost packet to one of several servers does not.
bool symptoms(const Groups& g) {
    return g.edge.failing > 0 || g.edge_in_dns > 0 || g.only_unsaid() || g.resolvers.most_failing() ||
           g.authoritative.most_failing();
}

/// It answers, so many times in a row: by its pages, or by its names when no page of it is known.
bool answers(const Picture& picture, const Platform& platform, const PlatformContext& context, Stamp now,
             int times) {
    const Thresholds& thresholds = picture.watch().thresholds;
    auto lookers = picture.of(platform.id, Group::edge);
    if (lookers.empty()) {
        lookers = picture.of(platform.id);
        std::erase_if(lookers, [&](const Track* track) {
            const auto& deaf = context.local.deaf_resolvers;
            const bool asks_names =
                track->spec.group == Group::resolver || track->spec.group == Group::authoritative;
            return !asks_names || !track->ever_ok ||
                   std::find(deaf.begin(), deaf.end(), server_of(track->spec)) != deaf.end();
        });
    }
    const auto edges = lookers;
    std::erase_if(lookers, [&](const Track* track) { return has_gone(*track, edges, thresholds, now); });
    return !lookers.empty() && std::all_of(lookers.begin(), lookers.end(), [&](const Track* track) {
        return track->fresh(now, thresholds) && track->host_failures == 0 && track->successes >= times &&
               track->last.started >= context.blind_until;
    });
}

/// What its own pages and names, the controls and others say: everything that one verdict rests on.
struct Case {
    Groups groups;
    Testimony others;
    ControlCount controls;
    Stamp since;  ///< when our own trouble with it began; Stamp::max(): we have none
    Micros lasted{0};
    std::vector<Evidence> evidence;
};

void weigh_controls(Case& c) {
    const ControlCount& controls = c.controls;
    if (controls.well > 0) {
        c.evidence.push_back({"controls_pass",
                              Group::controls,
                              weight_of("controls_pass"),
                              controls.well_basis,
                              {{"passed", number(controls.well)}, {"total", number(controls.total)}}});
    }
    if (controls.failing > 0 && controls.failing >= controls.well) {
        c.evidence.push_back({"controls_fail",
                              Group::controls,
                              weight_of("controls_fail"),
                              controls.failing_basis,
                              {{"failed", number(controls.failing)}, {"total", number(controls.total)}}});
    }
    if (controls.known == 0) {
        c.evidence.push_back({"no_control", Group::controls, weight_of("no_control"), {}, {}});
    }
}

Case hear(const Picture& picture, const Platform& platform, const PlatformContext& context, Stamp now) {
    Case c;
    c.groups = tally(picture, platform, context, now);
    c.since = beginning(c.groups);
    const bool troubled = c.since != Stamp::max();
    if (troubled) c.lasted = now - std::max(c.since, context.blind_until);
    c.others = hear_witnesses(picture, platform, context.witnesses, context.blind_until, c.since, now);
    c.controls = count_controls(picture, platform, now, troubled ? c.since : Stamp{});
    c.evidence = weigh(c.groups, c.others, context.local.direct_dns_works, !platform.name_servers.empty());
    weigh_controls(c);
    c.evidence.insert(c.evidence.end(), c.others.evidence.begin(), c.others.evidence.end());
    return c;
}

/// How long it must last. While somebody in another network may yet answer, and contradict, he is waited for.
Micros needed_for(const Case& c, const Thresholds& thresholds) {
    const bool confirmed = c.others.agreeing > 0;
    const Micros least = confirmed ? thresholds.declare_confirmed_after : thresholds.declare_after;
    const bool waits = c.others.awaited && !c.others.networks_agree;
    return least + (waits ? longest_wait : Micros{0});
}

/// What time and others add once something fails.
void weigh_circumstances(Case& c, const PlatformContext& context, const Thresholds& thresholds) {
    const auto say = [&](const char* rule, Group group,
                         std::vector<std::pair<std::string, std::string>> facts) {
        c.evidence.push_back({rule, group, weight_of(rule), {}, std::move(facts)});
    };
    if (!context.siblings_failing.empty()) {
        std::string names;
        for (const std::string& name : context.siblings_failing)
            names += (names.empty() ? "" : ", ") + name;
        say("siblings", Group::edge, {{"platforms", names}});
    }
    const Micros needed = needed_for(c, thresholds);
    const std::string lasted = duration_text(c.lasted);
    if (c.lasted >= needed)
        say("persisted", Group::edge, {{"duration", lasted}});
    else
        say("too_short", Group::edge, {{"duration", lasted}, {"needed", duration_text(needed)}});
    if (c.others.agreeing > 0) return;
    say("alone", Group::witness, {});
    if (c.others.awaited)
        say("witness_awaited", Group::witness, {});
    else if (!c.others.heard)
        say("no_witness", Group::witness,
            {{"needed", duration_text(thresholds.declare_after)},
             {"confirmed", duration_text(thresholds.declare_confirmed_after)}});
}

/// A local fault first: what it voids says nothing of the platform.
bool is_voided(const Picture& picture, const Platform& platform, const PlatformContext& context,
               const Groups& groups, Stamp now) {
    if (!context.local.finding) return false;
    const Cause cause = context.local.finding->cause;
    const bool blinds =
        cause == Cause::lan || cause == Cause::isp || cause == Cause::host || cause == Cause::policy;
    const std::vector<const Track*> own = picture.of(platform.id);
    const bool fails = std::any_of(own.begin(), own.end(), [](const Track* track) {
        return track->failing() || track->host_failures > 0;
    });
    const bool clock = cause == Cause::clock && fails && groups.edge.known == 0;
    return (blinds && (fails || !answers(picture, platform, context, now, 1))) || clock;
}

}  // namespace

Verdict judge_platform(const Picture& picture, const Platform& platform, const PlatformContext& context,
                       Stamp now) {
    const Thresholds& thresholds = picture.watch().thresholds;
    const Verdict& previous = context.previous;
    const bool was_declared = previous.decision == Decision::declare_outage;
    Case c = hear(picture, platform, context, now);

    Verdict verdict;
    verdict.subject = platform.id;
    verdict.at = now;
    verdict.since = now;
    if (is_voided(picture, platform, context, c.groups, now)) {
        verdict = *context.local.finding;
        verdict.subject = platform.id;
        verdict.at = now;
        return verdict;
    }
    // What was announced before a restart holds until the page was read again.
    verdict.maintenance = c.others.maintenance || (previous.maintenance && c.others.vendor_unasked);
    verdict.from_this_host_alone = c.others.agreeing == 0;

    const bool told = c.others.ill_since != Stamp::max();
    const bool symptomatic = symptoms(c.groups) || told;
    // Belief turns back only on answers, twice in a row from every front end; doubt alone does not end an
    // outage.
    const bool over = was_declared && answers(picture, platform, context, now, 2);
    if (over || (!symptomatic && !was_declared)) {
        // Without symptoms nothing needs a control; without an answer there is nothing to say.
        const bool looked = over || answers(picture, platform, context, now, 1);
        verdict.decision = Decision::none;
        verdict.cause =
            looked && (over || c.controls.total > 0) ? Cause::all_well : Cause::insufficient_evidence;
        sort_by_strength(c.evidence);
        if (looked)
            verdict.confidence_permille = 1000 - permille(outage_prior + sum_capped_by_group(c.evidence));
        verdict.evidence = std::move(c.evidence);
        return verdict;
    }

    weigh_circumstances(c, context, thresholds);
    sort_by_strength(c.evidence);
    verdict.confidence_permille = permille(outage_prior + sum_capped_by_group(c.evidence));
    verdict.evidence = std::move(c.evidence);
    verdict.since = std::min(c.since, c.others.ill_since);
    if (verdict.since == Stamp::max()) verdict.since = now;
    verdict.cause = cause_of(c.groups, c.others);
    verdict.scope = Scope::platform;

    const bool controlled = c.controls.operators_well >= 2 && !context.local.trouble;
    const bool ours = verdict.cause == Cause::suspicion || verdict.cause == Cause::policy;
    if (was_declared) {
        verdict.decision = Decision::declare_outage;
        verdict.since = previous.since;
        // It rests on all that was seen, not only on what its layers say in passing from one fault to the
        // next.
        verdict.confidence_permille = std::max(verdict.confidence_permille, previous.confidence_permille);
        verdict.from_this_host_alone = verdict.from_this_host_alone && previous.from_this_host_alone;
        if (ours || !controlled) verdict.cause = previous.cause;
    } else if (controlled && !ours && !c.others.contradicted && c.lasted >= needed_for(c, thresholds) &&
               verdict.confidence_permille >= thresholds.declare_permille) {
        verdict.decision = Decision::declare_outage;
    } else {
        verdict.decision = Decision::watch;
        if (!controlled && c.controls.well == 0)
            verdict.cause = Cause::suspicion;
        else if (c.others.contradicted && controlled && !ours)
            verdict.cause = Cause::blocked_here;
    }
    if (verdict.decision == Decision::declare_outage && !context.siblings_failing.empty())
        verdict.scope = Scope::operator_wide;
    return verdict;
}

}  // namespace sereno
