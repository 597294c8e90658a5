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
