// Times people read, and names that are stored: both ways.
#include <set>
#include <string>

#include "agent/model/event.hpp"
#include "agent/model/fact.hpp"
#include "agent/model/snapshot.hpp"
#include "catch.hpp"

using namespace sereno;

TEST_CASE("a stamp is written as RFC 3339 with milliseconds") {
    CHECK(rfc3339(Stamp{}) == "1970-01-01T00:00:00.000Z");
    CHECK(rfc3339(Stamp{Micros{1'633'361'947'120'999}}) == "2021-10-04T15:39:07.120Z");
    CHECK(rfc3339(Stamp{Micros{-1}}) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("RFC 3339 is read with any offset and fraction") {
    CHECK(parse_rfc3339("2021-10-04T15:39:07.12Z") == Stamp{Micros{1'633'361'947'120'000}});
    CHECK(parse_rfc3339("2021-10-04T17:39:07+02:00") == Stamp{Micros{1'633'361'947'000'000}});
    CHECK(parse_rfc3339("2021-10-04t10:09:07-05:30") == Stamp{Micros{1'633'361'947'000'000}});
    CHECK(parse_rfc3339("2024-02-29T00:00:00Z").has_value());
    CHECK(parse_rfc3339("2016-12-31T23:59:60Z").has_value());
}

TEST_CASE("what is not RFC 3339 is refused") {
    for (const char* text : {"", "yesterday", "2021-10-04", "2021-10-04T15:39:07", "2021-13-04T15:39:07Z",
                             "2021-02-29T00:00:00Z", "2021-10-04T24:00:00Z", "2021-10-04T15:60:00Z",
                             "2021-10-04T15:39:07.Z", "2021-10-04T15:39:07Z ", "2021-10-04T15:39:07+2:00",
                             "2021-10-04T15:39:07+25:00", "-021-10-04T15:39:07Z"}) {
        INFO(text);
        CHECK(!parse_rfc3339(text));
    }
}

TEST_CASE("a length of time is told in its two largest units") {
    CHECK(duration_text(Micros{0}) == "0 s");
    CHECK(duration_text(Micros{250'000}) == "250 ms");
    CHECK(duration_text(Micros{42'900'000}) == "42 s");
    CHECK(duration_text(Micros{425'000'000}) == "7 min 5 s");
    CHECK(duration_text(Micros{19'800'000'000}) == "5 h 30 min");
    CHECK(duration_text(Micros{3'600'000'000}) == "1 h");
    CHECK(duration_text(Micros{266'400'000'000}) == "3 d 2 h");
}

namespace {

/// Every value until the names run out; each has a name of its own and is found by it.
template <class Enum, class From>
int check_names(From from) {
    std::set<std::string> names;
    int count = 0;
    for (int i = 0; i < 256; ++i) {
        const auto value = static_cast<Enum>(i);
        const std::string name{to_string(value)};
        if (name == "?") break;
        INFO(name);
        CHECK(names.insert(name).second);
        CHECK(from(name) == value);
        ++count;
    }
    CHECK(!from("no such name"));
    CHECK(!from("?"));
    return count;
}

}  // namespace

TEST_CASE("every enumerator has one name and is found by it") {
    CHECK(check_names<Stage>(stage_from) == static_cast<int>(Stage::done) + 1);
    CHECK(check_names<Failure>(failure_from) == static_cast<int>(Failure::status_page_gone) + 1);
    CHECK(check_names<Decision>(decision_from) == static_cast<int>(Decision::declare_outage) + 1);
    CHECK(check_names<Cause>(cause_from) == static_cast<int>(Cause::cloud_region) + 1);
    CHECK(check_names<Scope>(scope_from) == static_cast<int>(Scope::operator_wide) + 1);
    CHECK(check_names<Group>(group_from) == static_cast<int>(Group::vendor) + 1);
    CHECK(check_names<FactKind>(fact_kind_from) == static_cast<int>(FactKind::budget) + 1);
    CHECK(check_names<IncidentState>(incident_state_from) == static_cast<int>(IncidentState::closed) + 1);
    CHECK(check_names<IncidentKind>(incident_kind_from) == static_cast<int>(IncidentKind::app) + 1);
    CHECK(check_names<Layer>(layer_from) == static_cast<int>(layer_count));
    CHECK(check_names<LayerState>(layer_state_from) == static_cast<int>(LayerState::well) + 1);
    CHECK(check_names<Phase>(phase_from) == static_cast<int>(Phase::recovered) + 1);
    CHECK(check_names<AlertKind>(alert_kind_from) == static_cast<int>(AlertKind::recovered) + 1);
    CHECK(check_names<DeliveryState>(delivery_state_from) == static_cast<int>(DeliveryState::failed) + 1);
}

TEST_CASE("what only concerns this host never speaks of a target") {
    for (const Failure failure :
         {Failure::none, Failure::cancelled, Failure::overrun, Failure::host_resources, Failure::host_refused,
          Failure::no_route, Failure::link_down}) {
        INFO(to_string(failure));
        CHECK(!speaks_of_target(failure));
    }
    for (const Failure failure : {Failure::dns_timeout, Failure::connect_refused, Failure::http_server_error})
        CHECK(speaks_of_target(failure));
    for (const Failure failure : {Failure::host_slow, Failure::host_resumed, Failure::no_ipv6,
                                  Failure::gateway_silent, Failure::link_weak, Failure::proxy_refused})
        CHECK(!speaks_of_target(failure));
    CHECK(speaks_of_target(Failure::http_blocked));
    CHECK(is_reachable(Failure::http_blocked));
    CHECK(!is_reachable(Failure::http_status));
    CHECK(is_silence(Failure::connect_timeout));
    CHECK(!is_silence(Failure::connect_refused));  // something there is alive
    CHECK(!is_silence(Failure::http_server_error));
}

TEST_CASE("what rests on one operator, DNS provider, edge or AS shares its fate") {
    Control control;
    Platform platform;
    CHECK(!shares_fate(control, platform));  // nothing known is nothing shared
    control.operator_id = OperatorId{"google"};
    platform.operator_id = OperatorId{"shop"};
    CHECK(!shares_fate(control, platform));
    platform.hosting.dns_provider = OperatorId{"google"};
    CHECK(shares_fate(control, platform));
    platform.hosting.dns_provider = OperatorId{"aws"};
    control.hosting.edge = OperatorId{"aws"};
    CHECK(shares_fate(control, platform));
    control.hosting.edge = OperatorId{};
    CHECK(!shares_fate(control, platform));
    control.hosting.as_numbers = {64500, 64501};
    platform.hosting.as_numbers = {64502, 64501};
    CHECK(shares_fate(control, platform));
}

TEST_CASE("the layer that failed first is told, the lowest of several") {
    std::vector<LayerTimeline> layers;
    CHECK(first_failed(layers) == nullptr);
    for (const Layer layer : all_layers)
        layers.emplace_back().layer = layer;
    CHECK(first_failed(layers) == nullptr);
    layers[3].failed = Stamp{Micros{7}};
    CHECK(first_failed(layers)->layer == Layer::application);
    layers[2].failed = layers[1].failed = Stamp{Micros{5}};
    CHECK(first_failed(layers)->layer == Layer::dns);
}

TEST_CASE("an endpoint is written as in a URL") {
    CHECK(to_string(Endpoint{"192.0.2.1", 53}) == "192.0.2.1:53");
    CHECK(to_string(Endpoint{"2001:db8::1", 53}) == "[2001:db8::1]:53");
}

TEST_CASE("a message's key tells incident, kind, channel and address apart") {
    OutboxMessage message;
    message.incident = IncidentId{7};
    message.recipient = {"Ana", "es", "mail", "ana@example.org"};
    CHECK(message_key(message) == "7/opened/mail/ana@example.org");
    message.kind = AlertKind::recovered;
    CHECK(message_key(message) == "7/recovered/mail/ana@example.org");
}
