// Ids, groups, order and rhythm of the probes.
#include <algorithm>
#include <set>

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
        "watch: [facebook, telegram]\n"
        "resolvers: {public: [{name: quad9, address: 9.9.9.9, https: \"https://dns.quad9.net/dns-query\"},"
        " {name: plain, address: 192.0.2.53}]}\n"
        "controls:\n"
        "  names:\n"
        "    - {name: here, operator: us, url: \"http://192.0.2.1/\"}\n"
        "    - {name: apple, operator: apple, url: \"http://captive.apple.com/\"}\n"
        "    - {name: other, operator: other, url: \"http://other.example/\"}\n"
        "  addresses: [{name: google-dns, operator: google, address: 8.8.8.8}]\n"
        "apps: [{name: bot, health: {unit: bot.service}}]\n"
        "proxy: none\n");
    CHECK(ids(settings) == std::vector<std::string>{
                               "host/route",
                               "host/gateway",
                               "host/health",
                               "host/trap",
                               "host/ipv6/google-dns",
                               "host/ipv6/cloudflare-dns",
                               "host/ipv6/quad9",
                               "host/path",
                               "control:here/http",
                               "control:here/small",
                               "control:apple/dns/system",
                               "control:apple/dns/quad9",
                               "control:apple/dns/plain",
                               "control:apple/http",
                               "control:apple/small",
                               "control:apple/dns-tcp/system",
                               "control:apple/dns-tcp/quad9",
                               "control:apple/doh/quad9",
                               "control:apple/dns-tcp/plain",
                               "control:other/dns/system",
                               "control:other/dns/quad9",
                               "control:other/dns/plain",
                               "control:other/http",
                               "control:other/small",
                               "control:google-dns/tcp",
                               "facebook/dns/system/www.facebook.com",
                               "facebook/dns/quad9/www.facebook.com",
                               "facebook/dns/plain/www.facebook.com",
                               "facebook/ns/a.ns.facebook.com",
                               "facebook/ns/b.ns.facebook.com",
                               "facebook/ns/c.ns.facebook.com",
                               "facebook/ns/d.ns.facebook.com",
                               "facebook/http/1",
                               "facebook/http/2",
                               "facebook/ns-tcp/a.ns.facebook.com",
                               "facebook/ns-tcp/b.ns.facebook.com",
                               "facebook/ns-tcp/c.ns.facebook.com",
                               "facebook/ns-tcp/d.ns.facebook.com",
                               "facebook/ns6/a.ns.facebook.com",
                               "facebook/ns6/b.ns.facebook.com",
                               "facebook/ns6/c.ns.facebook.com",
                               "facebook/ns6/d.ns.facebook.com",
                               "facebook/cd/quad9/www.facebook.com",
                               "facebook/doh/quad9/www.facebook.com",
                               "facebook/cd/plain/www.facebook.com",
                               "facebook/zone",
                               "facebook/http6/1",
                               "facebook/remembered/1",
                               "facebook/other-name",
                               "facebook/small/1",
                               "facebook/path/ns",
                               "facebook/path/edge",
                               "facebook/routes",
                               "facebook/glass",
                               "facebook/elsewhere/dns",
                               "facebook/elsewhere/http/1",
                               "facebook/elsewhere/http/2",
                               "facebook/elsewhere/http/3",
                               "facebook/status/1",
                               "facebook/status/2",
                               "facebook/status/3",
                               "telegram/dns/system/telegram.org",
                               "telegram/dns/system/web.telegram.org",
                               "telegram/dns/system/api.telegram.org",
                               "telegram/dns/quad9/telegram.org",
                               "telegram/dns/quad9/web.telegram.org",
                               "telegram/dns/quad9/api.telegram.org",
                               "telegram/dns/plain/telegram.org",
                               "telegram/dns/plain/web.telegram.org",
                               "telegram/dns/plain/api.telegram.org",
                               "telegram/http/1",
                               "telegram/http/2",
                               "telegram/cd/quad9/telegram.org",
                               "telegram/doh/quad9/telegram.org",
                               "telegram/cd/plain/telegram.org",
                               "telegram/http6/1",
                               "telegram/remembered/1",
                               "telegram/other-name",
                               "telegram/small/1",
                               "telegram/path/edge",
                               "telegram/elsewhere/dns",
                               "telegram/elsewhere/http/1",
                               "telegram/elsewhere/http/2",
                               "telegram/elsewhere/http/3",
                               "app:bot/health",
                           });
}

