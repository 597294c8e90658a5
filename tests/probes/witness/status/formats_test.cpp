// Slack, Google and AWS: documents in their shapes.
#include "reading.hpp"

#include "catch.hpp"

using namespace sereno;

namespace {

std::string slack(const std::string& incident) {
    return R"({"status":"active","date_updated":"2026-04-04T04:00:00-07:00","active_incidents":[)" +
           incident + "]}";
}
std::string slack_incident(const std::string& type, const std::string& state = "active") {
    return R"({"id":546,"title":"Messages do not arrive","type":")" + type + R"(","status":")" + state +
           R"(","services":["Messaging","Search"],"notes":[{"body":"<p>We look.</p>"}]})";
}
StatusReport read_slack(std::string_view body, std::vector<std::string> components = {}) {
    return test::read_as(StatusFormat::slack, body, std::move(components));
}

std::string google(const std::string& impact, const std::string& rest = {}) {
    return R"([{"id":"abc","number":"1","begin":"2026-04-04T10:00:00+00:00","external_desc":"Mail is delayed.",)"
           R"("status_impact":")" +
           impact +
           R"(","severity":"high","service_name":"Gmail","affected_products":[{"title":"Gmail","id":"g-1"},)"
           R"({"title":"Google Calendar","id":"g-2"}],"most_recent_update":{"text":"We look.","status":")" +
           impact + R"("})" + rest + "}]";
}
StatusReport read_google(std::string_view body, std::vector<std::string> components = {}) {
    return test::read_as(StatusFormat::google, body, std::move(components));
}

std::string aws(const std::string& state, const std::string& rest = {}) {
    return R"([{"arn":"arn:aws:health:us-east-1::event/EC2/X/1","date":"1775300000","region_name":"N. Virginia",)"
           R"("service":"ec2-us-east-1","service_name":"Elastic Compute Cloud","status":)" +
           state + R"(,"summary":"Increased error rates \u00e9","event_log":[{"message":"m","status":1}])" +
           rest + "}]";
}
std::string utf16(const std::string& ascii, bool big_endian, bool mark) {
    std::string out = !mark ? "" : big_endian ? "\xFE\xFF" : "\xFF\xFE";
    for (const char c : ascii)
        out += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
    return out;
}
StatusReport read_aws(std::string_view body, std::vector<std::string> components = {}) {
    return test::read_as(StatusFormat::aws, body, std::move(components));
}

}  // namespace

TEST_CASE("Slack is well when it says ok") {
    const StatusReport report = read_slack(R"({"status":"ok","active_incidents":[]})");
    CHECK(report.understood);
    CHECK(report.says == Failure::none);
    CHECK(report.words == "nothing is reported");
    CHECK_FALSE(read_slack(R"({"status":"fine","active_incidents":[]})").understood);
    CHECK_FALSE(read_slack(R"({"ok":true})").understood);
    CHECK_FALSE(read_slack(R"({"status":"active","active_incidents":[]})").understood);
    CHECK_FALSE(read_slack(R"({"status":"active"})").understood);
}

TEST_CASE("Slack's incidents count by their type, and while they are active") {
    CHECK(read_slack(slack(slack_incident("outage"))).says == Failure::reported_outage);
    CHECK(read_slack(slack(slack_incident("incident"))).says == Failure::reported_degraded);
    CHECK(read_slack(slack(slack_incident("notice"))).says == Failure::none);
    CHECK(read_slack(slack(slack_incident("maintenance"))).says == Failure::reported_maintenance);
    CHECK(read_slack(slack(slack_incident("outage", "resolved"))).says == Failure::none);
    CHECK(read_slack(slack(slack_incident("maintenance", "scheduled"))).says == Failure::none);
    const StatusReport both =
        read_slack(slack(slack_incident("maintenance") + "," + slack_incident("outage")));
    CHECK(both.says == Failure::reported_outage);
    CHECK(both.words == "Messages do not arrive");
    CHECK(both.affected == std::vector<std::string>{"Messaging", "Search"});
}

TEST_CASE("of Slack's services only those count that are named") {
    const StatusReport search = read_slack(slack(slack_incident("outage")), {"search"});
    CHECK(search.says == Failure::reported_outage);
    CHECK(search.affected == std::vector<std::string>{"Search"});
    CHECK(read_slack(slack(slack_incident("outage")), {"Files"}).says == Failure::none);
}

