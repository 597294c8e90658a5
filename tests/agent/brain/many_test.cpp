// The core with many subjects, and with probes that run on suspicion only.
#include <algorithm>
#include <set>

#include "agent/brain.hpp"
#include "catch.hpp"
#include "simulation.hpp"

using namespace sereno;
using namespace sereno::test;
using Outcome = Simulation::Outcome;

namespace {

const Outcome dns_silent{Stage::dns, Failure::dns_timeout, 0};
const Outcome unavailable{Stage::http, Failure::http_server_error, 503};

/// With something kept for suspicion: of facebook, of a control and of this host.
Watch watch_with_second_looks() {
    Watch watch = meta_watch();
    const auto add = [&](const char* id, const char* subject, Group group) {
        ProbeSpec spec{ProbeId{id}, SubjectId{subject}, group, HttpFetch{.url = "http://192.0.2.9/"}};
        spec.on_suspicion = true;
        watch.probes.push_back(spec);
    };
    add("facebook/look", "facebook", Group::second_look);
    add("whatsapp/look", "whatsapp", Group::second_look);
    add("control:apple/look", "control:apple", Group::network);
    add("host/look", "host", Group::path);
    return watch;
}

/// When the probe ran.
struct Log {
    std::vector<std::pair<std::string, Stamp>> runs;
    [[nodiscard]] std::vector<Stamp> of(const std::string& probe) const {
        std::vector<Stamp> found;
        for (const auto& [id, at] : runs)
            if (id == probe) found.push_back(at);
        return found;
    }
};

Simulation::World logged(Log& log, Simulation::World world) {
    return [&log, world = std::move(world)](const ProbeSpec& spec, Stamp at) {
        log.runs.emplace_back(spec.id.value, at);
        return world ? world(spec, at) : Outcome{};
    };
}

/// So many platforms more, each of its own operator, with four pages.
Watch many_platforms(int count) {
    Watch watch = meta_watch();
    for (int i = 0; i < count; ++i) {
        Platform platform;
        platform.id = SubjectId{"many-" + std::to_string(i)};
        platform.name = platform.id.value;
        platform.operator_id = OperatorId{platform.id.value};
        for (int page = 0; page < 4; ++page)
            watch.probes.push_back({ProbeId{platform.id.value + "/http/" + std::to_string(page)}, platform.id,
                                    Group::edge, HttpFetch{.url = "https://many.example/"}});
        watch.platforms.push_back(platform);
    }
    return watch;
}

const SubjectView& view_of(const Simulation& sim, const std::string& id) {
    const auto found = std::find_if(sim.snapshot->subjects.begin(), sim.snapshot->subjects.end(),
                                    [&](const SubjectView& s) { return s.subject.value == id; });
    REQUIRE(found != sim.snapshot->subjects.end());
    return *found;
}

bool shows(const Simulation& sim, const std::string& subject, const std::string& probe) {
    const auto& probes = view_of(sim, subject).probes;
    return std::any_of(probes.begin(), probes.end(),
                       [&](const ProbeState& state) { return state.probe.value == probe; });
}

}  // namespace

TEST_CASE("what runs on suspicion is left alone, and not shown, while all is well") {
    Log log;
    Simulation sim(watch_with_second_looks());
    sim.world = logged(log, nullptr);
    sim.start();
    sim.pass_seconds(600);
    for (const char* probe : {"facebook/look", "control:apple/look", "host/look"}) {
        INFO(probe);
        CHECK(log.of(probe).empty());
    }
    CHECK_FALSE(shows(sim, "facebook", "facebook/look"));
    for (const char* subject : {"facebook", "instagram", "whatsapp", "host"}) {
        INFO(subject);
        CHECK(sim.cause(subject) == Cause::all_well);
    }
}

