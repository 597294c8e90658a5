// Ids, groups, order and rhythm of the probes.
#include <algorithm>

#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> ids(const Settings& settings) {
    std::vector<std::string> out;
    for (const ProbeSpec& one : settings.watch.probes)
        out.push_back(one.id.value);
    return out;
}

const ProbeSpec& probe(const Settings& settings, const std::string& id) {
    const auto& all = settings.watch.probes;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const ProbeSpec& one) { return one.id.value == id; });
    INFO(id);
    REQUIRE(found != all.end());
    return *found;
}

Settings settings_of(const std::string& text) {
    Loaded loaded = load_text(text, "s");
    INFO((loaded.complaints.empty() ? std::string() : to_string(loaded.complaints.front())));
    REQUIRE(loaded.ok());
    return std::move(loaded.settings);
}

}  // namespace

TEST_CASE("probes come in the order host, controls, platforms, apps") {
    const Settings settings = settings_of(
        "watch: [facebook, whatsapp]\n"
        "resolvers: {public: [{name: quad9, address: 9.9.9.9}]}\n"
        "controls:\n"
        "  names:\n"
        "    - {name: apple, operator: apple, url: \"http://captive.apple.com/\"}\n"
        "    - {name: here, operator: us, url: \"http://192.0.2.1/\"}\n"
        "  addresses: [{name: google-dns, operator: google, address: 8.8.8.8}]\n"
        "apps: [{name: bot, health: {unit: bot.service}}]\n");
    CHECK(ids(settings) == std::vector<std::string>{
                               "host/route",
                               "host/gateway",
                               "control:apple/dns/system",
                               "control:apple/dns/quad9",
                               "control:apple/http",
                               "control:here/http",
                               "control:google-dns/tcp",
                               "facebook/dns/system/www.facebook.com",
                               "facebook/dns/quad9/www.facebook.com",
                               "facebook/ns/a.ns.facebook.com",
                               "facebook/ns/b.ns.facebook.com",
                               "facebook/ns/c.ns.facebook.com",
                               "facebook/ns/d.ns.facebook.com",
                               "facebook/http/1",
                               "facebook/http/2",
                               "whatsapp/dns/system/web.whatsapp.com",
                               "whatsapp/dns/system/www.whatsapp.com",
                               "whatsapp/dns/quad9/web.whatsapp.com",
                               "whatsapp/dns/quad9/www.whatsapp.com",
                               "whatsapp/ns/a.ns.whatsapp.net",
                               "whatsapp/ns/b.ns.whatsapp.net",
                               "whatsapp/ns/c.ns.whatsapp.net",
                               "whatsapp/ns/d.ns.whatsapp.net",
                               "whatsapp/http/1",
                               "whatsapp/http/2",
                               "app:bot/health",
                           });
}

TEST_CASE("each probe has its subject, its group and its question") {
    const Settings settings = default_settings();
    const ProbeSpec& route = probe(settings, "host/route");
    CHECK(route.subject == host_subject());
    CHECK(route.group == Group::link);
    CHECK(std::get<RouteLookup>(route.task).gateway.empty());

    const ProbeSpec& control = probe(settings, "control:google/dns/quad9");
    CHECK(control.subject.value == "control:google");
    CHECK(control.group == Group::controls);
    CHECK(std::get<DnsQuery>(control.task).name == "connectivitycheck.gstatic.com");
    CHECK(std::get<DnsQuery>(control.task).recursion);
    const auto& page = std::get<HttpFetch>(probe(settings, "control:google/http").task);
    CHECK(page.empty_body);
    CHECK(page.expected_status == std::vector<std::pair<int, int>>{{204, 204}});
    CHECK(std::get<TcpConnect>(probe(settings, "control:google-dns/tcp").task).endpoint ==
          Endpoint{"8.8.8.8", 443});

    const ProbeSpec& resolver = probe(settings, "facebook/dns/system/www.facebook.com");
    CHECK(resolver.group == Group::resolver);
    CHECK(std::get<DnsQuery>(resolver.task).server == DnsServer{"system", {}});

    const ProbeSpec& authoritative = probe(settings, "facebook/ns/a.ns.facebook.com");
    CHECK(authoritative.group == Group::authoritative);
    const auto& query = std::get<DnsQuery>(authoritative.task);
    CHECK(query.name == "www.facebook.com");
    CHECK_FALSE(query.recursion);
    CHECK(query.server.endpoint == Endpoint{"129.134.30.12", 53});

    const auto& learned = std::get<DnsQuery>(probe(settings, "whatsapp/ns/a.ns.whatsapp.net").task);
    CHECK(learned.server.endpoint.empty());
    CHECK(learned.name == "web.whatsapp.com");

    CHECK(probe(settings, "instagram/http/1").group == Group::edge);
}

TEST_CASE("no two probes have one id") {
    std::vector<std::string> all = ids(default_settings());
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("every probe has the rhythm of the configuration") {
    for (const ProbeSpec& one : settings_of("interval: 100ms\ntimeout: 50ms\n").watch.probes) {
        CHECK(one.interval == Micros(100ms));
        CHECK(one.timeout == Micros(50ms));
    }
    CHECK(default_settings().watch.probes.front().interval == Micros(60s));
    CHECK(default_settings().watch.probes.front().timeout == Micros(5s));
    CHECK(settings_of("interval: 4s\n").watch.probes.front().timeout == Micros(2s));
}

TEST_CASE("a gateway of one's own is asked for by address, and by port when there is one") {
    const Settings pinged = settings_of("network: {gateway: 192.168.1.1}\n");
    CHECK(std::get<RouteLookup>(probe(pinged, "host/route").task).gateway == "192.168.1.1");
    CHECK(std::get<GatewayEcho>(probe(pinged, "host/gateway").task).port == 0);
    const Settings connected = settings_of("network: {gateway: \"127.0.0.1:8080\"}\n");
    CHECK(std::get<GatewayEcho>(probe(connected, "host/gateway").task).gateway == "127.0.0.1");
    CHECK(std::get<GatewayEcho>(probe(connected, "host/gateway").task).port == 8080);
}

TEST_CASE("an app's health is a page, a port or a unit") {
    const Settings settings = settings_of(
        "apps:\n"
        "  - {name: a, health: {url: \"http://localhost:3000/health\", contains: fine}}\n"
        "  - {name: b, health: {tcp: \"localhost:3000\"}}\n"
        "  - {name: c, health: {unit: c.service}}\n");
    const auto& page = std::get<HttpFetch>(probe(settings, "app:a/health").task);
    CHECK(page.contains == "fine");
    CHECK(page.expected_status == std::vector<std::pair<int, int>>{{200, 399}});
    CHECK(std::get<TcpConnect>(probe(settings, "app:b/health").task).endpoint == Endpoint{"localhost", 3000});
    CHECK(std::get<UnitState>(probe(settings, "app:c/health").task).unit == "c.service");
    CHECK(probe(settings, "app:c/health").group == Group::app);
}
