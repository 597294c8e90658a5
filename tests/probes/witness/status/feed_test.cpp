// RSS and Atom: what goes on, what is over, what was only announced.
#include "reading.hpp"

#include "catch.hpp"

using namespace sereno;

namespace {

StatusReport read(std::string_view body, std::vector<std::string> components = {}) {
    return test::read_as(StatusFormat::feed, body, std::move(components));
}

std::string rss(const std::string& items) {
    return R"(<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Facebook Login Status)"
           "</title><lastBuildDate>Sat, 04 Apr 2026 11:59:00 GMT</lastBuildDate>" +
           items + "</channel></rss>";
}
std::string item(const std::string& title, const std::string& text,
                 const std::string& date = "Sat, 04 Apr 2026 11:00:00 GMT") {
    return "<item><title>" + title + "</title><description>" + text + "</description><pubDate>" + date +
           "</pubDate></item>";
}

}  // namespace

TEST_CASE("a feed without items has nothing to tell") {
    const StatusReport report = read(rss(""));
    CHECK(report.understood);
    CHECK(report.says == Failure::none);
    CHECK(report.words == "nothing is reported");
    CHECK(read(R"(<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title></feed>)").understood);
}

TEST_CASE("what stands in a feed and is not over goes on") {
    const StatusReport report = read(rss(item("Login does not work", "We are looking into it.")));
    CHECK(report.says == Failure::reported_degraded);
    CHECK(report.words == "Login does not work");
    CHECK(read(rss(item("Major outage", "We look."))).says == Failure::reported_outage);
    CHECK(read(rss(item("Login", "There is a major disruption."))).says == Failure::reported_outage);
    CHECK(read(rss(item("Login", "A partial service outage."))).says == Failure::reported_degraded);
}

TEST_CASE("an item is over when it says so, and not when it hopes so") {
    CHECK(read(rss(item("[Resolved] Login", "Major outage."))).says == Failure::none);
    CHECK(read(rss(item("Login", "All services have recovered."))).says == Failure::none);
    CHECK(read(rss(item("Login", "The issue was mitigated at 11:00."))).says == Failure::none);
    CHECK(read(rss(item("Login", "It is not resolved."))).says == Failure::reported_degraded);
    CHECK(read(rss(item("Login", "We update this until it is resolved."))).says ==
          Failure::reported_degraded);
    CHECK(read(rss(item("Login", "We expect it to be resolved soon."))).says == Failure::reported_degraded);
    CHECK(read(rss(item("Login", "It isn't resolved."))).says == Failure::reported_degraded);
}

TEST_CASE("what is over for some is not over") {
    const auto says = [](const std::string& text) { return read(rss(item("Login", text))).says; };
    CHECK(says("Some regions have recovered, others are still unreachable.") == Failure::reported_degraded);
    CHECK(says("Most services are restored.") == Failure::reported_degraded);
    CHECK(says("Europe has recovered, Asia is still unreachable.") == Failure::reported_degraded);
    CHECK(says("Login has recovered for most people.") == Failure::reported_degraded);
    CHECK(says("Partially mitigated.") == Failure::reported_degraded);
    CHECK(says("All have recovered. We still look for the cause.") == Failure::none);
    CHECK(says("Resolved - Login was still slow for some people.") == Failure::none);
    CHECK(read(rss(item("[Resolved] Login still slow for some", ""))).says == Failure::none);
    CHECK(read(rss(item("Login slow for some", "Resolved at 11:00."))).says == Failure::none);
}

TEST_CASE("what has recovered in one sentence and goes on in another is not over") {
    for (const char* text :
         {"Europe has recovered. Asia is still unreachable.",
          "Asia is still unreachable. Europe has recovered.", "Europe has recovered. Asia remains affected.",
          "Europe has recovered. Asia is down.", "Login was restored. The outage continues in Asia.",
          "Europe is restored. Asia is not yet.", "Europe is restored. Asia is not resolved.",
          "The database is restored. It is not resolved yet.", "Not resolved yet.",
          "Login has recovered. Some users cannot upload.", "Login has recovered. Others have not.",
          "The cause was mitigated. Disruption is ongoing.",
          "Login has recovered. We continue to see errors.",
          "Login was restored. We are still working on uploads.",
          "It is no longer affecting Europe. Asia is still unreachable.",
          "Resolved. Asia isn\xE2\x80\x99t resolved."}) {
        INFO(text);
        CHECK(read(rss(item("Login", text))).says == Failure::reported_degraded);
        CHECK(read(rss(item("[Resolved] Login", text))).says == Failure::reported_degraded);
    }
}

TEST_CASE("what goes on when the trouble is over does not keep it open") {
    for (const char* text :
         {"The issue is no longer affecting users.", "The issue remains resolved.",
          "All have recovered and remain stable.",
          "It is resolved. All services continue to operate normally.",
          "A fix was applied and login has recovered. We will continue to monitor.",
          "All have recovered. We are still investigating the root cause.",
          "Some users were unable to log in. It is resolved.",
          "Asia was still unreachable at 10:00. All have recovered.",
          "It is resolved. If you still see errors, write to us.",
          "It is resolved. There are no ongoing incidents.", "It is resolved. The errors do not persist."}) {
        INFO(text);
        CHECK(read(rss(item("Login still slow", text))).says == Failure::none);
    }
}

