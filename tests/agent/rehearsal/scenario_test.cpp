#include "agent/rehearsal/scenario.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "agent/rehearsal/world.hpp"
#include "catch.hpp"

using namespace sereno;
using namespace sereno::rehearsal;

namespace {

const std::string good = R"(scenario: mine
starts: "2026-03-02T23:30:00Z"
ends: "2026-03-03T00:30:00Z"
speed: 30
fast_forward: [{from: "23:40", to: "00:10", times: 5}]
world:
  platforms:
    shop:
      zone: shop.example
      name_servers: [a.ns.shop.example, {name: b.ns.other.example, machine: a.ns.shop.example}]
      pages: [{host: www.shop.example, status: [200, "300-399"]}]
timeline:
  - {at: "23:35", set: {"dns:*.shop.example": silent, router: silent}, say: down}
  - {at: "00:15:30", set: {"web:*": "503"}}
expect:
  - {decision: declare_outage, subject: shop, causes: [platform_dns], between: ["23:35", "00:15"]}
  - {alert: opened, channel: mail, count: 1}
)";

std::string with(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

/// The first complaint about `good` with a change, as it is printed.
std::string complaint(const std::string& from, const std::string& to) {
    const LoadedScenario loaded = read_scenario(with(good, from, to), "mine.yaml");
    CHECK_FALSE(loaded.ok());
    return loaded.complaints.empty() ? "none" : to_string(loaded.complaints.front());
}

void check_begins(const std::string& text, const std::string& beginning) {
    INFO(text);
    CHECK(text.substr(0, beginning.size()) == beginning);
}

}  // namespace

TEST_CASE("a scenario file is read with short times on the day of its start or the day after") {
    const LoadedScenario loaded = read_scenario(good, "mine.yaml");
    for (const Complaint& one : loaded.complaints)
        UNSCOPED_INFO(to_string(one));
    REQUIRE(loaded.ok());
    const Scenario& s = loaded.scenario;
    CHECK(s.id == "mine");
    CHECK(s.speed == 30);
    REQUIRE(s.fast_forward.size() == 1);
    CHECK(rfc3339(s.fast_forward[0].from) == "2026-03-02T23:40:00.000Z");
    CHECK(rfc3339(s.fast_forward[0].to) == "2026-03-03T00:10:00.000Z");
    REQUIRE(s.timeline.size() == 2);
    CHECK(rfc3339(s.timeline[1].at) == "2026-03-03T00:15:30.000Z");
    CHECK(s.timeline[0].set.size() == 2);
    CHECK(s.timeline[1].set[0].second == Condition::error_503);
    REQUIRE(s.world.platforms.size() == 1);
    CHECK(s.world.platforms[0].name_servers[1].machine == "a.ns.shop.example");
    CHECK(s.world.platforms[0].pages[0].status == std::vector<std::pair<int, int>>{{200, 200}, {300, 399}});
    CHECK(s.world.resolvers.size() == 3);
    REQUIRE(s.expect.size() == 2);
    CHECK(to_string(s.expect[0]) == "shop: declare_outage because of platform_dns, 23:35-00:15");
}

TEST_CASE("every mistake in a scenario file is named with its place and a remedy") {
    check_begins(complaint("speed: 30", "sped: 30"), "mine.yaml:4:1: ");
    check_begins(complaint("speed: 30", "speed: 500"), "mine.yaml:4:8: speed '500'");
    check_begins(complaint("2026-03-02T23:30:00Z", "tomorrow"),
                 "mine.yaml:2:9: starts 'tomorrow' is not a UTC time");
    check_begins(complaint("2026-03-03T00:30:00Z", "2026-03-02T23:00:00Z"), "mine.yaml:3:7: ends");
    check_begins(complaint("at: \"23:35\"", "at: \"25:35\""),
                 "mine.yaml:13:10: at '25:35' is not a UTC time");
    check_begins(complaint("at: \"23:35\"", "at: \"00:20\""),
                 "mine.yaml:14:10: at '00:15:30' is before the entry above");
    check_begins(complaint("at: \"23:35\"", "at: \"05:00\""), "mine.yaml:13:10: at '05:00' lies outside");
    check_begins(complaint("dns:*.shop.example", "dns:*.shoq.example"),
                 "mine.yaml:13:25: 'dns:*.shoq.example' names nothing in this world");
    check_begins(complaint("router: silent", "router: refused"),
                 "mine.yaml:13:63: 'router' cannot be 'refused'; it can be well, silent");
    check_begins(complaint("router: silent", "router: slient"), "mine.yaml:13:63: router 'slient'");
    check_begins(complaint("subject: shop", "subject: shap"),
                 "mine.yaml:16:41: subject 'shap' is not in this world; did you mean 'shop'?");
    check_begins(complaint("declare_outage", "declare_outrage"),
                 "mine.yaml:16:16: decision 'declare_outrage'");
    check_begins(complaint("decision: declare_outage", "never: none, decision: declare_outage"),
                 "mine.yaml:16:5: an expectation is exactly one of");
    check_begins(complaint("zone: shop.example", "zone: shop.example\n      zone: x.example"),
                 "mine.yaml:10:7: ");
    check_begins(complaint("      zone: shop.example\n", ""), "mine.yaml:9:7: platform has no 'zone'");
    check_begins(complaint("to: \"00:10\"", "to: \"23:35\""), "mine.yaml:5:23: ");
}

