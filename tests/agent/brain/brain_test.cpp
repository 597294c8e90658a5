// The whole core in a simulated world: local or global, incidents, alerts.
#include "agent/brain.hpp"

#include <algorithm>

#include "catch.hpp"
#include "simulation.hpp"

using namespace sereno;
using namespace sereno::test;
using Outcome = Simulation::Outcome;

namespace {

const Outcome well{};
const Outcome dns_silent{Stage::dns, Failure::dns_timeout, 0};
const Outcome servfail{Stage::dns, Failure::dns_servfail, 0};
const Outcome unresolved{Stage::dns, Failure::dns_servfail, 0};
const Outcome unavailable{Stage::http, Failure::http_server_error, 503};
const Outcome connect_silent{Stage::connect, Failure::connect_timeout, 0};

bool is_dns(const ProbeSpec& s) {
    return std::holds_alternative<DnsQuery>(s.task);
}

/// Facebook's and WhatsApp's names gone, Instagram resolving with 503 at its edge.
Outcome meta_down(const ProbeSpec& s) {
    if (is(s, "facebook/ns") || is(s, "whatsapp/ns")) return dns_silent;
    if (is(s, "facebook/dns") || is(s, "whatsapp/dns")) return servfail;
    if (is(s, "facebook/http") || is(s, "whatsapp/http")) return unresolved;
    if (is(s, "instagram/http")) return unavailable;
    return well;
}

/// Nothing beyond the router answers; the router neither when `router` is false.
Outcome cut_off(const ProbeSpec& s, bool router) {
    if (is(s, "host/route") || is(s, "app:")) return well;
    if (is(s, "host/gateway")) return router ? well : Outcome{Stage::link, Failure::gateway_silent, 0};
    if (is_dns(s)) return dns_silent;
    if (is(s, "control:literal")) return connect_silent;
    return dns_silent;
}

/// A world in which all has been well for so long.
Simulation after_quiet_seconds(std::int64_t seconds) {
    Simulation sim;
    sim.start();
    sim.pass_seconds(seconds);
    return sim;
}

}  // namespace

TEST_CASE("when all is well every platform is none, nothing is told and no incident is kept") {
    Simulation sim = after_quiet_seconds(600);
    for (const char* platform : {"facebook", "instagram", "whatsapp", "app:bot", "host"}) {
        INFO(platform);
        CHECK(sim.decision(platform) == Decision::none);
        CHECK(sim.cause(platform) == Cause::all_well);
    }
    CHECK(sim.alerts.empty());
    CHECK(sim.incidents.empty());
    // 37 probes a minute and nothing else: quiet is quiet.
    CHECK(sim.runs <= 11 * static_cast<int>(meta_watch().probes.size()));
}

