#include "probes/http/judge.hpp"

#include "probes/http/edge.hpp"

#include "catch.hpp"

using namespace sereno;

namespace {

TransferResult answer(int status, std::string body = {}) {
    TransferResult result;
    result.reached = Stage::done;
    result.status = status;
    result.body = std::move(body);
    return result;
}

TransferResult too_large(int status, std::string body) {
    TransferResult result = answer(status, std::move(body));
    result.reached = Stage::http;
    result.failure = Failure::http_too_large;
    return result;
}

HttpFetch expecting(std::vector<std::pair<int, int>> status) {
    HttpFetch task;
    task.expected_status = std::move(status);
    return task;
}

}  // namespace

TEST_CASE("a status within one of the expected ranges is well") {
    const HttpFetch task = expecting({{200, 299}, {400, 400}});
    CHECK(judge(task, answer(204)).failure == Failure::none);
    CHECK(judge(task, answer(400)).reached == Stage::done);
    CHECK(judge(task, answer(401)).failure == Failure::http_status);
}

TEST_CASE("an unexpected status is named for what it means") {
    const HttpFetch task = expecting({{200, 200}});
    CHECK(judge(task, answer(503)).failure == Failure::http_server_error);
    CHECK(judge(task, answer(302)).failure == Failure::http_redirect);
    CHECK(judge(task, answer(404)).failure == Failure::http_status);
    CHECK(judge(task, answer(511)).failure == Failure::http_status);
    CHECK(judge(task, answer(404)).reached == Stage::http);
    CHECK(judge(expecting({{503, 503}}), answer(503)).failure == Failure::none);
}

TEST_CASE("the body is looked at when the task says what belongs in it") {
    HttpFetch task;
    task.contains = "Success";
    CHECK(judge(task, answer(200, "<html>Success</html>")).failure == Failure::none);
    CHECK(judge(task, answer(200, "please log in")).failure == Failure::content_mismatch);
    CHECK(judge(task, answer(200, "please log in")).reached == Stage::content);
    CHECK(judge(task, answer(503, "Success")).failure == Failure::http_server_error);
}

TEST_CASE("a page where an empty answer belongs is a captive portal's") {
    HttpFetch task = expecting({{204, 204}});
    task.empty_body = true;
    CHECK(judge(task, answer(204)).failure == Failure::none);
    CHECK(judge(task, answer(204, "x")).failure == Failure::content_mismatch);
    CHECK(judge(task, answer(200, "log in here")).failure == Failure::http_status);
}

TEST_CASE("a long body matters only where its rest could have mattered") {
    HttpFetch task;
    CHECK(judge(task, too_large(200, "start")).failure == Failure::none);
    CHECK(judge(task, too_large(503, "start")).failure == Failure::http_server_error);
    task.contains = "start";
    CHECK(judge(task, too_large(200, "start of a page")).failure == Failure::none);
    task.contains = "end";
    CHECK(judge(task, too_large(200, "start of a page")).failure == Failure::http_too_large);
}

TEST_CASE("a transfer that failed keeps its own failure and stage") {
    TransferResult broken;
    broken.reached = Stage::tls;
    broken.failure = Failure::certificate_expired;
    const HttpJudgement judgement = judge(HttpFetch{}, broken);
    CHECK(judgement.failure == Failure::certificate_expired);
    CHECK(judgement.reached == Stage::tls);
}

TEST_CASE("the front end is known by its headers") {
    TransferResult result = answer(200);
    CHECK(edge_fingerprint(result).empty());
    result.headers = {{"x-served-by", "cache-fra-1"}};
    CHECK(edge_fingerprint(result) == "cache-fra-1");
    result.headers.push_back({"server", "edge-7\x01" + std::string(100, 'x')});
    CHECK(edge_fingerprint(result).starts_with("edge-7 x"));
    CHECK(edge_fingerprint(result).size() == 64);
    result.headers.push_back({"cf-ray", "8d1f"});
    CHECK(edge_fingerprint(result) == "cloudflare");
}

TEST_CASE("each of the great front ends is known by any of its marks, before what stands behind it") {
    using Headers = std::vector<std::pair<std::string, std::string>>;
    const auto [edge, headers] = GENERATE(table<std::string, Headers>({
        {"cloudflare", {{"cf-ray", "8d1f-FRA"}}},
        {"cloudflare", {{"server", "cloudflare"}}},
        {"cloudfront", {{"server", "gws"}, {"x-amz-cf-id", "q1"}}},
        {"cloudfront", {{"server", "CloudFront"}}},
        {"akamai", {{"x-akamai-request-id", "1"}}},
        {"akamai", {{"server", "nginx"}, {"x-akamai-transformed", "9 - 0"}}},
        {"akamai", {{"akamai-grn", "0.1"}}},
        {"akamai", {{"server", "AkamaiGHost"}}},
        {"akamai", {{"server", "AkamaiNetStorage"}}},
        {"azure-front-door", {{"server", "Kestrel"}, {"x-azure-ref", "1"}}},
        {"meta", {{"x-fb-debug", "x=="}}},
        {"meta", {{"server", "proxygen-bolt"}}},
        {"google", {{"server", "gws"}}},
        {"google", {{"server", "ESF"}}},
        {"google", {{"server", "sffe"}}},
        {"google", {{"server", "GSE"}}},
        {"google", {{"server", "Google Frontend"}}},
        {"fastly", {{"via", "1.1 varnish"}, {"x-served-by", "cache-fra-1"}}},
        {"github", {{"server", "github.com"}, {"x-github-request-id", "A:B"}}},
    }));
    TransferResult result = answer(200);
    result.headers = headers;
    CHECK(edge_fingerprint(result) == edge);
    CHECK(known_edge(result) == edge);
}

