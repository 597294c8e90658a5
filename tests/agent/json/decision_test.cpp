#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "agent/json/json.hpp"
#include "catch.hpp"
#include "sample.hpp"

using namespace sereno;
namespace json = boost::json;

namespace {

DecisionRecord record() {
    return {42, sample::verdict("facebook", Decision::declare_outage, Cause::platform_dns), IncidentId{7}};
}

}  // namespace

TEST_CASE("a decision has exactly the promised fields, readable by a person") {
    CHECK(json_text(decision_json(record(), sample::words(), Micros{0})) ==
          R"({"time":"2021-10-04T15:46:07.120Z","subject":"facebook","decision":"declare_outage",)"
          R"("cause":"platform_dns","scope":"operator","confidence":0.97,"since":"2021-10-04T15:44:00.000Z",)"
          R"("alone":true,"incident":7,"evidence":[{"rule":"authoritative_silent","group":"authoritative",)"
          R"("weight":2300,"text":"4 of 4 DNS servers do not answer: no answer in time.",)"
          R"("facts":{"failed":"4","total":"4","failure":"dns_timeout"}}],)"
          R"("ruled_out":[],"would_settle":[],"shared_fate":null})");
}

TEST_CASE("a decision carries what else was weighed, what could settle it and on what it rests") {
    DecisionRecord some = record();
    some.verdict.ruled_out = {{Cause::isp, 12, "gateway_answers"}};
    some.verdict.would_settle = {"witness"};
    some.verdict.shared_fate = "dns:dyn";
    const json::object object = decision_json(some, sample::words(), Micros{0});
    const json::object& other = object.at("ruled_out").as_array().at(0).as_object();
    CHECK(other.at("cause") == "isp");
    CHECK(other.at("confidence") == 0.012);
    CHECK(other.at("against") == "gateway_answers");
    CHECK(object.at("would_settle").as_array().at(0).at("rule") == "witness");
    CHECK(object.at("shared_fate") == "dns:dyn");
}

TEST_CASE("a decision outside any incident has a null incident, and evidence without facts has none") {
    DecisionRecord lone = record();
    lone.incident = {};
    lone.verdict.evidence = {{"alone", Group::witness, -100, {}, {}}};
    const json::object object = decision_json(lone, sample::words(), Micros{0});
    CHECK(object.at("incident").is_null());
    CHECK_FALSE(object.at("evidence").as_array().at(0).as_object().contains("facts"));
}

TEST_CASE("all times move with the wall clock") {
    const json::object object = decision_json(record(), sample::words(), Micros{60'000'000});
    CHECK(object.at("time") == "2021-10-04T15:47:07.120Z");
    CHECK(object.at("since") == "2021-10-04T15:45:00.000Z");
}

TEST_CASE("confidence is a plain decimal with at most three places and never leaves 0..1") {
    const auto confidence = [](int permille) {
        DecisionRecord some = record();
        some.verdict.confidence_permille = permille;
        return json_text(decision_json(some, sample::words(), Micros{0}).at("confidence"));
    };
    CHECK(confidence(0) == "0");
    CHECK(confidence(1) == "0.001");
    CHECK(confidence(333) == "0.333");
    CHECK(confidence(1000) == "1");
    CHECK(confidence(1001) == "1");
    CHECK(confidence(-5) == "0");
}

TEST_CASE("bytes that are not UTF-8 never reach a reader") {
    DecisionRecord broken = record();
    broken.verdict.subject = SubjectId{
        "a\xFF"
        "b"};
    broken.verdict.evidence[0].facts = {{"failed", "\xC0\x80"}};
    const std::string text = json_text(decision_json(broken, sample::words(), Micros{0}));
    boost::system::error_code error;
    const json::value back = json::parse(text, error);
    REQUIRE_FALSE(error);
    CHECK(back.at("subject") ==
          "a\xEF\xBF\xBD"
          "b");
}