TEST_CASE("of Google's incidents those count that have no end") {
    CHECK(read_google("[]").understood);
    CHECK(read_google("[]").says == Failure::none);
    CHECK(read_google(google("SERVICE_OUTAGE")).says == Failure::reported_outage);
    CHECK(read_google(google("SERVICE_DISRUPTION")).says == Failure::reported_degraded);
    CHECK(read_google(google("SERVICE_INFORMATION")).says == Failure::none);
    CHECK(read_google(google("SERVICE_OUTAGE", R"(,"end":"2026-04-04T11:00:00+00:00")")).says ==
          Failure::none);
    CHECK(read_google(google("SERVICE_OUTAGE", R"(,"end":null)")).says == Failure::reported_outage);
    const StatusReport report = read_google(google("SERVICE_OUTAGE"));
    CHECK(report.words == "Mail is delayed.");
    CHECK(report.affected == std::vector<std::string>{"Gmail", "Google Calendar"});
}

TEST_CASE("a Google incident whose last word is that all is available is over") {
    CHECK(read_google(R"([{"id":"a","begin":"b","status_impact":"SERVICE_OUTAGE",)"
                      R"("most_recent_update":{"status":"AVAILABLE","text":"Solved"}}])")
              .says == Failure::none);
}

TEST_CASE("of Google's products only those count that are named") {
    CHECK(read_google(google("SERVICE_OUTAGE"), {"Google Calendar"}).affected ==
          std::vector<std::string>{"Google Calendar"});
    CHECK(read_google(google("SERVICE_OUTAGE"), {"g-1"}).says == Failure::reported_outage);
    CHECK(read_google(google("SERVICE_OUTAGE"), {"Google Drive"}).says == Failure::none);
}

TEST_CASE("other lists are not taken for Google's") {
    CHECK_FALSE(read_google(R"({"incidents":[]})").understood);
    CHECK_FALSE(read_google("[1,2]").understood);
    CHECK_FALSE(read_google(R"([{"name":"x"}])").understood);
}

TEST_CASE("AWS is read in UTF-16 of either order, with and without its mark, and in UTF-8") {
    const std::string body = aws("\"3\"");
    for (const std::string& one :
         {utf16(body, true, true), utf16(body, true, false), utf16(body, false, true),
          utf16(body, false, false), body, "\xEF\xBB\xBF" + body}) {
        const StatusReport report = read_aws(one);
        INFO(report.why);
        CHECK(report.understood);
        CHECK(report.says == Failure::reported_outage);
        CHECK(report.words == "Elastic Compute Cloud (N. Virginia): Increased error rates ??");
        CHECK(report.affected == std::vector<std::string>{"Elastic Compute Cloud (N. Virginia)"});
    }
    const StatusReport well = read_aws(utf16("[]", true, true));
    CHECK(well.understood);
    CHECK(well.says == Failure::none);
}

TEST_CASE("text that ends in the middle of a letter is broken") {
    std::string cut = utf16(aws("\"3\""), true, true);
    cut.pop_back();
    CHECK(read_aws(cut).why == "its text is broken UTF-16BE");
    CHECK_FALSE(read_aws(std::string{"\xFE\xFF\xD8\x00", 4}).understood);  // half a pair
    CHECK_FALSE(read_aws("\xFE\xFF").understood);                          // nothing behind its mark
    CHECK_FALSE(read_aws("\xFF\xC0[]").understood);
}

TEST_CASE("AWS's numbers mean over, information, degraded and disrupted") {
    CHECK(read_aws(aws("\"0\"")).says == Failure::none);
    CHECK(read_aws(aws("\"1\"")).says == Failure::none);
    CHECK(read_aws(aws("\"2\"")).says == Failure::reported_degraded);
    CHECK(read_aws(aws("\"3\"")).says == Failure::reported_outage);
    CHECK(read_aws(aws("2")).says == Failure::reported_degraded);
    CHECK_FALSE(read_aws(aws("\"4\"")).understood);
    CHECK_FALSE(read_aws(aws("null")).understood);
    CHECK_FALSE(read_aws(R"({"message":"Forbidden"})").understood);
}

TEST_CASE("a region or service of AWS that is not named does not count") {
    CHECK(read_aws(aws("\"3\""), {"us-east-1"}).says == Failure::reported_outage);
    CHECK(read_aws(aws("\"3\""), {"N. Virginia"}).says == Failure::reported_outage);
    CHECK(read_aws(aws("\"3\""), {"ec2-*"}).says == Failure::reported_outage);
    CHECK(read_aws(aws("\"3\""), {"me-central-1", "Ireland"}).says == Failure::none);
    const std::string services =
        R"(,"impacted_services":{"s3-us-east-1":{"service_name":"Simple Storage Service","current":"2"},)"
        R"("sqs-us-east-1":{"service_name":"Simple Queue Service","current":"0"}})";
    CHECK(read_aws(aws("\"3\"", services), {"Simple Storage Service"}).says == Failure::reported_degraded);
    CHECK(read_aws(aws("\"3\"", services), {"sqs-*"}).says == Failure::none);
}
