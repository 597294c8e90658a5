// One platform: what its names, its name servers and its front ends say, against controls of other operators
// and what others see.
#include <algorithm>

#include "agent/diagnosis/belief.hpp"
#include "agent/diagnosis/diagnosis.hpp"
#include "agent/diagnosis/own_view.hpp"
#include "agent/diagnosis/settles.hpp"

namespace sereno {

namespace {

/// Those in other networks who were asked are not waited for longer than this, beyond declare_after.
constexpr std::chrono::seconds longest_wait{30};
/// Whom the doubt is about is said from so much belief on.
constexpr int named_permille = 600;
/// What fails only in part must last so many times as long as what fails wholly; less long when it says so
/// itself.
constexpr int partly_longer = 5, partly_in_error_longer = 3;

std::string number(int value) {
    return std::to_string(value);
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

Sighting piece(const char* rule, Group group, std::vector<ObservationId> basis,
               std::vector<std::pair<std::string, std::string>> facts) {
    return {Evidence{rule, group, 0, std::move(basis), std::move(facts)}};
}

/// What its own pages and names, the controls and others say: everything that one verdict rests on.
struct Case {
    OwnView own;
    Testimony others;
    ControlCount controls;
    Stamp since;  ///< when our own trouble with it began; Stamp::max(): we have none
    Micros lasted{0};
    std::vector<Sighting> seen;
};

void say_controls(Case& c) {
    const ControlCount& controls = c.controls;
    if (controls.well > 0)
        c.seen.push_back(piece("controls_pass", Group::controls, controls.well_basis,
                               {{"passed", number(controls.well)}, {"total", number(controls.total)}}));
    if (controls.failing > 0 && controls.failing >= controls.well)
        c.seen.push_back(piece("controls_fail", Group::controls, controls.failing_basis,
                               {{"failed", number(controls.failing)}, {"total", number(controls.total)}}));
    if (controls.known == 0) c.seen.push_back(piece("no_control", Group::controls, {}, {}));
}

void say_company(Case& c, const Company& company) {
    if (!company.siblings.empty())
        c.seen.push_back(piece("siblings", Group::edge, {}, {{"platforms", joined(company.siblings)}}));
    if (!company.sharers.empty())
        c.seen.push_back(piece("shared_fate", Group::edge, {}, {{"platforms", joined(company.sharers)}}));
    else if (!company.strangers.empty() && !c.others.networks_agree)
        c.seen.push_back(
            piece("strangers_silent", Group::edge, {}, {{"platforms", joined(company.strangers)}}));
}

Case hear(const Picture& picture, const Platform& platform, const PlatformContext& context, Stamp now) {
    Case c;
    c.own = view_of(picture, platform, context, now);
    c.since = c.own.beginning();
    const bool troubled = c.since != Stamp::max();
    if (troubled) c.lasted = now - std::max(c.since, context.blind_until);
    c.others =
        hear_witnesses(picture, platform, context.witnesses, context.blind_until, c.since, context.over, now);
    c.controls = count_controls(picture, platform, now, troubled ? c.since : Stamp{});
    c.seen = findings_of(c.own, context.local.direct_dns_works, !platform.name_servers.empty());
    for (Sighting& look : second_looks(picture, platform, c.own, now))
        c.seen.push_back(std::move(look));
    say_controls(c);
    for (Evidence& one : c.others.evidence)
        c.seen.push_back({std::move(one)});
    return c;
}

/// Does it fail only in part?
bool in_part(const Case& c) {
    const bool kept_out =
        c.own.only_unsaid() || (c.own.edge.known > 0 && c.own.turned_away == c.own.edge.known);
    return !c.own.edge.most_failing() && !c.own.resolvers.most_failing() &&
           !c.own.authoritative.most_failing() && c.own.edge_in_dns == 0 && !kept_out &&
           !c.own.mostly_slow() && !c.own.own_resolver_denies;
}

/// What lasts so long is no accident.
Micros least_for(const Case& c, const Thresholds& thresholds) {
    return c.others.agreeing > 0 ? thresholds.declare_confirmed_after : thresholds.declare_after;
}

/// How long it must last. While somebody in another network may yet answer, and contradict, he is waited for.
Micros needed_for(const Case& c, const Thresholds& thresholds) {
    const bool waits = c.others.awaited && !c.others.networks_agree;
    const bool says_so = c.own.edge.any(is_server_error);
    // Where others meet nothing of it, on another page of it, it is its word against theirs.
    const bool disputed = c.others.passes && c.others.agreeing == 0;
    const int times = in_part(c) && !says_so   ? partly_longer
                      : in_part(c) || disputed ? partly_in_error_longer
                                               : 1;
    return least_for(c, thresholds) * times + (waits ? longest_wait : Micros{0});
}

/// Nothing but silence, while the names resolve: what is blocked on the way from here looks the same.
bool only_silence(const Case& c) {
    const auto accuses = [](const Sighting& one) {
        const std::string& rule = one.evidence.rule;
        return rule == "edge_silent" || rule == "authoritative_silent" || rule == "edge_never_answered";
    };
    const bool edge_speaks = c.own.edge.most_failing() && std::none_of(c.seen.begin(), c.seen.end(), accuses);
    return !edge_speaks && c.own.resolvers.well > 0 && c.others.agreeing == 0 &&
           std::any_of(c.seen.begin(), c.seen.end(), accuses);
}

/// What time and others add once something fails.
void say_circumstances(Case& c, const PlatformContext& context, const Thresholds& thresholds) {
    say_company(c, context.company);
    const Micros needed = needed_for(c, thresholds);
    const std::string lasted = duration_text(c.lasted);
    if (c.lasted >= least_for(c, thresholds))
        c.seen.push_back(piece("persisted", Group::edge, {}, {{"duration", lasted}}));
    else
        c.seen.push_back(
            piece("too_short", Group::edge, {}, {{"duration", lasted}, {"needed", duration_text(needed)}}));
    if (c.others.agreeing > 0) return;
    if (only_silence(c)) c.seen.push_back(piece("only_silence", Group::resolver, {}, {}));
    c.seen.push_back(piece("alone", Group::witness, {}, {}));
    if (c.others.awaited)
        c.seen.push_back(piece("witness_awaited", Group::witness, {}, {}));
    else if (!c.others.heard)
        c.seen.push_back(piece("no_witness", Group::witness, {},
                               {{"needed", duration_text(thresholds.declare_after)},
                                {"confirmed", duration_text(thresholds.declare_confirmed_after)}}));
}

/// What could change its mind, the surest first.
std::vector<RuleId> settling(const Case& c, bool controlled, const Thresholds& thresholds) {
    std::vector<RuleId> rules;
    if (!controlled) rules.emplace_back(settles::control);
    if (c.others.awaited)
        rules.emplace_back(settles::witness_answer);
    else if (!c.others.networks_agree && !c.others.contradicted)
        rules.emplace_back(settles::witness);
    if (c.since != Stamp::max() && c.lasted < needed_for(c, thresholds)) rules.emplace_back(settles::time);
    return rules;
}

/// A local fault first: what it voids says nothing of the platform.
bool is_voided(const Picture& picture, const Platform& platform, const PlatformContext& context,
               const OwnView& own, Stamp now) {
    if (!context.local.finding) return false;
    const Cause cause = context.local.finding->cause;
    const bool blinds = context.local.blinded;
    const Tracks tracks = picture.of(platform.id);
    const bool fails = std::any_of(tracks.begin(), tracks.end(), [](const Track* track) {
        return track->failing() || track->host_failures > 0;
    });
    const bool dated = cause == Cause::clock || cause == Cause::trust_store;
    return (blinds && (fails || !answers(picture, platform, context, now, 1))) ||
           (dated && fails && own.edge.known == 0);
}

/// On what several rest is to blame rather than each of them.
Cause shared_cause(const std::string& fate) {
    if (fate.starts_with("edge:")) return Cause::shared_cdn;
    if (fate.starts_with("dns:")) return Cause::shared_dns_provider;
    return Cause::cloud_region;
}

/// All that fails stalls after connecting, and comes in small segments: it lives, and big packets get lost.
bool stalls_only(const Case& c) {
    return c.own.edge.failing > 0 && c.own.edge.all(is_stall) &&
           std::any_of(c.seen.begin(), c.seen.end(),
                       [](const Sighting& one) { return one.evidence.rule == "small_segments_answer"; });
}

/// Is the explanation good enough to act upon? `confidence`: that of all that lay the blame there.
bool may_declare(const Case& c, Cause cause, int confidence, bool controlled, const Thresholds& thresholds) {
    if (blame_of(cause) != Blame::them || confidence < thresholds.declare_permille) return false;
    if (stalls_only(c)) return false;
    // Who contradicts may be mistaken, or lie: two others outweigh him, if they outweigh him.
    if (c.others.contradicted && c.others.agreeing < 2) return false;
    if (!controlled || c.lasted < needed_for(c, thresholds)) return false;
    // Time that passes while one attempt waits for its timeout proves nothing: another must have begun since.
    if (c.own.last_failure() - c.since < thresholds.declare_confirmed_after) return false;
    // What answers here now and then is not down on our word alone, unless it says so itself.
    const bool vague =
        cause == Cause::regional || (cause == Cause::degraded && !c.own.edge.any(is_server_error));
    const bool seconded = c.others.agreeing > 0 || c.others.mixed;
    return !vague || seconded;
}

/// Our own network treats this platform, and only it, in a way of its own.
bool may_blame_us(const Case& c, Cause cause, int confidence, bool controlled, const Thresholds& thresholds) {
    const bool of_one = cause == Cause::policy || cause == Cause::path_mtu || cause == Cause::trust_store;
    return of_one && controlled && confidence >= thresholds.declare_permille &&
           c.lasted >= thresholds.declare_after;
}

/// What a doubt is about, where it can be told.
Cause suspect(const Case& c, const Belief& belief, bool controlled) {
    const Cause likeliest = belief.best();
    const Blame blame = blame_of(likeliest);
    if (!controlled || blame == Blame::nobody) return Cause::suspicion;
    const bool named = belief.permille_of(blame) >= named_permille;
    // In other networks it answers: the way from here is to blame, or something at its beginning.
    const bool outweighed = c.others.contradicted && c.others.agreeing < 2;
    if (outweighed && !(named && blame != Blame::them))
        return belief.best_of(Blame::between).value_or(Cause::suspicion);
    return named ? likeliest : Cause::suspicion;
}

/// What others go on telling of is said, and weighs nothing.
void say_lagging(Case& c) {
    for (Sighting& one : c.seen)
        if (one.evidence.rule == "vendor_reports" || one.evidence.rule == "vendor_degraded")
            one.evidence.rule = "vendor_lags";
    std::erase_if(c.seen, [](const Sighting& one) {
        return one.evidence.group == Group::routing || one.evidence.group == Group::witness;
    });
}

/// Nothing is wrong with it, or nothing can be said.
Verdict at_rest(Verdict verdict, Case c, bool looked) {
    verdict.decision = Decision::none;
    verdict.cause = looked ? Cause::all_well : Cause::insufficient_evidence;
    Belief belief(platform_model(), std::move(c.seen));
    if (looked) verdict.confidence_permille = std::clamp(belief.permille_of(Blame::nobody), 1, 999);
    verdict.evidence = std::move(belief).explain(Cause::all_well);
    return verdict;
}

}  // namespace

void set_cause(Verdict& verdict, Cause cause) {
    verdict.cause = cause;
    std::erase_if(verdict.ruled_out, [cause](const Alternative& one) { return one.cause == cause; });
}

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
    if (is_voided(picture, platform, context, c.own, now)) {
        verdict = *context.local.finding;
        verdict.subject = platform.id;
        verdict.at = now;
        return verdict;
    }
    // What was announced before a restart holds until the page was read again.
    verdict.maintenance = c.others.maintenance || (previous.maintenance && c.others.vendor_unasked);
    verdict.from_this_host_alone = c.others.agreeing == 0;

