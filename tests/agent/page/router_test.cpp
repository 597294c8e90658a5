#include "agent/page/router.hpp"

#include <boost/json/parse.hpp>

#include "agent/page/api.hpp"
#include "catch.hpp"
#include "scenes.hpp"

using namespace sereno;

namespace {

Display display_of(std::string_view scene) {
    Display display{"Corner Shop", Words{scenes::messages(), "en"}};
    display.show(scenes::make(scene, 3, *parse_rfc3339("2021-10-04T16:05:00Z")));
    return display;
}

Request get(std::string path, std::string query = "") {
    Request request;
    request.path = std::move(path);
    request.query = std::move(query);
    request.host = "localhost:8484";
    return request;
}

Response response_to(const Request& request) {
    Display display = display_of("outage");
    return std::get<Response>(route(request, "127.0.0.1", display));
}

}  // namespace

TEST_CASE("only the routes of the table are there") {
    for (const auto* path :
         {"/", "/healthz", "/api/v1/status", "/assets/style.css", "/assets/app.js", "/assets/lantern.svg"})
        CHECK(response_to(get(path)).status == 200);
    for (const auto* path :
         {"/index.html", "//", "/assets/", "/assets/../page.cpp", "/assets/%2e%2e/x", "/..",
          "/api/v1/status/", "/API/v1/status", "/api", "/%2f", "/healthz%00", "*", "/etc/passwd"})
        CHECK(response_to(get(path)).status == 404);
}

TEST_CASE("a wrong method is told which are right, on routes that exist") {
    Request request = get("/");
    request.method = Request::Method::other;
    CHECK(response_to(request).status == 405);
    CHECK(response_to(request).allow_header);
    request.path = "*";
    CHECK(response_to(request).status == 405);
    request.path = "/nothing";
    CHECK(response_to(request).status == 404);
}

TEST_CASE("only names of this computer are answered to") {
    for (const auto* host :
         {"localhost", "LOCALHOST:8484", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8484"})
        CHECK(is_own_host(host, "127.0.0.1"));
    CHECK(is_own_host("127.0.0.9:80", "127.0.0.9"));
    for (const auto* host : {"evil.example", "localhost.evil.example", "localhost.", "evil.example:8484",
                             "127.0.0.2", "[::1", "::1]", "localhost:8484x", "localhost:80:80",
                             "user@localhost", "", ":8484", "[127.0.0.1].evil", "127.0.0.1.evil.example"})
        CHECK_FALSE(is_own_host(host, "127.0.0.1"));
    Request request = get("/");
    request.host = "rebound.example";
    CHECK(response_to(request).status == 421);
    request.path = "/api/v1/status";
    CHECK(response_to(request).status == 421);
}

TEST_CASE("a validator that still holds saves the body") {
    for (const auto* path : {"/", "/assets/style.css", "/assets/app.js", "/assets/lantern.svg"}) {
        const Response full = response_to(get(path));
        REQUIRE_FALSE(full.etag.empty());
        Request request = get(path);
        request.if_none_match = "\"other\", W/" + full.etag;
        CHECK(response_to(request).status == 304);
        CHECK_FALSE(response_to(request).body);
        request.if_none_match = "*";
        CHECK(response_to(request).status == 304);
        request.if_none_match = "\"other\"";
        CHECK(response_to(request).status == 200);
    }
}

TEST_CASE("an asset is kept forever only under the version that the page asks for") {
    CHECK(response_to(get("/assets/app.js")).caching == Response::Caching::ask);
    CHECK(response_to(get("/assets/app.js", "v=0")).caching == Response::Caching::ask);
    const std::string page = *response_to(get("/")).body;
    const auto start = page.find("/assets/app.js?") + 15;
    CHECK(response_to(get("/assets/app.js", page.substr(start, page.find('"', start) - start))).caching ==
          Response::Caching::forever);
}

TEST_CASE("the page is rendered once a snapshot") {
    Display display = display_of("well");
    const Body first = std::get<Response>(route(get("/"), "127.0.0.1", display)).body;
    CHECK(std::get<Response>(route(get("/"), "127.0.0.1", display)).body == first);
    display.show(scenes::make("outage", 4, *parse_rfc3339("2021-10-04T16:05:00Z")));
    CHECK(std::get<Response>(route(get("/"), "127.0.0.1", display)).body != first);
}

TEST_CASE("since must be a time, and a time is understood with its offset") {
    Display display = display_of("well");
    CHECK(
        std::get<Response>(route(get("/api/v1/decisions", "since=yesterday"), "127.0.0.1", display)).status ==
        400);
    CHECK(std::get<Response>(route(get("/api/v1/decisions", "since="), "127.0.0.1", display)).status == 400);
    CHECK(std::get<Response>(route(get("/api/v1/decisions", "since=%zz"), "127.0.0.1", display)).status ==
          400);
    const auto ask = [&](const std::string& query) {
        return std::get<AskDecisions>(route(get("/api/v1/decisions", query), "127.0.0.1", display)).since;
    };
    const auto noon = *parse_rfc3339("2021-10-04T12:00:00Z");
    CHECK(ask("since=2021-10-04T12:00:00Z") == noon);
    CHECK(ask("x=1&since=2021-10-04T14%3A00%3A00%2B02:00") == noon);
    CHECK(ask("since=2021-10-04T14:00:00+02:00&y") == noon);
    CHECK(ask("") == Stamp{});
}

TEST_CASE("what the API says is JSON, hostile text or not") {
    for (const auto scene : scenes::names()) {
        Display display = display_of(scene);
        const auto body = std::get<Response>(route(get("/api/v1/status"), "127.0.0.1", display)).body;
        INFO(scene);
        boost::system::error_code error;
        const auto value = boost::json::parse(*body, error);
        REQUIRE_FALSE(error);
        CHECK(value.as_object().at("version").to_number<int>() == 3);
        const auto decisions =
            boost::json::parse(*decisions_response(display.snapshot().recent_decisions, display).body, error);
        REQUIRE_FALSE(error);
        CHECK(decisions.as_object().at("decisions").as_array().size() ==
              display.snapshot().recent_decisions.size());
        std::vector<Incident> incidents;
        for (const auto& view : display.snapshot().incidents)
            incidents.push_back(view.incident);
        const auto listed = boost::json::parse(*incidents_response(incidents, display).body, error);
        REQUIRE_FALSE(error);
        CHECK(listed.as_object().at("incidents").as_array().size() == incidents.size());
    }
}

TEST_CASE("dates are those of HTTP") {
    CHECK(http_date(*parse_rfc3339("1994-11-06T08:49:37Z")) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(http_date(*parse_rfc3339("2026-11-21T20:51:09.9Z")) == "Sat, 21 Nov 2026 20:51:09 GMT");
}

TEST_CASE("every answer carries the headers that protect the reader") {
    const std::string head = head_of(response_to(get("/")), {}, Stamp{});
    for (const auto* header : {"Content-Security-Policy: default-src 'none'; script-src 'self';",
                               "frame-ancestors 'none'", "X-Content-Type-Options: nosniff\r\n",
                               "Referrer-Policy: no-referrer\r\n", "Date: ", "Cache-Control: no-cache\r\n"}) {
        INFO(header);
        CHECK(head.find(header) != std::string::npos);
    }
    CHECK(head.find("unsafe") == std::string::npos);
    CHECK(head_of(refusal_response({431, "x"}), {}, Stamp{}).find("nosniff") != std::string::npos);
}
