#include <boost/json/object.hpp>

#include "agent/json/json.hpp"
#include "catch.hpp"
#include "sample.hpp"

using namespace sereno;
namespace json = boost::json;

namespace {

SubjectView subject(std::string id, std::string name, SubjectView::Role role, Decision decision,
                    Cause cause) {
    SubjectView view;
    view.verdict = sample::verdict(id, decision, cause);
    view.subject = view.verdict.subject;
    view.name = std::move(name);
    view.role = role;
    return view;
}

SubjectView platform(std::string id, std::string name, Decision decision, Cause cause) {
    return subject(std::move(id), std::move(name), SubjectView::Role::platform, decision, cause);
}

std::string headline(std::vector<SubjectView> subjects) {
    Snapshot snapshot;
    snapshot.subjects = std::move(subjects);
    return headline_of(snapshot, sample::words()).text;
}

ProbeState silent_probe() {
    ProbeState probe;
    probe.probe = ProbeId{"facebook/ns/a.ns.facebook.com"};
    probe.kind = ProbeKind::dns;
    probe.group = Group::authoritative;
    probe.label = "a.ns.facebook.com (129.134.30.12:53)";
    probe.failures_in_a_row = 3;
    probe.changed = sample::at("15:44:00");
    probe.last.id = {9};
    probe.last.failure = Failure::dns_timeout;
    probe.last.reached = Stage::dns;
    probe.last.started = sample::at("15:46:00");
    probe.last.finished = sample::at("15:46:05");
    probe.last.address = "129.134.30.12:53";
    return probe;
}

Snapshot outage() {
    Snapshot snapshot;
    snapshot.version = 12;
    snapshot.at = sample::at("15:46:08");
    snapshot.started = sample::at("09:00:00");
    snapshot.subjects = {platform("facebook", "Facebook", Decision::declare_outage, Cause::platform_dns)};
    snapshot.subjects[0].operator_name = "Meta";
    snapshot.subjects[0].status_page = "https://metastatus.com";
    snapshot.subjects[0].probes = {silent_probe(), ProbeState{}};
    snapshot.incidents = {
        {sample::incident(),
         {{"tell", Phase::open, {{"en", "Tell the team that {platforms} is down since {since}."}}}},
         {}}};
    snapshot.recent_decisions = {{42, snapshot.subjects[0].verdict, IncidentId{7}}};
    OutboxMessage message;
    message.id = {3};
    message.incident = {7};
    message.recipient = {"Ana", "es", "mail", "ana@example.org"};
    message.subject = "OUTAGE";
    message.body = "a long text";
    message.state = DeliveryState::failed;
    message.attempts = 1;
    message.created = sample::at("15:46:08");
    message.last_word = "550 5.1.1 <ana@example.org>: no such user, ana@example.org";
    snapshot.messages = {message};
    return snapshot;
}

/// Two probes elsewhere, of which one cannot say, and who asked them.
Snapshot witnessed() {
    Snapshot snapshot = outage();
    ProbeState elsewhere;
    elsewhere.probe = ProbeId{"facebook/elsewhere/http"};
    elsewhere.kind = ProbeKind::elsewhere;
    elsewhere.group = Group::witness;
    elsewhere.witness = WitnessId{"globalping"};
    elsewhere.last.id = {11};
    elsewhere.last.failure = Failure::http_timeout;
    elsewhere.last.said = sample::at("15:45:30");
    elsewhere.last.voices = {
        {{"Falkenstein", 24940, "DE"}, Stage::http, Failure::http_timeout, 0, "no answer"},
        {{"nowhere", 0, ""}, Stage::schedule, Failure::witness_unknown, 0, "offline"}};
    ProbeState routes;
    routes.group = Group::routing;
    routes.witness = WitnessId{"ris-live"};
    routes.fresh = false;
    routes.last.id = {12};
    routes.last.routes = RoutesSeen{4, 3, 5, 310};
    snapshot.subjects[0].probes = {elsewhere, routes, ProbeState{}};
    WitnessHealth health;
    health.id = WitnessId{"globalping"};
    health.name = "Globalping";
    health.state = WitnessHealth::State::unable;
    health.why = "no question left until 16:00 UTC";
    health.since = sample::at("15:45:40");
    health.budget_left = 0;
    health.budget_limit = 250;
    health.budget_resets = sample::at("16:00:00");
    snapshot.witnesses = {{health, {SubjectId{"facebook"}}, {}}};
    return snapshot;
}

}  // namespace