TEST_CASE("before anything was observed there is no verdict") {
    Simulation sim;
    sim.start();
    sim.pass(Micros{1'000});
    CHECK(sim.cause("facebook") == Cause::insufficient_evidence);
    CHECK(sim.decision("facebook") == Decision::none);
}

TEST_CASE("the 2021 outage is declared for all three platforms as one incident of their operator") {
    Simulation sim = after_quiet_seconds(300);
    const Stamp fault = sim.now();
    sim.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
    sim.pass_seconds(180);
    for (const char* platform : {"facebook", "instagram", "whatsapp"}) {
        INFO(platform);
        CHECK(sim.decision(platform) == Decision::declare_outage);
    }
    CHECK(sim.cause("facebook") == Cause::platform_dns);
    CHECK(sim.cause("whatsapp") == Cause::platform_dns);
    CHECK(sim.cause("instagram") == Cause::platform_edge);
    CHECK(sim.decision("host") == Decision::none);
    REQUIRE(sim.incident_ids(IncidentKind::outage).size() == 1);
    CHECK(sim.incidents.back().key == "operator:meta");
    REQUIRE(sim.alerts.size() == 2);  // one a channel, not one a platform
    CHECK(sim.alerts[0].kind == AlertKind::opened);
    CHECK(sim.alerts[0].subjects.size() == 3);

    const Seen* suspicion = sim.first("facebook", Decision::watch);
    REQUIRE(suspicion);
    CHECK(suspicion->at - fault < Micros{15'000'000});
    const Seen* declared = sim.first("facebook", Decision::declare_outage);
    REQUIRE(declared);
    CHECK(declared->at - fault >= Micros{60'000'000});
    CHECK(declared->at - fault < Micros{100'000'000});
    CHECK(declared->incident == sim.incidents.back().id.value);

    SECTION("it recovers once all answer and stay well, and says so once") {
        sim.world = nullptr;
        sim.pass_seconds(200);
        CHECK(sim.decision("facebook") == Decision::none);
        CHECK(sim.alerts.size() == 2);  // five minutes have not passed yet
        sim.pass_seconds(400);
        REQUIRE(sim.alerts.size() == 4);
        CHECK(sim.alerts[2].kind == AlertKind::recovered);
        CHECK(sim.alerts[2].incident == sim.alerts[0].incident);
        CHECK(sim.incidents.back().state == IncidentState::closed);
    }
    SECTION("a relapse while recovering opens it again without a second alert") {
        sim.world = nullptr;
        sim.pass_seconds(200);
        CHECK(sim.incidents.back().state == IncidentState::recovering);
        sim.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
        sim.pass_seconds(240);
        CHECK(sim.incidents.back().state == IncidentState::open);
        CHECK(sim.alerts.size() == 2);
        CHECK(sim.incident_ids(IncidentKind::outage).size() == 1);
    }
    SECTION("our own link failing meanwhile neither ends the outage nor is blamed on the platform") {
        sim.world = [](const ProbeSpec& s, Stamp) { return cut_off(s, false); };
        sim.pass_seconds(600);
        CHECK(sim.decision("facebook") == Decision::fix_local);
        CHECK(sim.cause("host") == Cause::lan);
        CHECK(std::none_of(sim.alerts.begin(), sim.alerts.end(),
                           [](const Told& t) { return t.kind == AlertKind::recovered; }));
        CHECK(sim.incident_ids(IncidentKind::outage).size() == 1);
        sim.world = nullptr;
        sim.pass_seconds(1200);
        CHECK(std::count_if(sim.alerts.begin(), sim.alerts.end(), [](const Told& t) {
                  return t.kind == AlertKind::recovered;
              }) == 4);  // outage and link
    }
    SECTION("a restart of the daemon goes on with the same incident and tells the recovery") {
        const std::vector<Incident> left{sim.incidents.back()};
        Simulation again;
        again.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
        again.start(left, 100, left.front().id);
        again.pass_seconds(300);
        CHECK(again.alerts.empty());
        CHECK(again.decision("facebook") == Decision::declare_outage);
        again.world = nullptr;
        again.pass_seconds(900);
        REQUIRE(again.alerts.size() == 2);
        CHECK(again.alerts[0].kind == AlertKind::recovered);
        CHECK(again.alerts[0].incident == left.front().id.value);
    }
}

TEST_CASE("a dead router is our fault, whatever the platforms look like") {
    Simulation sim = after_quiet_seconds(300);
    const Stamp fault = sim.now();
    sim.world = [](const ProbeSpec& s, Stamp) { return cut_off(s, false); };
    sim.pass_seconds(600);
    CHECK(sim.decision("facebook") == Decision::fix_local);
    CHECK(sim.decision("host") == Decision::fix_local);
    CHECK(sim.cause("host") == Cause::lan);
    CHECK(sim.count(Decision::declare_outage) == 0);
    const Seen* said = sim.first("host", Decision::fix_local);
    REQUIRE(said);
    CHECK(said->cause == Cause::lan);  // at once, not first the provider and then the router
    CHECK(said->at - fault < Micros{60'000'000});
    REQUIRE(sim.incident_ids(IncidentKind::local).size() == 1);
    REQUIRE(sim.alerts.size() == 2);

    SECTION("when it works again no stale failure becomes an outage") {
        sim.world = nullptr;
        sim.pass_seconds(900);
        CHECK(sim.count(Decision::declare_outage) == 0);
        CHECK(sim.decision("facebook") == Decision::none);
        CHECK(sim.alerts.size() == 4);
    }
    SECTION("when it works again and the platform really is down, that is declared by fresh evidence") {
        sim.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
        sim.pass_seconds(50);
        CHECK(sim.count(Decision::declare_outage) == 0);
        sim.pass_seconds(300);
        CHECK(sim.decision("facebook") == Decision::declare_outage);
    }
}

TEST_CASE("a dead provider behind a living router is our fault too") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) { return cut_off(s, true); };
    sim.pass_seconds(300);
    CHECK(sim.cause("host") == Cause::isp);
    CHECK(sim.decision("whatsapp") == Decision::fix_local);
    CHECK(sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("a missing default route is our fault") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        if (is(s, "host/")) return {Stage::link, Failure::no_route, 0};
        if (is(s, "app:")) return well;
        return {is_dns(s) ? Stage::dns : Stage::connect, Failure::no_route, 0};
    };
    sim.pass_seconds(300);
    CHECK(sim.cause("host") == Cause::lan);
    CHECK(sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("a broken resolver of ours is named, and platforms that still answer are not blamed") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) {
        const auto* q = std::get_if<DnsQuery>(&s.task);
        return q && q->server.name == "system" ? dns_silent : well;
    };
    sim.pass_seconds(300);
    CHECK(sim.decision("host") == Decision::fix_local);
    CHECK(sim.cause("host") == Cause::resolver);
    CHECK(sim.decision("facebook") == Decision::none);
}

