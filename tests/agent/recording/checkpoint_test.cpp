// A brain that goes on from its own state, through the text of a recording, decides as if nothing had been in
// between.
#include <set>

#include "../brain/simulation.hpp"
#include "agent/recording/codec.hpp"
#include "catch.hpp"
#include "random.hpp"

namespace sereno {

namespace {

using test::Simulation;

struct Step {
    Event event;
    std::string effects;
};

std::string text_of(const std::vector<Effect>& effects) {
    std::string out;
    for (const Effect& effect : effects)
        append_line(out, effect);
    return out;
}

std::string text_of(const BrainState& state) {
    std::string out;
    append_line(out, Checkpoint{{}, state});
    return out;
}

std::vector<Step> steps_of(Simulation& simulation, const std::function<void()>& play) {
    std::vector<Step> steps;
    simulation.heard = [&](const Event& event, const std::vector<Effect>& effects, const Brain&) {
        steps.push_back({event, text_of(effects)});
    };
    play();
    simulation.heard = {};
    return steps;
}

/// Snapshots are left out; that they are due at the same moments shows in the state's version.
std::optional<Brain> through_text(const ConfigChanged& configuration, const Brain& brain) {
    std::string text;
    append_line(text, Checkpoint{configuration, brain.state()});
    LineReader reader;
    auto checkpoint = reader.checkpoint(text);
    INFO(reader.why());
    REQUIRE(checkpoint);
    return Brain::resume(checkpoint->configuration, std::move(checkpoint->state), Brain::Showing::nothing);
}

/// Stops at 50 instants, goes on from the text, and compares all that follows.
void check_any_instant(const std::vector<Step>& steps, std::uint64_t seed) {
    test::Random random(seed);
    std::set<std::size_t> instants{1, 2, steps.size() - 1};
    while (instants.size() < 50)
        instants.insert(1 + random.below(steps.size() - 1));
    Brain brain(Brain::Showing::nothing);
    ConfigChanged configuration;
    std::vector<std::pair<std::size_t, Brain>> others;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (instants.contains(i)) {
            auto other = through_text(configuration, brain);
            REQUIRE(other);
            REQUIRE(text_of(other->state()) == text_of(brain.state()));
            others.emplace_back(i, std::move(*other));
        }
        if (const auto* changed = std::get_if<ConfigChanged>(&steps[i].event)) configuration = *changed;
        if (text_of(brain.on(steps[i].event)) != steps[i].effects) FAIL("at step " << i);
        for (auto& [begun, other] : others) {
            if (text_of(other.on(steps[i].event)) == steps[i].effects) continue;
            FAIL("begun at step " << begun << ", at step " << i);
        }
    }
    REQUIRE(others.size() == instants.size());
    const std::string end = text_of(brain.state());
    for (const auto& [begun, other] : others)
        REQUIRE(text_of(other.state()) == end);
}

/// Others to ask: probes elsewhere, routes, the vendor.
Watch witnessed_watch() {
    Watch watch = test::meta_watch();
    const auto add = [&](const std::string& id, Group group, ProbeTask task, const std::string& witness,
                         bool on_suspicion) {
        ProbeSpec spec{ProbeId{"facebook/" + id}, SubjectId{"facebook"}, group, std::move(task)};
        spec.witness = WitnessId{witness};
        spec.on_suspicion = on_suspicion;
        watch.probes.push_back(spec);
    };
    add("elsewhere/http", Group::witness,
        ViewElsewhere{.fetch = HttpFetch{.url = "https://facebook.example/"}}, "globalping", true);
    add("routes", Group::routing, RouteVisibility{.prefixes = {"192.0.2.0/24"}}, "ris-live", false);
    add("status/1", Group::vendor, StatusPage{.url = "https://status.example/"}, "status:status.example",
        false);
    return watch;
}

void report_all(Simulation& simulation) {
    for (const char* id : {"globalping", "ris-live", "status:status.example"}) {
        WitnessHealth health;
        health.id = WitnessId{id};
        health.state = WitnessHealth::State::able;
        simulation.report(health);
    }
}

bool about_facebook(const ProbeSpec& spec) {
    return spec.subject.value == "facebook";
}

Simulation::Outcome silent(const ProbeSpec& spec) {
    if (kind_of(spec.task) == ProbeKind::dns) return {Stage::dns, Failure::dns_timeout};
    return {Stage::connect, Failure::connect_timeout};
}

}  // namespace