TEST_CASE("a front end that is none of the great ones is called what it says it is") {
    TransferResult result = answer(200);
    result.headers = {{"server", "HAProxy"}};
    CHECK(edge_fingerprint(result) == "HAProxy");
    CHECK(known_edge(result).empty());
    result.headers = {{"via", "1.1 varnish"}};
    CHECK(edge_fingerprint(result) == "1.1 varnish");
    CHECK(known_edge(result).empty());
}

TEST_CASE("a challenge says so in its headers; scripts in a page say nothing") {
    TransferResult result = answer(503, "<script src=\"/cdn-cgi/challenge-platform/scripts/jsd/main.js\">");
    result.headers = {{"server", "cloudflare"}, {"cf-ray", "8d1f-FRA"}};
    CHECK_FALSE(is_challenge(result));
    CHECK(judge(HttpFetch{}, result).failure == Failure::http_server_error);
    result.headers.push_back({"cf-mitigated", "challenge"});
    CHECK(judge(HttpFetch{}, result).failure == Failure::http_blocked);
}

TEST_CASE("through a proxy, a gateway's error is the proxy's, unless the target shows its hand") {
    const auto status = GENERATE(502, 503, 504);
    TransferResult result = answer(status);
    const auto failure = [&](bool proxied) { return judge(HttpFetch{}, result, proxied).failure; };
    CHECK(failure(true) == Failure::proxy_refused);
    CHECK(failure(false) == Failure::http_server_error);
    CHECK(judge(expecting({{status, status}}), result, true).failure == Failure::none);
    result.headers = {{"server", "HAProxy"}, {"via", "1.1 office"}};
    CHECK(failure(true) == Failure::proxy_refused);
    result.headers.push_back({"cf-ray", "8d1f-FRA"});
    CHECK(failure(true) == Failure::http_server_error);
    result.headers.clear();
    result.verified = true;  // came through a tunnel
    CHECK(failure(true) == Failure::http_server_error);
    result.verified = false;
    result.status = 500;
    CHECK(failure(true) == Failure::http_server_error);
}

TEST_CASE("the clock of an answer that a cache kept is believed only as far as it must be right") {
    const std::int64_t now = 784111777;  // 06 Nov 1994 08:49:37
    const auto offset = [](std::int64_t wall, const std::string& header, const std::string& value) {
        TransferResult result = answer(200);
        result.headers = {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
        if (!header.empty()) result.headers.push_back({header, value});
        return clock_offset(result, wall);
    };
    CHECK(offset(now + 3600, "", "") == -3600);
    CHECK(offset(now + 3600, "age", "0") == -3600);
    CHECK(offset(now + 3600, "x-cache", "MISS") == -3600);
    CHECK_FALSE(offset(now + 3600, "age", "3600"));  // it is now 08:49:37, or 09:49:37
    CHECK(offset(now + 4000, "age", "3600") == -400);
    CHECK(offset(now - 400, "age", "3600") == 400);
    CHECK_FALSE(offset(now + 3600, "x-cache", "HIT from office:3128"));
    CHECK_FALSE(offset(now + 3600, "x-cache", "Hit from cloudfront"));
    CHECK_FALSE(offset(now + 900'000'000, "age", "86401"));
    CHECK_FALSE(offset(now + 3600, "age", "-5"));
    CHECK_FALSE(offset(now + 3600, "age", "5, 7"));
    CHECK_FALSE(offset(now + 3600, "age", "99999999999999999999"));
}

TEST_CASE("a redirect leads to a host on the list, on a port that belongs there, and never out of TLS") {
    HttpFetch task;
    task.redirect_hosts = {"shop.example"};
    const auto complaint = [&](const std::string& from, const std::string& to) {
        return redirect_complaint(task, from, to);
    };
    CHECK(complaint("http://a.example/", "https://shop.example/").empty());
    CHECK(complaint("http://a.example:8080/", "http://shop.example:8080/").empty());
    CHECK(complaint("http://a.example:8080/", "https://shop.example:443/").empty());
    CHECK(complaint("http://a.example:8080/", "http://shop.example/").empty());
    CHECK(complaint("http://a.example/", "http://shop.example:22/").find("port") != std::string::npos);
    CHECK(complaint("https://a.example/", "https://shop.example:80/").find("port") != std::string::npos);
    CHECK(complaint("http://a.example/", "http://shop.example:443/").find("port") != std::string::npos);
    CHECK(complaint("https://shop.example/", "http://shop.example/") ==
          "redirected away from https to http://shop.example/");
    CHECK_FALSE(complaint("http://a.example/", "http://me:word@shop.example/").empty());
    CHECK_FALSE(complaint("http://a.example/", "http://other.example/").empty());
}

TEST_CASE("the host of a URL is what the resolvers are asked for") {
    CHECK(host_of("https://www.shop.example/login") == "www.shop.example");
    CHECK(host_of("HTTP://user:word@shop.example:8080?q=1@x") == "shop.example");
    CHECK(host_of("http://[2001:db8::1]:81/") == "2001:db8::1");
    CHECK(host_of("http://192.0.2.7#top") == "192.0.2.7");
    CHECK_FALSE(host_of("ftp://shop.example/"));
    CHECK_FALSE(host_of("https://"));
    CHECK_FALSE(host_of("http://[2001:db8::1"));
    CHECK_FALSE(host_of("shop.example"));
}