TEST_CASE("a captive portal is our network's doing") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        if (is_dns(s) || is(s, "host/") || is(s, "app:")) return well;
        if (is(s, "control:literal")) return connect_silent;
        if (is(s, "control:")) return {Stage::content, Failure::content_mismatch, 200};
        return {Stage::tls, Failure::certificate_name, 0};
    };
    sim.pass_seconds(300);
    CHECK(sim.cause("host") == Cause::policy);
    CHECK(sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("a clock that makes every certificate look not yet valid is not an outage") {
    Simulation sim;
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        const auto* fetch = std::get_if<HttpFetch>(&s.task);
        if (fetch && fetch->url.starts_with("https:"))
            return {Stage::tls, Failure::certificate_not_yet_valid, 0};
        return well;
    };
    sim.start();
    sim.pass_seconds(300);
    CHECK(sim.cause("host") == Cause::clock);
    CHECK(sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("this computer out of descriptors says nothing about anybody else") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec&, Stamp) -> Outcome {
        return {Stage::schedule, Failure::host_resources, 0};
    };
    sim.pass_seconds(300);
    CHECK(sim.cause("host") == Cause::host);
    CHECK(sim.decision("facebook") == Decision::fix_local);
    CHECK(sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("without a control there is no verdict, however much fails") {
    Watch watch = meta_watch();
    watch.controls.clear();
    std::erase_if(watch.probes, [](const ProbeSpec& s) { return s.group == Group::controls; });
    Simulation sim(watch);
    sim.start();
    sim.pass_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
    sim.pass_seconds(1200);
    CHECK(sim.count(Decision::declare_outage) == 0);
    CHECK(sim.alerts.empty());
}

TEST_CASE("controls of the platform's own operator do not count") {
    Watch watch = meta_watch();
    // Two operators in all: the platform's own and one other, which is one too few without it.
    for (Control& control : watch.controls)
        control.operator_id = OperatorId{control.fetch ? "meta" : "elsewhere"};
    Simulation sim(watch);
    sim.start();
    sim.pass_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
    sim.pass_seconds(1200);
    CHECK(sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("a sick app on a healthy platform is to be restarted") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        return is(s, "app:") ? Outcome{Stage::http, Failure::http_server_error, 500} : well;
    };
    sim.pass_seconds(180);
    CHECK(sim.decision("app:bot") == Decision::restart_app);
    CHECK(sim.cause("app:bot") == Cause::own_app);
    CHECK(sim.count(Decision::declare_outage) == 0);
    CHECK(sim.count(Decision::fix_local) == 0);
    REQUIRE(sim.incident_ids(IncidentKind::app).size() == 1);
    CHECK(sim.alerts.size() == 2);
    CHECK(sim.snapshot->incidents.front().restart_command ==
          std::vector<std::string>{"systemctl", "restart", "bot"});
}

TEST_CASE("a sick app on a sick platform is not to be restarted") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        return is(s, "app:") ? Outcome{Stage::http, Failure::http_server_error, 500} : meta_down(s);
    };
    sim.pass_seconds(600);
    CHECK(sim.count(Decision::restart_app) == 0);
    CHECK(sim.decision("app:bot") == Decision::watch);
}

TEST_CASE("an app that turns its own health check away is sick") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        return is(s, "app:bot") ? Outcome{Stage::http, Failure::http_blocked, 403} : well;
    };
    sim.pass_seconds(120);
    CHECK(sim.decision("app:bot") == Decision::restart_app);
}

