#include "agent/page/views/layer_view.hpp"

#include <algorithm>

namespace sereno {

namespace {

/// An end that nobody saw is not made up.
void end(Html& html, const Scene& scene, const Incident& incident, const LayerTimeline& layer) {
    if (layer.over) {
        time(html, scene, *layer.over);
    } else if (incident.state == IncidentState::closed) {
        html << scene.text("layers.unseen");
    } else if (layer.state == LayerState::failing) {
        html << scene.text("layers.still");
    } else if (layer.state == LayerState::well) {
        sentence_with_time(html, scene, "layers.answers", "time", layer.since);
    } else {
        html << scene.text("layers.hidden");
    }
}

void length(Html& html, const Scene& scene, const Incident& incident, const LayerTimeline& layer) {
    if (layer.over)
        html << scene.words.length(*layer.over - *layer.failed);
    else if (layer.state == LayerState::failing && incident.state != IncidentState::closed)
        elapsed(html, scene, *layer.failed);
    else
        html << "–";
}

void row(Html& html, const Scene& scene, const Incident& incident, const LayerTimeline& layer, bool first) {
    html << "<tr><th scope=\"row\">"_html << scene.text("layers." + std::string{to_string(layer.layer)});
    if (first) html << " <span class=\"first\">"_html << scene.text("layers.first") << "</span>"_html;
    html << "</th><td>"_html;
    time(html, scene, *layer.failed);
    html << "</td><td>"_html;
    end(html, scene, incident, layer);
    html << "</td><td>"_html;
    length(html, scene, incident, layer);
    html << "</td></tr>"_html;
}

void table(Html& html, const Scene& scene, const Incident& incident, const IncidentSubject& subject) {
    const LayerTimeline* first = first_failed(subject.layers);
    if (!first) return;
    html << "<table class=\"layers\"><caption>"_html << subject.name << " · "_html
         << scene.text("layers.title") << "</caption><thead><tr>"_html;
    for (const char* column : {"layers.layer", "layers.failed", "layers.over", "layers.lasted"})
        html << "<th scope=\"col\">"_html << scene.text(column) << "</th>"_html;
    html << "</tr></thead><tbody>"_html;
    for (const LayerTimeline& layer : subject.layers)
        if (layer.failed) row(html, scene, incident, layer, &layer == first);
    html << "</tbody></table>"_html;
}

}  // namespace

bool has_layers(const Incident& incident) {
    return std::any_of(
        incident.subjects.begin(), incident.subjects.end(),
        [](const IncidentSubject& subject) { return first_failed(subject.layers) != nullptr; });
}

void layers(Html& html, const Scene& scene, const Incident& incident) {
    if (!has_layers(incident)) return;
    html << "<div class=\"layer-tables\">"_html;
    for (const IncidentSubject& subject : incident.subjects)
        table(html, scene, incident, subject);
    html << "</div>"_html;
}

}  // namespace sereno
