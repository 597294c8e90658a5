#include "agent/rehearsal/world/pages.hpp"

namespace sereno::rehearsal {

namespace {

bool reads(const HttpRequest& request) {
    return request.method == "GET" || request.method == "HEAD";
}

using Headers = std::vector<std::pair<std::string, std::string>>;

/// What tells one company's front ends from another's.
Headers fingerprint(const std::string& edge) {
    if (edge == "meta") return {{"Server", "proxygen-bolt"}};
    if (edge == "fastly")
        return {{"Server", "Varnish"}, {"Via", "1.1 varnish"}, {"X-Served-By", "cache-mad22045-MAD"}};
    if (edge == "cloudflare") return {{"Server", "cloudflare"}, {"CF-RAY", "8c1f0a2b3c4d5e6f-MAD"}};
    return {{"Server", "nginx"}};
}

HttpAnswer unavailable(const std::string& edge) {
    HttpAnswer answer{503, "no server is available for the request\n", "text/plain", fingerprint(edge)};
    if (edge == "meta")
        answer.headers.emplace_back("Proxy-Status", "no_server_available; e_fb_vipport=\"0\"");
    return answer;
}

const HttpAnswer wrong_method{405, "Method Not Allowed\n", "text/plain", {}};
const HttpAnswer broken{500, "Internal Server Error\n", "text/plain", {}};

}  // namespace

HttpAnswer answer_front_end(const PagePlan& page, Condition condition, const HttpRequest& request) {
    const auto front_end = fingerprint(page.edge);
    if (condition == Condition::error_503) return unavailable(page.edge);
    if (condition == Condition::too_many_requests) {
        HttpAnswer refusal{429, "Too Many Requests\n", "text/plain", front_end};
        refusal.headers.emplace_back("Retry-After", "600");
        return refusal;
    }
    const bool landing = request.target == "/" || request.target.starts_with("/?");
    if (condition == Condition::error_500 || (condition == Condition::login_broken && !landing))
        return {500, "Sorry, something went wrong.\n", "text/plain", front_end};
    if (!reads(request)) return wrong_method;
    if (page.answer == 204) return {204, "", "", front_end};
    return {page.answer, "<!DOCTYPE html><title>" + page.host + "</title><p>" + page.host + "</p>\n",
            "text/html; charset=utf-8", front_end};
}

HttpAnswer answer_portal() {
    return {302,
            "Sign in to use this network.\n",
            "text/plain",
            {{"Location", "http://" + std::string(portal_host) + "/"}}};
}

HttpAnswer answer_control(const NameControlPlan& control, Condition condition, const HttpRequest& request) {
    if (condition == Condition::error_500) return broken;
    if (!reads(request)) return wrong_method;
    if (request.target != control.path) return {404, "Not Found\n", "text/plain", {}};
    return {control.status, control.body, "text/html", {}};
}

HttpAnswer answer_app(Condition condition, const HttpRequest& request) {
    if (condition == Condition::error_500) return {500, "{\"status\":\"sick\"}\n", "application/json", {}};
    if (condition == Condition::error_503) return {503, "{\"status\":\"sick\"}\n", "application/json", {}};
    if (!reads(request)) return wrong_method;
    return {200, "{\"status\":\"ok\"}\n", "application/json", {}};
}

}  // namespace sereno::rehearsal