TEST_CASE("a platform that turns us away is there, and wants us no more") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        return is(s, "facebook/http") ? Outcome{Stage::http, Failure::http_blocked, 429} : well;
    };
    sim.pass_seconds(600);
    CHECK(sim.decision("facebook") == Decision::watch);
    CHECK(sim.cause("facebook") == Cause::blocked_here);
    CHECK(sim.alerts.empty());
}

TEST_CASE("a platform that never wanted us is left in peace") {
    Simulation sim;
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        return is(s, "facebook/http") ? Outcome{Stage::http, Failure::http_blocked, 403} : well;
    };
    sim.start();
    sim.pass_seconds(600);
    CHECK(sim.decision("facebook") == Decision::none);
    CHECK(sim.cause("facebook") == Cause::all_well);
}

TEST_CASE("a proxy that refuses a platform is no outage, whatever else can be asked") {
    const bool only_way_out = GENERATE(false, true);
    const auto behind_proxy = [only_way_out](const ProbeSpec& s) -> Outcome {
        if (!only_way_out) return well;
        if (kind_of(s.task) == ProbeKind::dns) return {Stage::dns, Failure::dns_timeout};
        if (kind_of(s.task) == ProbeKind::tcp) return {Stage::connect, Failure::connect_timeout};
        return {.resolved_here = false};
    };
    Simulation sim;
    sim.world = [&](const ProbeSpec& s, Stamp) { return behind_proxy(s); };
    sim.start();
    sim.pass_seconds(300);
    CHECK(sim.decision("facebook") == Decision::none);
    CHECK(sim.cause("facebook") == Cause::all_well);
    CHECK(sim.decision("host") == Decision::none);
    sim.world = [&](const ProbeSpec& s, Stamp) -> Outcome {
        for (const char* platform : {"facebook/http", "instagram/http", "whatsapp/http"})
            if (is(s, platform)) return {Stage::http, Failure::proxy_refused, 403};
        return behind_proxy(s);
    };
    sim.pass_seconds(1800);
    CHECK(sim.count(Decision::declare_outage) == 0);
    CHECK(sim.cause("facebook") == Cause::policy);
    // And their own 5xx through the same proxy is an outage.
    sim.world = [&](const ProbeSpec& s, Stamp) -> Outcome {
        for (const char* platform : {"facebook/http", "instagram/http", "whatsapp/http"})
            if (is(s, platform)) return {Stage::http, Failure::http_server_error, 503};
        return behind_proxy(s);
    };
    sim.pass_seconds(600);
    CHECK(sim.decision("facebook") == Decision::declare_outage);
}

TEST_CASE("connections refused from the start may be a firewall's doing") {
    Simulation sim;
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        return is(s, "facebook/http") ? Outcome{Stage::connect, Failure::connect_refused} : well;
    };
    sim.start();
    sim.pass_seconds(1800);
    CHECK(sim.decision("facebook") == Decision::watch);
    CHECK(sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("a hiccup of this computer now and then keeps no outage from being declared") {
    Watch watch = meta_watch();
    watch.probes.push_back({ProbeId{"host/health"}, host_subject(), Group::host, HostHealth{}});
    Simulation sim(watch);
    int looks = 0;
    bool facebook_fails = false;
    sim.world = [&](const ProbeSpec& s, Stamp) -> Outcome {
        if (is(s, "host/health"))
            return ++looks % 2 == 1 ? Outcome{Stage::schedule, Failure::host_slow} : well;
        if (is(s, "facebook/http") && facebook_fails) return {Stage::http, Failure::http_server_error, 503};
        return well;
    };
    sim.start();
    sim.pass_seconds(120);
    facebook_fails = true;
    sim.pass_seconds(130);
    CHECK(looks > 4);
    CHECK(sim.decision("facebook") == Decision::declare_outage);
}

TEST_CASE("a blip of thirty seconds is watched and not declared") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
    sim.pass_seconds(30);
    CHECK(sim.count(Decision::watch) > 0);
    sim.world = nullptr;
    sim.pass_seconds(300);
    CHECK(sim.count(Decision::declare_outage) == 0);
    CHECK(sim.alerts.empty());
    CHECK(sim.decision("facebook") == Decision::none);
    CHECK(sim.snapshot->incidents.empty());
}

TEST_CASE("one dead name server of four is not even suspicious") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) { return is(s, "facebook/ns/a") ? dns_silent : well; };
    sim.pass_seconds(600);
    CHECK(sim.decision("facebook") == Decision::none);
    CHECK(sim.incidents.empty());
}