TEST_CASE("json_text writes what a parser reads back as the same value") {
    const json::value value = json::parse(
        R"({"a":[1,-2,18446744073709551615,0.001,1e300,1.5e-9,true,false,null,"\"\\\n\u0001é"],"é\"":{},"e":[]})");
    const std::string text = json_text(value);
    CHECK(json::parse(text) == value);
    CHECK(text.find("0.001") != std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("an incident carries its subjects, its times and its headline in words") {
    const json::object object = incident_json(sample::incident(), sample::words(), Micros{0});
    CHECK(object.at("id") == 7);
    CHECK(object.at("kind") == "outage");
    CHECK(object.at("state") == "open");
    CHECK(object.at("state_text") == "going on");
    CHECK(object.at("key") == "operator:meta");
    CHECK(object.at("title") == "Meta");
    CHECK(object.at("headline") == "Outage: Facebook, Instagram");
    CHECK(object.at("cause_text") == "their DNS servers give no usable answer");
    CHECK(object.at("suspected") == "2021-10-04T15:44:00.000Z");
    CHECK(object.at("opened") == "2021-10-04T15:46:07.000Z");
    CHECK(object.at("closed").is_null());
    CHECK(object.at("duration_text").is_null());
    const json::array& subjects = object.at("subjects").as_array();
    REQUIRE(subjects.size() == 2);
    CHECK(subjects[1].at("subject") == "instagram");
    CHECK(subjects[1].at("cause") == "platform_application");
    CHECK(subjects[1].at("over").is_null());
}

TEST_CASE("a subject tells what each layer did, and no length of time without both its ends") {
    Incident incident = sample::incident();
    using enum LayerState;
    incident.subjects[0].layers = {
        {Layer::routes, well, sample::at("21:00:00"), sample::at("15:53:47"), sample::at("21:00:00")},
        {Layer::dns, well, sample::at("21:20:00"), sample::at("15:44:00"), {}},
        {Layer::edge, unknown, sample::at("15:50:00"), {}, {}}};
    const json::object object = incident_json(incident, sample::words(), Micros{60'000'000});
    CHECK(object.at("subjects").as_array().at(1).at("layers").as_array().empty());
    const json::array& layers = object.at("subjects").as_array().at(0).at("layers").as_array();
    REQUIRE(layers.size() == 3);
    CHECK(json_text(layers[0]) ==
          R"({"layer":"routes","layer_text":"layers.routes","state":"well",)"
          R"("since":"2021-10-04T21:01:00.000Z","failed":"2021-10-04T15:54:47.000Z",)"
          R"("over":"2021-10-04T21:01:00.000Z","duration_seconds":18373,"duration_text":"5 h 6 min",)"
          R"("first":false})");
    CHECK(layers[1].at("first") == true);
    CHECK(layers[1].at("over").is_null());
    CHECK(layers[1].at("duration_seconds").is_null());
    CHECK(layers[1].at("duration_text").is_null());
    CHECK(layers[2].at("state") == "unknown");
    CHECK(layers[2].at("failed").is_null());
}

TEST_CASE("an incident that is over says how long it lasted") {
    Incident over = sample::incident();
    over.state = IncidentState::closed;
    over.recovering = sample::at("21:20:00");
    over.closed = sample::at("21:33:00");
    over.subjects[0].over = sample::at("21:20:00");
    over.subjects[1].over = sample::at("21:28:00");
    const json::object object = incident_json(over, sample::words(), Micros{0});
    CHECK(object.at("closed") == "2021-10-04T21:33:00.000Z");
    CHECK(object.at("duration_text") == "5 h 44 min");
}

TEST_CASE("a message as the rehearsal shows it has its whole text and address") {
    OutboxMessage mail;
    mail.incident = {7};
    mail.recipient = {"Ana", "es", "mail", "ana@example.org"};
    mail.subject = "OUTAGE: Facebook";
    mail.body = "The fault is on their side.\n";
    mail.created = sample::at("15:46:08");
    CHECK(json_text(message_json(mail, Micros{0})) ==
          R"({"at":"2021-10-04T15:46:08.000Z","channel":"mail","to":"ana@example.org","kind":"opened",)"
          R"("incident":7,"text":"OUTAGE: Facebook\n\nThe fault is on their side.\n"})");
    mail.subject.clear();
    CHECK(message_json(mail, Micros{0}).at("text") == "The fault is on their side.\n");
}
