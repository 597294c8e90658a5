#include "agent/page/views/answer.hpp"

#include <algorithm>
#include <array>

namespace sereno {

namespace {

/// Everyone of whom the same is said.
struct Finding {
    std::vector<std::string> names;
    std::vector<SubjectId> subjects;
    Cause cause = Cause::suspicion;
    std::optional<Stamp> since;

    void add(const SubjectId& subject, const std::string& name, Cause its_cause, Stamp its_since) {
        if (std::find(subjects.begin(), subjects.end(), subject) != subjects.end()) return;
        if (subjects.empty()) cause = its_cause;
        subjects.push_back(subject);
        names.push_back(name);
        since = std::min(since.value_or(its_since), its_since);
    }
    [[nodiscard]] bool empty() const { return subjects.empty(); }
    [[nodiscard]] std::string list() const {
        std::string text;
        for (const auto& name : names)
            text += (text.empty() ? "" : ", ") + name;
        return text;
    }
};

struct Findings {
    std::array<Finding, 5> by_decision;  // index: Decision
    Finding recovering, unjudged, well;
    [[nodiscard]] Finding& of(Decision decision) { return by_decision[static_cast<std::size_t>(decision)]; }
};

bool judged(const SubjectView& view) {
    return view.verdict.cause != Cause::insufficient_evidence;
}

Findings collect(const Snapshot& snapshot, const Words& words) {
    Findings found;
    // An incident outlives a moment's better verdict: what was declared holds until it is over.
    for (const auto& view : snapshot.incidents) {
        const Incident& incident = view.incident;
        for (const auto& subject : incident.subjects) {
            if (incident.state == IncidentState::open && !subject.over)
                found.of(subject.decision).add(subject.subject, subject.name, subject.cause, subject.since);
            if (incident.state == IncidentState::recovering ||
                (incident.state == IncidentState::open && subject.over))
                found.recovering.add(subject.subject, subject.name, subject.cause,
                                     subject.over.value_or(incident.recovering.value_or(incident.suspected)));
        }
    }
    for (const auto& view : snapshot.subjects) {
        const Verdict& verdict = view.verdict;
        if (verdict.decision != Decision::none) {
            found.of(verdict.decision)
                .add(view.subject, display_name(view, words), verdict.cause, verdict.since);
        } else if (view.role == SubjectView::Role::platform || view.role == SubjectView::Role::app) {
            (judged(view) ? found.well : found.unjudged)
                .add(view.subject, view.name, verdict.cause, verdict.since);
        }
    }
    return found;
}

/// Well since the last of them became well.
std::optional<Stamp> latest_since(const Snapshot& snapshot) {
    std::optional<Stamp> latest;
    for (const auto& view : snapshot.subjects)
        if (view.role == SubjectView::Role::platform || view.role == SubjectView::Role::app)
            latest = std::max(latest.value_or(view.verdict.since), view.verdict.since);
    return latest;
}

/// Down, but only as the vendors had announced.
bool all_quiet(const Snapshot& snapshot) {
    bool any = false;
    for (const auto& view : snapshot.incidents) {
        if (view.incident.kind != IncidentKind::outage || view.incident.state != IncidentState::open)
            continue;
        if (!view.incident.quiet) return false;
        any = true;
    }
    return any;
}

struct Rank {
    Decision decision;
    Tone tone;
    std::string_view lead;  // key
};
constexpr std::array ranks{
    Rank{Decision::declare_outage, Tone::outage, "alert.why.outage"},
    Rank{Decision::fix_local, Tone::local, "alert.why.local"},
    Rank{Decision::restart_app, Tone::app, "alert.why.app"},
    Rank{Decision::watch, Tone::watch, "alert.why.watch"},
};

}  // namespace

std::string_view to_string(Tone tone) {
    constexpr std::array<std::string_view, 6> names{"well", "unknown", "watch", "app", "outage", "local"};
    return names[static_cast<std::size_t>(tone)];
}

Tone tone_of(const Verdict& verdict) {
    switch (verdict.decision) {
        case Decision::watch:
            return Tone::watch;
        case Decision::restart_app:
            return Tone::app;
        case Decision::fix_local:
            return Tone::local;
        case Decision::declare_outage:
            return Tone::outage;
        case Decision::none:
            break;
    }
    return verdict.cause == Cause::insufficient_evidence ? Tone::unknown : Tone::well;
}

std::string display_name(const SubjectView& view, const Words& words) {
    return view.role == SubjectView::Role::host ? words.text("page.host") : view.name;
}

std::string capitalised(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

PlainAnswer answer_of(const Snapshot& snapshot, const Words& words) {
    Findings found = collect(snapshot, words);
    PlainAnswer answer;
    for (const auto& rank : ranks) {
        const Finding& finding = found.of(rank.decision);
        if (finding.empty()) continue;
        std::string sentence = words.headline(rank.decision, finding.cause, finding.list());
        if (!answer.sentence.empty()) {
            // While it is us, doubt about the platforms is but its echo.
            if (answer.tone != Tone::local || rank.decision != Decision::watch)
                answer.also.push_back(std::move(sentence));
            continue;
        }
        answer.tone = rank.tone;
        answer.sentence = std::move(sentence);
        answer.lead = words.text(rank.lead, {{"cause", words.cause(finding.cause)}});
        answer.since = finding.since;
    }
    if (answer.tone == Tone::outage && all_quiet(snapshot)) answer.also.push_back(words.text("page.quiet"));
    if (!found.recovering.empty()) {
        std::string sentence = words.text("page.recovering", {{"names", found.recovering.list()}});
        if (!answer.sentence.empty()) {
            answer.also.push_back(std::move(sentence));
        } else {
            answer.tone = Tone::watch;
            answer.sentence = std::move(sentence);
            answer.lead = words.text("page.recovering_lead");
            answer.since = found.recovering.since;
        }
    }
    if (!answer.sentence.empty()) return answer;

    if (snapshot.subjects.empty() || !found.unjudged.empty()) {
        answer.tone = Tone::unknown;
        answer.sentence = words.headline(Decision::none, Cause::insufficient_evidence, "");
        answer.lead = words.text(found.well.empty() ? "page.starting" : "page.unjudged",
                                 {{"names", found.unjudged.list()}});
        return answer;
    }
    answer.tone = Tone::well;
    answer.sentence = words.headline(Decision::none, Cause::all_well, found.well.list());
    answer.lead = words.text("page.well_lead", {{"names", found.well.list()}});
    answer.since = latest_since(snapshot);
    return answer;
}

}  // namespace sereno
