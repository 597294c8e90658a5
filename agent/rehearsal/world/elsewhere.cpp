#include "agent/rehearsal/world/elsewhere.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "agent/rehearsal/world/pages.hpp"
#include "agent/rehearsal/world/ripe.hpp"

namespace sereno::rehearsal {

namespace {

/// Twelve times what a client believes (five minutes), and not a round number.
constexpr std::chrono::minutes lateness{61};
/// Where every page is, seen from elsewhere: nobody's address (RFC 5737).
constexpr const char* address = "198.51.100.7";

struct Found {
    const PlatformPlan* platform = nullptr;
    const PagePlan* page = nullptr;
};

Found find(const WorldPlan& plan, const std::string& host) {
    for (const PlatformPlan& platform : plan.platforms)
        for (const PagePlan& page : platform.pages)
            if (page.host == host) return {&platform, &page};
    return {};
}

bool answers(const Truth& truth, const std::string& server) {
    const Condition condition = truth.condition(server);
    return condition == Condition::well || (condition == Condition::lossy && !truth.loses(server));
}

/// The resolver beside a probe: it asks each server once, and validates.
bool resolves(const Truth& truth, const PlatformPlan& platform) {
    if (truth.condition("zone:" + platform.zone) == Condition::bogus) return false;
    return std::any_of(platform.name_servers.begin(), platform.name_servers.end(),
                       [&](const NameServerPlan& server) { return answers(truth, "dns:" + server.machine); });
}

std::string headers_text(const HttpAnswer& answer) {
    boost::json::object headers;
    for (const auto& [name, value] : answer.headers)
        headers[name] = value;
    return boost::json::serialize(headers);
}

std::string page_seen(const Truth& truth, const PagePlan& page, const GlobalpingQuestion& question) {
    const Condition condition = truth.condition("web:" + page.host);
    if (condition == Condition::silent)
        return GlobalpingApi::failed("Timeout awaiting 'connect' for 10000ms");
    if (condition == Condition::refused)
        return GlobalpingApi::failed(std::string("connect ECONNREFUSED ") + address + ":443");
    const std::string target = question.path + (question.query.empty() ? "" : "?" + question.query);
    const HttpAnswer answer = answer_front_end(page, condition, {question.method, target, {}, {}});
    return GlobalpingApi::page(answer.status, headers_text(answer));
}

/// `name` of the query of `target`, decoded.
std::string parameter(const std::string& target, const std::string& name) {
    const std::size_t mark = target.find('?');
    if (mark == std::string::npos) return {};
    return form_fields(std::string_view(target).substr(mark + 1))[name];
}

}  // namespace

std::string seen_elsewhere(const Truth& truth, const GlobalpingQuestion& question) {
    const bool name_only = question.type == "dns";
    const auto [platform, page] = find(truth.plan, question.target);
    if (platform == nullptr)
        return name_only ? GlobalpingApi::code("NXDOMAIN")
                         : GlobalpingApi::failed("queryA ENOTFOUND " + question.target);
    if (!resolves(truth, *platform))
        return name_only ? GlobalpingApi::code("SERVFAIL")
                         : GlobalpingApi::failed("queryA ESERVFAIL " + question.target);
    return name_only ? GlobalpingApi::resolved({address}) : page_seen(truth, *page, question);
}

Elsewhere::Elsewhere(Truth truth)
    : truth_(std::move(truth)),
      probes_([this](const GlobalpingProbe&, const GlobalpingQuestion& question) { return eyes(question); }),
      feed_([this] { return newest("ris"); }) {
    for (const PlatformPlan& platform : truth_.plan.platforms)
        for (const RoutePlan& route : platform.routes)
            feed_.add(route.prefix, route.origin);
    for (const auto& [prefix, origin] : lasting_prefixes())
        feed_.add(prefix, origin);
}

std::string Elsewhere::eyes(const GlobalpingQuestion& question) const {
    const bool name_only = question.type == "dns";
    switch (truth_.condition("globalping")) {
        case Condition::lies_ill:
            return name_only ? GlobalpingApi::code("SERVFAIL") : GlobalpingApi::page(503);
        case Condition::lies_well:
            return name_only ? GlobalpingApi::resolved({address}) : GlobalpingApi::page(200);
        default:
            return seen_elsewhere(truth_, question);
    }
}

HttpAnswer Elsewhere::globalping(const HttpRequest& request) {
    const Condition condition = truth_.condition("globalping");
    if (condition == Condition::error_500) return {500, "Internal Server Error\n", "text/plain", {}};
    probes_.set_looks(condition == Condition::late ? -1 : 1);
    return probes_.answer(request);
}

HttpAnswer Elsewhere::looking_glass(const HttpRequest& request) const {
    if (truth_.condition("ripestat") == Condition::error_500)
        return {500, "Internal Server Error\n", "text/plain", {}};
    if (!request.target.starts_with("/data/looking-glass/data.json?"))
        return {404, "Not Found\n", "text/plain", {}};
    GlassAnswer answer{parameter(request.target, "resource"), 0, false};
    if (const auto lasting = lasting_prefixes().find(answer.prefix); lasting != lasting_prefixes().end()) {
        answer.origin = lasting->second;
        answer.announced = true;
    }
    for (const PlatformPlan& platform : truth_.plan.platforms)
        for (const RoutePlan& route : platform.routes)
            if (route.prefix == answer.prefix) {
                answer.origin = route.origin;
                answer.announced = shows("ripestat", route.prefix);
            }
    return {200, looking_glass_body(answer, newest("ripestat")), "application/json", {}};
}

void Elsewhere::tell_of_routes() {
    for (const PlatformPlan& platform : truth_.plan.platforms)
        for (const RoutePlan& route : platform.routes)
            feed_.show(route.prefix, shows("ris", route.prefix));
}

bool Elsewhere::shows(const std::string& witness, const std::string& prefix) const {
    const Condition condition = truth_.condition(witness);
    if (condition == Condition::lies_ill || condition == Condition::lies_well)
        return condition == Condition::lies_well;
    return truth_.condition("route:" + prefix) != Condition::withdrawn;
}

Stamp Elsewhere::newest(const std::string& witness) const {
    const Stamp now = truth_.calendar();
    return truth_.condition(witness) == Condition::late ? now - lateness : now;
}

}  // namespace sereno::rehearsal
