// What each layer of a platform did during an incident, as a small table: which failed first, from when to
// when.
#pragma once

#include "agent/page/views/parts.hpp"

namespace sereno {

/// Did any layer of any subject fail?
bool has_layers(const Incident& incident);
/// One table for each subject of which a layer failed, with the layers that did, the lowest first.
void layers(Html& html, const Scene& scene, const Incident& incident);

}  // namespace sereno
