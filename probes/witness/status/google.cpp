// incidents.json of Google Cloud and Google Workspace: the incidents of years, those without an end go on
// (https://status.cloud.google.com/incidents.schema.json).
#include "probes/witness/status/findings.hpp"

namespace sereno {

namespace {

namespace json = boost::json;
using namespace status;

Failure meaning(std::string_view impact) {
    if (impact == "SERVICE_OUTAGE") return Failure::reported_outage;
    if (impact == "SERVICE_INFORMATION" || impact == "AVAILABLE") return Failure::none;
    return Failure::reported_degraded;  // SERVICE_DISRUPTION, and whatever is invented next
}

bool is_over(const json::object& incident) {
    if (!text_at(incident, "end").empty()) return true;
    const json::object* update = object_at(incident, "most_recent_update");
    return update != nullptr && text_at(*update, "status") == "AVAILABLE";
}

/// One for which the incident counts; empty: none.
std::vector<std::string_view> products_of(const StatusPage& page, const json::object& incident) {
    std::vector<std::string_view> out;
    for (const json::object* one : objects_in(list_at(incident, "affected_products")))
        if (counts(page, text_at(*one, "title")) || counts(page, text_at(*one, "id")))
            out.push_back(text_at(*one, "title"));
    const std::string_view service = text_at(incident, "service_name");
    if (out.empty() && !service.empty() && counts(page, service)) out.push_back(service);
    return out;
}

void weigh(const StatusPage& page, const json::object& incident, Findings& found) {
    if (is_over(incident)) return;
    const auto products = products_of(page, incident);
    if (products.empty() && !page.components.empty()) return;
    const Failure says = meaning(text_at(incident, "status_impact"));
    if (says == Failure::none) return;
    const json::object* update = object_at(incident, "most_recent_update");
    std::string_view words = text_at(incident, "external_desc");
    if (words.empty() && update != nullptr) words = text_at(*update, "text");
    found.add(says, words);
    for (const std::string_view product : products)
        found.affect(product);
}

}  // namespace

StatusReport read_google(const StatusPage& page, std::string_view body, Stamp) {
    const Document document = read_json(body);
    if (!document.value) return not_understood(document.why);
    const json::array* list = document.value->if_array();
    const auto incidents = objects_in(list);
    if (list == nullptr || incidents.size() != list->size())
        return not_understood("expected a list of Google's incidents, came other JSON");
    Findings found;
    for (const json::object* one : incidents) {
        if (text_at(*one, "id").empty() || text_at(*one, "begin").empty())
            return not_understood("expected Google's incidents, came objects without 'id' and 'begin'");
        weigh(page, *one, found);
    }
    return found.report("nothing is reported");
}

}  // namespace sereno
