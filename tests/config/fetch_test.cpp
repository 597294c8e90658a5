// What is fetched and what the answer must be: JSON rules, steps, redirects, versions, sizes.
#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;
using test::Lines;
using test::said;

namespace {

/// A health check with these keys beside its URL.
std::string health(const std::string& keys) {
    return "apps: [{name: a, health: {url: \"http://localhost/\", " + keys + "}}]\n";
}

HttpFetch fetch(const std::string& keys) {
    const Loaded loaded = load_text(health(keys), "s");
    INFO(keys);
    REQUIRE(test::lines(loaded.complaints) == Lines{});
    return std::get<HttpFetch>(loaded.settings.watch.apps.at(0).health);
}

std::string json_text(const std::string& written) {
    return fetch("json: [{at: /a, equals: " + written + "}]").json.at(0).value;
}

}  // namespace

TEST_CASE("a JSON rule compares what a pointer leads to") {
    using Is = JsonRule::Is;
    const HttpFetch one = fetch(
        "json: [{at: /status, equals: ok}, {at: \"/a~1b/0\", differs: 3}, {at: /n, at_least: 1}, "
        "{at: /n, at_most: 1.5e3}, {at: \"\", present: true}]");
    CHECK(one.json == std::vector<JsonRule>{{"/status", Is::equal, "\"ok\""},
                                            {"/a~1b/0", Is::different, "3"},
                                            {"/n", Is::at_least, "1"},
                                            {"/n", Is::at_most, "1.5e3"},
                                            {"", Is::present, ""}});
}

TEST_CASE(
    "a value is kept as JSON: plain numbers, true, false and null are themselves, all else is a string") {
    CHECK(json_text("0") == "0");
    CHECK(json_text("-1.5") == "-1.5");
    CHECK(json_text("1E+5") == "1E+5");
    CHECK(json_text("true") == "true");
    CHECK(json_text("false") == "false");
    CHECK(json_text("null") == "null");
    CHECK(json_text("~") == "null");
    CHECK(json_text("\"1\"") == "\"1\"");
    CHECK(json_text("\"true\"") == "\"true\"");
    CHECK(json_text("\"null\"") == "\"null\"");
    CHECK(json_text("\"\"") == "\"\"");
    CHECK(json_text("all good") == "\"all good\"");
    CHECK(json_text("'a \"b\" \\c'") == "\"a \\\"b\\\" \\\\c\"");
    CHECK(json_text("\"tab\\there\"") == "\"tab\\there\"");
    CHECK(json_text("2026-01-02T00:00:00Z") == "\"2026-01-02T00:00:00Z\"");
}

TEST_CASE("a value that could be meant in two ways is refused") {
    const std::string before = "json: [{at: /a, equals: ";
    CHECK(said(health(before + "yes}]")) ==
          Lines{"s:1:77: equals 'yes' is no value of JSON; write true, false, a number as in 10 or 1.5, or a "
                "text in quotes, \"yes\""});
    CHECK(said(health(before + "010}]")).size() == 1);
    CHECK(said(health(before + "1.}]")).size() == 1);
    CHECK(said(health(before + "+1}]")).size() == 1);
    CHECK(said(health(before + "True}]")).size() == 1);
    CHECK(said(health(before + "}]")) ==
          Lines{"s:1:69: equals is empty; write a value, as in ok, 3, true or null or remove it"});
    CHECK(said(health(before + "[1]}]")) ==
          Lines{"s:1:77: equals must be a value, as in ok, 3, true or null, not a list"});
    CHECK(said(health(before + std::string(201, 'x') + "}]")).size() == 1);
}

TEST_CASE("a JSON rule has a place and exactly one comparison") {
    CHECK(said(health("json: [{equals: 1}]")) ==
          Lines{"s:1:60: a json rule has no 'at'; add it, as in 'at: /status'"});
    CHECK(said(health("json: [{at: /a}]")) ==
          Lines{"s:1:60: a json rule needs exactly one of equals, differs, at_least, at_most and present"});
    CHECK(said(health("json: [{at: /a, equals: 1, differs: 2}]")).size() == 1);
    CHECK(said(health("json: [{at: /a, eqals: 1}]")) ==
          Lines{"s:1:69: unknown key 'eqals'; did you mean 'equals'?"});
    CHECK(said(health("json: [{at: a/b, equals: 1}]")) ==
          Lines{"s:1:65: at 'a/b' is not a JSON pointer; write '/' before each part, as in '/page/status'"});
    CHECK(said(health("json: [{at: \"/a~2\", equals: 1}]")).size() == 1);
    CHECK(said(health("json: [{at: \"/a~\", equals: 1}]")).size() == 1);
    CHECK(said(health("json: [{at: /a, present: false}]")) ==
          Lines{"s:1:78: present 'false' is not true; write 'present: true'"});
    CHECK(said(health("json: [{at: /a, at_least: many}]")) ==
          Lines{"s:1:79: at_least 'many' is not a number; write one as in 'at_least: 1'"});
    CHECK(said(health("json: ok")) ==
          Lines{"s:1:59: json must be a list, not a single value; write it as [a, b]"});
}