TEST_CASE("what goes on all the time has a rhythm, everything else waits for suspicion") {
    const Settings settings =
        settings_of("proxy: {http: \"http://p.example:1\", https: \"http://p.example:1\"}\n");
    const auto has = [](const std::string& id, const std::string& part) {
        return id.find(part) != std::string::npos;
    };
    for (const ProbeSpec& one : settings.watch.probes) {
        INFO(one.id.value);
        const bool second = one.group == Group::second_look || one.group == Group::path;
        const bool network =
            one.group == Group::network && one.subject != host_subject() && !has(one.id.value, "/direct");
        const bool asked = has(one.id.value, "/glass") || has(one.id.value, "/elsewhere/");
        CHECK(one.on_suspicion == (second || network || asked));
    }
    CHECK_FALSE(probe(settings, "host/health").on_suspicion);
    CHECK_FALSE(probe(settings, "host/trap").on_suspicion);
    CHECK_FALSE(probe(settings, "host/ipv6/quad9").on_suspicion);
    CHECK(probe(settings, "host/path").on_suspicion);
}

TEST_CASE("this computer and its network are looked at in every way that is on") {
    const Settings settings = settings_of("network: {trap: \"192.0.2.7:5353\"}\n");
    CHECK(probe(settings, "host/health").group == Group::host);
    CHECK(std::holds_alternative<HostHealth>(probe(settings, "host/health").task));

    const ProbeSpec& trap = probe(settings, "host/trap");
    CHECK(trap.group == Group::network);
    CHECK(trap.interval == Micros(5 * 30s));
    const auto& query = std::get<DnsQuery>(trap.task);
    CHECK(query.expect_silence);
    CHECK(query.server.endpoint == Endpoint{"192.0.2.7", 5353});
    CHECK(query.name == "captive.apple.com");
    CHECK(std::get<DnsQuery>(probe(default_settings(), "host/trap").task).server.endpoint ==
          Endpoint{"192.0.2.1", 53});

    const ProbeSpec& ipv6 = probe(settings, "host/ipv6/cloudflare-dns");
    CHECK(ipv6.group == Group::network);
    CHECK(ipv6.interval == Micros(5 * 30s));
    CHECK(std::get<TcpConnect>(ipv6.task).endpoint == Endpoint{"2606:4700:4700::1111", 443});

    const ProbeSpec& path = probe(settings, "host/path");
    CHECK(path.group == Group::path);
    CHECK(std::get<PathTrace>(path.task).host == "8.8.8.8");
    CHECK(std::get<PathTrace>(path.task).protocol == PathProtocol::tcp);

    CHECK(settings.as_origin_zone == "origin.asn.cymru.com");
    const Settings off = settings_of("network: {trap: off, ipv6: off, as_origin: off}\n");
    CHECK(off.as_origin_zone.empty());
    for (const std::string& id : ids(off)) {
        INFO(id);
        CHECK(id != "host/trap");
        CHECK(id.find("ipv6") == std::string::npos);
        CHECK(id.find("http6") == std::string::npos);
        CHECK(id.find("ns6") == std::string::npos);
    }
}

TEST_CASE("an IPv6 address among the controls is one like any other") {
    const Settings settings = settings_of(
        "network: {ipv6: off}\ncontrols: {addresses: [{name: six, operator: a, address: "
        "\"2001:db8::1\"}]}\n");
    CHECK(probe(settings, "control:six/tcp").group == Group::controls);
    CHECK_FALSE(probe(settings, "control:six/tcp").on_suspicion);
}

TEST_CASE("a control is asked in other ways for what the network does to traffic") {
    const Settings settings = default_settings();
    const ProbeSpec& small = probe(settings, "control:google/small");
    CHECK(small.group == Group::network);
    CHECK(std::get<HttpFetch>(small.task).segment_bytes == 1200);
    CHECK(std::get<HttpFetch>(small.task).empty_body);
    const ProbeSpec& tcp = probe(settings, "control:apple/dns-tcp/system");
    CHECK(tcp.group == Group::network);
    CHECK(std::get<DnsQuery>(tcp.task).transport == DnsTransport::tcp);
    CHECK(std::get<DnsQuery>(tcp.task).name == "captive.apple.com");
    const auto& doh = std::get<DnsQuery>(probe(settings, "control:apple/doh/quad9").task);
    CHECK(doh.transport == DnsTransport::https);
    CHECK(doh.server.https_url == "https://dns.quad9.net/dns-query");
    CHECK(doh.server.endpoint.address == "9.9.9.9");
}

