// Status pages as they are fetched: over real TLS, once for all, and only when they have changed.
#include "probes/witness/status/status_pages.hpp"

#include <atomic>

#include "../asking.hpp"
#include "catch.hpp"
#include "probes/witness/witnesses.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using Reply = test::JsonService::Reply;
using Request = test::JsonService::Request;
using test::authority;
using test::certificate;
using test::with_body;

namespace {

std::string summary(const std::string& indicator) {
    return R"({"status":{"indicator":")" + indicator + R"(","description":"In their words"},"components":[)" +
           R"({"id":"1","name":"API","status":"operational"},{"id":"2","name":"Web","status":"major_outage"}]})";
}

/// Answers 304 to whoever has the last version.
Reply answer_with_tag(const Request& request, const std::string& body) {
    if (!request.header("if-none-match").empty()) return test::JsonService::status_only(304);
    Reply reply = with_body(body);
    reply.headers = {{"ETag", "\"v1\""}};
    return reply;
}

WitnessSettings only_pages() {
    WitnessSettings settings;
    settings.ris_live_url.clear();
    settings.ripestat_url.clear();
    settings.globalping_url.clear();
    return settings;
}

struct Reader {
    explicit Reader(test::JsonService::Script script)
        : service(std::move(script), certificate()),
          bench({}, authority().bundle()),
          witnesses(bench.context, only_pages()) {
        bench.context.witnesses = &witnesses;
    }

    void hurry(StatusPages::Pace pace) {
        witnesses.status_pages =
            std::make_unique<StatusPages>(bench.context, witnesses.asker, witnesses.board, pace);
    }
    [[nodiscard]] StatusPage page(std::vector<std::string> components = {}) const {
        return {StatusFormat::statuspage, service.url("/api/v2/summary.json"), std::move(components)};
    }
    [[nodiscard]] WitnessHealth health() const {
        return *witnesses.board.find(status_witness(service.url("/")));
    }
    StatusWord read(const StatusPage& one) {
        std::optional<StatusWord> word;
        const auto asked = witnesses.status_pages->read(one, [&](const StatusWord& said) {
            REQUIRE_FALSE(word.has_value());
            word = said;
        });
        CHECK_FALSE(word.has_value());
        test::run_until(bench.loop, [&] { return word.has_value(); });
        return *word;
    }
    StatusWord read() { return read(page()); }

    test::JsonService service;
    test::Bench bench;
    Witnesses witnesses;
};

}  // namespace

TEST_CASE("a status page is read, and its witness can be used") {
    Reader test([](const Request&) { return with_body(summary("minor")); });
    const Stamp before = test.bench.loop.now();
    const StatusWord word = test.read();
    INFO(word.report.why);
    CHECK(word.report.understood);
    CHECK_FALSE(word.gone);
    CHECK(word.report.says == Failure::reported_degraded);
    CHECK(word.when >= before);
    CHECK(test.health().state == WitnessHealth::State::able);
    CHECK(test.health().name == "status page of localhost");
    CHECK(test.health().group == Group::vendor);
    CHECK(test.health().words == "In their words");
}

TEST_CASE("all who ask at once or soon after share one question") {
    Reader test([](const Request&) {
        Reply reply = with_body(summary("none"));
        reply.hold = true;
        return reply;
    });
    int told = 0;
    std::vector<std::unique_ptr<Asked>> asked;
    for (const auto& components : std::vector<std::vector<std::string>>{{}, {"API"}, {"Web"}, {}})
        asked.push_back(test.witnesses.status_pages->read(test.page(components), [&](const StatusWord& word) {
            ++told;
            CHECK(word.report.says == (told == 3 ? Failure::reported_outage : Failure::none));
        }));
    test::run_until(test.bench.loop, [&] { return test.service.requests().size() == 1; });
    test.service.release();
    test::run_until(test.bench.loop, [&] { return told == 4; });
    CHECK(test.read(test.page({"Web"})).report.says == Failure::reported_outage);
    CHECK(test.read().report.says == Failure::none);
    CHECK(test.service.requests().size() == 1);
}

TEST_CASE("who wants to know something new of a page is answered from a whole page") {
    Reader test([](const Request& request) { return answer_with_tag(request, summary("none")); });
    CHECK(test.read().report.says == Failure::none);
    CHECK(test.read(test.page({"Web"})).report.says == Failure::reported_outage);
    CHECK(test.service.requests().size() == 2);
    CHECK(test.service.requests().back().header("if-none-match").empty());
}