TEST_CASE("the headline is the gravest decision, with everyone it is about") {
    const auto well = platform("x", "X", Decision::none, Cause::all_well);
    const auto doubt = platform("y", "Y", Decision::watch, Cause::suspicion);
    const auto sick =
        subject("app:bot", "bot", SubjectView::Role::app, Decision::restart_app, Cause::own_app);
    const auto cut_off = platform("z", "Z", Decision::fix_local, Cause::isp);
    const auto down = platform("facebook", "Facebook", Decision::declare_outage, Cause::platform_dns);
    const auto down_too = platform("whatsapp", "WhatsApp", Decision::declare_outage, Cause::platform_dns);
    CHECK(headline({well, well}) == "All is well");
    CHECK(headline({well, doubt}) == "Looking into it: Y");
    CHECK(headline({doubt, sick, well}) == "Restart your app: bot");
    CHECK(headline({sick, cut_off}) == "It's us: the Internet connection");
    CHECK(headline({down, cut_off, sick, down_too}) == "Outage: Facebook, WhatsApp");
}

TEST_CASE("what nobody has checked yet is never called well") {
    const auto well = platform("x", "X", Decision::none, Cause::all_well);
    const auto unknown = platform("y", "Y", Decision::none, Cause::insufficient_evidence);
    CHECK(headline({well, unknown}) == "No verdict yet");
    CHECK(headline({}) == "No verdict yet");
}

TEST_CASE("controls and a quiet host have no say in the headline") {
    const auto well = platform("x", "X", Decision::none, Cause::all_well);
    const auto control =
        subject("control:apple", "apple", SubjectView::Role::control, Decision::watch, Cause::suspicion);
    const auto host =
        subject("host", "host", SubjectView::Role::host, Decision::none, Cause::insufficient_evidence);
    CHECK(headline({host, well, control}) == "All is well");
    const auto sick_host = subject("host", "host", SubjectView::Role::host, Decision::fix_local, Cause::isp);
    CHECK(headline({sick_host, well}) == "It's us: the Internet connection");
}

TEST_CASE("the status has everything a page or a script needs") {
    const json::object status = status_json(outage(), sample::words());
    CHECK(status.at("version") == 12);
    CHECK(status.at("time") == "2021-10-04T15:46:08.000Z");
    CHECK(status.at("started") == "2021-10-04T09:00:00.000Z");
    CHECK(status.at("headline").at("decision") == "declare_outage");
    CHECK(status.at("headline").at("text") == "Outage: Facebook");
    CHECK(status.at("headline").at("subjects") == json::array({"facebook"}));

    const json::value& facebook = status.at("subjects").at(0);
    CHECK(facebook.at("name") == "Facebook");
    CHECK(facebook.at("role") == "platform");
    CHECK(facebook.at("operator") == "Meta");
    CHECK(facebook.at("status_page") == "https://metastatus.com");
    CHECK(facebook.at("verdict").at("decision") == "declare_outage");
    CHECK(facebook.at("verdict").at("confidence") == 0.97);
    CHECK(facebook.at("verdict").at("evidence").at(0).at("rule") == "authoritative_silent");

    CHECK(status.at("decisions").at(0).at("incident") == 7);
    CHECK(status.at("incidents").at(0).at("steps").at(0).at("text") ==
          "Tell the team that Facebook, Instagram is down since 15:44 UTC.");
    CHECK(status.at("recent_incidents").as_array().empty());
}

