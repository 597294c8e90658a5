#include "alerting/policy/policy.hpp"

namespace sereno {

std::vector<Recipient> recipients_for(const Incident& incident, AlertKind kind,
                                      const std::vector<Recipient>& team) {
    if (!incident.opened) return {};
    if (kind == AlertKind::recovered && incident.state != IncidentState::closed) return {};
    return team;
}

}  // namespace sereno
