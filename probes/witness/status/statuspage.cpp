// Atlassian Statuspage's summary.json, and those who answer in its shape (incident.io: lists may be null,
// incidents name no components).
#include <array>
#include <map>
#include <utility>

#include "probes/witness/status/findings.hpp"

namespace sereno {

namespace {

namespace json = boost::json;
using namespace status;

using Words = std::pair<std::string_view, Failure>;
/// Of the page, and of an incident's impact.
constexpr std::array<Words, 5> indicators{{{"none", Failure::none},
                                           {"minor", Failure::reported_degraded},
                                           {"major", Failure::reported_outage},
                                           {"critical", Failure::reported_outage},
                                           {"maintenance", Failure::reported_maintenance}}};
constexpr std::array<Words, 5> component_words{{{"operational", Failure::none},
                                                {"degraded_performance", Failure::reported_degraded},
                                                {"partial_outage", Failure::reported_degraded},
                                                {"major_outage", Failure::reported_outage},
                                                {"under_maintenance", Failure::reported_maintenance}}};

std::optional<Failure> meaning(const std::array<Words, 5>& words, std::string_view text) {
    for (const auto& [word, failure] : words)
        if (word == text) return failure;
    return {};
}

std::string list_of(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names)
        out += (out.empty() ? "'" : ", '") + name + "'";
    return out;
}

class Summary {
  public:
    Summary(const StatusPage& page, const json::object& root)
        : page_(page), root_(root), components_(objects_in(list_at(root, "components"))) {
        for (const json::object* one : components_)
            if (is_group(*one)) groups_.emplace(text_at(*one, "id"), text_at(*one, "name"));
    }

    StatusReport read() {
        const json::object* status = object_at(root_, "status");
        if (status == nullptr)
            return not_understood("expected a Statuspage summary, came JSON without 'status'");
        const auto indicator = meaning(indicators, text_at(*status, "indicator"));
        if (!indicator)
            return not_understood("its indicator is '" + std::string{text_at(*status, "indicator")} +
                                  "', which is none that is known");
        if (std::string why = read_components(); !why.empty()) return not_understood(why);
        incidents();
        maintenances();
        const std::string_view summary = text_at(*status, "description");
        if (!filtered())
            found_.add(unless_maintenance(*indicator), *indicator == Failure::none ? "" : summary);
        if (in_maintenance(*indicator)) found_.add(Failure::reported_maintenance, "");
        return found_.report(filtered() ? "nothing is reported" : summary);
    }

  private:
    [[nodiscard]] bool filtered() const { return !page_.components.empty(); }
    static bool is_group(const json::object& component) {
        const json::value* group = component.if_contains("group");
        return group != nullptr && group->is_bool() && group->get_bool();
    }

    /// By its own name or id, or those of its group.
    [[nodiscard]] bool wanted(const json::object& component) const {
        if (counts(page_, text_at(component, "name")) || counts(page_, text_at(component, "id"))) return true;
        const std::string_view group = text_at(component, "group_id");
        const auto known = groups_.find(group);
        return counts(page_, group) || (known != groups_.end() && counts(page_, known->second));
    }

    /// Work on a part is told, and quiets nobody: the rest is not excused by it.
    static Failure unless_maintenance(Failure says) {
        return says == Failure::reported_maintenance ? Failure::none : says;
    }

    /// When all components that count say so. The indicator may be set for one of them, so it speaks only
    /// where none is listed.
    [[nodiscard]] bool in_maintenance(Failure indicator) const {
        return all_in_maintenance_.value_or(indicator == Failure::reported_maintenance);
    }

    /// Why the components cannot be understood; empty: they can.
    std::string read_components() {
        bool any = false, all_in_maintenance = true;
        for (const json::object* one : components_) {
            if (is_group(*one) || !wanted(*one)) continue;
            any = true;
            const auto says = meaning(component_words, text_at(*one, "status"));
            if (!says && filtered())
                return "the status of '" + std::string{text_at(*one, "name")} + "' is '" +
                       std::string{text_at(*one, "status")} + "', which is none that is known";
            all_in_maintenance = all_in_maintenance && says == Failure::reported_maintenance;
            if (!says || *says == Failure::none) continue;
            found_.affect(text_at(*one, "name"));
            // Without a filter the page's own indicator weighs them.
            if (filtered())
                found_.add(unless_maintenance(*says),
                           std::string{text_at(*one, "name")} + ": " + std::string{text_at(*one, "status")});
        }
        if (any) all_in_maintenance_ = all_in_maintenance;
        // Renamed or gone: silence about it would be taken for health.
        if (filtered() && !any)
            return "it has none of the components " + list_of(page_.components) + "; mend 'components'";
        return {};
    }

    [[nodiscard]] bool concerns_us(const json::object& incident) const {
        if (!filtered()) return true;
        for (const json::object* one : objects_in(list_at(incident, "components")))
            if (wanted(*one)) return true;
        return false;
    }

    /// An open incident counts although every component is called operational.
    void incidents() {
        for (const json::object* one : objects_in(list_at(root_, "incidents"))) {
            const std::string_view state = text_at(*one, "status");
            if (state == "resolved" || state == "postmortem" || state == "completed") continue;
            if (!concerns_us(*one)) continue;
            Failure says = meaning(indicators, text_at(*one, "impact")).value_or(Failure::none);
            // A remedy is at work already; or its components say themselves how bad it is for them.
            if ((state == "monitoring" || filtered()) && says == Failure::reported_outage)
                says = Failure::reported_degraded;
            if (says != Failure::none) found_.add(unless_maintenance(says), text_at(*one, "name"));
        }
    }

    /// Their names only: what they reach, the indicator or the components say.
    void maintenances() {
        for (const json::object* one : objects_in(list_at(root_, "scheduled_maintenances"))) {
            const std::string_view state = text_at(*one, "status");
            const bool going_on = state == "in_progress" || state == "verifying";
            if (going_on && concerns_us(*one)) found_.add(Failure::none, text_at(*one, "name"));
        }
    }

    const StatusPage& page_;
    const json::object& root_;
    std::vector<const json::object*> components_;
    std::map<std::string_view, std::string_view> groups_;  // names by id
    std::optional<bool> all_in_maintenance_;  // of the components that count; empty: there is none
    Findings found_;
};

}  // namespace

StatusReport read_statuspage(const StatusPage& page, std::string_view body, Stamp) {
    const Document document = read_json(body);
    if (!document.value) return not_understood(document.why);
    const json::object* root = document.value->if_object();
    if (root == nullptr) return not_understood("expected a Statuspage summary, came JSON that is no object");
    return Summary(page, *root).read();
}

}  // namespace sereno