TEST_CASE("a verdict shows what else was weighed and what could settle it") {
    Snapshot snapshot = outage();
    Verdict& verdict = snapshot.subjects[0].verdict;
    verdict.ruled_out = {{Cause::policy, 30, "authoritative_silent"}, {Cause::all_well, 4, ""}};
    verdict.would_settle = {"witness"};
    const json::object status = status_json(snapshot, sample::words());
    const json::value& shown = status.at("subjects").at(0).at("verdict");
    CHECK(shown.at("ruled_out").as_array().size() == 2);
    CHECK(shown.at("ruled_out").at(0).at("cause") == "policy");
    CHECK(shown.at("ruled_out").at(0).at("confidence") == 0.03);
    CHECK(shown.at("ruled_out").at(0).at("against") == "authoritative_silent");
    CHECK(!shown.at("ruled_out").at(0).at("text").as_string().empty());
    CHECK(shown.at("would_settle").at(0).at("rule") == "witness");
    CHECK(!shown.at("would_settle").at(0).at("text").as_string().empty());
}

TEST_CASE("a probe that failed shows how far it came and how often it failed") {
    const json::object status = status_json(outage(), sample::words());
    const json::value& probe = status.at("subjects").at(0).at("probes").at(0);
    CHECK(probe.at("id") == "facebook/ns/a.ns.facebook.com");
    CHECK(probe.at("kind") == "dns");
    CHECK(probe.at("group") == "authoritative");
    CHECK(probe.at("ok") == false);
    CHECK(probe.at("reached") == "dns");
    CHECK(probe.at("failure") == "dns_timeout");
    CHECK(probe.at("failure_text") == "no answer in time");
    CHECK(probe.at("time") == "2021-10-04T15:46:05.000Z");
    CHECK(probe.at("milliseconds").at("total") == 5000.0);
    CHECK(probe.at("milliseconds").at("connect").is_null());
    CHECK(probe.at("http_status").is_null());
    CHECK(probe.at("address") == "129.134.30.12:53");
    CHECK(probe.at("failures_in_a_row") == 3);
}

TEST_CASE("a probe that has not run yet is neither well nor failing") {
    const json::object status = status_json(outage(), sample::words());
    const json::value& probe = status.at("subjects").at(0).at("probes").at(1);
    CHECK(probe.at("ok").is_null());
    CHECK(probe.at("failure").is_null());
    CHECK(probe.at("time").is_null());
}

TEST_CASE("a witness's word carries who said it, from where, when it was true and whether it still counts") {
    const json::object status = status_json(witnessed(), sample::words());
    const json::value& elsewhere = status.at("subjects").at(0).at("probes").at(0);
    CHECK(elsewhere.at("witness") == "globalping");
    CHECK(elsewhere.at("fresh") == true);
    CHECK(elsewhere.at("said") == "2021-10-04T15:45:30.000Z");
    CHECK(elsewhere.at("routes").is_null());
    const json::value& voice = elsewhere.at("voices").at(0);
    CHECK(voice.at("name") == "Falkenstein");
    CHECK(voice.at("asn") == 24940);
    CHECK(voice.at("country") == "DE");
    CHECK(voice.at("ok") == false);
    CHECK(voice.at("failure") == "http_timeout");
    CHECK(voice.at("http_status").is_null());
    CHECK(voice.at("words") == "no answer");

    const json::value& routes = status.at("subjects").at(0).at("probes").at(1);
    CHECK(routes.at("fresh") == false);
    CHECK(routes.at("routes").at("withdrawn") == 3);
    CHECK(routes.at("routes").at("peers_known") == 310);
    CHECK(routes.at("voices").is_null());
    CHECK(routes.at("said").is_null());
    CHECK(status.at("subjects").at(0).at("probes").at(2).at("fresh").is_null());
}

TEST_CASE("a voice that could not say is neither well nor failing") {
    const json::object status = status_json(witnessed(), sample::words());
    const json::value& voice = status.at("subjects").at(0).at("probes").at(0).at("voices").at(1);
    CHECK(voice.at("ok").is_null());
    CHECK(voice.at("asn").is_null());
    CHECK(voice.at("country").is_null());
}