TEST_CASE("two failures in a row make it run, then every half minute while in doubt") {
    Log log;
    Simulation sim(watch_with_second_looks());
    sim.start();
    sim.pass_seconds(300);
    const Stamp fault = sim.now();
    sim.world = logged(
        log, [](const ProbeSpec& s, Stamp) { return is(s, "facebook/http/1") ? unavailable : Outcome{}; });
    sim.pass_seconds(200);
    REQUIRE(sim.decision("facebook") == Decision::watch);

    const std::vector<Stamp> failed = log.of("facebook/http/1"), looked = log.of("facebook/look");
    REQUIRE(failed.size() >= 2);
    REQUIRE(looked.size() >= 3);
    CHECK(looked.size() <= 8);
    CHECK(looked[0] >= failed[1]);
    CHECK(looked[0] - failed[1] <= Micros{2'000'000});
    for (std::size_t i = 1; i < looked.size(); ++i) {
        CHECK(looked[i] - looked[i - 1] >= Micros{30'000'000});
        CHECK(looked[i] - looked[i - 1] <= Micros{33'000'000});
    }
    CHECK(looked[0] > fault);
    CHECK(shows(sim, "facebook", "facebook/look"));
    // Nobody else's, as no control fails.
    for (const char* probe : {"whatsapp/look", "control:apple/look", "host/look"}) {
        INFO(probe);
        CHECK(log.of(probe).empty());
    }

    SECTION("patience ends") {
        sim.pass_seconds(3600);
        const std::size_t before = log.of("facebook/look").size();
        sim.pass_seconds(600);
        CHECK(log.of("facebook/look").size() == before);
    }
    SECTION("and so does the doubt") {
        sim.world = logged(log, nullptr);
        sim.pass_seconds(30);
        REQUIRE(sim.cause("facebook") == Cause::all_well);
        const std::size_t before = log.of("facebook/look").size();
        sim.pass_seconds(600);
        CHECK(log.of("facebook/look").size() == before);
        // What it saw grows old without disturbing anybody.
        CHECK(sim.cause("facebook") == Cause::all_well);
    }
}

TEST_CASE("one lost answer makes nothing run that waits for suspicion") {
    Log log;
    Simulation sim(watch_with_second_looks());
    sim.start();
    sim.pass_seconds(300);
    bool once = false;
    sim.world = logged(log, [&](const ProbeSpec& s, Stamp) {
        if (once || !is(s, "facebook/http/1")) return Outcome{};
        once = true;
        return unavailable;
    });
    sim.pass_seconds(120);
    REQUIRE(once);
    CHECK(log.of("facebook/look").empty());
}

TEST_CASE("a control that fails twice has this host looked at as well, but no platform") {
    Log log;
    Simulation sim(watch_with_second_looks());
    sim.start();
    sim.pass_seconds(300);
    sim.world = logged(
        log, [](const ProbeSpec& s, Stamp) { return is(s, "control:apple") ? dns_silent : Outcome{}; });
    sim.pass_seconds(90);
    CHECK_FALSE(log.of("host/look").empty());
    CHECK_FALSE(log.of("control:apple/look").empty());
    CHECK(log.of("facebook/look").empty());
}

TEST_CASE("what runs on suspicion and fails is itself no reason to look closer") {
    Log log;
    Simulation sim(watch_with_second_looks());
    sim.start();
    sim.pass_seconds(300);
    sim.world = logged(log, [](const ProbeSpec& s, Stamp) {
        return is(s, "facebook/http/1") || is(s, "facebook/look") ? unavailable : Outcome{};
    });
    sim.pass_seconds(120);
    CHECK(log.of("facebook/look").size() <= 5);
}

TEST_CASE("one of many platforms is judged by its own probes as soon as it is alone") {
    Simulation sim(many_platforms(150));
    sim.start();
    sim.pass_seconds(150);
    for (const char* platform : {"many-0", "many-75", "many-149", "facebook"}) {
        INFO(platform);
        CHECK(sim.cause(platform) == Cause::all_well);
    }
    const Stamp fault = sim.now();
    sim.world = [](const ProbeSpec& s, Stamp) { return is(s, "many-75/") ? unavailable : Outcome{}; };
    sim.pass_seconds(180);
    const Seen* suspected = sim.first("many-75", Decision::watch);
    const Seen* declared = sim.first("many-75", Decision::declare_outage);
    REQUIRE(suspected);
    REQUIRE(declared);
    CHECK(suspected->at - fault < Micros{20'000'000});
    CHECK(declared->at - fault < Micros{100'000'000});
    CHECK(sim.count(Decision::declare_outage) == 1);
    // News are shown at once, however many measurements wait.
    CHECK(sim.decision("many-75") == Decision::declare_outage);

    sim.world = nullptr;
    sim.pass_seconds(600);
    CHECK(sim.cause("many-75") == Cause::all_well);
    CHECK(sim.incidents.back().state == IncidentState::closed);
}

