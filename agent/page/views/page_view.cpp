#include "agent/page/views/page_view.hpp"

#include <algorithm>

#include "agent/model/watch.hpp"
#include "agent/page/assets.hpp"
#include "agent/page/views/incident_view.hpp"
#include "agent/page/views/subject_view.hpp"
#include "agent/page/views/symbols.hpp"
#include "agent/page/views/witness_view.hpp"

namespace sereno {

namespace {

/// In front of the tab's title: the shape that the page shows, as a character.
std::string_view mark_of(Tone tone) {
    switch (tone) {
        case Tone::well:
            return "\u2713";
        case Tone::watch:
            return "\u25D0";
        case Tone::app:
            return "\u21BB";
        case Tone::outage:
            return "\u25B2";
        case Tone::local:
            return "\u2302";
        case Tone::unknown:
            break;
    }
    return "\u2026";
}

void head(Html& html, const Scene& scene, const PlainAnswer& answer) {
    html
        << "<!doctype html>\n<html lang=\""_html << scene.words.language()
        << "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, "
           "initial-scale=1\">"
           "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" content=\"noindex\"><title>"_html
        << mark_of(answer.tone) << " " << answer.sentence << " · " << scene.text("page.title")
        << "</title><link rel=\"icon\" type=\"image/svg+xml\" href=\"/assets/lantern.svg?"_html
        << lantern_asset().version << "\"><link rel=\"stylesheet\" href=\"/assets/style.css?"_html
        << style_asset().version << "\"><script src=\"/assets/app.js?"_html << script_asset().version
        << "\" defer></script></head>\n"_html;
}

void banner(Html& html, const Scene& scene) {
    html << "<header class=\"banner\"><p class=\"brand\">"_html;
    symbol(html, "i-mark");
    html << "<span class=\"name\">"_html << scene.text("page.title") << "</span>"_html;
    if (!scene.team.empty())
        html << " <span class=\"team\">"_html << scene.text("page.tagline", {{"team", scene.team}})
             << "</span>"_html;
    html << "</p><p id=\"live\" class=\"live\" role=\"status\" hidden data-live=\""_html
         << scene.text("page.live") << "\" data-wait=\""_html << scene.text("page.reconnecting")
         << "\" data-lost=\""_html << scene.text("page.offline")
         << "\"></p><noscript><p class=\"live\"><a href=\"/\">"_html << scene.text("page.no_script")
         << "</a></p></noscript></header>\n"_html;
}

void hero(Html& html, const Scene& scene, const PlainAnswer& answer) {
    const std::string tone{to_string(answer.tone)};
    html << "<section class=\"hero tone-"_html << tone
         << "\" aria-labelledby=\"answer\"><div class=\"lamp\">"_html;
    symbol(html, "i-lantern", "lantern");
    symbol(html, "i-" + tone, "badge");
    html << "</div><div class=\"words\"><p class=\"hour\">"_html;
    sentence_with_time(html, scene, "page.hour", "time", scene.snapshot.at);
    html << "</p><h1 id=\"answer\">"_html << answer.sentence << "</h1><p class=\"lead\">"_html << answer.lead
         << "</p>"_html;
    for (const auto& also : answer.also)
        html << "<p class=\"also\">"_html << also << "</p>"_html;
    if (answer.since) {
        html << "<p class=\"since\">"_html;
        sentence_with_time(html, scene, "page.since", "time", *answer.since);
        html << " UTC · "_html;
        elapsed(html, scene, *answer.since);
        html << "</p>"_html;
    }
    if (answer.tone != Tone::well && answer.tone != Tone::unknown) next_step(html, scene, answer.tone);
    html << "</div></section>\n"_html;
}

void incidents(Html& html, const Scene& scene) {
    if (scene.snapshot.incidents.empty()) return;
    html
        << "<section class=\"incidents\" aria-labelledby=\"incidents-title\"><h2 class=\"hidden\" id=\"incidents-title\">"_html
        << scene.text("page.incidents") << "</h2>"_html;
    for (const auto& view : scene.snapshot.incidents)
        incident(html, scene, view);
    html << "</section>\n"_html;
}

using View = void (*)(Html&, const Scene&, const SubjectView&);

void subjects(Html& html, const Scene& scene, SubjectView::Role role, std::string_view id,
              std::string_view title, View view) {
    const auto& all = scene.snapshot.subjects;
    if (std::none_of(all.begin(), all.end(), [&](const SubjectView& each) { return each.role == role; }))
        return;
    html << "<section aria-labelledby=\""_html << id << "\"><h2 id=\""_html << id << "\">"_html
         << scene.text(title) << "</h2><div class=\"cards\">"_html;
    for (const auto& each : all)
        if (each.role == role) view(html, scene, each);
    html << "</div></section>\n"_html;
}

void network(Html& html, const Scene& scene) {
    const SubjectView* self = scene.find(host_subject());
    if (self == nullptr) return;
    html << "<section aria-labelledby=\"network-title\"><h2 id=\"network-title\">"_html
         << scene.text("page.network") << "</h2><div class=\"cards two\">"_html;
    host(html, scene, *self);
    controls(html, scene);
    html << "</div></section>\n"_html;
}

void footer(Html& html, const Scene& scene) {
    html << "<footer><p>"_html << scene.text("page.utc_note") << "</p><p>"_html << scene.text("page.api")
         << ": <a href=\"/api/v1/status\">/api/v1/status</a> <a "
            "href=\"/api/v1/decisions\">/api/v1/decisions</a> "
            "<a href=\"/api/v1/incidents\">/api/v1/incidents</a></p></footer>"_html;
}

}  // namespace

std::string render_page(const Snapshot& snapshot, const Words& words, const std::string& team) {
    const Scene scene{snapshot, words, team};
    const PlainAnswer answer = answer_of(snapshot, words);
    Html html;
    html.reserve(32 * 1024);
    head(html, scene, answer);
    html << "<body>"_html << sprite;
    banner(html, scene);
    html << "<main id=\"main\" data-version=\""_html << snapshot.version << "\" data-now=\""_html
         << rfc3339(snapshot.at + snapshot.wall_offset) << "\" data-days=\""_html << scene.text("unit.days")
         << "\">\n"_html;
    hero(html, scene, answer);
    incidents(html, scene);
    subjects(html, scene, SubjectView::Role::platform, "platforms-title", "page.platforms", platform);
    html << "<div class=\"ours\">"_html;
    subjects(html, scene, SubjectView::Role::app, "apps-title", "page.apps", app);
    network(html, scene);
    html << "</div>\n"_html;
    witnesses(html, scene);
    history(html, scene);
    past_incidents(html, scene);
    if (snapshot.started != Stamp{}) {
        html << "<p class=\"quiet watch-since\">"_html;
        sentence_with_time(html, scene, "page.started", "time", snapshot.started);
        html << " · "_html;
        const std::string updated = scene.text("page.updated", {{"time", "\x01"}});
        html << std::string_view{updated}.substr(0, updated.find('\x01'));
        time_to_second(html, scene, snapshot.at);
        html << "</p>"_html;
    }
    html << "</main>\n"_html;
    footer(html, scene);
    html << "</body></html>\n"_html;
    return html.take();
}

}  // namespace sereno