TEST_CASE("an outage with witnesses goes on from any instant of it") {
    Simulation simulation(witnessed_watch());
    const Stamp begin = simulation.now() + Micros{120'000'000}, end = begin + Micros{300'000'000};
    simulation.world = [&](const ProbeSpec& spec, Stamp now) -> Simulation::Outcome {
        if (!about_facebook(spec) || now < begin || now >= end) return {};
        if (spec.group == Group::vendor) return {Stage::content, Failure::reported_outage};
        if (spec.group == Group::routing)
            return {.reached = Stage::content,
                    .failure = Failure::route_withdrawn,
                    .routes = RoutesSeen{1, 1, 0, 300}};
        return silent(spec);
    };
    const auto steps = steps_of(simulation, [&] {
        simulation.start();
        report_all(simulation);
        simulation.pass_seconds(780);
    });
    REQUIRE(simulation.first("facebook", Decision::declare_outage) != nullptr);
    REQUIRE(simulation.incidents.back().state == IncidentState::closed);
    check_any_instant(steps, 11);
}

TEST_CASE("a link that comes and goes, during an outage, goes on from any instant") {
    Simulation simulation;
    const Stamp start = simulation.now();
    simulation.world = [&](const ProbeSpec& spec, Stamp now) -> Simulation::Outcome {
        const auto minute = (now - start).count() / 60'000'000;
        if (minute % 4 == 2 && spec.group == Group::link && kind_of(spec.task) == ProbeKind::gateway)
            return {Stage::link, Failure::gateway_silent};
        if (minute % 4 == 2) return silent(spec);
        if (minute >= 1 && minute < 5 && test::is(spec, "whatsapp")) return silent(spec);
        return {};
    };
    const auto steps = steps_of(simulation, [&] {
        simulation.start();
        simulation.pass_seconds(600);
    });
    REQUIRE(simulation.count(Decision::fix_local) > 0);
    check_any_instant(steps, 12);
}

TEST_CASE("a world without rhyme or reason goes on from any instant, also after a restart") {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        Simulation simulation(witnessed_watch());
        test::Random random(seed);
        simulation.world = [&](const ProbeSpec& spec, Stamp now) -> Simulation::Outcome {
            // Each subject has good and bad minutes.
            const auto minute = static_cast<std::uint64_t>(now.time_since_epoch().count() / 60'000'000);
            const bool bad = (minute * 7 + spec.subject.value.size() + seed) % 5 < 2;
            if (!bad || random.one_in(3)) return {};
            constexpr Failure failures[] = {Failure::connect_timeout, Failure::http_server_error,
                                            Failure::dns_servfail,    Failure::certificate_expired,
                                            Failure::http_blocked,    Failure::host_resources,
                                            Failure::cancelled,       Failure::witness_unknown};
            return {Stage::connect, failures[random.below(8)]};
        };
        Incident left;
        left.id = IncidentId{4};
        left.kind = IncidentKind::outage;
        left.state = IncidentState::open;
        left.key = "operator:meta";
        left.title = "Meta";
        left.subjects = {{SubjectId{"whatsapp"}, "WhatsApp", Decision::declare_outage, Cause::platform_dns,
                          simulation.now(), std::nullopt}};
        left.opened = simulation.now();
        const auto steps = steps_of(simulation, [&] {
            simulation.start({left}, 17, IncidentId{4});
            report_all(simulation);
            simulation.pass_seconds(400);
        });
        REQUIRE(simulation.decisions.size() > 3);
        check_any_instant(steps, seed);
    }
}

TEST_CASE("a state that is not of this configuration is refused") {
    Brain brain;
    ConfigChanged configuration{Stamp{}, test::meta_watch(), {}, {}};
    (void)brain.on(configuration);
    const BrainState state = brain.state();
    REQUIRE(Brain::resume(configuration, state));
    for (const int part : {0, 1, 2}) {
        BrainState other = state;
        if (part == 0) other.tracks.pop_back();
        if (part == 1) other.subjects.emplace_back();
        if (part == 2) other.memory.asked.clear();
        CHECK_FALSE(Brain::resume(configuration, other));
    }
}

TEST_CASE("a brain that shows nothing decides the same") {
    Simulation simulation;
    simulation.world = [](const ProbeSpec& spec, Stamp) -> Simulation::Outcome {
        return test::is(spec, "whatsapp") ? silent(spec) : Simulation::Outcome{};
    };
    Brain silent_brain(Brain::Showing::nothing);
    simulation.heard = [&](const Event& event, const std::vector<Effect>& effects, const Brain&) {
        std::string all, fewer;
        for (const Effect& effect : effects)
            append_line(all, effect);
        const auto others = silent_brain.on(event);
        for (const Effect& effect : others) {
            REQUIRE_FALSE(std::holds_alternative<PublishSnapshot>(effect));
            append_line(fewer, effect);
        }
        REQUIRE(all == fewer);
    };
    simulation.start();
    simulation.pass_seconds(300);
    REQUIRE(simulation.count(Decision::declare_outage) > 0);
}

}  // namespace sereno
