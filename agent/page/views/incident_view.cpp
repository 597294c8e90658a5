#include "agent/page/views/incident_view.hpp"

#include <algorithm>

#include "agent/model/watch.hpp"
#include "agent/page/views/layer_view.hpp"

namespace sereno {

namespace {

Tone tone_of(const Incident& incident) {
    if (incident.state == IncidentState::recovering) return Tone::watch;
    if (incident.state == IncidentState::closed) return Tone::well;
    switch (incident.kind) {
        case IncidentKind::outage:
            return Tone::outage;
        case IncidentKind::local:
            return Tone::local;
        case IncidentKind::app:
            return Tone::app;
        case IncidentKind::unknown:
            break;
    }
    return Tone::watch;
}

IncidentKind kind_for(Tone tone) {
    return tone == Tone::outage  ? IncidentKind::outage
           : tone == Tone::local ? IncidentKind::local
           : tone == Tone::app   ? IncidentKind::app
                                 : IncidentKind::unknown;
}

/// Names stay as they are written; what is broken here begins a line.
std::string title_of(const Scene& scene, const Incident& incident) {
    const std::string title = scene.words.title(incident);
    return incident.kind == IncidentKind::local ? capitalised(title) : title;
}

Substitutions values_for(const Scene& scene, const IncidentView& view) {
    return step_values(scene.words, view.incident, scene.snapshot.wall_offset,
                       command_text(view.restart_command));
}

std::string name_of(const Scene& scene, const IncidentSubject& subject) {
    return subject.subject == host_subject() ? scene.text("page.host") : subject.name;
}

void subjects(Html& html, const Scene& scene, const Incident& incident) {
    // Of one alone everything has been said.
    if (incident.subjects.size() < 2 && incident.state != IncidentState::recovering) return;
    html << "<ul class=\"touched\">"_html;
    for (const auto& subject : incident.subjects) {
        const Tone tone = subject.over ? Tone::well : tone_of(incident);
        html << "<li class=\"tone-"_html << to_string(tone) << "\">"_html;
        symbol(html, "i-" + std::string{to_string(tone)});
        html << "<span><strong>"_html << name_of(scene, subject) << "</strong> "_html;
        if (subject.over) {
            time(html, scene, subject.since);
            html << " – "_html;
            time(html, scene, *subject.over);
            html << " · "_html << scene.text("page.answered");
        } else {
            html << scene.words.cause(subject.cause) << ", "_html;
            sentence_with_time(html, scene, "page.since", "time", subject.since);
        }
        html << "</span></li>"_html;
    }
    html << "</ul>"_html;
}

void steps(Html& html, const Scene& scene, const IncidentView& view) {
    html << "<div class=\"steps\"><h3>"_html << scene.text("page.steps") << "</h3>"_html;
    if (view.steps.empty()) {
        html << "<p class=\"quiet\">"_html << scene.text("page.no_steps") << "</p></div>"_html;
        return;
    }
    html << "<p class=\"quiet\">"_html
         << scene.text("phase." + std::string{to_string(view.steps.front().phase)}) << "</p><ol>"_html;
    const Substitutions values = values_for(scene, view);
    for (const auto& step : view.steps)
        html << "<li>"_html << scene.words.step(step, values) << "</li>"_html;
    html << "</ol></div>"_html;
}

void message(Html& html, const Scene& scene, const OutboxMessage& it) {
    const std::string_view state = to_string(it.state);
    html << "<li class=\"delivery-"_html << state << "\">"_html;
    symbol(html, "i-" + std::string{state});
    html << "<span><strong>"_html << it.recipient.person << "</strong> <span class=\"quiet\">"_html
         << it.recipient.channel << " · "_html << scene.text("alert_kind." + std::string{to_string(it.kind)})
         << "</span><br>"_html;
    switch (it.state) {
        case DeliveryState::sent:
            sentence_with_time(html, scene, "page.delivered", "time", it.done.value_or(it.created));
            break;
        case DeliveryState::waiting:
            html << scene.text("page.waiting");
            if (it.attempts > 0) {
                html << " · "_html << scene.text("page.attempts", {{"count", std::to_string(it.attempts)}});
                if (!it.last_word.empty())
                    html << " · <bdi class=\"said\">"_html << it.last_word << "</bdi>"_html;
            }
            break;
        case DeliveryState::failed:
            html << scene.text("page.failed", {{"reason", it.last_word}});
            break;
    }
    html << "</span></li>"_html;
}

/// Has it steps that are to be taken now? On a mere suspicion nobody need do anything.
bool due(const IncidentView& view) {
    return !view.steps.empty() && view.incident.state != IncidentState::suspected;
}

void messages(Html& html, const Scene& scene, const Incident& incident) {
    html << "<div class=\"alerts\"><h3>"_html << scene.text("page.alerts") << "</h3>"_html;
    bool any = false;
    for (const auto& it : scene.snapshot.messages) {
        if (it.incident != incident.id) continue;
        if (!any) html << "<ul>"_html;
        any = true;
        message(html, scene, it);
    }
    if (any)
        html << "</ul>"_html;
    else
        html << "<p class=\"quiet\">"_html << scene.text("page.no_alerts") << "</p>"_html;
    html << "</div>"_html;
}

}  // namespace

std::string anchor_of(IncidentId incident) {
    return "incident-" + std::to_string(incident.value);
}

void incident(Html& html, const Scene& scene, const IncidentView& view) {
    const Incident& it = view.incident;
    const std::string tone{to_string(tone_of(it))};
    const std::string anchor = anchor_of(it.id);
    html << "<article class=\"incident tone-"_html << tone << "\" id=\""_html << anchor
         << "\" aria-labelledby=\""_html << anchor << "-title\"><header><p class=\"chip\">"_html;
    symbol(html, "i-" + tone);
    html << capitalised(scene.words.state(it.state)) << "</p><h2 id=\""_html << anchor << "-title\">"_html
         << title_of(scene, it) << "</h2><p class=\"cause\">"_html
         << (it.state == IncidentState::recovering ? scene.text("page.recovering_lead")
                                                   : capitalised(scene.words.cause(it.cause)) + ".")
         << "</p><p class=\"quiet\">"_html;
    sentence_with_time(html, scene, "page.since", "time", it.suspected);
    html << " ("_html;
    elapsed(html, scene, it.suspected);
    html << ") · "_html << scene.text("page.confidence", {{"percent", percent_text(it.confidence_permille)}});
    if (it.kind == IncidentKind::outage)
        html << " · "_html << scene.text(it.from_this_host_alone ? "page.alone" : "page.confirmed");
    html << " · #"_html << it.id.value << "</p>"_html;
    if (it.quiet) {
        html << "<p class=\"hush\">"_html;
        symbol(html, "i-quiet");
        html << scene.text("page.quiet") << "</p>"_html;
    }
    subjects(html, scene, it);
    layers(html, scene, it);
    html << "</header><div class=\"columns\">"_html;
    steps(html, scene, view);
    html << "<div class=\"why\"><h3>"_html << scene.text("page.why") << "</h3>"_html;
    evidence_list(html, scene, it.evidence);
    html << "</div>"_html;
    messages(html, scene, it);
    html << "</div></article>"_html;
}

void past_incidents(Html& html, const Scene& scene) {
    if (scene.snapshot.recent_incidents.empty()) return;
    html << "<section class=\"past\" aria-labelledby=\"past-title\"><h2 id=\"past-title\">"_html
         << scene.text("page.recent_incidents") << "</h2><ul class=\"lines\">"_html;
    for (const auto& view : scene.snapshot.recent_incidents) {
        const Incident& it = view.incident;
        html << "<li id=\""_html << anchor_of(it.id) << "\"><span class=\"when\">"_html;
        time(html, scene, it.suspected);
        html << "</span><span><strong>"_html << title_of(scene, it)
             << "</strong> <span class=\"quiet\">· </span>"_html << scene.words.cause(it.cause)
             << " <span class=\"quiet\">· "_html;
        std::string names;
        for (const auto& subject : it.subjects)
            names += (names.empty() ? "" : ", ") + name_of(scene, subject);
        html << names;
        if (const auto over = over_at(it))
            html << " · "_html
                 << scene.text("page.lasted", {{"duration", scene.words.length(*over - it.suspected)}});
        if (it.quiet) html << " · "_html << scene.text("page.maintenance");
        html << " · #"_html << it.id.value << "</span>"_html;
        if (has_layers(it)) {
            html << "<details><summary>"_html << scene.text("layers.title") << "</summary>"_html;
            layers(html, scene, it);
            html << "</details>"_html;
        }
        html << "</span></li>"_html;
    }
    html << "</ul></section>"_html;
}

void next_step(Html& html, const Scene& scene, Tone tone) {
    const auto& all = scene.snapshot.incidents;
    auto found = std::find_if(all.begin(), all.end(), [&](const IncidentView& view) {
        return due(view) && view.incident.kind == kind_for(tone);
    });
    if (found == all.end()) found = std::find_if(all.begin(), all.end(), due);
    if (found == all.end()) return;
    html << "<p class=\"next\"><span class=\"label\">"_html << scene.text("page.next") << "</span> "_html
         << scene.words.step(found->steps.front(), values_for(scene, *found));
    if (found->steps.size() > 1)
        html << " <a href=\"#"_html << anchor_of(found->incident.id) << "\">"_html
             << scene.text("page.all_steps", {{"count", std::to_string(found->steps.size())}}) << "</a>"_html;
    html << "</p>"_html;
}

}  // namespace sereno
