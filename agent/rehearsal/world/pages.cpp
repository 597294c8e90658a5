#include "agent/rehearsal/world/pages.hpp"

namespace sereno::rehearsal {

namespace {

bool reads(const HttpRequest& request) {
    return request.method == "GET" || request.method == "HEAD";
}

const HttpAnswer wrong_method{405, "Method Not Allowed\n", "text/plain", {}};
const HttpAnswer broken{500, "Internal Server Error\n", "text/plain", {}};

}  // namespace

HttpAnswer answer_front_end(const PagePlan& page, Condition condition, const HttpRequest& request) {
    const std::pair<std::string, std::string> server{"Server", "proxygen-bolt"};
    if (condition == Condition::error_503)
        return {503,
                "no server is available for the request\n",
                "text/plain",
                {server, {"Proxy-Status", "no_server_available; e_fb_vipport=\"0\""}}};
    const bool landing = request.target == "/" || request.target.starts_with("/?");
    if (condition == Condition::error_500 || (condition == Condition::login_broken && !landing))
        return {500, "Sorry, something went wrong.\n", "text/plain", {server}};
    if (!reads(request)) return wrong_method;
    if (page.answer == 204) return {204, "", "", {server}};
    return {page.answer,
            "<!DOCTYPE html><title>" + page.host + "</title><p>" + page.host + "</p>\n",
            "text/html; charset=utf-8",
            {server}};
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
