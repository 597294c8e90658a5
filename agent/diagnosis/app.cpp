// The team's own program: restarting it helps only when what it depends on is well.
#include <algorithm>

#include "agent/diagnosis/belief.hpp"
#include "agent/diagnosis/diagnosis.hpp"

namespace sereno {

namespace {

/// Programs try to reach what they need again in growing steps.
constexpr std::chrono::minutes time_to_return{1};

std::string name_of(const Picture& picture, const SubjectId& subject) {
    for (const Platform& platform : picture.watch().platforms)
        if (platform.id == subject) return platform.name;
    return subject.value;
}

/// What was well before the app failed may be why it failed.
bool looked_at_since(const Picture& picture, const SubjectId& platform, Stamp since) {
    const auto tracks = picture.of(platform);
    return std::any_of(tracks.begin(), tracks.end(),
                       [since](const Track* track) {
                           return track->spec.group == Group::edge && track->well() &&
                                  track->last.started >= since;
                       }) ||
           std::none_of(tracks.begin(), tracks.end(),
                        [](const Track* track) { return track->spec.group == Group::edge; });
}

std::string join_names(const Picture& picture, const std::vector<const Verdict*>& verdicts) {
    std::string text;
    for (const Verdict* verdict : verdicts)
        text += (text.empty() ? "" : ", ") + name_of(picture, verdict->subject);
    return text;
}

}  // namespace

Verdict judge_app(const Picture& picture, const App& app, const std::vector<Verdict>& needs,
                  const LocalView& local, Stamp needs_unwell_until, Stamp now) {
    const Thresholds& thresholds = picture.watch().thresholds;
    Verdict verdict;
    verdict.subject = app.id;
    verdict.at = now;
    verdict.since = now;

    const auto tracks = picture.of(app.id, Group::app);
    const Track* track = tracks.empty() ? nullptr : tracks.front();
    if (!track || !track->fresh(now, thresholds) || (!track->failing() && !track->well())) return verdict;

    if (track->well()) {
        verdict.cause = Cause::all_well;
        verdict.confidence_permille = 990;
        verdict.evidence = {{"app_answers", Group::app, -4000, {track->last.id}, {}}};
        return verdict;
    }

    verdict.scope = Scope::app;
    verdict.since = track->first_failure;
    verdict.evidence.push_back({"app_fails",
                                Group::app,
                                3000,
                                {track->last.id},
                                {{"failure", std::string{to_string(track->last.failure)}}}});

    std::vector<const Verdict*> well, unwell;
    bool all_known = true;
    for (const Verdict& need : needs) {
        if (need.decision != Decision::none) {
            unwell.push_back(&need);
        } else if (need.cause == Cause::all_well &&
                   looked_at_since(picture, need.subject, track->first_failure)) {
            well.push_back(&need);
        } else {
            all_known = false;
        }
    }
    if (!well.empty())
        verdict.evidence.push_back(
            {"needs_well", Group::edge, 2500, {}, {{"platforms", join_names(picture, well)}}});
    if (!unwell.empty())
        verdict.evidence.push_back(
            {"needs_unwell", Group::edge, -6000, {}, {{"platforms", join_names(picture, unwell)}}});

    // What failed with what it needs comes back by itself, if it is given the time.
    const Stamp begun = needs_unwell_until == Stamp{}
                            ? track->first_failure
                            : std::max(track->first_failure, needs_unwell_until + time_to_return);
    const Micros lasted = std::max(now - begun, Micros{0});
    const bool lasting = lasted >= thresholds.local_after && track->failures >= thresholds.failures &&
                         track->last.started > begun;
    if (lasting) {
        verdict.evidence.push_back(
            {"persisted", Group::app, 1500, {}, {{"duration", duration_text(lasted)}}});
    } else {
        verdict.evidence.push_back(
            {"too_short",
             Group::app,
             0,
             {},
             {{"duration", duration_text(lasted)}, {"needed", duration_text(thresholds.local_after)}}});
    }
    sort_by_strength(verdict.evidence);
    verdict.confidence_permille = permille(-1500 + sum_capped_by_group(verdict.evidence));

    const bool blinded = local.finding && local.blinded;
    if (blinded && !needs.empty()) {
        verdict.decision = Decision::fix_local;
        verdict.cause = local.finding->cause;
        verdict.scope = local.finding->scope;
        verdict.evidence = local.finding->evidence;
        verdict.confidence_permille = local.finding->confidence_permille;
        verdict.since = local.finding->since;
    } else if (lasting && unwell.empty() && all_known && !local.trouble && !local.finding) {
        verdict.decision = Decision::restart_app;
        verdict.cause = Cause::own_app;
    } else {
        verdict.decision = Decision::watch;
        verdict.cause = Cause::suspicion;
    }
    return verdict;
}

}  // namespace sereno
