// Who is told what, when. Pure.
#pragma once

#include <optional>
#include <vector>

#include "agent/model/incident.hpp"
#include "agent/model/message.hpp"

namespace sereno {

/// One message an incident and person and channel: at its opening and at its end. A suspicion tells nobody;
/// an incident that never opened has no end to tell of.
std::vector<Recipient> recipients_for(const Incident& incident, AlertKind kind,
                                      const std::vector<Recipient>& team);

}  // namespace sereno