TEST_CASE("a platform under suspicion is looked at a second time, in other ways") {
    const Settings settings = default_settings();
    const auto second = [&](const std::string& id) -> const ProbeTask& {
        const ProbeSpec& spec = probe(settings, id);
        CHECK(spec.group == Group::second_look);
        CHECK(spec.subject.value == "facebook");
        return spec.task;
    };
    const auto& tcp = std::get<DnsQuery>(second("facebook/ns-tcp/b.ns.facebook.com"));
    CHECK(tcp.transport == DnsTransport::tcp);
    CHECK_FALSE(tcp.recursion);
    const auto& v6 = std::get<DnsQuery>(second("facebook/ns6/b.ns.facebook.com"));
    CHECK(v6.server.endpoint == Endpoint{"2a03:2880:f0fd:c:face:b00c:0:35", 53});
    CHECK_FALSE(v6.recursion);
    const auto& cd = std::get<DnsQuery>(second("facebook/cd/cloudflare/www.facebook.com"));
    CHECK(cd.checking_disabled);
    CHECK(cd.transport == DnsTransport::udp);
    const auto& doh = std::get<DnsQuery>(second("facebook/doh/cloudflare/www.facebook.com"));
    CHECK_FALSE(doh.checking_disabled);
    CHECK(doh.transport == DnsTransport::https);

    const auto& ordinary = std::get<HttpFetch>(probe(settings, "facebook/http/1").task);
    CHECK(ordinary.then.size() == 1);
    const auto& http6 = std::get<HttpFetch>(second("facebook/http6/1"));
    CHECK(http6.family == Family::v6);
    CHECK(http6.then.empty());
    CHECK(http6.url == ordinary.url);
    CHECK(std::get<HttpFetch>(second("facebook/remembered/1")).at_remembered);
    CHECK(std::get<HttpFetch>(second("facebook/small/1")).segment_bytes == 1200);
    const auto& handshake = std::get<TlsHandshake>(second("facebook/other-name"));
    CHECK(handshake.host == "www.facebook.com");
    CHECK(handshake.port == 443);
    CHECK(handshake.server_name == "captive.apple.com");
    const auto& zone = std::get<ZoneCheck>(second("facebook/zone"));
    CHECK(zone.zone == "facebook.com");
    CHECK(zone.servers.size() == 4);
}

TEST_CASE("paths lead to the first name server and to the first front end") {
    const Settings settings = default_settings();
    CHECK(probe(settings, "facebook/path/ns").group == Group::path);
    const auto& ns = std::get<PathTrace>(probe(settings, "facebook/path/ns").task);
    CHECK(ns.host == "129.134.30.12");
    CHECK(ns.port == 53);
    CHECK(ns.protocol == PathProtocol::udp);
    CHECK(std::get<PathTrace>(probe(settings, "whatsapp/path/ns").task).host == "a.ns.whatsapp.net");
    const auto& edge = std::get<PathTrace>(probe(settings, "facebook/path/edge").task);
    CHECK(edge.host == "www.facebook.com");
    CHECK(edge.port == 443);
    CHECK(edge.protocol == PathProtocol::tcp);
}

TEST_CASE("a page at an address or a port of its own is looked at there, and not by names it has not") {
    const test::PrivateFolder folder;
    (void)folder.write(
        "c.yaml",
        "platforms:\n"
        "  p: {canaries: [{url: \"http://192.0.2.1:8080/\"}, {url: \"https://a.example:8443/\"}]}\n");
    const Loaded loaded = load_file(folder.write("s.yaml", "watch: [p]\ncatalogue: [c.yaml]\nproxy: none\n"));
    REQUIRE(loaded.complaints.empty());
    std::vector<std::string> own;
    for (const std::string& id : ids(loaded.settings))
        if (id.starts_with("p/")) own.push_back(id);
    CHECK(own == std::vector<std::string>{"p/http/1", "p/http/2", "p/other-name", "p/small/1", "p/path/edge",
                                          "p/elsewhere/http/1"});
    CHECK(std::get<PathTrace>(probe(loaded.settings, "p/path/edge").task).port == 8080);
    CHECK(std::get<TlsHandshake>(probe(loaded.settings, "p/other-name").task).port == 8443);
    CHECK(std::get<TlsHandshake>(probe(loaded.settings, "p/other-name").task).host == "a.example");
}