TEST_CASE("each witness says how it is, and of whom it speaks") {
    const json::object status = status_json(witnessed(), sample::words());
    const json::value& witness = status.at("witnesses").at(0);
    CHECK(witness.at("id") == "globalping");
    CHECK(witness.at("name") == "Globalping");
    CHECK(witness.at("group") == "witness");
    CHECK(witness.at("state") == "unable");
    CHECK(witness.at("why") == "no question left until 16:00 UTC");
    CHECK(witness.at("since") == "2021-10-04T15:45:40.000Z");
    CHECK(witness.at("last_word").is_null());
    CHECK(witness.at("words").is_null());
    CHECK(witness.at("budget").at("left") == 0);
    CHECK(witness.at("budget").at("limit") == 250);
    CHECK(witness.at("budget").at("resets") == "2021-10-04T16:00:00.000Z");
    CHECK(witness.at("ill") == json::array({"facebook"}));
    CHECK(witness.at("well").as_array().empty());

    Snapshot unlimited = witnessed();
    unlimited.witnesses[0].health.budget_left = unlimited.witnesses[0].health.budget_limit = -1;
    CHECK(status_json(unlimited, sample::words()).at("witnesses").at(0).at("budget").is_null());
}

TEST_CASE("announced maintenance is told of the verdict and of the incident") {
    Snapshot snapshot = outage();
    const auto told = [&] {
        const json::object status = status_json(snapshot, sample::words());
        return std::pair{status.at("subjects").at(0).at("verdict").at("maintenance").as_bool(),
                         status.at("incidents").at(0).at("quiet").as_bool()};
    };
    CHECK(told() == std::pair{false, false});
    snapshot.subjects[0].verdict.maintenance = true;
    snapshot.incidents[0].incident.quiet = true;
    CHECK(told() == std::pair{true, true});
}

TEST_CASE("the status shows how far a message came, but not where it went in full nor what it said") {
    const std::string text = json_text(status_json(outage(), sample::words()).at("messages"));
    CHECK(text.find("ana@example.org") == std::string::npos);
    CHECK(text.find("a long text") == std::string::npos);
    CHECK(text.find(R"("to":"a***@example.org")") != std::string::npos);
    CHECK(text.find(R"("state":"failed","attempts":1)") != std::string::npos);
    CHECK(text.find(R"("last_word":"550 5.1.1 <a***@example.org>: no such user, a***@example.org")") !=
          std::string::npos);
}

TEST_CASE("a step of an app's playbook can name its restart command") {
    Snapshot snapshot;
    snapshot.subjects = {
        subject("app:bot", "bot", SubjectView::Role::app, Decision::restart_app, Cause::own_app)};
    snapshot.subjects[0].restart_command = {"systemctl", "restart", "bot"};
    Incident incident;
    incident.kind = IncidentKind::app;
    incident.title = "bot";
    incident.decision = Decision::restart_app;
    incident.subjects = {{SubjectId{"app:bot"}, "bot", Decision::restart_app, Cause::own_app, Stamp{}, {}}};
    snapshot.incidents = {{incident,
                           {{"restart", Phase::open, {{"en", "Restart {app}: {command}"}}}},
                           {"systemctl", "restart", "bot"}}};
    const json::object status = status_json(snapshot, sample::words());
    CHECK(status.at("incidents").at(0).at("steps").at(0).at("text") == "Restart bot: systemctl restart bot");
    CHECK(status.at("incidents").at(0).at("restart_command") == json::array({"systemctl", "restart", "bot"}));
    CHECK(status.at("subjects").at(0).at("restart_command") == json::array({"systemctl", "restart", "bot"}));
}

TEST_CASE("addresses are masked so that only their owner knows them again") {
    CHECK(mask_address("ana@example.org") == "a***@example.org");
    CHECK(mask_address("ñu@example.org") == "ñ***@example.org");
    CHECK(mask_address("\"a@b\"@example.org") == "\"***@example.org");
    CHECK(mask_address("+34600111222") == "+34***222");
    CHECK(mask_address("112") == "***");
    CHECK(mask_address("@example.org") == "***");
    CHECK(mask_address("") == "***");
    CHECK(mask_address("https://hooks.example.org/secret-token") == "***");
}