TEST_CASE("a page that has not changed says what it said, as of now") {
    Reader test([](const Request& request) { return answer_with_tag(request, summary("critical")); });
    test.hurry({.shared_for = Micros{0}});
    const StatusWord first = test.read();
    const StatusWord second = test.read();
    CHECK(second.report.says == Failure::reported_outage);
    CHECK(second.report.words == first.report.words);
    CHECK(second.when > first.when);
    REQUIRE(test.service.requests().size() == 2);
    CHECK(test.service.requests()[0].header("if-none-match").empty());
    CHECK(test.service.requests()[1].header("if-none-match") == "\"v1\"");
    CHECK(test.health().state == WitnessHealth::State::able);
}

TEST_CASE("a page that never changes is read as a whole now and then") {
    Reader test([](const Request& request) { return answer_with_tag(request, summary("none")); });
    test.hurry({.shared_for = Micros{0}, .believed_for = Micros{0}});
    test.read();
    CHECK(test.read().report.understood);
    REQUIRE(test.service.requests().size() == 2);
    CHECK(test.service.requests()[1].header("if-none-match").empty());
}

TEST_CASE("a page that comes back unchanged is believed again") {
    std::atomic<int> count{0};
    Reader test([&](const Request& request) {
        if (++count == 2) return test::JsonService::status_only(502);
        return answer_with_tag(request, summary("minor"));
    });
    test.hurry({.shared_for = Micros{0}});
    CHECK(test.read().report.says == Failure::reported_degraded);
    CHECK(test.read().gone);
    const StatusWord back = test.read();
    CHECK_FALSE(back.gone);
    CHECK(back.report.says == Failure::reported_degraded);
    CHECK(test.health().state == WitnessHealth::State::able);
}

TEST_CASE("a page that wants to be left alone is, as long as it says") {
    for (const int status : {429, 503}) {
        Reader test([status](const Request&) {
            return test::JsonService::status_only(status, {{"Retry-After", "60"}});
        });
        test.hurry({.shared_for = Micros{0}});
        const StatusWord first = test.read();
        const StatusWord second = test.read();
        CHECK(first.gone == (status == 503));
        CHECK(second.gone == first.gone);
        CHECK(second.when == first.when);
        CHECK(second.report.why ==
              "localhost answered " + std::to_string(status) + ", and wants to be left alone for 60 s");
        CHECK(test.service.requests().size() == 1);
    }
}

TEST_CASE("who asks for something else while a page is asked whether it changed is answered too") {
    std::atomic<int> count{0};
    Reader test([&](const Request& request) {
        Reply reply = answer_with_tag(request, summary("none"));
        reply.hold = ++count == 2;
        return reply;
    });
    test.hurry({.shared_for = Micros{0}});
    test.read();
    int told = 0;
    auto same = test.witnesses.status_pages->read(test.page(), [&](const StatusWord& word) {
        ++told;
        CHECK(word.report.says == Failure::none);
    });
    test::run_until(test.bench.loop, [&] { return test.service.requests().size() == 2; });
    auto other = test.witnesses.status_pages->read(test.page({"Web"}), [&](const StatusWord& word) {
        ++told;
        CHECK(word.report.says == Failure::reported_outage);
    });
    test.service.release();
    test::run_until(test.bench.loop, [&] { return told == 2; });
    CHECK(test.service.requests().size() == 3);
}

TEST_CASE("who stops waiting is not told, and the last to do so ends the question") {
    Reader test([](const Request&) {
        Reply reply = with_body(summary("none"));
        reply.hold = true;
        return reply;
    });
    bool told = false, other = false;
    auto first = test.witnesses.status_pages->read(test.page(), [&](const StatusWord&) { told = true; });
    auto second = test.witnesses.status_pages->read(test.page(), [&](const StatusWord&) { other = true; });
    test::run_until(test.bench.loop, [&] { return test.service.requests().size() == 1; });
    first.reset();
    test.service.release();
    test::run_until(test.bench.loop, [&] { return other; });
    CHECK_FALSE(told);

    // A word that is on its way already is not delivered either.
    first = test.witnesses.status_pages->read(test.page(), [&](const StatusWord&) { told = true; });
    first.reset();
    test.read();
    CHECK_FALSE(told);
}

TEST_CASE("whoever is told may drop the others who wait, and ask again") {
    Reader test([](const Request&) { return with_body(summary("none")); });
    std::unique_ptr<Asked> first, second, third;
    bool again = false, dropped = false;
    first = test.witnesses.status_pages->read(test.page(), [&](const StatusWord&) {
        first.reset();
        second.reset();
        third = test.witnesses.status_pages->read(test.page(), [&](const StatusWord&) { again = true; });
    });
    second = test.witnesses.status_pages->read(test.page(), [&](const StatusWord&) { dropped = true; });
    test::run_until(test.bench.loop, [&] { return again; });
    CHECK_FALSE(dropped);
}

