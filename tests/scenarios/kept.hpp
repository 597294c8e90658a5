// What a scenario led to, kept as files: its texts, and its recording, which can be decided again.
#pragma once

#include <filesystem>

#include "play.hpp"

namespace sereno::scenario {

/// Plays it and writes observations.txt, verdicts.txt, effects.txt, recording.jsonl (docs/recordings.md) and
/// state.json, all that the core remembers in the end, into `folder`, which it makes. The same scenario gives
/// the same bytes. False when they cannot be written; then it has said why.
bool keep(const Scenario& scenario, const std::filesystem::path& folder);

/// Decides the recording in `folder` again. False when it does not give the recorded effects; then it has
/// said where.
bool replay_kept(const std::filesystem::path& folder);

}  // namespace sereno::scenario