    // Belief turns back only on answers, twice in a row from every front end; doubt alone does not end an
    // outage.
    // Pages that answer while the name servers do not, here and elsewhere, live on what caches remember.
    // So do pages that answer to whom nobody validates the names for.
    const bool borrowed_time = (c.own.authoritative.all_failing() && c.others.agreeing > 0) ||
                               (c.own.unvalidated_answers && c.own.resolvers.failing >= 2);
    const bool answering =
        answers(picture, platform, context, now, 2) && !c.own.resolvers.most_failing() && !borrowed_time;
    const bool over = was_declared && answering && !c.own.shaky() && !context.in_flux;
    // Their pages and the routes' collectors go on telling of what is over here.
    const bool lagging = answering && !c.own.symptoms() && context.over > c.others.ill_since;
    const bool seconded = c.others.networks_agree && c.since != Stamp::max();
    const bool symptomatic = c.own.symptoms() || seconded || (c.others.ill_since != Stamp::max() && !lagging);
    if (lagging || over) say_lagging(c);
    if (over || (!symptomatic && !was_declared)) {
        // Without symptoms nothing needs a control; without an answer there is nothing to say.
        const bool looked = over || (c.controls.total > 0 && answers(picture, platform, context, now, 1));
        return at_rest(std::move(verdict), std::move(c), looked);
    }

