// Which playbook belongs to an incident, and which of its steps to a phase. Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/model/playbook.hpp"

namespace sereno {

/// The first playbook of this kind that names no platform kinds or shares one with `platform_kinds`. The
/// order of the list decides: a team's own before the built-in ones, the specific before the general. Null
/// when none fits; an incident of kind unknown has none. Points into `playbooks`.
const Playbook* choose_playbook(const std::vector<Playbook>& playbooks, IncidentKind kind,
                                const std::vector<std::string>& platform_kinds);

/// The steps of one phase, in the playbook's order.
std::vector<PlaybookStep> steps_of(const Playbook& playbook, Phase phase);

/// The phase an incident is in: `recovered` once it is closed. While it is recovering the steps of the open
/// phase still hold: the first answers that come back may not last; relapses of minutes are common.
Phase phase_of(IncidentState state);

}  // namespace sereno
