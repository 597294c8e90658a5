// Incidents: what is going on with what to do about it, and what was.
#pragma once

#include "agent/page/views/parts.hpp"

namespace sereno {

/// One that is not over: state, whom it touches, steps, reasons, who was told.
void incident(Html& html, const Scene& scene, const IncidentView& view);

/// Those that are over, a line each.
void past_incidents(Html& html, const Scene& scene);

/// The first thing to do, of the incident that the headline speaks of; nothing when there is none.
void next_step(Html& html, const Scene& scene, Tone tone);

/// "incident-7": where a link leads.
std::string anchor_of(IncidentId incident);

}  // namespace sereno
