// Whatever bytes come instead of a page: it is not understood, and says why; nothing worse.
#include <array>
#include <random>

#include "reading.hpp"

#include "catch.hpp"

using namespace sereno;

namespace {

constexpr std::array all_formats{StatusFormat::statuspage, StatusFormat::slack, StatusFormat::google,
                                 StatusFormat::aws, StatusFormat::feed};

const std::array<std::string, 5> documents{
    R"({"status":{"indicator":"minor","description":"d"},"components":[{"id":"1","name":"A","status":"operational"}],)"
    R"("incidents":[{"name":"n","impact":"minor","status":"investigating","components":[{"name":"A"}]}],)"
    R"("scheduled_maintenances":[{"name":"m","status":"in_progress"}]})",
    R"({"status":"active","active_incidents":[{"title":"t","type":"outage","status":"active","services":["Files"]}]})",
    R"([{"id":"a","begin":"b","status_impact":"SERVICE_OUTAGE","affected_products":[{"title":"Gmail","id":"1"}]}])",
    R"([{"arn":"arn:aws:health:us-east-1::event","service":"ec2","status":"3","impacted_services":{"a":{"current":"2"}}}])",
    "<rss><channel><item><title>t</title><description>&lt;b&gt;d</description><category>c</category>"
    "<pubDate>Sat, 04 Apr 2026 11:00:00 GMT</pubDate><status>Available</status></item></channel></rss>"};

void holds(const StatusReport& report) {
    CHECK(report.words.size() <= 200);
    CHECK(report.why.size() <= 200);
    CHECK(report.affected.size() <= 16);
    CHECK(report.understood == report.why.empty());
    if (!report.understood) CHECK(report.says == Failure::none);
}

}  // namespace

TEST_CASE("an HTML page, nothing, and other things instead of a status are not health") {
    for (const StatusFormat format : all_formats)
        for (const std::string_view body :
             {"<!DOCTYPE html><html></html>", "", " ", "null", "true", "\"ok\"", "{", "[[[", "{\"a\":", "<",
              "<a", "<html>", "\xFF\xFF\xFF", "{\"status\":\"\xC3\x28\"}", "\xEF\xBB\xBF"}) {
            const StatusReport report = test::read_as(format, body);
            INFO(to_string(format) << ": " << body);
            CHECK_FALSE(report.understood);
            CHECK_FALSE(report.why.empty());
            holds(report);
        }
}

TEST_CASE("what is deep, long or huge is bounded") {
    for (const StatusFormat format : all_formats) {
        INFO(to_string(format));
        CHECK_FALSE(test::read_as(format, std::string(100'000, '[')).understood);
        CHECK_FALSE(test::read_as(format, std::string(5 * 1024 * 1024, ' ')).understood);
        std::string deep;
        for (int i = 0; i < 100'000; ++i)
            deep += "<a>";
        CHECK_FALSE(test::read_as(format, deep).understood);
        CHECK_FALSE(test::read_as(format, "<rss><channel>" + deep).understood);
    }
    std::string many = R"({"status":"active","active_incidents":[)";
    for (int i = 0; i < 2000; ++i)
        many +=
            (i == 0 ? "" : ",") + (R"({"type":"outage","title":")" + std::string(300, 'a') +
                                   std::to_string(i) + R"(","services":["s)" + std::to_string(i) + "\"]}");
    const StatusReport report = test::read_as(StatusFormat::slack, many + "]}");
    CHECK(report.says == Failure::reported_outage);
    holds(report);
}

TEST_CASE("short as text and long as values is not understood") {
    std::string body = "[";
    while (body.size() < 3 << 20)
        body += "[[],{}],";
    body += "0]";
    for (const StatusFormat format :
         {StatusFormat::statuspage, StatusFormat::slack, StatusFormat::google, StatusFormat::aws}) {
        INFO(to_string(format));
        const StatusReport report = test::read_as(format, body);
        holds(report);
        CHECK(report.why.find("reading it takes more than 16777216 bytes of memory") != std::string::npos);
    }
    std::string wide;
    for (const char c : body.substr(0, 2 << 20))
        wide += {'\0', c};
    CHECK(test::read_as(StatusFormat::aws, wide).why.find("reading it takes more than") != std::string::npos);
}

TEST_CASE("damaged documents are read or refused, never worse") {
    std::mt19937 random(20260404);  // fixed: a failure can be found again
    const std::string special = "{}[]\",:<>&;/0\\\x01\xC3\xFF";
    for (int round = 0; round < 4000; ++round) {
        std::string body = documents.at(random() % documents.size());
        for (std::size_t changes = 1 + random() % 6; changes > 0; --changes) {
            const std::size_t at = random() % (body.size() + 1);
            if (random() % 2 == 0 && at < body.size())
                body[at] = special[random() % special.size()];
            else if (random() % 2 == 0)
                body.erase(at, random() % 20);
            else
                body.insert(at, body.substr(random() % (body.size() + 1), random() % 30));
        }
        for (const StatusFormat format : all_formats)
            holds(test::read_as(
                format, body,
                round % 3 == 0 ? std::vector<std::string>{"A", "us-*"} : std::vector<std::string>{}));
    }
}

TEST_CASE("a component counts by its name in any case, or by how it begins") {
    const StatusPage page{StatusFormat::slack, "https://a.example/", {"API", "Web*"}};
    CHECK(counts(page, "api"));
    CHECK(counts(page, "WEB login"));
    CHECK(counts(page, "web"));
    CHECK_FALSE(counts(page, "APIs"));
    CHECK_FALSE(counts(page, "a web"));
    CHECK_FALSE(counts(page, ""));
    CHECK(counts({StatusFormat::slack, {}, {}}, "anything"));
    CHECK(counts({StatusFormat::slack, {}, {"*"}}, "anything"));
}