TEST_CASE("where there is a proxy, what goes through it is tried past it too") {
    const Settings settings = settings_of(
        "proxy: {https: \"http://p.example:3128\"}\n"
        "controls: {names: [{name: plain, operator: a, url: \"http://a.example/\"},"
        " {name: tls, operator: b, url: \"https://b.example/\"}]}\n");
    const std::vector<std::string> all = ids(settings);
    CHECK(std::count(all.begin(), all.end(), "control:plain/direct") == 0);
    const ProbeSpec& control = probe(settings, "control:tls/direct");
    CHECK(control.group == Group::network);
    CHECK_FALSE(control.on_suspicion);
    CHECK(std::get<HttpFetch>(control.task).direct);
    CHECK_FALSE(std::get<HttpFetch>(probe(settings, "control:tls/http").task).direct);
    const ProbeSpec& platform = probe(settings, "facebook/direct/1");
    CHECK(platform.group == Group::second_look);
    CHECK(platform.on_suspicion);
    CHECK(std::get<HttpFetch>(platform.task).direct);
    for (const std::string& id : ids(settings_of("proxy: none\n")))
        CHECK(id.find("/direct") == std::string::npos);
}

TEST_CASE("an app on this computer is never asked through a proxy") {
    const Settings settings = settings_of(
        "proxy: {http: \"http://p.example:3128\"}\n"
        "apps:\n"
        "  - {name: a, health: {url: \"http://localhost:3000/\"}}\n"
        "  - {name: b, health: {url: \"http://127.0.0.1:3000/\"}}\n"
        "  - {name: c, health: {url: \"http://[::1]:3000/\"}}\n"
        "  - {name: d, health: {url: \"http://127.example.org/\"}}\n");
    const auto direct = [&](const std::string& id) {
        return std::get<HttpFetch>(probe(settings, id).task).direct;
    };
    CHECK(direct("app:a/health"));
    CHECK(direct("app:b/health"));
    CHECK(direct("app:c/health"));
    CHECK_FALSE(direct("app:d/health"));
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
    CHECK(std::get<DnsQuery>(resolver.task).server == DnsServer{"system", {}, {}});

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
        INFO(one.id.value);
        if (!one.witness.empty()) continue;  // strangers have a pace of their own
        const bool seldom = one.id.value == "host/trap" || one.id.value.starts_with("host/ipv6/");
        CHECK(one.interval == Micros(seldom ? 500ms : 100ms));
        CHECK(one.timeout == Micros(50ms));
    }
    CHECK(default_settings().watch.probes.front().interval == Micros(30s));
    CHECK(default_settings().watch.probes.front().timeout == Micros(5s));
    CHECK(settings_of("interval: 4s\n").watch.probes.front().timeout == Micros(2s));
}

TEST_CASE("witnesses are asked about what they can see, and gently") {
    const Settings settings = settings_of("interval: 100ms\ntimeout: 50ms\n");
    const ProbeSpec& routes = probe(settings, "facebook/routes");
    CHECK(routes.group == Group::routing);
    CHECK(routes.witness == ris_live_id);
    CHECK(routes.interval == Micros(60s));  // however fast our own rhythm
    CHECK(routes.pause == Micros{0});       // nobody is asked
    CHECK_FALSE(routes.on_suspicion);
    CHECK(std::get<RouteVisibility>(routes.task).prefixes.size() == 6);
    CHECK(std::get<RouteVisibility>(routes.task).servers.empty());
    CHECK(probe(default_settings(), "facebook/routes").timeout == Micros(5s));

    const ProbeSpec& glass = probe(settings, "whatsapp/glass");
    CHECK(glass.group == Group::routing);
    CHECK(glass.witness == ripestat_id);
    CHECK(glass.pause == Micros(60s));
    CHECK(glass.timeout == Micros(10s));
    CHECK(std::get<LookingGlass>(glass.task).prefixes.empty());
    CHECK(std::get<LookingGlass>(glass.task).servers.size() == 4);

    const ProbeSpec& dns = probe(settings, "facebook/elsewhere/dns");
    CHECK(dns.group == Group::witness);
    CHECK(dns.witness == globalping_id);
    CHECK(dns.pause == Micros(60s));
    CHECK(dns.timeout == Micros(20s));
    CHECK(std::get<ViewElsewhere>(dns.task).what == ViewElsewhere::What::dns);
    CHECK(std::get<ViewElsewhere>(dns.task).name == "www.facebook.com");
    // Each page and each step by itself.
    const auto page = [&](const char* number) {
        const auto& http =
            std::get<ViewElsewhere>(probe(settings, "facebook/elsewhere/http/" + std::string{number}).task);
        CHECK(http.what == ViewElsewhere::What::http);
        CHECK(http.fetch.then.empty());
        return http.fetch.url;
    };
    CHECK(page("1") == "https://www.facebook.com/");
    CHECK(page("2") == "https://www.facebook.com/login/");
    CHECK(probe(settings, "facebook/elsewhere/http/1").interval == Micros(15min));
}

