#include "alerting/playbook/select.hpp"

#include <algorithm>
#include <iterator>

namespace sereno {

namespace {

bool share_one(const std::vector<std::string>& one, const std::vector<std::string>& other) {
    return std::any_of(one.begin(), one.end(), [&](const std::string& kind) {
        return std::find(other.begin(), other.end(), kind) != other.end();
    });
}

}  // namespace

const Playbook* choose_playbook(const std::vector<Playbook>& playbooks, IncidentKind kind,
                                const std::vector<std::string>& platform_kinds) {
    if (kind == IncidentKind::unknown) return nullptr;
    for (const Playbook& playbook : playbooks) {
        if (playbook.kind != kind) continue;
        if (playbook.platform_kinds.empty() || share_one(playbook.platform_kinds, platform_kinds))
            return &playbook;
    }
    return nullptr;
}

std::vector<PlaybookStep> steps_of(const Playbook& playbook, Phase phase) {
    std::vector<PlaybookStep> steps;
    std::copy_if(playbook.steps.begin(), playbook.steps.end(), std::back_inserter(steps),
                 [&](const PlaybookStep& step) { return step.phase == phase; });
    return steps;
}

Phase phase_of(IncidentState state) {
    return state == IncidentState::closed ? Phase::recovered : Phase::open;
}

}  // namespace sereno
