// What others see, and how it changes what is decided.
#include <algorithm>

#include "agent/diagnosis/belief.hpp"
#include "catch.hpp"
#include "simulation.hpp"

using namespace sereno;
using namespace sereno::test;
using Outcome = Simulation::Outcome;

namespace {

const Outcome well{};
const Outcome dns_silent{Stage::dns, Failure::dns_timeout, 0};
const Outcome connect_silent{Stage::connect, Failure::connect_timeout, 0};
const Outcome unavailable{Stage::http, Failure::http_server_error, 503};
const Outcome unknown{Stage::schedule, Failure::witness_unknown, 0};
const Outcome not_there{Stage::content, Failure::content_mismatch, 200};

/// Facebook with all kinds of witnesses beside.
Watch witnessed_watch() {
    Watch watch = meta_watch();
    const auto add = [&](const std::string& rest, Group group, const char* witness,
                         ProbeTask task) -> ProbeSpec& {
        watch.probes.push_back(
            ProbeSpec{ProbeId{"facebook/" + rest}, SubjectId{"facebook"}, group, std::move(task)});
        watch.probes.back().witness = WitnessId{witness};
        return watch.probes.back();
    };
    add("routes", Group::routing, "ris-live", RouteVisibility{{"129.134.30.0/24"}, {}}).interval =
        Micros{10'000'000};
    const auto on_suspicion = [](ProbeSpec& spec) {
        spec.on_suspicion = true;
        spec.pause = Micros{60'000'000};
        spec.interval = Micros{300'000'000};
    };
    on_suspicion(add("glass", Group::routing, "ripestat", LookingGlass{{"129.134.30.0/24"}, {}}));
    on_suspicion(add("elsewhere/dns", Group::witness, "globalping",
                     ViewElsewhere{ViewElsewhere::What::dns, "facebook.example", {}, 3}));
    on_suspicion(add("elsewhere/http", Group::witness, "globalping",
                     ViewElsewhere{ViewElsewhere::What::http, "", watch.platforms[0].canaries[0], 3}));
    ProbeSpec& page = add("status/1", Group::vendor, "status:status.example",
                          StatusPage{StatusFormat::statuspage, "https://status.example/", {}});
    page.interval = Micros{300'000'000};
    page.pause = Micros{60'000'000};
    return watch;
}

Voice voice(std::uint32_t asn, const char* country, Failure failure) {
    return Voice{{"probe in " + std::string(country), asn, country}, Stage::done, failure, 0, ""};
}

/// Three networks that all see the same.
Outcome all_see(Failure failure) {
    Outcome outcome{failure == Failure::none ? Stage::done : Stage::connect, failure, 0};
    outcome.voices = {voice(64500, "DE", failure), voice(64501, "FR", failure), voice(64502, "US", failure)};
    return outcome;
}

Outcome routes(int withdrawn, int now) {
    Outcome outcome{Stage::done, withdrawn > 0 ? Failure::route_withdrawn : Failure::none, 0};
    outcome.routes = RoutesSeen{6, withdrawn, now, 310};
    return outcome;
}

Outcome vendor_says(Failure failure, const std::string& words) {
    Outcome outcome{Stage::done, failure, 200};
    outcome.voices = {Voice{{"status.example", 0, ""}, Stage::done, failure, 200, words}};
    return outcome;
}

bool is_witness(const ProbeSpec& s) {
    return !s.witness.empty();
}

/// Facebook falls silent as seen from here, name servers and pages; names go on resolving.
Outcome silent(const ProbeSpec& s) {
    if (is(s, "facebook/ns")) return dns_silent;
    if (is(s, "facebook/http")) return connect_silent;
    return well;
}

/// Facebook's pages answer with errors.
Outcome down(const ProbeSpec& s) {
    return is(s, "facebook/http") ? unavailable : well;
}

struct Scene {
    explicit Scene(std::function<Outcome(const ProbeSpec&)> trouble,
                   std::function<Outcome(const ProbeSpec&)> others, bool able = true)
        : sim(witnessed_watch()) {
        sim.world = [](const ProbeSpec& s, Stamp) { return quiet(s); };
        sim.start();
        for (const char* id : {"ris-live", "ripestat", "globalping", "status:status.example"}) {
            WitnessHealth health;
            health.id = WitnessId{id};
            health.state = able ? WitnessHealth::State::able : WitnessHealth::State::unable;
            sim.report(health);
        }
        sim.pass_seconds(400);
        fault = sim.now();
        sim.world = [trouble, others](const ProbeSpec& s, Stamp) {
            return is_witness(s) ? others(s) : trouble(s);
        };
    }
    static Outcome quiet(const ProbeSpec& s) {
        if (is(s, "facebook/routes")) return routes(0, 310);
        if (is(s, "facebook/status")) return vendor_says(Failure::none, "All systems operational");
        return well;
    }
    /// Until the first failure is met, and so long after it.
    void watched_for(std::int64_t seconds) {
        for (int i = 0; i < 90 && sim.decision("facebook") == Decision::none; ++i)
            sim.pass_seconds(1);
        sim.pass_seconds(seconds);
    }
    [[nodiscard]] Micros declared_after() const {
        const Seen* declared = sim.first("facebook", Decision::declare_outage);
        const Seen* watched = sim.first("facebook", Decision::watch);
        return declared && watched ? declared->at - watched->at : Micros{-1};
    }
    [[nodiscard]] const Verdict& verdict() const {
        for (const SubjectView& view : sim.snapshot->subjects)
            if (view.subject.value == "facebook") return view.verdict;
        throw std::runtime_error("facebook is not there");
    }
    [[nodiscard]] bool says(const std::string& rule) const {
        const auto& evidence = verdict().evidence;
        return std::any_of(evidence.begin(), evidence.end(),
                           [&](const Evidence& e) { return e.rule == rule; });
    }
    Simulation sim;
    Stamp fault;
};

Outcome others_fail(const ProbeSpec& s) {
    if (is(s, "facebook/elsewhere")) return all_see(Failure::connect_timeout);
    return Scene::quiet(s);
}
Outcome others_well(const ProbeSpec& s) {
    if (is(s, "facebook/elsewhere")) return all_see(Failure::none);
    return Scene::quiet(s);
}
Outcome nobody_knows(const ProbeSpec&) {
    return unknown;
}

}  // namespace

