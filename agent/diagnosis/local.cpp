// This host and its network: what is wrong here must never be blamed on a platform.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "agent/diagnosis/belief.hpp"
#include "agent/diagnosis/diagnosis.hpp"

namespace sereno {

namespace {

/// The probe that says whether a control works at all: its fetch or its connection, not its DNS.
const Track* main_track(const Picture& picture, const Control& control) {
    for (const Track* track : picture.of(control.id, Group::controls))
        if (kind_of(track->spec.task) != ProbeKind::dns) return track;
    return nullptr;
}

bool looks_like_a_portal(Failure failure) {
    switch (failure) {
        case Failure::content_mismatch:
        case Failure::http_status:
        case Failure::http_redirect:
        case Failure::http_too_large:
        case Failure::certificate_name:
        case Failure::http_blocked:
        case Failure::proxy_refused:
            return true;
        default:
            return false;
    }
}

/// One look at all controls, whoever runs them.
struct Sweep {
    int known = 0, well = 0, failing = 0, failed = 0;  ///< failed: failing often enough to count
    int names_known = 0, names_portal = 0;
    int once_well = 0;           ///< of those failing, how many answered before
    bool names_resolve = false;  ///< somebody reached a control by an address, or by a name resolved here
    Stamp since = Stamp::max();  ///< earliest beginning among those failing
    std::vector<ObservationId> basis;  ///< of those failing
};

/// Controls that may be counted now. One that never answered since the start says nothing while several
/// others do: behind a proxy that is the only way out, no literal address ever answers.
std::vector<std::pair<const Control*, const Track*>> countable(const Picture& picture, Stamp now) {
    std::vector<std::pair<const Control*, const Track*>> all;
    int well = 0;
    for (const Control& control : picture.watch().controls) {
        const Track* track = main_track(picture, control);
        if (!track || !track->fresh(now, picture.watch().thresholds) || track->host_failures > 0) continue;
        all.emplace_back(&control, track);
        if (track->well()) ++well;
    }
    if (well >= 2)
        std::erase_if(all, [](const auto& one) { return one.second->failing() && !one.second->ever_ok; });
    return all;
}

Sweep sweep_controls(const Picture& picture, Stamp now) {
    const Thresholds& thresholds = picture.watch().thresholds;
    Sweep sweep;
    for (const auto& [known, track] : countable(picture, now)) {
        const Control& control = *known;
        ++sweep.known;
        const bool by_name = control.fetch.has_value();
        if (by_name) ++sweep.names_known;
        if (!track->failing()) {
            ++sweep.well;
            // A proxy's client asks no resolver.
            if (!by_name || track->last.dns > Micros{0}) sweep.names_resolve = true;
            continue;
        }
        ++sweep.failing;
        if (track->ever_ok) ++sweep.once_well;
        if (track->failures >= thresholds.failures) ++sweep.failed;
        if (by_name && looks_like_a_portal(track->last.failure)) ++sweep.names_portal;
        sweep.since = std::min(sweep.since, track->first_failure);
        sweep.basis.push_back(track->last.id);
    }
    return sweep;
}

Evidence piece(RuleId rule, Group group, MilliNats weight, std::vector<ObservationId> basis,
               std::vector<std::pair<std::string, std::string>> facts) {
    return Evidence{std::move(rule), group, weight, std::move(basis), std::move(facts)};
}

/// How a resolver does on the controls' names.
struct ResolverCount {
    int well = 0, failed = 0, failing = 0, known = 0;
    Stamp since = Stamp::max();
    std::vector<ObservationId> basis;
};

ResolverCount count_resolver(const Picture& picture, const std::string& resolver, Stamp now) {
    const Thresholds& thresholds = picture.watch().thresholds;
    ResolverCount count;
    for (const Track& track : picture.tracks()) {
        if (track.spec.group != Group::controls || server_of(track.spec) != resolver) continue;
        if (!track.fresh(now, thresholds) || track.host_failures > 0) continue;
        ++count.known;
        if (track.well()) {
            ++count.well;
            continue;
        }
        ++count.failing;
        if (track.failures >= thresholds.failures) ++count.failed;
        count.since = std::min(count.since, track.first_failure);
        count.basis.push_back(track.last.id);
    }
    return count;
}

/// What the controls' `Date` headers say of our clock. One server's clock may be wrong; two that agree with
/// each other are not.
struct DateCount {
    int off = 0;
    std::int32_t seconds = 0;  ///< they are ahead of us by so much
    Stamp since = Stamp::max();
    std::vector<ObservationId> basis;
    [[nodiscard]] bool wrong() const { return off >= 2; }
};

DateCount count_dates(const Picture& picture, Stamp now) {
    constexpr std::int64_t tolerated = 300, agreement = 120;
    std::vector<const Track*> dated;
    for (const Control& control : picture.watch().controls) {
        const Track* track = main_track(picture, control);
        if (track && track->fresh(now, picture.watch().thresholds) && track->last.clock_offset_seconds)
            dated.push_back(track);
    }
    const auto offset = [](const Track* track) { return std::int64_t{*track->last.clock_offset_seconds}; };
    DateCount largest;
    for (const Track* one : dated) {
        DateCount count;
        count.seconds = *one->last.clock_offset_seconds;
        for (const Track* other : dated) {
            if (std::abs(offset(other) - offset(one)) > agreement) continue;
            ++count.off;
            count.since = std::min(count.since, other->last.started);
            count.basis.push_back(other->last.id);
        }
        if (count.off > largest.off) largest = std::move(count);
    }
    // Where most agree with us, or with each other no more than with us, our clock is as good as theirs.
    const auto on_time = std::count_if(
        dated.begin(), dated.end(), [&](const Track* track) { return std::abs(offset(track)) <= tolerated; });
    if (std::abs(std::int64_t{largest.seconds}) <= tolerated || largest.off <= on_time) return {};
    return largest;
}

/// Certificates that look out of date. "Not yet valid" is practically always our own clock; "expired" is it
/// when unrelated operators seem to have forgotten at once.
struct ClockCount {
    std::set<std::string> operators;
    int not_yet_valid = 0, dated = 0, tls_well = 0;
    Stamp since = Stamp::max();
    std::vector<ObservationId> basis;
    [[nodiscard]] bool wrong() const {
        return tls_well == 0 && (not_yet_valid >= 2 || (dated >= 2 && operators.size() >= 2));
    }
};

std::string operator_of(const Watch& watch, const SubjectId& subject) {
    for (const Platform& p : watch.platforms)
        if (p.id == subject) return p.operator_id.value;
    for (const Control& c : watch.controls)
        if (c.id == subject) return c.operator_id.value;
    return subject.value;
}

ClockCount count_clock(const Picture& picture, Stamp now) {
    ClockCount count;
    for (const Track& track : picture.tracks()) {
        const auto* fetch = std::get_if<HttpFetch>(&track.spec.task);
        if (!fetch || !fetch->url.starts_with("https:")) continue;
        if (track.spec.group != Group::controls && track.spec.group != Group::edge) continue;
        if (!track.fresh(now, picture.watch().thresholds)) continue;
        const Failure failure = track.last.failure;
        const bool early = failure == Failure::certificate_not_yet_valid;
        if (early || failure == Failure::certificate_expired ||
            failure == Failure::certificate_issuer_expired) {
            ++count.dated;
            if (early) ++count.not_yet_valid;
            count.operators.insert(operator_of(picture.watch(), track.spec.subject));
            count.since = std::min(count.since, track.first_failure);
            count.basis.push_back(track.last.id);
        } else if (track.last.tls > Micros{0}) {
            ++count.tls_well;
        }
    }
    return count;
}

Verdict local_verdict(Cause cause, Scope scope, std::vector<Evidence> evidence, Stamp since, Stamp now) {
    sort_by_strength(evidence);
    Verdict verdict;
    verdict.subject = host_subject();
    verdict.decision = Decision::fix_local;
    verdict.cause = cause;
    verdict.scope = scope;
    verdict.confidence_permille = permille(sum_capped_by_group(evidence));
    verdict.evidence = std::move(evidence);
    verdict.at = now;
    verdict.since = since;
    return verdict;
}

}  // namespace

ControlCount count_controls(const Picture& picture, const Platform& platform, Stamp now, Stamp since) {
    ControlCount count;
    std::set<OperatorId> operators;
    for (const Control& control : picture.watch().controls)
        if (!shares_fate(control, platform)) ++count.total;
    for (const auto& [known, track] : countable(picture, now)) {
        const Control& control = *known;
        if (shares_fate(control, platform)) continue;
        ++count.known;
        if (track->failing()) {
            ++count.failing;
            count.failing_basis.push_back(track->last.id);
        } else if (track->well() && track->last.finished >= since) {
            ++count.well;
            operators.insert(control.operator_id);
            count.well_basis.push_back(track->last.id);
        }
    }
    count.operators_well = static_cast<int>(operators.size());
    return count;
}

LocalView look_around(const Picture& picture, Stamp now) {
    const Watch& watch = picture.watch();
    const Thresholds& thresholds = watch.thresholds;
    LocalView view;

    // Which resolvers can be believed: those that resolve the controls' names.
    std::optional<ResolverCount> system;
    bool other_resolver_well = false;
    for (const Resolver& resolver : watch.resolvers) {
        const ResolverCount count = count_resolver(picture, resolver.server.name, now);
        const bool is_system = resolver.server.name == "system";
        if (count.known > 0 && count.well == 0) view.deaf_resolvers.push_back(resolver.server.name);
        if (is_system) {
            system = count;
        } else if (count.well > 0) {
            view.direct_dns_works = true;
            other_resolver_well = true;
        }
    }

    const Sweep sweep = sweep_controls(picture, now);
    std::vector<Evidence> link;
    const Track* route = nullptr;
    const Track* gateway = nullptr;
    for (const Track* track : picture.of(host_subject(), Group::link)) {
        if (!track->fresh(now, thresholds)) continue;
        (kind_of(track->spec.task) == ProbeKind::route ? route : gateway) = track;
    }
    const bool route_fails = route && route->failing();
    const bool gateway_fails = gateway && gateway->failing();
    const bool gateway_silent = gateway_fails && gateway->last.failure != Failure::link_weak;
    const bool route_failed = route && route->failures >= thresholds.failures;
    const bool gateway_failed = gateway_silent && gateway->failures >= thresholds.failures;

    // Host: resources or permissions, towards everybody.
    int starved = 0, looked = 0;
    Stamp starved_since = Stamp::max();
    std::vector<ObservationId> starved_basis;
    for (const Track& track : picture.tracks()) {
        if (!track.fresh(now, thresholds)) continue;
        ++looked;
        if (track.host_failures < thresholds.failures) continue;
        ++starved;
        starved_since = std::min(starved_since, track.last.started);
        starved_basis.push_back(track.last.id);
    }

    // This computer's own health, and whether somebody here answers for servers that are elsewhere.
    const Track* health = nullptr;
    for (const Track* track : picture.of(host_subject(), Group::host))
        if (track->fresh(now, thresholds)) health = track;
    // One hiccup changes nothing, as nothing is decided by one failure; a computer that is late again when it
    // is looked at again is.
    const bool health_fails =
        health && (health->host_failures > 0 ||
                   (health->failing() && health->last.failure != Failure::host_memory &&
                    (health->last.failure != Failure::host_slow || health->failures >= 2)));
    bool intercepted = false;
    for (const Track* track : picture.of(host_subject(), Group::network))
        intercepted = intercepted || (track->fresh(now, thresholds) && track->failing() &&
                                      track->last.failure == Failure::dns_intercepted);
    if (intercepted) view.direct_dns_works = false;
    // A weak link loses packets of everybody; while the controls lose none it is good enough.
    const bool link_weak =
        gateway_fails && gateway->last.failure == Failure::link_weak && sweep.once_well >= 2;

    // One that fails is no majority: it may just have been the first to be heard.
    const bool many_fail = sweep.failing >= 2 || sweep.failing == static_cast<int>(watch.controls.size());
    view.trouble = (many_fail && sweep.failing * 2 >= sweep.known) ||
                   ((route_fails || (gateway_silent && gateway->ever_ok)) && sweep.well == 0) ||
                   (starved > 0 && starved * 2 >= looked) || health_fails || link_weak;

    const ClockCount clock = count_clock(picture, now);
    const DateCount dates = count_dates(picture, now);
    view.clock_wrong = clock.wrong() || dates.wrong();

    const auto settled = [&](Stamp since) {
        return since != Stamp::max() && now - since >= thresholds.local_after;
    };
    const std::string failing_text = std::to_string(sweep.failing), known_text = std::to_string(sweep.known);
    const auto controls_down = [&] {
        return piece("controls_fail", Group::controls, 4000, sweep.basis,
                     {{"failed", failing_text}, {"total", known_text}});
    };
    const bool portal =
        sweep.names_known >= 2 && sweep.names_portal == sweep.names_known && sweep.failed >= 2;
    const bool all_controls_fail = sweep.known >= 2 && sweep.well == 0 && sweep.failed >= 2;

    // Router or provider? That is the router's to say, and it may not have been asked often enough since.
    const bool gateway_unsure =
        gateway && gateway->ever_ok && now - sweep.since < 3 * thresholds.local_after &&
        ((gateway_silent && !gateway_failed) || (gateway->well() && gateway->last.started < sweep.since));

    // The route first: over a pulled cable the kernel says ENOBUFS.
    if (route_failed && sweep.well == 0 && settled(route->first_failure)) {
        std::vector<Evidence> why{piece("no_route", Group::link, 5000, {route->last.id}, {})};
        if (sweep.failing > 0) why.push_back(controls_down());
        view.finding = local_verdict(Cause::lan, Scope::network, std::move(why), route->first_failure, now);
    } else if (starved >= 2 && starved * 2 >= looked && settled(starved_since)) {
        view.finding = local_verdict(Cause::host, Scope::host,
                                     {piece("host_resources", Group::link, 5000, starved_basis,
                                            {{"failed", std::to_string(starved)}})},
                                     starved_since, now);
    } else if (health_fails && std::max(health->failures, health->host_failures) >= thresholds.failures &&
               settled(health->failing() ? health->first_failure : starved_since)) {
        view.finding = local_verdict(Cause::host, Scope::host,
                                     {piece("host_unwell", Group::host, 5000, {health->last.id},
                                            {{"failure", std::string{to_string(health->last.failure)}}})},
                                     health->failing() ? health->first_failure : starved_since, now);
    } else if (portal && settled(sweep.since)) {
        view.finding = local_verdict(Cause::policy, Scope::network,
                                     {piece("captive_portal", Group::controls, 4500, sweep.basis,
                                            {{"failed", failing_text}, {"total", known_text}})},
                                     sweep.since, now);
    } else if (all_controls_fail && settled(sweep.since) && !gateway_unsure) {
        std::vector<Evidence> why{controls_down()};
        const bool no_gateway = gateway_failed && gateway->ever_ok;
        if (no_gateway)
            why.push_back(piece("gateway_silent", Group::link, 4000, {gateway->last.id}, {}));
        else if (gateway && gateway->well())
            why.push_back(piece("gateway_answers", Group::link, 1000, {gateway->last.id}, {}));
        view.finding = local_verdict(no_gateway ? Cause::lan : Cause::isp, Scope::network, std::move(why),
                                     sweep.since, now);
    } else if (dates.wrong() || (clock.wrong() && settled(clock.since))) {  // dates do not come and go
        std::vector<Evidence> why;
        if (clock.wrong())
            why.push_back(piece("clock_wrong", Group::edge, 4500, clock.basis,
                                {{"failed", std::to_string(clock.dated)}}));
        if (dates.wrong())
            why.push_back(piece(
                "clock_differs", Group::controls, 4500, dates.basis,
                {{"passed", std::to_string(dates.off)},
                 {"duration", duration_text(std::chrono::seconds{std::abs(std::int64_t{dates.seconds})})}}));
        view.finding =
            local_verdict(Cause::clock, Scope::host, std::move(why), std::min(clock.since, dates.since), now);
    } else if (system && system->known >= 2 && system->failed == system->known && settled(system->since) &&
               (other_resolver_well || sweep.names_resolve)) {
        view.finding = local_verdict(
            Cause::resolver, Scope::network,
            {piece("resolver_broken", Group::controls, 4500, system->basis,
                   {{"failed", std::to_string(system->failed)}, {"total", std::to_string(system->known)}})},
            system->since, now);
    }
    view.resolver_broken = system && system->known > 0 && system->well == 0 &&
                           (other_resolver_well || sweep.names_resolve || sweep.well == 0);

    if (view.finding) {
        view.verdict = *view.finding;
        return view;
    }
    Verdict& verdict = view.verdict;
    verdict.subject = host_subject();
    verdict.at = now;
    verdict.since = now;
    if (sweep.known == 0) {
        verdict.cause = Cause::insufficient_evidence;
        verdict.evidence = {piece("no_control", Group::controls, 0, {}, {})};
        return view;
    }
    const bool doubt = view.trouble || view.clock_wrong || view.resolver_broken;
    verdict.decision = doubt ? Decision::watch : Decision::none;
    verdict.cause = doubt ? Cause::suspicion : Cause::all_well;
    verdict.scope = doubt ? Scope::network : Scope::none;
    if (sweep.failing > 0) verdict.evidence.push_back(controls_down());
    if (health_fails)
        verdict.evidence.push_back(piece("host_unwell", Group::host, 4000, {health->last.id},
                                         {{"failure", std::string{to_string(health->last.failure)}}}));
    if (link_weak) verdict.evidence.push_back(piece("link_weak", Group::link, 3000, {gateway->last.id}, {}));
    if (intercepted) verdict.evidence.push_back(piece("dns_intercepted", Group::network, 0, {}, {}));
    if (gateway_silent && gateway->ever_ok)
        verdict.evidence.push_back(piece("gateway_silent", Group::link, 4000, {gateway->last.id}, {}));
    if (route_fails) verdict.evidence.push_back(piece("no_route", Group::link, 5000, {route->last.id}, {}));
    if (view.resolver_broken)
        verdict.evidence.push_back(
            piece("resolver_broken", Group::controls, 4500, system->basis,
                  {{"failed", std::to_string(system->failing)}, {"total", std::to_string(system->known)}}));
    if (sweep.well > 0)
        verdict.evidence.push_back(piece("controls_pass", Group::controls, -1500, {},
                                         {{"passed", std::to_string(sweep.well)}, {"total", known_text}}));
    sort_by_strength(verdict.evidence);
    verdict.confidence_permille = doubt ? permille(sum_capped_by_group(verdict.evidence)) : 990;
    if (doubt && sweep.since != Stamp::max()) verdict.since = sweep.since;
    return view;
}

}  // namespace sereno
