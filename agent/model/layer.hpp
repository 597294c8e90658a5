// The layers that a platform stands on, and what each of them did during an incident.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/model/time.hpp"

namespace sereno {

/// The lowest first: while one fails, those above it may not be seen.
enum class Layer : std::uint8_t {
    routes,      ///< the exact prefixes of its name servers, as route collectors see them
    dns,         ///< its names, from resolvers and from its own name servers
    edge,        ///< its front ends: TCP, TLS, and errors that tell of no application behind them
    application  ///< what it serves: HTTP status, content, the steps of a transaction
};
inline constexpr std::size_t layer_count = 4;
inline constexpr std::array<Layer, layer_count> all_layers{Layer::routes, Layer::dns, Layer::edge,
                                                           Layer::application};

/// Hidden behind a layer that fails, or not looked at lately, is `unknown`: neither failing nor well.
enum class LayerState : std::uint8_t { unknown, failing, well };

/// What one layer does now.
struct LayerSight {
    LayerState state = LayerState::unknown;
    Stamp since;  ///< when it came to be so, as far as the probes tell by themselves
    bool operator==(const LayerSight&) const = default;
};
using LayerSights = std::array<LayerSight, layer_count>;  ///< by Layer

/// What one layer did since the incident began. A length of time belongs to a layer: over - failed.
struct LayerTimeline {
    Layer layer = Layer::routes;
    LayerState state = LayerState::unknown;  ///< when it was looked at last
    Stamp since;                             ///< when it came to be so
    std::optional<Stamp> failed;             ///< when it was first seen failing; empty: it was not
    std::optional<Stamp> over;               ///< first sight of the steady recovery; empty: none was seen
    bool operator==(const LayerTimeline&) const = default;
};

/// Which of them failed first, of several at the same time the lowest; null: none failed.
const LayerTimeline* first_failed(const std::vector<LayerTimeline>& layers);

std::string_view to_string(Layer layer);
std::string_view to_string(LayerState state);
std::optional<Layer> layer_from(std::string_view text);
std::optional<LayerState> layer_state_from(std::string_view text);

}  // namespace sereno