TEST_CASE(
    "what fails for ever, a control or one page, is looked at closely for a while and then in the usual "
    "rhythm") {
    Simulation sim;
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        return is(s, "control:apple/http") || is(s, "facebook/http/2")
                   ? Outcome{Stage::http, Failure::http_status, 404}
                   : well;
    };
    sim.start();
    sim.pass_seconds(3600);
    const int before = sim.runs;
    sim.pass_seconds(600);
    CHECK(sim.runs - before <= 10 * static_cast<int>(meta_watch().probes.size()));
    CHECK(sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("silence of the front ends alone, seen from one host, is watched and not declared") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) { return is(s, "facebook/http") ? connect_silent : well; };
    sim.pass_seconds(900);
    CHECK(sim.decision("facebook") == Decision::watch);
    CHECK(sim.cause("facebook") == Cause::suspicion);  // theirs or on the way: it cannot be told from here
    CHECK(sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("front ends that refuse every connection are declared: something there lives and does not serve") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) {
        return is(s, "facebook/http") ? Outcome{Stage::connect, Failure::connect_refused, 0} : well;
    };
    sim.pass_seconds(180);
    CHECK(sim.decision("facebook") == Decision::declare_outage);
    CHECK(sim.cause("facebook") == Cause::platform_edge);
    CHECK(sim.decision("instagram") == Decision::none);
}

TEST_CASE("direct questions blocked by this network are no evidence against name servers") {
    Simulation sim;
    sim.world = [](const ProbeSpec& s, Stamp) {
        const auto* q = std::get_if<DnsQuery>(&s.task);
        return q && q->server.name != "system" ? dns_silent : well;
    };
    sim.start();
    sim.pass_seconds(600);
    CHECK(sim.decision("facebook") == Decision::none);
    CHECK(sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("a declared outage names a new cause only when it lasts, and grows no less sure meanwhile") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
    sim.pass_seconds(200);
    REQUIRE(sim.cause("facebook") == Cause::platform_dns);
    const int sure = sim.first("facebook", Decision::declare_outage)->confidence;
    // DNS comes back, the front ends answer 503.
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        return s.group == Group::edge && !is(s, "app") ? unavailable : well;
    };
    sim.pass_seconds(300);
    CHECK(sim.cause("facebook") == Cause::platform_edge);
    int records = 0;
    for (const Seen& seen : sim.decisions) {
        if (seen.subject != "facebook" || seen.decision != Decision::declare_outage) continue;
        ++records;
        CHECK(seen.confidence >= sure);
    }
    CHECK(records == 2);
}

TEST_CASE("a single resolver that denies the names, where no other can be asked, is no outage") {
    Simulation sim;
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        const auto* q = std::get_if<DnsQuery>(&s.task);
        if (q && q->server.name != "system") return dns_silent;  // port 53 outward is dropped
        if (is(s, "control:") || is(s, "host/") || is(s, "app:")) return well;
        return {Stage::dns, Failure::dns_nxdomain, 0};
    };
    sim.start();
    sim.pass_seconds(900);
    CHECK(sim.count(Decision::declare_outage) == 0);
    CHECK(sim.decision("facebook") == Decision::watch);
    CHECK(sim.alerts.empty());
}

TEST_CASE("impossible addresses and name servers that are none are a filter's doing, not an outage") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        if (is(s, "control:") || is(s, "host/") || is(s, "app:")) return well;
        return {Stage::dns, s.group == Group::authoritative ? Failure::dns_lame : Failure::dns_bogus, 0};
    };
    sim.pass_seconds(900);
    CHECK(sim.count(Decision::declare_outage) == 0);
    CHECK(sim.decision("facebook") == Decision::fix_local);
    CHECK(sim.cause("facebook") == Cause::policy);
}

TEST_CASE("a firewall that swallows everything of theirs, while their names resolve, is no outage") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        if (s.group == Group::authoritative) return dns_silent;
        return s.group == Group::edge ? connect_silent : well;
    };
    sim.pass_seconds(1200);
    CHECK(sim.count(Decision::declare_outage) == 0);
    CHECK(sim.decision("facebook") == Decision::watch);
}

