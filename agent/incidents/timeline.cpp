#include "agent/incidents/timeline.hpp"

#include <algorithm>

namespace sereno {

namespace {

void turn(LayerTimeline& layer, const LayerSight& sight, Stamp now) {
    if (layer.state == sight.state && layer.since != Stamp{}) return;
    layer.state = sight.state;
    // What hides since now was seen until now; no sight is older than the one before it.
    layer.since = sight.state == LayerState::unknown ? now : std::max(sight.since, layer.since);
}

bool follow(LayerTimeline& layer, Micros steady, Stamp now) {
    if (layer.state == LayerState::failing) {
        const bool news = !layer.failed || layer.over;
        if (!layer.failed) layer.failed = layer.since;
        layer.over.reset();
        return news;
    }
    const bool recovered = layer.failed && !layer.over && layer.state == LayerState::well;
    if (!recovered || now - layer.since < steady) return false;
    layer.over = layer.since;
    return true;
}

}  // namespace

bool follow(std::vector<LayerTimeline>& layers, const LayerSights& seen, Micros steady, Stamp now) {
    if (layers.size() != layer_count) {
        layers.assign(layer_count, {});
        for (std::size_t i = 0; i < layer_count; ++i)
            layers[i].layer = all_layers[i];
    }
    bool news = false;
    for (std::size_t i = 0; i < layer_count; ++i) {
        turn(layers[i], seen[i], now);
        news |= follow(layers[i], steady, now);
    }
    return news;
}

void settle(std::vector<LayerTimeline>& layers) {
    for (LayerTimeline& layer : layers)
        if (layer.failed && !layer.over && layer.state == LayerState::well) layer.over = layer.since;
}

}  // namespace sereno
