// One incident as a mail or a short message, the most important first.
#include <algorithm>

#include "alerting/messages/text.hpp"
#include "alerting/messages/words.hpp"

namespace sereno {

namespace {

constexpr std::size_t subject_most = 200;
constexpr std::size_t sms_names_most = 100;
constexpr std::size_t reasons_most = 4;

std::string_view form_of(IncidentKind kind) {
    switch (kind) {
        case IncidentKind::outage:
            return "outage";
        case IncidentKind::local:
            return "local";
        case IncidentKind::app:
            return "app";
        case IncidentKind::unknown:
            break;
    }
    return "watch";
}

/// Everything that the two forms have in common, as finished sentences.
struct Parts {
    std::string headline;              ///< without a full stop
    std::string when;                  ///< since when, or how long it lasted
    std::string why;                   ///< the cause in one sentence, or that all is well again
    std::string seen;                  ///< who saw it; empty when that does not matter
    std::string restart;               ///< the restart command; empty when there is none
    std::vector<std::string> reasons;  ///< strongest first
    std::vector<std::string> spans;    ///< recovered, several subjects: how long each was gone
    std::vector<std::string> steps;
};

std::vector<std::string> reasons_of(const Words& words, const Incident& incident) {
    std::vector<std::string> reasons;
    for (const Evidence& evidence : incident.evidence) {
        if (reasons.size() == reasons_most) break;
        // What speaks against the verdict belongs on the page; "alone" has its own sentence.
        if (evidence.weight <= 0 || evidence.rule == "alone") continue;
        reasons.push_back(one_line(words.evidence(evidence)));
    }
    return reasons;
}

Substitutions span(const Words& words, Stamp since, Stamp until, Micros wall_offset) {
    return {{"since", moment(since, until, wall_offset)},
            {"until", moment(until, until, wall_offset)},
            {"duration", words.length(until - since)}};
}

/// Each subject's own time with the layer it was gone at: one number for all of them would be untrue.
std::vector<std::string> spans_of(const Words& words, const Incident& incident, Micros wall_offset) {
    std::vector<std::string> spans;
    if (incident.subjects.size() < 2) return spans;
    for (const IncidentSubject& subject : incident.subjects) {
        if (!subject.over) continue;
        Substitutions values = span(words, subject.since, *subject.over, wall_offset);
        values.emplace_back("name", one_line(subject.name));
        values.emplace_back("layer", words.layer(subject.cause));
        spans.push_back(words.text("alert.span", values));
    }
    return spans;
}

Parts opened(const Words& words, const Incident& incident, std::size_t names_most, Micros wall_offset,
             const std::string& command) {
    const std::string form{form_of(incident.kind)};
    const std::string names = subject_names(incident, names_most);
    const std::string here = words.here(incident.cause);
    Parts parts;
    parts.headline = words.text("alert.subject." + form, {{"names", names}, {"here", here}});
    parts.when = words.text(
        "alert.since",
        {{"since", moment(incident.suspected, incident.opened.value_or(incident.suspected), wall_offset)}});
    parts.why = words.text("alert.why." + form, {{"cause", words.cause(incident.cause)}});
    if (incident.kind == IncidentKind::outage)
        parts.seen = words.text(incident.from_this_host_alone ? "alert.alone" : "alert.confirmed");
    if (incident.kind == IncidentKind::app && !command.empty())
        parts.restart = words.text("alert.command", {{"command", one_line(command)}});
    parts.reasons = reasons_of(words, incident);
    return parts;
}

Parts recovered(const Words& words, const Incident& incident, std::size_t names_most, Micros wall_offset) {
    const std::string form{form_of(incident.kind)};
    const std::string names = subject_names(incident, names_most);
    const std::string here = words.here(incident.cause);
    Parts parts;
    parts.headline = words.text("alert.subject_over." + form, {{"names", names}, {"here", here}});
    if (const auto over = over_at(incident))
        parts.when = words.text("alert.lasted", span(words, incident.suspected, *over, wall_offset));
    parts.why = words.text("alert.over." + form);
    parts.spans = spans_of(words, incident, wall_offset);
    return parts;
}

std::string mail_body(const Words& words, AlertKind kind, const Parts& parts, const std::string& team,
                      const std::string& page) {
    std::string body;
    const auto line = [&](const std::string& text) {
        if (!text.empty()) body.append(text).append("\n");
    };
    const auto list = [&](std::string_view title, const std::vector<std::string>& items, bool numbered) {
        if (items.empty()) return;
        body += '\n';
        if (!title.empty()) line(words.text(title));
        std::size_t number = 0;
        for (const std::string& item : items)
            line((numbered ? std::to_string(++number) + ". " : std::string{"- "}) + item);
    };
    line(parts.why);
    line(parts.when);
    line(parts.seen);
    list("", parts.spans, false);
    list("alert.reasons", parts.reasons, false);
    if (!parts.restart.empty()) line("\n" + parts.restart);
    list(kind == AlertKind::opened ? "alert.steps_open" : "alert.steps_recovered", parts.steps, true);
    if (!page.empty()) line("\n" + words.text("alert.page", {{"page", one_line(page)}}));
    if (!team.empty()) line("\n-- \n" + words.text("alert.signature", {{"team", one_line(team)}}));
    return body;
}

/// Sentences by importance; one that does not fit whole is left out, the next may still fit.
std::string sms_body(const Words& words, const Parts& parts, const std::string& page) {
    std::string body = shortened(gsm_friendly(parts.headline), sms_most_characters - 1) + ".";
    const auto add = [&](const std::string& sentence) {
        const std::string friendly = gsm_friendly(sentence);
        if (friendly.empty() || sms_length(body) + 1 + sms_length(friendly) > sms_most_characters) return;
        body.append(" ").append(friendly);
    };
    add(parts.when);
    add(parts.why);
    add(parts.restart);
    if (!parts.steps.empty()) add(words.text("alert.first_step", {{"step", parts.steps.front()}}));
    add(parts.seen);
    add(one_line(page));
    return body;
}

}  // namespace

std::string command_text(const std::vector<std::string>& arguments) {
    std::string text;
    for (const std::string& argument : arguments)
        text += (text.empty() ? "" : " ") + argument;
    return one_line(text);
}

std::string subject_names(const Incident& incident, std::size_t most) {
    std::vector<std::string> names;
    const auto collect = [&](bool all) {
        for (const IncidentSubject& subject : incident.subjects)
            if (all || subject.decision == incident.decision) names.push_back(one_line(subject.name));
    };
    collect(false);
    if (names.empty()) collect(true);
    if (names.empty()) names.push_back(one_line(incident.title));
    const auto tail = [](std::size_t rest) { return rest > 0 ? 2 + std::to_string(rest).size() : 0; };
    const std::size_t reserved = tail(names.size() - 1);
    std::string list = shortened(names.front(), most > reserved ? most - reserved : 0);
    for (std::size_t at = 1; at < names.size(); ++at) {
        const std::string longer = list + ", " + names[at];
        const std::size_t rest = names.size() - at;
        if (sms_length(longer) + tail(rest - 1) > most) return list + " +" + std::to_string(rest);
        list = longer;
    }
    return list;
}

std::optional<Stamp> over_at(const Incident& incident) {
    std::optional<Stamp> last;
    bool all_over = !incident.subjects.empty();
    for (const IncidentSubject& subject : incident.subjects) {
        all_over = all_over && subject.over.has_value();
        if (subject.over) last = std::max(last.value_or(*subject.over), *subject.over);
    }
    if (all_over) return last;
    return incident.closed ? incident.recovering ? incident.recovering : incident.closed : std::nullopt;
}

std::string moment(Stamp at, Stamp reference, Micros wall_offset) {
    const auto day = [](Stamp stamp) { return rfc3339(stamp).substr(0, 10); };
    const std::string clock = clock_text(at + wall_offset) + " UTC";
    const std::string date = day(at + wall_offset);
    return date == day(reference + wall_offset) ? clock : date + " " + clock;
}

Substitutions step_values(const Words& words, const Incident& incident, Micros wall_offset,
                          const std::string& command) {
    const std::string title = words.title(incident);
    std::string platforms = incident.kind == IncidentKind::local ? title : subject_names(incident);
    std::string app = title;
    if (incident.kind == IncidentKind::app) {
        app = platforms;
        for (const Evidence& evidence : incident.evidence)
            for (const auto& [name, value] : evidence.facts)
                if (name == "platforms") platforms = one_line(value);
    }
    return {{"platforms", std::move(platforms)},
            {"title", title},
            {"app", std::move(app)},
            {"since", moment(incident.suspected, incident.opened.value_or(incident.suspected), wall_offset)},
            {"command", one_line(command)}};
}

RenderedAlert render_alert(const Words& words, AlertForm form, AlertKind kind, const Incident& incident,
                           const std::vector<PlaybookStep>& steps, Micros wall_offset,
                           const std::string& team, const std::string& page, const std::string& command) {
    const std::size_t names_most = form == AlertForm::sms ? sms_names_most : subject_most / 2;
    Parts parts = kind == AlertKind::opened ? opened(words, incident, names_most, wall_offset, command)
                                            : recovered(words, incident, names_most, wall_offset);
    parts.headline = one_line(parts.headline);
    const Substitutions values = step_values(words, incident, wall_offset, command);
    for (const PlaybookStep& step : steps)
        parts.steps.push_back(one_line(words.step(step, values)));
    if (form == AlertForm::sms) return {"", sms_body(words, parts, page)};
    return {shortened(parts.headline, subject_most), mail_body(words, kind, parts, team, page)};
}

}  // namespace sereno