TEST_CASE("of the updates in one item the newest, which comes first, counts") {
    const auto says = [](const std::string& text) { return read(rss(item("Login", text))).says; };
    const std::string over = "Apr 4, 10:50 UTC&lt;br&gt;&lt;b&gt;Resolved&lt;/b&gt; - It has been resolved. ";
    const std::string not_over =
        "Apr 4, 10:00 UTC&lt;br&gt;&lt;b&gt;Update&lt;/b&gt; - Asia is still unreachable. ";
    CHECK(says(over + not_over) == Failure::none);
    CHECK(says(not_over + over) == Failure::reported_degraded);
    CHECK(says(over + not_over + over) == Failure::none);
    const std::string begun = "In progress - Scheduled maintenance is in progress. ";
    CHECK(says("Completed - The scheduled maintenance is done. " + begun) == Failure::none);
    CHECK(says(begun + "Update - Scheduled maintenance next week.") == Failure::reported_maintenance);
}

TEST_CASE("an item of tomorrow's has not begun, one of a clock ahead has") {
    CHECK(read(rss(item("Login", "Down.", "Sat, 04 Apr 2026 13:01:00 GMT"))).says == Failure::none);
    CHECK(read(rss(item("Login", "Down.", "Sat, 04 Apr 2026 12:59:00 GMT"))).says ==
          Failure::reported_degraded);
}

TEST_CASE("an item of yesterday's is over, one without a date is not") {
    CHECK(read(rss(item("Login", "Down.", "Fri, 03 Apr 2026 11:59:00 GMT"))).says == Failure::none);
    CHECK(read(rss(item("Login", "Down.", "Fri, 03 Apr 2026 12:01:00 GMT"))).says ==
          Failure::reported_degraded);
    CHECK(read(rss(item("Login", "Down.", "Fri, 03 Apr 2026 05:01:00 -0700"))).says ==
          Failure::reported_degraded);
    CHECK(read(rss(item("Login", "Down.", "some day"))).says == Failure::reported_degraded);
    CHECK(read(rss("<item><title>Login</title></item>")).says == Failure::reported_degraded);
}

TEST_CASE("maintenance counts when it has begun, not when it is announced") {
    CHECK(read(rss(item("Scheduled maintenance", "On Sunday."))).says == Failure::none);
    CHECK(read(rss(item("Scheduled maintenance", "It is in progress."))).says ==
          Failure::reported_maintenance);
}

TEST_CASE("maintenance excuses no outage, and an outage that it may bring is none") {
    const auto says = [](const std::string& text) { return read(rss(item("News", text))).says; };
    CHECK(says("Major outage during routine maintenance") == Failure::reported_outage);
    CHECK(says("Major outage. Maintenance is in progress.") == Failure::reported_outage);
    CHECK(says("A maintenance command took the backbone down. The outage goes on.") ==
          Failure::reported_degraded);
    CHECK(says("Maintenance on Sunday. You may see a service interruption.") == Failure::none);
    CHECK(says("Maintenance on Sunday. No outage is expected.") == Failure::none);
    CHECK(says("Maintenance is in progress, without disruption.") == Failure::reported_maintenance);
}

TEST_CASE("a state of its own is believed before words and dates") {
    const auto with = [](const std::string& state) {
        return read(
            rss("<item><title>Microsoft 365</title><description>This site is updated when an outage "
                "prevents it.</description><pubDate>Wed, 01 Apr 2026 04:33:00 Z</pubDate><status>" +
                state + "</status></item>"));
    };
    CHECK(with("Available").says == Failure::none);
    CHECK(with("Available").understood);
    CHECK(with("Service restored").says == Failure::none);
    CHECK(with("Service degradation").says == Failure::reported_degraded);
    CHECK(with("Service degradation").words ==
          "Service degradation: This site is updated when an outage prevents it.");
    CHECK(with("Service interruption").says == Failure::reported_outage);
    CHECK_FALSE(with("Unknown").understood);
    CHECK(with("Unknown").why == "an item's status is 'Unknown', which is none that is known");
}

TEST_CASE("Atom is read as RSS is") {
    const std::string feed =
        R"(<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>API errors</title>)"
        R"(<updated>2026-04-04T11:00:00Z</updated><category term="API"/>)"
        R"(<summary type="html">&lt;p&gt;Major outage&lt;/p&gt;</summary></entry>)"
        R"(<entry><title>Old</title><updated>2026-04-01T11:00:00Z</updated></entry></feed>)";
    const StatusReport report = read(feed);
    CHECK(report.says == Failure::reported_outage);
    CHECK(report.words == "API errors");
    CHECK(report.affected == std::vector<std::string>{"API"});
    CHECK(read(feed, {"api"}).says == Failure::reported_outage);
    CHECK(read(feed, {"Billing"}).says == Failure::none);
    CHECK(read(feed, {"API err*"}).says == Failure::reported_outage);
}

TEST_CASE("a page in HTML, half a feed and no feed are not understood") {
    CHECK(read("<!doctype html><html><body>Sign in</body></html>").why ==
          "expected RSS or Atom, came an HTML page (Could not determine tag type)");
    CHECK_FALSE(read(rss(item("a", "b")).substr(0, 200)).understood);
    CHECK_FALSE(read("").understood);
    CHECK_FALSE(read("{}").understood);
    CHECK_FALSE(read("<rss></rss>").understood);
    CHECK_FALSE(read("<svg><channel/></svg>").understood);
}

TEST_CASE("entities that name entities are not expanded") {
    std::string bomb = "<!DOCTYPE rss [<!ENTITY a \"ha\">";
    for (char c = 'b'; c <= 'z'; ++c)
        bomb += std::string("<!ENTITY ") + c + " \"&" + static_cast<char>(c - 1) + ";&" +
                static_cast<char>(c - 1) + ";\">";
    bomb += "]>";
    const StatusReport report = read(bomb + "<rss><channel><item><title>&z;</title></item></channel></rss>");
    CHECK(report.understood);
    CHECK(report.words == "&z;");
}