TEST_CASE("silence is noticed among many: what is no longer observed is not called well") {
    Simulation sim(many_platforms(150));
    sim.start();
    sim.pass_seconds(150);
    REQUIRE(sim.cause("many-75") == Cause::all_well);
    // An overrun tells nothing: there is nothing fresh any more after two intervals and the timeout.
    sim.world = [](const ProbeSpec& s, Stamp) {
        return is(s, "many-75/") ? Outcome{Stage::schedule, Failure::overrun, 0} : Outcome{};
    };
    sim.pass_seconds(60 * 2 + 5 + 15 + 60 + 10);
    CHECK(sim.cause("many-75") == Cause::insufficient_evidence);
    CHECK(sim.cause("many-76") == Cause::all_well);
}

TEST_CASE("the same events give the same effects, however many there are") {
    const auto decisions = [] {
        Simulation sim(many_platforms(60));
        sim.start();
        sim.pass_seconds(150);
        sim.world = [](const ProbeSpec& s, Stamp) {
            return is(s, "many-1") || is(s, "facebook") ? unavailable : Outcome{};
        };
        sim.pass_seconds(150);
        std::vector<std::string> lines;
        for (const Seen& seen : sim.decisions)
            lines.push_back(rfc3339(seen.at) + " " + seen.subject + " " +
                            std::string(to_string(seen.decision)) + " " + std::to_string(seen.confidence) +
                            " " + std::to_string(seen.incident));
        return std::pair{lines, sim.runs};
    };
    const auto first = decisions();
    CHECK(first.first.size() > 60);
    CHECK(first == decisions());
}

namespace {

/// Troubles of all kinds that come and go, the same for every run with one seed.
Simulation::World troubled(std::uint32_t seed) {
    return [seed](const ProbeSpec& spec, Stamp at) {
        const auto minute = static_cast<std::uint32_t>(at.time_since_epoch().count() / 120'000'000);
        std::uint32_t x = seed * 2654435761U + minute * 40503U;  // of this stretch of two minutes
        x ^= x >> 13U;
        x *= 2246822519U;
        x ^= x >> 16U;
        switch (x % 7) {
            case 0:
                return is(spec, "facebook/http") ? unavailable : Outcome{};
            case 1:
                return is(spec, "facebook/ns") || is(spec, "whatsapp/ns") ? dns_silent : Outcome{};
            case 2:
                return is(spec, "host/gateway") ? Outcome{Stage::link, Failure::gateway_silent, 0}
                       : is(spec, "host/route") || is(spec, "app:") ? Outcome{}
                                                                    : dns_silent;
            case 3:
                return is(spec, "control:apple") || is(spec, "app:bot") ? unavailable : Outcome{};
            default:
                return Outcome{};
        }
    };
}

}  // namespace

TEST_CASE("judging what an observation changes decides as judging everybody does") {
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
        INFO("seed " << seed);
        Simulation some, all;
        all.judge_everybody = true;
        for (Simulation* sim : {&some, &all}) {
            sim->start();
            sim->pass_seconds(120);
            sim->world = troubled(seed);
            sim->pass_seconds(1'200);
        }
        CHECK(!some.decisions.empty());
        REQUIRE(some.decisions.size() == all.decisions.size());
        const auto sorted = [](std::vector<Seen> decisions) {
            std::stable_sort(decisions.begin(), decisions.end(),
                             [](const Seen& a, const Seen& b) { return a.subject < b.subject; });
            return decisions;
        };
        const std::vector<Seen> a = sorted(some.decisions), b = sorted(all.decisions);
        for (std::size_t i = 0; i < a.size(); ++i) {
            INFO(a[i].subject << " " << to_string(a[i].decision) << " " << to_string(a[i].cause));
            REQUIRE(a[i].subject == b[i].subject);
            REQUIRE(a[i].decision == b[i].decision);
            REQUIRE(a[i].cause == b[i].cause);
            REQUIRE(std::chrono::abs(a[i].at - b[i].at) <= Micros{1'000'000});
        }
        CHECK(some.alerts.size() == all.alerts.size());
    }
}
