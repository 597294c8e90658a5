// Runs the brain over a recording and holds what it decides against what it decided then.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/brain.hpp"
#include "agent/recording/reader.hpp"

namespace sereno {

struct ReplayedEvent {
    const RecordedEvent& recorded;
    const std::vector<Effect>& effects;     ///< as decided now
    const std::vector<std::string>& lines;  ///< of these, without their ends
    [[nodiscard]] bool as_recorded() const { return recorded.effects == lines; }
};

struct ReplayTotals {
    std::size_t events = 0, effects = 0, differing = 0;  ///< differing: events whose effects are not the same
};

/// Calls `each` for every event. Throws RecordingError.
ReplayTotals replay(RecordingReader& reader, const std::function<void(const ReplayedEvent&)>& each);

/// The brain at the recording's beginning. Throws RecordingError when its checkpoint fits no configuration.
Brain brain_at_beginning(const RecordingReader& reader, std::optional<Checkpoint> checkpoint);

/// One hunk of a unified diff, recorded against replayed.
std::string difference_text(const ReplayedEvent& event);

}  // namespace sereno
