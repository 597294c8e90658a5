#include "agent/rehearsal/judge.hpp"

#include "agent/rehearsal/arrivals.hpp"
#include "agent/rehearsal/report.hpp"
#include "catch.hpp"

using namespace sereno;
using namespace sereno::rehearsal;
using std::chrono::minutes;

namespace {

const Stamp starts = *parse_rfc3339("2021-10-04T15:30:00Z");

Said said(int minute, const std::string& subject, Decision decision, Cause cause) {
    Said one;
    one.at = starts + minutes{minute};
    one.record.verdict.subject = SubjectId{subject};
    one.record.verdict.decision = decision;
    one.record.verdict.cause = cause;
    one.record.verdict.from_this_host_alone = false;
    return one;
}
Arrived alert(int minute, const std::string& channel, AlertKind kind, std::uint64_t incident = 1) {
    return {starts + minutes{minute}, channel, channel == "mail" ? "ana@example.org" : "+34600111222", kind,
            IncidentId{incident},     "text"};
}

Record outage() {
    Record record;
    record.decisions = {said(0, "facebook", Decision::none, Cause::all_well),
                        said(10, "facebook", Decision::watch, Cause::suspicion),
                        said(14, "facebook", Decision::declare_outage, Cause::platform_edge),
                        said(20, "facebook", Decision::declare_outage, Cause::platform_dns),
                        said(60, "facebook", Decision::none, Cause::all_well)};
    record.alerts = {alert(14, "mail", AlertKind::opened), alert(14, "sms", AlertKind::opened),
                     alert(60, "mail", AlertKind::recovered), alert(60, "sms", AlertKind::recovered)};
    record.incidents.resize(2);
    record.incidents[0].key = "operator:meta";
    record.incidents[0].opened = starts + minutes{14};
    record.incidents[1].key = "operator:meta";  // only ever suspected
    return record;
}

bool met(const Expectation& expectation, const Record& record = outage()) {
    const auto judged = judge({expectation}, record);
    REQUIRE(judged.size() == 1);
    INFO(judged[0].expected << ": " << judged[0].why);
    CHECK_FALSE(judged[0].why.empty());
    return judged[0].met;
}

Window window(int from, int to) {
    return {starts + minutes{from}, starts + minutes{to}};
}

using Kind = Expectation::Kind;

}  // namespace

TEST_CASE("a decision is expected of a subject, for a cause, in a window") {
    Expectation e{.kind = Kind::decision, .decision = Decision::declare_outage, .subject = "facebook"};
    CHECK(met(e));
    e.causes = {Cause::platform_dns, Cause::platform_routing};
    CHECK(met(e));
    e.between = window(20, 20);
    CHECK(met(e));
    e.between = window(10, 19);
    CHECK_FALSE(met(e));
    e.between.reset();
    e.alone = true;
    CHECK_FALSE(met(e));
    Record alone = outage();
    alone.decisions[3].record.verdict.from_this_host_alone = true;
    CHECK(met(e, alone));
    e.alone.reset();
    e.causes = {Cause::platform_network};
    CHECK_FALSE(met(e));
    e.causes.clear();
    e.subject = "instagram";
    CHECK_FALSE(met(e));
    e.subject.clear();
    CHECK(met(e));
}

TEST_CASE("never means at no time of the window") {
    Expectation e{.kind = Kind::never, .decision = Decision::none, .subject = "facebook"};
    CHECK_FALSE(met(e));
    e.between = window(10, 59);
    CHECK(met(e));
    e.between = window(10, 60);
    CHECK_FALSE(met(e));
    CHECK(met({.kind = Kind::never, .decision = Decision::fix_local}));
}

TEST_CASE("the last decision counts at the end") {
    CHECK(met({.kind = Kind::finally, .decision = Decision::none, .subject = "facebook"}));
    CHECK_FALSE(met({.kind = Kind::finally, .decision = Decision::watch, .subject = "facebook"}));
    CHECK_FALSE(met({.kind = Kind::finally, .decision = Decision::none, .subject = "whatsapp"}));
}

TEST_CASE("only incidents that opened are counted") {
    CHECK(met({.kind = Kind::incidents, .key = "operator:meta", .count = 1}));
    CHECK_FALSE(met({.kind = Kind::incidents, .key = "operator:meta", .count = 2}));
    CHECK(met({.kind = Kind::incidents, .key = "local", .count = 0}));
}