TEST_CASE("further steps follow the first, each with its own rules") {
    const HttpFetch one = fetch(
        "status: 200, then: [{url: \"http://localhost/login\", contains: Sign in}, "
        "{url: \"http://localhost/api\", status: 401, json: [{at: /error, present: true}]}]");
    REQUIRE(one.then.size() == 2);
    CHECK(one.then[0].url == "http://localhost/login");
    CHECK(one.then[0].contains == "Sign in");
    CHECK(one.then[0].expected_status == std::vector<std::pair<int, int>>{{200, 399}});
    CHECK(one.then[1].expected_status == std::vector<std::pair<int, int>>{{401, 401}});
    CHECK(one.then[1].json.size() == 1);
}

TEST_CASE("steps are few and have no steps of their own") {
    CHECK(said(health("then: [{url: \"http://localhost/\", then: [{url: \"http://localhost/\"}]}]")) ==
          Lines{"s:1:87: unknown key 'then'; known here: url, status, contains, empty, json, max_body_bytes, "
                "redirects, http_version"});
    CHECK(said(health("then: [{contains: x}]")) == Lines{"s:1:60: step has no 'url'; add it"});
    CHECK(said(health("then: []")) == Lines{"s:1:59: then has 0 items; at least 1 needed"});
    std::string eight;
    for (int i = 0; i < 8; ++i)
        eight += "{url: \"http://localhost/\"}, ";
    CHECK(said(health("then: [" + eight + "]")) == Lines{"s:1:59: then has 8 items; at most 7 allowed"});
}

TEST_CASE("where redirects are followed, one of them does not end the fetch") {
    using Ranges = std::vector<std::pair<int, int>>;
    const HttpFetch one = fetch("redirects: [Login.Example.org, 192.0.2.1, \"2001:DB8::1\"]");
    CHECK(one.redirect_hosts == std::vector<std::string>{"login.example.org", "192.0.2.1", "2001:db8::1"});
    CHECK(one.expected_status == Ranges{{200, 299}});
    CHECK(fetch("redirects: [a.example], status: [200, 302]").expected_status ==
          Ranges{{200, 200}, {302, 302}});
    CHECK(fetch("status: [200, 302], redirects: [a.example]").expected_status ==
          Ranges{{200, 200}, {302, 302}});
    CHECK(
        said(health("redirects: [\"https://a.example/\"]")) ==
        Lines{"s:1:65: redirects 'https://a.example/' is not a host name; leave out the scheme and the path, "
              "as in 'www.example.org'"});
    const test::PrivateFolder folder;
    (void)folder.write(
        "c.yaml", "platforms: {p: {canaries: [{url: \"http://a.example/\", redirects: [b.example]}]}}\n");
    const Loaded loaded = load_file(folder.write("s.yaml", "watch: [p]\ncatalogue: [c.yaml]\n"));
    REQUIRE(loaded.complaints.empty());
    CHECK(loaded.settings.watch.platforms.at(0).canaries.at(0).expected_status ==
          Ranges{{200, 299}, {400, 499}});
}

TEST_CASE("the HTTP version and the size of a body are bounded choices") {
    CHECK(fetch("status: 200").version == HttpVersion::http1);
    CHECK(fetch("http_version: \"2\"").version == HttpVersion::http2);
    CHECK(fetch("http_version: 1.1").version == HttpVersion::http1);
    CHECK(said(health("http_version: 3")) ==
          Lines{"s:1:67: http_version '3' is not one of 1.1, 2; did you mean '2'?"});
    CHECK(fetch("max_body_bytes: 1").max_body_bytes == 1);
    CHECK(fetch("max_body_bytes: 1048576").max_body_bytes == 1048576);
    CHECK(said(health("max_body_bytes: 0")) ==
          Lines{"s:1:69: max_body_bytes '0' is out of range; write 1 to 1048576"});
    CHECK(said(health("max_body_bytes: 1048577")).size() == 1);
}

TEST_CASE("a control has the same keys, and its steps expect what it expects") {
    const Loaded loaded = load_text(
        "controls: {names: [{name: a, operator: a, url: \"http://a.example/\", json: [{at: /a, equals: 1}], "
        "then: [{url: \"http://a.example/b\"}]}]}\n",
        "s");
    REQUIRE(test::lines(loaded.complaints).empty());
    const HttpFetch& page = *loaded.settings.watch.controls.at(0).fetch;
    CHECK(page.json.size() == 1);
    CHECK(page.then.at(0).expected_status == std::vector<std::pair<int, int>>{{200, 299}});
}