TEST_CASE("a status page is read in a rhythm of its own") {
    const test::PrivateFolder folder;
    (void)folder.write("c.yaml",
                       "platforms:\n"
                       "  p:\n"
                       "    names: [www.p.example]\n"
                       "    status:\n"
                       "      - {format: statuspage, url: \"https://Status.P.example/api/v2/summary.json\","
                       " components: [API, \"Web*\"]}\n"
                       "      - {format: feed, url: \"http://127.0.0.1:8080/a.rss\"}\n");
    const Loaded loaded = load_file(folder.write("s.yaml", "watch: [p]\ncatalogue: [c.yaml]\n"));
    REQUIRE(loaded.ok());
    const ProbeSpec& first = probe(loaded.settings, "p/status/1");
    CHECK(first.group == Group::vendor);
    CHECK(first.witness == WitnessId("status:status.p.example"));
    CHECK(first.interval == Micros(5min));
    CHECK(first.pause == Micros(60s));
    CHECK(first.timeout == Micros(10s));
    CHECK_FALSE(first.on_suspicion);
    CHECK(std::get<StatusPage>(first.task) == StatusPage{StatusFormat::statuspage,
                                                         "https://status.p.example/api/v2/summary.json",
                                                         {"API", "Web*"}});
    CHECK(probe(loaded.settings, "p/status/2").witness == WitnessId("status:127.0.0.1:8080"));
    CHECK(std::get<StatusPage>(probe(loaded.settings, "p/status/2").task).format == StatusFormat::feed);
}

TEST_CASE("who is not configured is not asked") {
    const auto asked = [](const std::string& text) {
        std::set<std::string> out;
        const Settings settings = settings_of(text);
        for (const ProbeSpec& one : settings.watch.probes)
            if (!one.witness.empty()) out.insert(one.witness.value.substr(0, one.witness.value.find(':')));
        return out;
    };
    using Ids = std::set<std::string>;
    const std::string github = "watch: [github]\n";
    CHECK(asked(github) == Ids{"globalping", "ripestat", "ris-live", "status"});
    CHECK(asked(github + "witnesses: none\n") == Ids{});
    CHECK(asked(github + "witnesses: {ris_live: false}\n") == Ids{"globalping", "ripestat", "status"});
    CHECK(asked(github + "witnesses: {ripestat: false}\n") == Ids{"globalping", "ris-live", "status"});
    CHECK(asked(github + "witnesses: {globalping: false}\n") == Ids{"ripestat", "ris-live", "status"});
    CHECK(asked(github + "witnesses: {status_pages: false}\n") == Ids{"globalping", "ripestat", "ris-live"});
}

TEST_CASE("nobody elsewhere is asked about what only this computer or network can see") {
    const test::PrivateFolder folder;
    (void)folder.write(
        "c.yaml",
        "platforms:\n"
        "  literal: {canaries: [{url: \"http://192.0.2.1/\"}]}\n"
        "  home: {names: [nas.local], canaries: [{url: \"http://nas.lan/\"}]}\n"
        "  bare: {names: [nas], canaries: [{url: \"http://localhost:3000/\"}]}\n"
        "  lab: {names: [www.x.example], zone: x.example, name_servers: [{name: ns1.x.example,"
        " address: \"127.0.0.1:5353\"}]}\n"
        "  half: {names: [www.y.example], zone: y.example, name_servers: [{name: ns1.y.example,"
        " address: \"127.0.0.1:5353\"}, {name: ns2.y.example}]}\n"
        "  named: {names: [www.z.example], zone: z.example, dns_prefixes: [192.0.2.0/24],"
        " name_servers: [{name: ns1.z.example, address: \"127.0.0.1:5353\"}]}\n");
    const Loaded loaded = load_file(
        folder.write("s.yaml", "watch: [literal, home, bare, lab, half, named]\ncatalogue: [c.yaml]\n"));
    REQUIRE(loaded.ok());
    std::vector<std::string> asked;
    for (const ProbeSpec& one : loaded.settings.watch.probes)
        if (!one.witness.empty()) asked.push_back(one.id.value);
    CHECK(asked == std::vector<std::string>{"lab/elsewhere/dns", "half/routes", "half/glass",
                                            "half/elsewhere/dns", "named/routes", "named/glass",
                                            "named/elsewhere/dns"});
    const auto& half = std::get<RouteVisibility>(probe(loaded.settings, "half/routes").task);
    REQUIRE(half.servers.size() == 1);
    CHECK(half.servers.front().name == "ns2.y.example");
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
