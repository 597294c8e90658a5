// https://docs.slack.dev/reference/slack-status-api
#include <algorithm>

#include "probes/witness/status/findings.hpp"

namespace sereno {

namespace {

namespace json = boost::json;
using namespace status;

Failure meaning(std::string_view type) {
    if (type == "outage") return Failure::reported_outage;
    if (type == "maintenance") return Failure::reported_maintenance;
    if (type == "notice") return Failure::none;
    return Failure::reported_degraded;  // "incident", and what comes after it
}

bool is_over(const json::object& incident) {
    const std::string_view state = text_at(incident, "status");
    return state == "resolved" || state == "completed" || state == "cancelled" || state == "scheduled";
}

void weigh(const StatusPage& page, const json::object& incident, Findings& found) {
    if (is_over(incident)) return;
    bool ours = page.components.empty();
    std::vector<std::string_view> services;
    if (const json::array* list = list_at(incident, "services"))
        for (const json::value& one : *list)
            if (one.is_string() && counts(page, one.get_string())) services.emplace_back(one.get_string());
    ours = ours || !services.empty();
    const Failure says = meaning(text_at(incident, "type"));
    if (!ours || says == Failure::none) return;
    found.add(says, text_at(incident, "title"));
    for (const std::string_view service : services)
        found.affect(service);
}

}  // namespace

StatusReport read_slack(const StatusPage& page, std::string_view body, Stamp) {
    const Document document = read_json(body);
    if (!document.value) return not_understood(document.why);
    const json::object* root = document.value->if_object();
    const std::string_view state = root == nullptr ? std::string_view{} : text_at(*root, "status");
    if (state != "ok" && state != "active")
        return not_understood("expected Slack's status 'ok' or 'active', came '" + std::string{state} + "'");
    const json::array* list = list_at(*root, "active_incidents");
    if (state == "active" && objects_in(list).empty())
        return not_understood("its status is 'active', yet it names no incident");
    Findings found;
    for (const json::object* one : objects_in(list))
        weigh(page, *one, found);
    return found.report("nothing is reported");
}

}  // namespace sereno
