#include "reading.hpp"

#include "catch.hpp"

using namespace sereno;

namespace {

StatusReport read(std::string_view body, std::vector<std::string> components = {}) {
    return test::read_as(StatusFormat::statuspage, body, std::move(components));
}

std::string summary(const std::string& indicator, const std::string& rest = {}) {
    return R"({"page":{"id":"p1","name":"Shop"},"status":{"indicator":")" + indicator +
           R"(","description":"The page's own words"})" + (rest.empty() ? "" : "," + rest) + "}";
}

const std::string components = R"("components":[
    {"id":"g1","name":"Europe","status":"operational","group":true,"group_id":null},
    {"id":"c1","name":"API","status":"operational","group":false,"group_id":null},
    {"id":"c2","name":"Web Checkout","status":"partial_outage","group":false,"group_id":"g1"},
    {"id":"c3","name":"Web Login","status":"major_outage","group":false,"group_id":null},
    {"id":"c4","name":"Mail","status":"degraded_performance","group":false,"group_id":null},
    {"id":"c5","name":"Search","status":"under_maintenance","group":false,"group_id":null}])";

}  // namespace

TEST_CASE("a Statuspage is as well as its indicator") {
    CHECK(read(summary("none")).says == Failure::none);
    CHECK(read(summary("minor")).says == Failure::reported_degraded);
    CHECK(read(summary("major")).says == Failure::reported_outage);
    CHECK(read(summary("critical")).says == Failure::reported_outage);
    CHECK(read(summary("maintenance")).says == Failure::reported_maintenance);
    const StatusReport well = read(summary("none"));
    CHECK(well.understood);
    CHECK(well.words == "The page's own words");
    CHECK(well.affected.empty());
}

TEST_CASE("an indicator that nobody knows is not health") {
    const StatusReport strange = read(summary("splendid"));
    CHECK_FALSE(strange.understood);
    CHECK(strange.says == Failure::none);
    CHECK(strange.why == "its indicator is 'splendid', which is none that is known");
    CHECK_FALSE(read(R"({"status":{"indicator":3}})").understood);
    CHECK_FALSE(read(R"({"status":"none"})").understood);
    CHECK_FALSE(read("{}").understood);
    CHECK_FALSE(read("[]").understood);
    CHECK_FALSE(read("\"none\"").understood);
}

TEST_CASE("an open incident counts although the indicator says none") {
    const auto with = [](const std::string& impact, const std::string& state) {
        return read(summary("none", R"("incidents":[{"name":"Errors at login","impact":")" + impact +
                                        R"(","status":")" + state + R"("}])"));
    };
    CHECK(with("minor", "investigating").says == Failure::reported_degraded);
    CHECK(with("minor", "investigating").words == "Errors at login");
    CHECK(with("critical", "identified").says == Failure::reported_outage);
    CHECK(with("critical", "monitoring").says == Failure::reported_degraded);
    CHECK(with("critical", "resolved").says == Failure::none);
    CHECK(with("critical", "postmortem").says == Failure::none);
    CHECK(with("none", "investigating").says == Failure::none);
}

TEST_CASE("maintenance of unknown reach is told, and only while it goes on") {
    const auto with = [](const std::string& state) {
        return read(summary("none", R"("scheduled_maintenances":[{"name":"New disks","impact":"maintenance",)"
                                    R"("status":")" +
                                        state + R"("}])"));
    };
    for (const char* state : {"in_progress", "verifying", "scheduled", "completed"})
        CHECK(with(state).says == Failure::none);
    CHECK(with("in_progress").words == "New disks");
    CHECK(with("verifying").words == "New disks");
    CHECK(with("scheduled").words == "The page's own words");
    CHECK(with("completed").words == "The page's own words");
    const StatusReport incident =
        read(summary("none", R"("incidents":[{"name":"Disks","impact":"maintenance","status":"x"}])"));
    CHECK(incident.says == Failure::none);
    CHECK(incident.words == "Disks");
}

TEST_CASE("maintenance of a part quiets nothing, maintenance of all does") {
    const auto with = [](const std::string& api, const std::string& web,
                         const std::vector<std::string>& filter = {}) {
        return read(summary("none", R"("components":[{"id":"c1","name":"API","status":")" + api +
                                        R"("},{"id":"c2","name":"Web","status":")" + web + R"("}])"),
                    filter);
    };
    const std::string works = "under_maintenance", well = "operational";
    CHECK(with(works, well).says == Failure::none);
    CHECK(with(works, "melted").says == Failure::none);
    CHECK(with(works, works).says == Failure::reported_maintenance);
    CHECK(with(works, works).words == "API, Web");
    CHECK(with(works, well, {"API", "Web"}).says == Failure::none);
    CHECK(with(works, well, {"API", "Web"}).words == "API: under_maintenance");
    CHECK(with(works, well, {"API"}).says == Failure::reported_maintenance);
    CHECK(with(works, well, {"API"}).words == "API: under_maintenance");
    CHECK(with(works, works, {"API", "Web"}).says == Failure::reported_maintenance);
    CHECK(with(works, "major_outage", {"API", "Web"}).says == Failure::reported_outage);
}

