// Who looks from outside: what they say of a platform, and how they are themselves.
#pragma once

#include "agent/page/views/parts.hpp"

namespace sereno {

/// Is this the word of somebody who looks from outside?
bool from_outside(const ProbeState& probe);

/// What a probe says, in a few words: "answers", "no answer in time", "not asked yet", "too old to count".
std::string word_of(const Scene& scene, const ProbeState& probe);

/// Routes, other networks and the vendor's own word, as far as anybody can be asked about this platform.
/// Nothing when nobody can.
void seen_outside(Html& html, const Scene& scene, const SubjectView& view);

/// "networks seen: 1 of 4, the least seen by 3 of 310 observers".
std::string routes_text(const Scene& scene, const RoutesSeen& seen);

/// The voices of one look from other networks, a line each.
void voices(Html& html, const Scene& scene, const std::vector<Voice>& said);

/// Every witness with its state, last word and budget; nothing when there are none.
void witnesses(Html& html, const Scene& scene);

}  // namespace sereno