TEST_CASE("routes, what a platform rests on, further paths and who validates are read") {
    const std::string zone = "      zone: shop.example\n";
    const LoadedScenario loaded = read_scenario(
        with(with(good, zone,
                  zone +
                      "      routes: [{prefix: 192.0.2.0/24, origin: 64496, leads_to: [a.ns.shop.example]}]\n"
                      "      hosting: {edge: fastly, dns_provider: dyn}\n"),
             "host: www.shop.example,", "host: www.shop.example, then: [/login],"),
        "mine.yaml");
    for (const Complaint& one : loaded.complaints)
        UNSCOPED_INFO(to_string(one));
    REQUIRE(loaded.ok());
    const PlatformPlan& shop = loaded.scenario.world.platforms.at(0);
    REQUIRE(shop.routes.size() == 1);
    CHECK(shop.routes[0].prefix == "192.0.2.0/24");
    CHECK(shop.routes[0].origin == 64496);
    CHECK(shop.edge == "fastly");
    CHECK(shop.dns_provider == "dyn");
    CHECK(shop.pages[0].edge == "fastly");
    CHECK(shop.pages[0].then == std::vector<std::string>{"/login"});
    CHECK(loaded.scenario.world.witnesses);
    check_begins(
        complaint(
            zone,
            zone + "      routes: [{prefix: 192.0.2.0/24, origin: 1, leads_to: [c.ns.shop.example]}]\n"),
        "mine.yaml:10:16: route '192.0.2.0/24' leads to 'c.ns.shop.example', which is no name server");
    check_begins(
        complaint(zone,
                  zone + "      routes: [{prefix: 192.0.2.0, origin: 1, leads_to: [a.ns.shop.example]}]\n"),
        "mine.yaml:10:25: prefix '192.0.2.0'");
    check_begins(complaint("router: silent", "isp: refused"),
                 "mine.yaml:13:60: 'isp' cannot be 'refused'; it can be well, silent");
    check_begins(complaint("router: silent", "clock: silent"),
                 "mine.yaml:13:62: 'clock' cannot be 'silent'; it can be well, behind, ahead");
}

TEST_CASE("all mistakes are named at once, in the order of their places") {
    const LoadedScenario loaded = read_scenario(
        with(with(good, "23:35\", set", "2335\", set"), "opened, ch", "begun, ch"), "mine.yaml");
    REQUIRE(loaded.complaints.size() == 1);  // the reading itself comes first
    const LoadedScenario times =
        read_scenario(with(with(good, "23:35\", set", "2335\", set"), "00:15\"", "0015\""), "m");
    CHECK(times.complaints.size() == 2);
}

TEST_CASE("hostile scenario files are refused, not crashed upon") {
    for (const std::string& text :
         {std::string(), std::string("[]"), std::string("a: &x [*x]"), std::string(10000, '['),
          std::string("\x00\xFF", 2),
          std::string("scenario: {}\nworld: []\ntimeline: x\nexpect: 7\nstarts: {}\nends: ~\n")})
        CHECK_FALSE(read_scenario(text, "x.yaml").ok());
    CHECK_FALSE(load_scenario("/nonexistent/x.yaml").ok());
    CHECK_FALSE(load_scenario("/").ok());
}

TEST_CASE("the built-in scenarios are good, and another world can be taken over") {
    CHECK(builtin_scenarios() ==
          std::vector<std::string>{"app-broken", "captive-portal", "clock-1970", "dyn-2016", "facebook-2021",
                                   "fastly-2021", "isp-down", "meta-2024-login", "rate-limited",
                                   "resolver-down", "router-down", "slack-2021-dnssec"});
    CHECK_FALSE(builtin_scenario("facebook-2022"));
    for (const std::string& name : builtin_scenarios()) {
        const auto loaded = builtin_scenario(name);
        REQUIRE(loaded);
        for (const Complaint& one : loaded->complaints)
            UNSCOPED_INFO(to_string(one));
        CHECK(loaded->complaints.empty());
        CHECK(loaded->scenario.id == name);
        CHECK(loaded->scenario.world.platforms.size() >= 2);
        CHECK(loaded->scenario.world.witnesses);
        const auto& expected = loaded->scenario.expect;
        CHECK(std::any_of(expected.begin(), expected.end(), [](const Expectation& one) {
            return one.kind == Expectation::Kind::decision && !one.causes.empty();
        }));
    }
    CHECK(complaint("  platforms:", "  same_as: facebook-2012\n  platforms:") ==
          "mine.yaml:7:12: same_as 'facebook-2012' is no built-in scenario; did you mean 'facebook-2021'?");
}

TEST_CASE("the example in the scenarios' documentation is one that works") {
    std::ifstream file("config/scenarios/README.md");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::size_t begin = text.find("```yaml\n") + 8;
    const LoadedScenario loaded =
        read_scenario(text.substr(begin, text.find("```", begin) - begin), "README.md");
    for (const Complaint& one : loaded.complaints)
        UNSCOPED_INFO(to_string(one));
    CHECK(loaded.complaints.empty());
    CHECK(loaded.scenario.expect.size() == 8);
}