TEST_CASE("when others fail too an outage is declared soon, and not on our word alone") {
    Scene scene(down, others_fail);
    scene.watched_for(60);
    REQUIRE(scene.sim.decision("facebook") == Decision::declare_outage);
    CHECK(scene.declared_after() >= Micros{9'000'000});
    CHECK(scene.declared_after() < Micros{30'000'000});
    CHECK(!scene.verdict().from_this_host_alone);
    CHECK(scene.says("elsewhere_fails"));
    CHECK(!scene.says("alone"));
    REQUIRE(!scene.sim.incidents.empty());
    CHECK(!scene.sim.incidents.back().from_this_host_alone);
}

TEST_CASE("silence while names resolve is declared once others meet the same silence") {
    SECTION("others fail") {
        Scene scene(silent, others_fail);
        scene.sim.pass_seconds(120);
        CHECK(scene.sim.decision("facebook") == Decision::declare_outage);
    }
    SECTION("most networks have lost the routes") {
        Scene scene(silent, [](const ProbeSpec& s) {
            return is(s, "facebook/routes")      ? routes(6, 12)
                   : is(s, "facebook/elsewhere") ? unknown
                                                 : Scene::quiet(s);
        });
        scene.sim.pass_seconds(120);
        CHECK(scene.sim.decision("facebook") == Decision::declare_outage);
        CHECK(scene.sim.cause("facebook") == Cause::platform_routing);
        CHECK(scene.says("routes_withdrawn"));
    }
    SECTION("nobody knows") {
        Scene scene(silent, nobody_knows);
        scene.sim.pass_seconds(600);
        CHECK(scene.sim.decision("facebook") == Decision::watch);
    }
}