    say_circumstances(c, context, thresholds);
    const Belief belief(platform_model(), c.seen);
    const bool controlled = c.controls.operators_well >= 2 && !context.local.trouble;
    const Cause likeliest = belief.best();
    const int confidence = std::clamp(belief.permille_of(blame_of(likeliest)), 1, 999);
    verdict.would_settle = settling(c, controlled, thresholds);
    verdict.since = std::min(c.since, c.others.ill_since);
    if (verdict.since == Stamp::max()) verdict.since = now;

    // Where others are answered again and nobody says otherwise, what goes on is between here and there.
    const bool stands = was_declared && (context.in_flux || !c.others.contradicted || c.others.agreeing > 1);
    // First what is to be done, then why.
    Cause cause = likeliest;
    if (stands ||
        (!answering && !context.in_flux && may_declare(c, likeliest, confidence, controlled, thresholds))) {
        verdict.decision = Decision::declare_outage;
    } else if ((!context.in_flux || previous.decision == Decision::fix_local) &&
               may_blame_us(c, likeliest, confidence, controlled, thresholds)) {
        verdict.decision = Decision::fix_local;
    } else {
        verdict.decision = Decision::watch;
        cause = suspect(c, belief, controlled);
    }
    verdict.evidence = belief.explain(cause == Cause::suspicion ? likeliest : cause);
    verdict.ruled_out = belief.ruled_out(cause == Cause::suspicion ? likeliest : cause);
    verdict.confidence_permille =
        cause == Cause::suspicion ? confidence : std::clamp(belief.permille_of(blame_of(cause)), 1, 999);
    verdict.scope =
        blame_of(cause) == Blame::us || blame_of(cause) == Blame::between ? Scope::network : Scope::platform;
    if (blame_of(cause) == Blame::them && !context.company.shared_fate.empty()) {
        cause = shared_cause(context.company.shared_fate);
        verdict.shared_fate = context.company.shared_fate;
    }
    set_cause(verdict, cause);

    if (stands) {
        verdict.since = previous.since;
        // It rests on all that was seen, not only on what its layers say in passing from one fault to the
        // next.
        verdict.confidence_permille = std::max(verdict.confidence_permille, previous.confidence_permille);
        verdict.from_this_host_alone = verdict.from_this_host_alone && previous.from_this_host_alone;
        if (blame_of(likeliest) != Blame::them || !controlled) {
            set_cause(verdict, previous.cause);
            verdict.scope = Scope::platform;
            verdict.shared_fate = previous.shared_fate;
        }
    }
    if (verdict.decision == Decision::declare_outage &&
        (!context.company.siblings.empty() || !verdict.shared_fate.empty()))
        verdict.scope = Scope::operator_wide;
    return verdict;
}

}  // namespace sereno
