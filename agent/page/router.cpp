#include "agent/page/router.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "agent/model/ascii.hpp"
#include "agent/page/api.hpp"
#include "agent/page/assets.hpp"
#include "agent/page/views/page_view.hpp"

namespace sereno {

namespace {

Outcome front(const Request&, Display& display) {
    return display.front();
}

Outcome health(const Request&, Display&) {
    return text_response(200, "ok");
}

Outcome status(const Request&, Display& display) {
    return json_response(200, status_text(display.snapshot(), display.words()));
}

Outcome decisions(const Request& request, Display&) {
    const auto since = parameter(request.query, "since");
    if (!since) return AskDecisions{};
    const auto at = parse_rfc3339(*since);
    if (!at)
        return json_response(400, error_text("since must be a time such as 2021-10-04T15:39:00Z (RFC 3339)"));
    return AskDecisions{*at};
}

Outcome incidents(const Request&, Display&) {
    return AskIncidents{};
}

Outcome events(const Request& request, Display&) {
    if (request.method == Request::Method::get) return OpenEvents{};
    Response response;
    response.type = "text/event-stream";
    return response;
}

template <const Asset& (*Which)()>
Outcome asset(const Request& request, Display&) {
    const Asset& found = Which();
    Response response;
    response.type = found.type;
    response.body = found.body;
    response.etag = found.etag;
    // The page asks for each asset under a query that changes with its content.
    response.caching = request.query == found.version ? Response::Caching::forever : Response::Caching::ask;
    return response;
}

struct Route {
    std::string_view path;
    Outcome (*answer)(const Request&, Display&);
};

constexpr std::array routes{
    Route{"/", front},
    Route{"/api/v1/status", status},
    Route{"/api/v1/decisions", decisions},
    Route{"/api/v1/incidents", incidents},
    Route{"/api/v1/events", events},
    Route{"/healthz", health},
    Route{"/assets/style.css", asset<style_asset>},
    Route{"/assets/app.js", asset<script_asset>},
    Route{"/assets/lantern.svg", asset<lantern_asset>},
};

/// "localhost" of "localhost:8484", "[::1]" of "[::1]:8484".
std::string_view without_port(std::string_view host) {
    const std::size_t colon = host.starts_with('[') ? host.find(':', host.find(']')) : host.find(':');
    const std::string_view port = colon == std::string_view::npos ? "" : host.substr(colon + 1);
    const bool digits = std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits && port.size() <= 5 ? host.substr(0, colon) : std::string_view{};
}

const Snapshot& nothing_yet() {
    static const Snapshot empty;
    return empty;
}

}  // namespace

void Display::show(SnapshotPtr snapshot) {
    snapshot_ = std::move(snapshot);
    front_ = {};
}

const Snapshot& Display::snapshot() const {
    return snapshot_ ? *snapshot_ : nothing_yet();
}

const Response& Display::front() {
    if (!front_.body) {
        front_.type = "text/html; charset=utf-8";
        front_.body = std::make_shared<const std::string>(render_page(snapshot(), words_, team_));
        front_.etag = etag_of(*front_.body);
        front_.caching = Response::Caching::ask;
    }
    return front_;
}

bool is_own_host(std::string_view host, std::string_view listen) {
    std::string name = lower_ascii(without_port(host));
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    return name == "localhost" || name == "127.0.0.1" || name == "::1" || (!name.empty() && name == listen);
}

Outcome route(const Request& request, const std::string& listen, Display& display) {
    // Browsers always say which host they mean; HTTP/1.0 tools may not, and they are no browsers.
    if (!request.host.empty() && !is_own_host(request.host, listen))
        return text_response(
            421,
            "this page answers to localhost only; reach it through ssh -L or a reverse proxy "
            "that sends Host: localhost");
    const auto* found =
        std::find_if(routes.begin(), routes.end(), [&](const Route& r) { return r.path == request.path; });
    if (request.method == Request::Method::other && (found != routes.end() || request.path == "*")) {
        Response response = text_response(405, "only GET and HEAD are answered here");
        response.allow_header = true;
        return response;
    }
    if (found == routes.end()) return text_response(404, "nothing here; the page is at /");

    Outcome outcome = found->answer(request, display);
    if (auto* response = std::get_if<Response>(&outcome);
        response != nullptr && response->status == 200 && names_etag(request.if_none_match, response->etag)) {
        response->status = 304;
        response->body = nullptr;
    }
    return outcome;
}

Response refusal_response(const Refusal& refusal) {
    return text_response(refusal.status, std::string{refusal.reason});
}

Response decisions_response(const std::vector<DecisionRecord>& records, const Display& display) {
    return json_response(200, decisions_text(records, display.words(), display.snapshot().wall_offset));
}

Response incidents_response(const std::vector<Incident>& incidents, const Display& display) {
    return json_response(200, incidents_text(incidents, display.words(), display.snapshot().wall_offset));
}

}  // namespace sereno
