// What was expected against what stood when. Independent of the texts that are compared.
#include <algorithm>

#include "play.hpp"

namespace sereno::scenario {

namespace {

/// A verdict with the time for which it stood.
struct Span {
    Standing standing;
    Micros from{0}, to{0};
};

std::vector<Span> spans_of(const Scenario& scenario, const Played& played, const std::string& subject) {
    std::map<std::string, std::vector<Span>> by_subject;
    for (const Standing& standing : played.standings) {
        if (!subject.empty() && standing.subject != subject) continue;
        auto& spans = by_subject[standing.subject];
        const Micros at = standing.since - scenario.starts;
        if (!spans.empty()) spans.back().to = at;
        spans.push_back({standing, at, scenario.length});
    }
    std::vector<Span> all;
    for (auto& [whose, spans] : by_subject)
        all.insert(all.end(), spans.begin(), spans.end());
    return all;
}

bool fits(const Expectation& expectation, const Standing& standing) {
    const auto& decisions = expectation.decisions;
    return std::find(decisions.begin(), decisions.end(), standing.decision) != decisions.end() &&
           (expectation.causes.empty() || std::find(expectation.causes.begin(), expectation.causes.end(),
                                                    standing.cause) != expectation.causes.end());
}

bool overlaps(const Span& span, const Window& window) {
    // What ends the moment the window begins is not in it; a verdict of a moment is.
    return span.from <= window.to && (span.to > window.from || span.from >= window.from);
}

std::string said(const Span& span) {
    return span.standing.subject + " says " + std::string{to_string(span.standing.decision)} +
           " because of " + span.standing.cause + " at " + offset_text(span.from);
}

std::string all_said(const std::vector<Span>& spans, const Window& window) {
    std::string text;
    for (const Span& span : spans)
        if (overlaps(span, window)) text += (text.empty() ? "" : "; ") + said(span);
    return text.empty() ? "nothing is said" : text;
}

std::string layer_text(const char* what, const std::optional<Window>& window) {
    if (!window) return std::string{"not "} + what;
    return std::string{what} + " between " + offset_text(window->from) + " and " + offset_text(window->to);
}

/// Empty: as expected.
std::string layer_complaint(const Scenario& scenario, const Played& played, const Expectation& e) {
    const LayerTimeline* found = nullptr;
    for (const auto& [id, incident] : played.incidents)
        for (const IncidentSubject& subject : incident.subjects)
            for (const LayerTimeline& layer : subject.layers)
                if (subject.subject.value == e.subject && layer.layer == e.layer) found = &layer;
    if (!found) return "no incident tells of it";
    const auto fits = [&](const std::optional<Window>& wanted, const std::optional<Stamp>& at) {
        if (!wanted || !at) return wanted.has_value() == at.has_value();
        return *at - scenario.starts >= wanted->from && *at - scenario.starts <= wanted->to;
    };
    if (fits(e.failed, found->failed) && fits(e.over, found->over)) return "";
    const auto told = [&](const char* what, const std::optional<Stamp>& at) {
        return at ? std::string{what} + " at " + offset_text(*at - scenario.starts)
                  : std::string{"not "} + what;
    };
    return "it is " + told("failed", found->failed) + " and " + told("over", found->over);
}

/// Empty: as expected.
std::string complaint(const Scenario& scenario, const Played& played, const Expectation& e) {
    const std::vector<Span> spans = spans_of(scenario, played, e.subject);
    const auto stands = [&](const Span& span) { return fits(e, span.standing) && overlaps(span, e.between); };
    const auto found = std::find_if(spans.begin(), spans.end(), stands);
    using enum Expectation::Kind;
    if (e.kind == layer) return layer_complaint(scenario, played, e);
    if (e.kind == says) return found == spans.end() ? all_said(spans, e.between) : "";
    if (e.kind == never) return found == spans.end() ? "" : said(*found);
    if (e.kind == finally) {
        std::string wrong;
        for (const Span& span : spans)
            if (span.to == scenario.length && span.from <= scenario.length && !fits(e, span.standing))
                wrong = said(span);
        const bool silence_fits =
            std::find(e.decisions.begin(), e.decisions.end(), Decision::none) != e.decisions.end();
        return spans.empty() && !silence_fits ? "nothing is said" : wrong;
    }
    if (e.kind == incidents) {
        const auto count =
            std::count_if(played.incidents.begin(), played.incidents.end(),
                          [&](const auto& one) { return to_string(one.second.kind) == e.incidents; });
        return count == e.count.value_or(1) ? "" : "there are " + std::to_string(count);
    }
    const auto count = std::count_if(played.alerts.begin(), played.alerts.end(), [&](const Told& told) {
        const Micros at = told.at - scenario.starts;
        return told.kind == e.alert && at >= e.between.from && at <= e.between.to;
    });
    const bool right = e.count ? count == *e.count : count > 0;
    return right ? "" : "there are " + std::to_string(count);
}

}  // namespace

std::string to_string(const Expectation& e) {
    using enum Expectation::Kind;
    std::string text = e.subject.empty() ? "" : e.subject + ": ";
    if (e.kind == layer)
        return text + "layer " + std::string{to_string(e.layer)} + " " + layer_text("failed", e.failed) +
               " and " + layer_text("over", e.over);
    if (e.kind == never) text += "never ";
    if (e.kind == finally) text += "finally ";
    if (e.kind == alert) text += "alert " + std::string{to_string(e.alert)};
    if (e.kind == incidents) text += "incidents of kind " + e.incidents;
    for (std::size_t i = 0; i < e.decisions.size(); ++i)
        text += (i == 0 ? "" : " or ") + std::string{to_string(e.decisions[i])};
    for (std::size_t i = 0; i < e.causes.size(); ++i)
        text += (i == 0 ? " because of " : " or ") + e.causes[i];
    if (e.count) text += ", " + std::to_string(*e.count) + " of them";
    return text + ", between " + offset_text(e.between.from) + " and " + offset_text(e.between.to);
}

std::vector<std::string> disappointments(const Scenario& scenario, const Played& played) {
    std::vector<std::string> out;
    for (const Expectation& e : scenario.expect)
        if (const std::string wrong = complaint(scenario, played, e); !wrong.empty())
            out.push_back(to_string(e) + ": but " + wrong);
    return out;
}

}  // namespace sereno::scenario