TEST_CASE("an indicator that says maintenance quiets only what is not said to be up") {
    const auto with = [](const std::string& api, const std::string& web,
                         const std::vector<std::string>& filter = {}) {
        return read(
            summary("maintenance", R"("components":[{"id":"g1","name":"All","group":true,)"
                                   R"("status":"operational"},{"id":"c1","name":"API","status":")" +
                                       api + R"("},{"id":"c2","name":"Web","status":")" + web + R"("}])"),
            filter);
    };
    const std::string works = "under_maintenance", well = "operational";
    CHECK(with(works, works).says == Failure::reported_maintenance);
    CHECK(with(works, works).words == "The page's own words");
    CHECK(with(works, well).says == Failure::none);
    CHECK(with(works, well).words == "The page's own words");
    CHECK(with(well, well).says == Failure::none);
    CHECK(with(works, "degraded_performance").says == Failure::none);
    CHECK(with(works, "melted").says == Failure::none);
    CHECK(with(works, well, {"API"}).says == Failure::reported_maintenance);
    CHECK(with(works, well, {"Web"}).says == Failure::none);
    CHECK(with(works, well, {"API", "Web"}).says == Failure::none);
    CHECK(with(works, "major_outage", {"API", "Web"}).says == Failure::reported_outage);
    CHECK(with("major_outage", works, {"Web"}).says == Failure::reported_maintenance);
    CHECK(read(summary("maintenance", R"("components":[])")).says == Failure::reported_maintenance);
}

TEST_CASE("lists that are null, as some who imitate the format write them, are empty") {
    const StatusReport report =
        read(summary("none", R"("components":null,"incidents":null,"scheduled_maintenances":null)"));
    CHECK(report.understood);
    CHECK(report.says == Failure::none);
}

TEST_CASE("with components only these count, by name, id, group or beginning") {
    const std::string page = summary("critical", components);
    CHECK(read(page, {"API"}).says == Failure::none);
    CHECK(read(page, {"API"}).words == "nothing is reported");
    CHECK(read(page, {"api"}).says == Failure::none);
    CHECK(read(page, {"c4"}).says == Failure::reported_degraded);
    CHECK(read(page, {"Search"}).says == Failure::reported_maintenance);
    CHECK(read(page, {"Europe"}).says == Failure::reported_degraded);
    CHECK(read(page, {"g1"}).affected == std::vector<std::string>{"Web Checkout"});
    const StatusReport web = read(page, {"Web*"});
    CHECK(web.says == Failure::reported_outage);
    CHECK(web.affected == std::vector<std::string>{"Web Checkout", "Web Login"});
    CHECK(web.words == "Web Login: major_outage; Web Checkout: partial_outage");
}

TEST_CASE("without components those that are not well are told, and the indicator weighs them") {
    const StatusReport report = read(summary("minor", components));
    CHECK(report.says == Failure::reported_degraded);
    CHECK(report.affected == std::vector<std::string>{"Web Checkout", "Web Login", "Mail", "Search"});
    CHECK(report.words == "The page's own words");
}

TEST_CASE("components that a page no longer has are no good news") {
    const StatusReport report = read(summary("none", components), {"Payments", "Refunds*"});
    CHECK_FALSE(report.understood);
    CHECK(report.why == "it has none of the components 'Payments', 'Refunds*'; mend 'components'");
    CHECK_FALSE(read(summary("none"), {"API"}).understood);
}

TEST_CASE("a component whose status nobody knows is no good news") {
    const std::string page = summary("none", R"("components":[{"id":"c1","name":"API","status":"melted"}])");
    CHECK(read(page, {"API"}).why == "the status of 'API' is 'melted', which is none that is known");
    CHECK(read(page).says == Failure::none);  // the indicator has spoken
}

TEST_CASE("with components, incidents count that name one of them, and maintenance is told") {
    const auto with = [](const std::string& named, const std::string& list, const std::string& state) {
        return read(summary("none", components + R"(,")" + list +
                                        R"(":[{"name":"Trouble","impact":"critical",)"
                                        R"("status":")" +
                                        state + R"(","components":[{"id":"x","name":")" + named + R"("}]}])"),
                    {"API"});
    };
    // How bad it is for the component, its own status says.
    CHECK(with("API", "incidents", "investigating").says == Failure::reported_degraded);
    CHECK(with("Mail", "incidents", "investigating").says == Failure::none);
    CHECK(with("API", "scheduled_maintenances", "in_progress").says == Failure::none);
    CHECK(with("API", "scheduled_maintenances", "in_progress").words == "Trouble");
    CHECK(with("Mail", "scheduled_maintenances", "in_progress").words == "nothing is reported");
}

TEST_CASE("what is wrong weighs more than what was announced") {
    const StatusReport report = read(summary(
        "maintenance", R"("incidents":[{"name":"All is down","impact":"critical","status":"identified"}])"));
    CHECK(report.says == Failure::reported_outage);
    CHECK(report.words == "All is down; The page's own words");
}

TEST_CASE("a page without words is given some") {
    CHECK(read(R"({"status":{"indicator":"none"}})").words == "nothing is reported");
    CHECK(read(R"({"status":{"indicator":"major"}})").words == "trouble, without a word about it");
}

TEST_CASE("markup and strange letters do not reach people") {
    const StatusReport report = read(summary(
        "none",
        R"("incidents":[{"name":"<b>API</b>&nbsp;&amp; \u0007Web \u2014 a < b","impact":"minor","status":"x"}])"));
    CHECK(report.words == "API & Web ??? a < b");
}
