// What an answer means: the first rule that fits, else another try.
#include "catch.hpp"
#include "written.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

const Stamp noon{Micros{1'633'348'800'000'000}};  // Mon, 04 Oct 2021 12:00:00 GMT

TransferResult answered(int status, const std::string& body,
                        std::vector<std::pair<std::string, std::string>> headers = {}) {
    TransferResult result;
    result.reached = Stage::done;
    result.status = status;
    result.body = body;
    result.headers = std::move(headers);
    return result;
}

DeliveryAttempt judge(const std::string& answer, const TransferResult& result) {
    return attempt_of(service_of("{url: \"https://a.example/\", json: {}}", answer), result, noon);
}

Acceptance means(const std::string& where, const std::string& body) {
    return judge(
               "{rules: [{is: permanent, status: 200, where: [" + where + "]}, {is: accepted, status: 200}]}",
               answered(200, body))
        .acceptance;
}

Micros wait(const std::string& hints, const TransferResult& result) {
    return judge("{retry_after: [" + hints + "], rules: [{is: accepted, status: 200}]}", result).retry_after;
}

}  // namespace

TEST_CASE("each comparison, with values compared as texts") {
    const std::string body = R"({"a": {"b": [1, "two", null, true, "", {}]}})";
    const auto hit = Acceptance::permanent, miss = Acceptance::accepted;
    CHECK(means("{at: /a/b/0, equals: 1}", body) == hit);
    CHECK(means("{at: /a/b/0, equals: \"1\"}", body) == hit);
    CHECK(means("{at: /a/b/0, equals: 2}", body) == miss);
    CHECK(means("{at: /a/b/1, one_of: [one, two]}", body) == hit);
    CHECK(means("{at: /a/b/1, none_of: [one, two]}", body) == miss);
    CHECK(means("{at: /a/b/1, none_of: [three]}", body) == hit);
    CHECK(means("{at: /a/b/9, none_of: [three]}", body) == miss);
    CHECK(means("{at: /a/b/1, contains: wo}", body) == hit);
    CHECK(means("{at: /a/b/3, equals: true}", body) == hit);
    CHECK(means("{at: /a/b/2, present: true}", body) == miss);
    CHECK(means("{at: /a/b/2, absent: true}", body) == hit);
    CHECK(means("{at: /a/b/4, present: true}", body) == miss);
    CHECK(means("{at: /a/b/5, present: true}", body) == hit);
    CHECK(means("{at: /x, absent: true}", body) == hit);
    CHECK(means("{contains: two}", body) == hit);
    CHECK(means("{at: /a/b/0, equals: 1}, {at: /x, present: true}", body) == miss);
}

TEST_CASE("what no rule knows is tried again") {
    const std::string answer =
        "{words: [/error], rules: [{is: accepted, status: 201}, {is: permanent, status: 400-404}]}";
    CHECK(judge(answer, answered(201, "{}")).acceptance == Acceptance::accepted);
    CHECK(judge(answer, answered(404, "{}")).acceptance == Acceptance::permanent);
    const auto odd = judge(answer, answered(418, R"({"error": "teapot"})"));
    CHECK(odd.acceptance == Acceptance::temporary);
    CHECK(odd.word == "answered what is not understood: 418 teapot");
    CHECK(judge(answer, answered(201, "<html>")).word == "answered 201 without readable JSON");
    CHECK(judge(answer, answered(404, "")).acceptance == Acceptance::temporary);
    // Deeper than anybody means it.
    CHECK(judge(answer, answered(201, std::string(1'000, '[') + std::string(1'000, ']'))).acceptance ==
          Acceptance::temporary);
}

TEST_CASE("when to come again: seconds, parts of them, a moment, a number in the body") {
    CHECK(wait("{header: Retry-After}", answered(503, "{}", {{"retry-after", "17"}})) == Micros{17'000'000});
    CHECK(wait("{header: Retry-After}", answered(503, "{}", {{"retry-after", " 0.65 "}})) == Micros{650'000});
    CHECK(wait("{header: Retry-After}",
               answered(503, "{}", {{"retry-after", "Mon, 04 Oct 2021 12:01:30 GMT"}})) ==
          Micros{90'000'000});
    CHECK(wait("{header: X-Wait, unit: ms}", answered(503, "{}", {{"x-wait", "250"}})) == Micros{250'000});
    CHECK(wait("{at: /p/retry_after}", answered(429, R"({"p": {"retry_after": 35}})")) == Micros{35'000'000});
    CHECK(wait("{at: /r}", answered(429, R"({"r": 64.57})")) == Micros{64'570'000});
    CHECK(wait("{at: /r}", answered(429, R"({"r": 0.0000001})")) == Micros{1});
    CHECK(wait("{at: /r, unit: ms}", answered(429, R"({"r": "2001"})")) == Micros{2'001'000});
    // The first that says something.
    CHECK(wait("{at: /r}, {header: Retry-After}", answered(429, "{}", {{"retry-after", "3"}})) ==
          Micros{3'000'000});
    CHECK(wait("{at: /r}, {header: Retry-After}", answered(429, R"({"r": 2})", {{"retry-after", "3"}})) ==
          Micros{2'000'000});
}

TEST_CASE("an absurd wait is none, or a day") {
    const std::string header = "{header: Retry-After}";
    for (const char* odd : {"soon", "-5", "", "1e9", "1.2.3", ".5", "0x10"})
        CHECK(wait(header, answered(503, "{}", {{"retry-after", odd}})) == Micros{0});
    for (const char* long_time : {"99999999999", "99999999999999999999999999", "86401"})
        CHECK(wait(header, answered(503, "{}", {{"retry-after", long_time}})) == Micros{86'400'000'000});
    CHECK(wait("{at: /r}", answered(503, R"({"r": 1e300})")) == Micros{86'400'000'000});
    CHECK(wait("{at: /r}", answered(503, R"({"r": -1})")) == Micros{0});
    CHECK(wait("{at: /r}", answered(503, R"({"r": [1]})")) == Micros{0});
    // What was accepted has no wait.
    CHECK(wait(header, answered(200, "{}", {{"retry-after", "17"}})) == Micros{0});
}

TEST_CASE("a transfer that failed is tried again, with its reason") {
    TransferResult result;
    result.reached = Stage::connect;
    result.failure = Failure::connect_refused;
    result.address = "192.0.2.7:443";
    const auto attempt = judge("{rules: [{is: accepted, status: 200}]}", result);
    CHECK(attempt.acceptance == Acceptance::temporary);
    CHECK(attempt.word == "connect refused at 192.0.2.7:443");
}

TEST_CASE("secrets do not stand in the last word, however they were repeated") {
    auto service = service_of("{url: \"{url}\", auth: {bearer: \"{token}\"}, json: {}}",
                              "{words: [/e], rules: [{is: accepted, status: 200}]}",
                              "settings: {url: secret_url, token: secret}\n");
    service.secrets = {{"token", "a b/c&d"}, {"url", "https://a.example/hooks/T0/key123"}};
    const auto word = [&](const std::string& said) {
        return attempt_of(service, answered(403, "{\"e\": \"" + said + "\"}"), noon).word;
    };
    CHECK(word("bad a b/c&d") == "answered what is not understood: 403 bad ***");
    CHECK(word("bad a%20b%2Fc%26d") == "answered what is not understood: 403 bad ***");
    CHECK(word("POST https://a.example/hooks/T0/key123 no") ==
          "answered what is not understood: 403 POST *** no");
    CHECK(word("no /hooks/T0/key123") == "answered what is not understood: 403 no ***");
    CHECK(word("no key123 here") == "answered what is not understood: 403 no *** here");
    // Where a long word is cut, no part of a secret is left over.
    const std::string far = word(std::string(260, 'x') + "a b/c&da b/c&da b/c&d");
    CHECK(far.find("a b") == std::string::npos);
    CHECK(far.size() <= 300);
    TransferResult failed;
    failed.failure = Failure::connect_refused;
    failed.detail = "no route to /hooks/T0/key123";
    CHECK(attempt_of(service, failed, noon).word.find("key123") == std::string::npos);
}

TEST_CASE("a last word is one line of text") {
    const auto attempt =
        judge("{format: text, rules: [{is: permanent, status: 400}, {is: accepted, status: 200}]}",
              answered(400, "no\r\n\r\nX-Evil: 1\x1b[2J \xff\xfe" + std::string(1'000, 'y')));
    CHECK(attempt.word.starts_with("400 no X-Evil: 1 [2J \uFFFD\uFFFDyyy"));
    CHECK(attempt.word.size() <= 300);
}