TEST_CASE("what answers in other networks is no outage, however long it fails here") {
    Scene scene(down, others_well);
    scene.sim.pass_seconds(1'800);
    CHECK(scene.sim.decision("facebook") == Decision::watch);
    CHECK(scene.sim.cause("facebook") == Cause::blocked_here);
    CHECK(scene.says("elsewhere_answers"));
    CHECK(scene.sim.alerts.empty());
}

TEST_CASE("a page that only looks wrong here is no case for others, who ask for less") {
    Scene scene([](const ProbeSpec& s) { return is(s, "facebook/http") ? not_there : well; }, others_well);
    scene.sim.pass_seconds(200);
    CHECK(scene.sim.cause("facebook") != Cause::blocked_here);
}

TEST_CASE("with no witness to ask the word of this host alone takes longer, and says so") {
    Scene scene(down, nobody_knows, false);
    scene.watched_for(30);
    CHECK(scene.sim.decision("facebook") == Decision::watch);
    scene.sim.pass_seconds(120);
    REQUIRE(scene.sim.decision("facebook") == Decision::declare_outage);
    CHECK(scene.declared_after() >= Micros{59'000'000});
    CHECK(scene.verdict().from_this_host_alone);
    CHECK(scene.says("alone"));
    scene.sim.pass_seconds(700);  // their last words are stale by now
    CHECK(scene.says("no_witness"));
}

TEST_CASE("nothing is declared on our word alone while a witness may yet answer, but not for ever") {
    // The witness can be asked and never says a word: no run of it ever comes to an end.
    Scene scene(down, [](const ProbeSpec& s) {
        Outcome never = Scene::quiet(s);
        if (is(s, "facebook/elsewhere")) never.failure = Failure::overrun;
        return never;
    });
    scene.watched_for(75);
    CHECK(scene.sim.decision("facebook") == Decision::watch);
    CHECK(scene.says("witness_awaited"));
    scene.sim.pass_seconds(60);
    CHECK(scene.sim.decision("facebook") == Decision::declare_outage);
}

TEST_CASE("a stale word is no word") {
    Scene scene(down, [](const ProbeSpec& s) {
        Outcome old = others_fail(s);
        old.age = Micros{3'600'000'000};
        return old;
    });
    scene.watched_for(45);
    CHECK(scene.sim.decision("facebook") == Decision::watch);
    CHECK(!scene.says("elsewhere_fails"));
    scene.sim.pass_seconds(120);
    CHECK(scene.verdict().from_this_host_alone);
}

TEST_CASE("where it answers in two networks of three it is not declared, and where in one of two it may be") {
    const auto meets = [](std::vector<Voice> voices) {
        return [voices](const ProbeSpec& s) {
            if (!is(s, "facebook/elsewhere/http"))
                return is(s, "facebook/elsewhere") ? unknown : Scene::quiet(s);
            Outcome mixed;
            mixed.voices = voices;
            return mixed;
        };
    };
    const Voice de = voice(64500, "DE", Failure::none), fr = voice(64501, "FR", Failure::none);
    const Voice us = voice(64502, "US", Failure::connect_timeout);
    SECTION("two of three") {
        Scene scene(down, meets({de, fr, us}));
        scene.watched_for(600);
        CHECK(scene.sim.decision("facebook") == Decision::watch);
        CHECK(scene.sim.cause("facebook") == Cause::blocked_here);
    }
    SECTION("one of two") {
        Scene scene(down, meets({de, us}));
        scene.watched_for(45);
        CHECK(scene.sim.decision("facebook") == Decision::watch);
        CHECK(scene.says("elsewhere_mixed"));
        scene.sim.pass_seconds(120);
        CHECK(scene.sim.decision("facebook") == Decision::declare_outage);
        CHECK(scene.verdict().from_this_host_alone);
    }
}

TEST_CASE("who cannot say does not take back what he said") {
    Scene scene(down, others_well);
    scene.watched_for(120);
    REQUIRE(scene.sim.cause("facebook") == Cause::blocked_here);
    scene.sim.world = [](const ProbeSpec& s, Stamp) {
        return is(s, "facebook/elsewhere") ? unknown : is_witness(s) ? others_well(s) : down(s);
    };
    scene.sim.pass_seconds(400);
    CHECK(scene.sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("being turned away elsewhere is no sign that the service works") {
    const auto turned_away = [](const ProbeSpec& s) {
        return is(s, "facebook/elsewhere/http") ? all_see(Failure::http_blocked)
               : is(s, "facebook/elsewhere")    ? all_see(Failure::none)
                                                : Scene::quiet(s);
    };
    SECTION("it answers with errors here: that is its own word") {
        Scene scene(down, turned_away);
        scene.watched_for(150);
        CHECK(scene.sim.decision("facebook") == Decision::declare_outage);
    }
    SECTION("it is silent here: the way there is open for others") {
        Scene scene(silent, turned_away);
        scene.watched_for(600);
        CHECK(scene.sim.count(Decision::declare_outage) == 0);
        CHECK(scene.sim.cause("facebook") == Cause::blocked_here);
    }
}

TEST_CASE("a page that answers in a network counts for more there than a name that does not resolve") {
    Scene scene(silent, [](const ProbeSpec& s) {
        return is(s, "facebook/elsewhere/dns")    ? all_see(Failure::dns_servfail)
               : is(s, "facebook/elsewhere/http") ? all_see(Failure::none)
                                                  : Scene::quiet(s);
    });
    scene.watched_for(300);
    CHECK(scene.sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("a vendor that agrees does not spare the wait for those who may contradict") {
    Scene scene(silent, [](const ProbeSpec& s) {
        if (is(s, "facebook/status")) return vendor_says(Failure::reported_outage, "Ads do not load");
        Outcome never = Scene::quiet(s);
        if (is(s, "facebook/elsewhere")) never.failure = Failure::overrun;
        return never;
    });
    scene.watched_for(25);
    CHECK(scene.sim.count(Decision::declare_outage) == 0);
    scene.sim.pass_seconds(40);
    CHECK(scene.sim.decision("facebook") == Decision::declare_outage);
}

TEST_CASE("many probes in one network are one voice") {
    Scene scene(down, [](const ProbeSpec& s) {
        if (!is(s, "facebook/elsewhere")) return Scene::quiet(s);
        Outcome one{Stage::connect, Failure::connect_timeout, 0};
        one.voices = {voice(64500, "DE", Failure::connect_timeout),
                      voice(64500, "DE", Failure::connect_timeout),
                      voice(64500, "DE", Failure::connect_timeout)};
        return one;
    });
    scene.watched_for(45);
    CHECK(scene.sim.decision("facebook") == Decision::watch);
    CHECK(!scene.says("elsewhere_fails"));
}

TEST_CASE("witnesses alone never declare: what answers here is watched more closely, no more") {
    Scene scene([](const ProbeSpec&) { return well; },
                [](const ProbeSpec& s) {
                    if (is(s, "facebook/routes")) return routes(6, 12);
                    if (is(s, "facebook/status"))
                        return vendor_says(Failure::reported_outage, "Login errors");
                    return others_fail(s);
                });
    scene.sim.pass_seconds(1'800);
    CHECK(scene.sim.decision("facebook") == Decision::watch);
    CHECK(scene.sim.alerts.empty());
    CHECK(scene.says("routes_withdrawn"));
    CHECK(scene.says("vendor_reports"));
}

TEST_CASE("no witness makes a local fault an outage") {
    Scene scene(
        [](const ProbeSpec& s) {
            if (is(s, "host/gateway")) return Outcome{Stage::link, Failure::gateway_silent, 0};
            if (is(s, "host/route") || is(s, "app:")) return well;
            return std::holds_alternative<DnsQuery>(s.task) ? dns_silent : connect_silent;
        },
        others_fail);
    scene.sim.pass_seconds(300);
    CHECK(scene.sim.decision("host") == Decision::fix_local);
    CHECK(scene.sim.count(Decision::declare_outage) == 0);
}

TEST_CASE("strangers are asked gently: once a minute in doubt, however many probes fail") {
    Scene scene(down, others_well);
    std::map<std::string, int> asked;
    const auto world = scene.sim.world;
    scene.sim.world = [&asked, world](const ProbeSpec& s, Stamp at) {
        if (is_witness(s)) ++asked[s.id.value];
        return world(s, at);
    };
    scene.sim.pass_seconds(600);
    CHECK(asked["facebook/elsewhere/http"] >= 5);
    CHECK(asked["facebook/elsewhere/http"] <= 11);
    CHECK(asked["facebook/glass"] <= 11);
    CHECK(asked["facebook/status/1"] >= 8);
    CHECK(asked["facebook/status/1"] <= 12);
}

TEST_CASE("announced maintenance is recorded but wakes nobody") {
    Scene scene(down, [](const ProbeSpec& s) {
        if (is(s, "facebook/status")) return vendor_says(Failure::reported_maintenance, "Planned work");
        return others_fail(s);
    });
    scene.sim.pass_seconds(200);
    REQUIRE(scene.sim.decision("facebook") == Decision::declare_outage);
    CHECK(scene.sim.alerts.empty());
    REQUIRE(!scene.sim.incidents.empty());
    CHECK(scene.sim.incidents.back().state == IncidentState::open);
    CHECK(scene.sim.incidents.back().quiet);
    CHECK(scene.says("vendor_maintenance"));

    SECTION("it ends as announced, and nobody hears of it") {
        scene.sim.world = [](const ProbeSpec& s, Stamp) { return Scene::quiet(s); };
        scene.sim.pass_seconds(900);
        CHECK(scene.sim.incidents.back().state == IncidentState::closed);
        CHECK(scene.sim.alerts.empty());
    }
    SECTION("when the announced work is over and it is still down, the team is woken") {
        scene.sim.world = [](const ProbeSpec& s, Stamp) { return is_witness(s) ? others_fail(s) : down(s); };
        scene.sim.pass_seconds(400);
        REQUIRE(scene.sim.alerts.size() == 2);
        CHECK(scene.sim.alerts[0].kind == AlertKind::opened);
        CHECK(!scene.sim.incidents.back().quiet);
    }
    SECTION("when the page that announced it falls silent, the team is woken") {
        scene.sim.world = [](const ProbeSpec& s, Stamp) {
            if (is(s, "facebook/status")) return unknown;
            return is_witness(s) ? others_fail(s) : down(s);
        };
        scene.sim.pass_seconds(700);
        CHECK(scene.sim.alerts.size() == 2);
    }
    SECTION("one failed reading of that page wakes nobody") {
        for (const Failure failure : {Failure::witness_unknown, Failure::status_page_gone}) {
            scene.sim.world = [failure](const ProbeSpec& s, Stamp) {
                if (is(s, "facebook/status")) return Outcome{Stage::connect, failure, 0};
                return is_witness(s) ? others_fail(s) : down(s);
            };
            scene.sim.pass_seconds(200);
            CHECK(scene.sim.alerts.empty());
        }
    }
    SECTION("when our own link fails meanwhile, nobody is woken for what is announced") {
        scene.sim.world = [](const ProbeSpec& s, Stamp) {
            if (is_witness(s)) return unknown;
            if (is(s, "host/gateway")) return Outcome{Stage::link, Failure::gateway_silent, 0};
            if (is(s, "host/route") || is(s, "app:")) return well;
            return std::holds_alternative<DnsQuery>(s.task) ? dns_silent : connect_silent;
        };
        scene.sim.pass_seconds(200);
        REQUIRE(!scene.sim.alerts.empty());  // of the local fault
        for (const Told& told : scene.sim.alerts)
            CHECK(told.incident != scene.sim.incidents.front().id.value);
    }
    SECTION("a restart wakes nobody before the page was read again") {
        const Incident before = scene.sim.incidents.back();
        Simulation again(witnessed_watch());
        again.world = scene.sim.world;
        again.start({before}, 10, before.id);
        again.pass_seconds(200);
        CHECK(again.decision("facebook") == Decision::declare_outage);
        CHECK(again.alerts.empty());
    }
    SECTION("when a sibling that was not announced falls as well, the team is woken") {
        scene.sim.world = [](const ProbeSpec& s, Stamp at) {
            if (is(s, "instagram/http")) return unavailable;
            if (is(s, "facebook/status")) return vendor_says(Failure::reported_maintenance, "Planned work");
            static_cast<void>(at);
            return is_witness(s) ? others_fail(s) : down(s);
        };
        scene.sim.pass_seconds(200);
        CHECK(scene.sim.alerts.size() == 2);
    }
}

TEST_CASE("the snapshot tells of each witness how it does and of whom it says what") {
    Scene scene(down, others_fail);
    scene.watched_for(60);
    const auto& witnesses = scene.sim.snapshot->witnesses;
    REQUIRE(witnesses.size() == 4);
    const auto find = [&](const char* id) {
        return *std::find_if(witnesses.begin(), witnesses.end(),
                             [&](const WitnessView& v) { return v.health.id.value == id; });
    };
    CHECK(find("globalping").ill == std::vector{SubjectId{"facebook"}});
    CHECK(find("ris-live").well == std::vector{SubjectId{"facebook"}});
    CHECK(find("ris-live").ill.empty());
}
