// Everyone who is watched: platforms layer by layer, apps, this host and the controls.
#pragma once

#include "agent/page/views/parts.hpp"

namespace sereno {

/// Decision, cause, ladder, evidence and every probe of a platform.
void platform(Html& html, const Scene& scene, const SubjectView& view);
/// Decision, cause, restart command and every probe of an app of the team.
void app(Html& html, const Scene& scene, const SubjectView& view);
/// This computer and its network.
void host(Html& html, const Scene& scene, const SubjectView& view);
/// All controls in one card; nothing when there are none.
void controls(Html& html, const Scene& scene);

/// Decisions taken lately, newest first; most of them folded away.
void history(Html& html, const Scene& scene);

}  // namespace sereno