TEST_CASE("alerts are counted by kind and channel, and one outside the window is one too many") {
    CHECK(met({.kind = Kind::alert, .count = 2, .alert = AlertKind::opened}));
    CHECK(met({.kind = Kind::alert, .count = 1, .alert = AlertKind::opened, .channel = "mail"}));
    CHECK(met({.kind = Kind::alert,
               .between = window(59, 61),
               .count = 1,
               .alert = AlertKind::recovered,
               .channel = "sms"}));
    CHECK_FALSE(met({.kind = Kind::alert, .between = window(0, 13), .alert = AlertKind::opened}));
    Record twice = outage();
    twice.alerts.push_back(alert(200, "mail", AlertKind::opened));
    const Expectation once{.kind = Kind::alert,
                           .between = window(10, 20),
                           .count = 1,
                           .alert = AlertKind::opened,
                           .channel = "mail"};
    CHECK(met(once));
    CHECK_FALSE(met(once, twice));
    CHECK(met({.kind = Kind::no_alert, .between = window(0, 59), .alert = AlertKind::recovered}));
    CHECK_FALSE(met({.kind = Kind::no_alert, .between = window(0, 60), .alert = AlertKind::recovered}));
}

TEST_CASE("recovered before opened breaks the order, for each person and incident alone") {
    const Expectation e{.kind = Kind::in_order};
    CHECK(met(e));
    Record record = outage();
    record.alerts.push_back(alert(70, "mail", AlertKind::recovered, 2));
    CHECK_FALSE(met(e, record));
    record = outage();
    std::swap(record.alerts[0], record.alerts[2]);
    CHECK_FALSE(met(e, record));
}

TEST_CASE("what arrived is found in the outbox by its text, repeats included") {
    std::vector<OutboxMessage> outbox(3);
    for (std::size_t i = 0; i < outbox.size(); ++i) {
        outbox[i].id = MessageId{i + 1};
        outbox[i].recipient = {"Ana", "en", "mail", "ana@example.org"};
        outbox[i].body = "text " + std::to_string(i) + "\nmore";
    }
    outbox[2].recipient.channel = "sms";
    const auto found = messages_of({{"mail", "ana@example.org", "text 1\r\nmore\r\n"},
                                    {"mail", "ana@example.org", "text 1\nmore"},
                                    {"mail", "ana@example.org", "wrapped by somebody"},
                                    {"mail", "ben@example.org", "text 0\nmore"}},
                                   outbox);
    REQUIRE(found.size() == 4);
    CHECK(found[0] == &outbox[1]);
    CHECK(found[1] == &outbox[1]);
    CHECK(found[2] == &outbox[0]);
    CHECK(found[3] == nullptr);
}

TEST_CASE("the outcome is as expected only without trouble and with everything met") {
    Outcome outcome;
    outcome.judgements = {{"a", true, "seen"}};
    CHECK(outcome.summary() == "as expected");
    outcome.judgements.push_back({"b", false, "not seen"});
    CHECK(outcome.summary() == "NOT as expected: b (not seen)");
    outcome.trouble = "the agent ended early (signal 11):\nlog";
    CHECK(outcome.summary() == "NOT as expected: the agent ended early (signal 11):");
    CHECK_FALSE(outcome.as_expected());
}

TEST_CASE(
    "a decision of none says health only where health was seen, and long texts are cut between characters") {
    Scenario scenario;
    scenario.world = small_world();
    const Words words(builtin_messages(), "en");
    const auto line = [&](Decision decision, Cause cause) {
        return decision_line(scenario, words, said(0, "shop", decision, cause).record.verdict);
    };
    CHECK(line(Decision::none, Cause::all_well) == "Shop: " + words.decision(Decision::none));
    CHECK(line(Decision::none, Cause::insufficient_evidence) ==
          "Shop: " + words.cause(Cause::insufficient_evidence));
    CHECK(line(Decision::declare_outage, Cause::platform_dns).ends_with("(0 %)"));
    CHECK(shortened("Ana María", 9) == "Ana María");
    CHECK(shortened("Ana María", 8) == "Ana Mar\u2026");
    CHECK(first_line("\n\nfirst\r\nsecond") == "first");
}