TEST_CASE("a page that was broken before does not lend its age to a blip of the others") {
    Simulation sim;
    const Outcome broken{Stage::http, Failure::http_server_error, 500};
    sim.world = [&](const ProbeSpec& s, Stamp) { return is(s, "facebook/http/1") ? broken : well; };
    sim.start();
    sim.pass_seconds(600);
    REQUIRE(sim.count(Decision::declare_outage) == 0);
    sim.world = [&](const ProbeSpec& s, Stamp) { return is(s, "facebook/http") ? broken : well; };
    sim.pass_seconds(40);
    CHECK(sim.count(Decision::declare_outage) == 0);
    sim.pass_seconds(140);
    CHECK(sim.decision("facebook") == Decision::declare_outage);
}

TEST_CASE("a page that never returns after an outage does not keep the incident open for ever") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
    sim.pass_seconds(300);
    REQUIRE(sim.decision("facebook") == Decision::declare_outage);
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        return is(s, "facebook/http/2") ? Outcome{Stage::http, Failure::http_status, 404} : well;
    };
    sim.pass_seconds(600);
    CHECK(sim.decision("facebook") == Decision::declare_outage);
    sim.pass_seconds(2 * 3600);
    CHECK(sim.decision("facebook") == Decision::none);
    CHECK(sim.alerts.size() == 4);
}

TEST_CASE("a page that goes on telling of an error is part of an outage for as long as it does") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) -> Outcome {
        return is(s, "facebook/http/2") ? Outcome{Stage::http, Failure::http_server_error, 500} : well;
    };
    sim.pass_seconds(3 * 3600);
    CHECK(sim.decision("facebook") == Decision::declare_outage);
    CHECK(sim.cause("facebook") == Cause::degraded);
    const Seen* declared = sim.first("facebook", Decision::declare_outage);
    REQUIRE(declared);
    sim.world = nullptr;
    sim.pass_seconds(600);
    CHECK(sim.decision("facebook") == Decision::none);
}

TEST_CASE("a platform known by its names alone is judged by them, and its outage ends") {
    Watch watch = meta_watch();
    watch.platforms[0].canaries.clear();
    std::erase_if(watch.probes, [](const ProbeSpec& s) { return is(s, "facebook/http"); });
    Simulation sim(watch);
    sim.start();
    sim.pass_seconds(120);
    CHECK(sim.cause("facebook") == Cause::all_well);
    sim.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
    sim.pass_seconds(300);
    REQUIRE(sim.decision("facebook") == Decision::declare_outage);
    sim.world = nullptr;
    sim.pass_seconds(900);
    CHECK(sim.decision("facebook") == Decision::none);
    CHECK(sim.alerts.size() == 4);
}

TEST_CASE("one control that fails from the start keeps nobody from being judged") {
    Simulation sim;
    sim.world = [](const ProbeSpec& s, Stamp) {
        return is(s, "control:apple/http") ? Outcome{Stage::connect, Failure::connect_refused, 0} : well;
    };
    sim.start();
    sim.pass_seconds(30);
    CHECK(sim.cause("facebook") == Cause::all_well);
    CHECK(sim.decision("host") == Decision::none);
}

TEST_CASE(
    "controls that answered moments before are not called unasked, and a recovery is not explained by its "
    "outage") {
    Simulation sim = after_quiet_seconds(120);
    sim.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
    sim.pass_seconds(200);
    sim.world = nullptr;
    sim.pass_seconds(200);
    for (const DecisionRecord& record : sim.snapshot->recent_decisions) {
        for (const Evidence& evidence : record.verdict.evidence) {
            CHECK(evidence.rule != "no_control");
            if (record.verdict.decision == Decision::none) {
                CHECK(evidence.rule != "persisted");
                CHECK(evidence.rule != "siblings");
                CHECK(evidence.rule != "alone");
            }
        }
    }
}

TEST_CASE("the same events give the same effects") {
    const auto play = [] {
        Simulation sim;
        sim.start();
        sim.pass_seconds(120);
        sim.world = [](const ProbeSpec& s, Stamp) { return meta_down(s); };
        sim.pass_seconds(300);
        sim.world = nullptr;
        sim.pass_seconds(700);
        std::string log;
        for (const Seen& s : sim.decisions)
            log += rfc3339(s.at) + s.subject + std::string(to_string(s.decision)) +
                   std::string(to_string(s.cause)) + std::to_string(s.confidence) + "\n";
        return log;
    };
    const std::string once = play();
    CHECK(!once.empty());
    CHECK(once == play());
}