TEST_CASE("a page that nobody answers for is gone, and that is no health") {
    for (const int status : {500, 502, 503}) {
        Reader test([status](const Request&) { return test::JsonService::status_only(status); });
        const StatusWord word = test.read();
        INFO(word.report.why);
        CHECK(word.gone);
        CHECK_FALSE(word.report.understood);
        CHECK(test.health().state == WitnessHealth::State::unable);
        CHECK(test.health().why == "localhost answered " + std::to_string(status));
    }
    for (const Reply::How how : {Reply::How::hang_up, Reply::How::reset}) {
        Reader test([how](const Request&) {
            Reply reply;
            reply.how = how;
            return reply;
        });
        CHECK(test.read().gone);
    }
    Reader test([](const Request&) { return with_body(""); });
    StatusPage nobody = test.page();
    nobody.url = "https://127.0.0.1:1/";
    CHECK(test.read(nobody).gone);
}

TEST_CASE("a page that answers something else is there, and unknown") {
    for (const int status : {403, 404, 429, 304}) {
        Reader test([status](const Request&) { return test::JsonService::status_only(status); });
        const StatusWord word = test.read();
        INFO(status);
        CHECK_FALSE(word.gone);
        CHECK_FALSE(word.report.understood);
        CHECK_FALSE(word.report.why.empty());
        CHECK(test.health().state == WitnessHealth::State::unable);
    }
    Reader test([](const Request&) { return with_body("<!doctype html><html>Please sign in</html>"); });
    const StatusWord word = test.read();
    CHECK_FALSE(word.gone);
    CHECK_FALSE(word.report.understood);
    CHECK(test.health().why.starts_with("expected JSON, came an HTML page"));
}

TEST_CASE("a certificate that is not the page's says nothing about the vendor") {
    Reader test([](const Request&) { return with_body(summary("none")); });
    StatusPage other = test.page();
    other.url = "https://127.0.0.1:" + std::to_string(test.service.endpoint().port) + "/";
    const StatusWord word = test.read(other);
    INFO(word.report.why);
    CHECK_FALSE(word.gone);
    CHECK_FALSE(word.report.understood);
}

TEST_CASE("a page too large to be one is not read to its end") {
    Reader test([](const Request&) { return with_body(std::string(2 * 1024 * 1024, ' ')); });
    const StatusWord word = test.read();
    CHECK_FALSE(word.gone);
    CHECK_FALSE(word.report.understood);
}

TEST_CASE("the probe says what the vendor says, in its words") {
    Reader test([](const Request&) { return with_body(summary("none")); });
    const Observation bad = test.bench.run(test.page({"Web"}));
    CHECK(bad.kind == ProbeKind::status_page);
    CHECK(bad.failure == Failure::reported_outage);
    CHECK(bad.reached == Stage::content);
    CHECK(bad.detail == "Web: major_outage (Web)");
    REQUIRE(bad.voices.size() == 1);
    CHECK(bad.voices[0].vantage.name == "localhost");
    CHECK(bad.voices[0].failure == Failure::reported_outage);
    CHECK(bad.voices[0].words == "Web: major_outage");
    CHECK(bad.said >= bad.started);
    CHECK(bad.said <= bad.finished);

    const Observation well = test.bench.run(test.page({"API"}));
    CHECK(well.ok());
    CHECK(well.detail == "nothing is reported");
    CHECK(well.said >= bad.said);
    REQUIRE(well.voices.size() == 1);
    CHECK(well.voices[0].well());

    // What was said before is said again as of then.
    const Observation same = test.bench.run(test.page({"API"}));
    CHECK(same.said == well.said);
    CHECK(same.said < same.started);
}

TEST_CASE("maintenance is told as such, and is not bad") {
    Reader test([](const Request&) {
        return with_body(R"({"status":{"indicator":"maintenance","description":"In their words"}})");
    });
    const Observation seen = test.bench.run(test.page());
    CHECK(seen.failure == Failure::reported_maintenance);
    CHECK(seen.well());
}

TEST_CASE("a probe of a page that is gone, strange, late or not asked has no voice") {
    Reader gone([](const Request&) { return test::JsonService::status_only(502); });
    CHECK(gone.bench.run(gone.page()).failure == Failure::status_page_gone);
    CHECK(gone.bench.run(gone.page()).voices.empty());

    Reader strange([](const Request&) { return with_body("{}"); });
    const Observation seen = strange.bench.run(strange.page());
    CHECK(seen.failure == Failure::witness_unknown);
    CHECK(seen.detail == "expected a Statuspage summary, came JSON without 'status'");
    CHECK(seen.voices.empty());

    Reader late([](const Request&) {
        Reply reply = with_body(summary("none"));
        reply.hold = true;
        return reply;
    });
    CHECK(late.bench.run(late.page(), 100ms).failure == Failure::witness_unknown);
    late.service.release();

    test::Bench nobody;
    CHECK(nobody.run(late.page()).failure == Failure::witness_unknown);
}
