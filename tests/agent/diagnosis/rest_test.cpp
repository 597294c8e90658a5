// Whoever rests() lets be would have been judged to be well.
#include <random>

#include "agent/diagnosis/diagnosis.hpp"
#include "catch.hpp"

using namespace sereno;

namespace {

constexpr Micros second{1'000'000};

/// A platform with all kinds of probes and witnesses, and a control.
Watch made_up() {
    Watch watch;
    Platform& platform = watch.platforms.emplace_back();
    platform.id = SubjectId{"shop"};
    platform.operator_id = OperatorId{"shopkeeper"};
    platform.name_servers = {{"a.ns.shop.example", {"192.0.2.53", 53}}};
    platform.canaries = {HttpFetch{.url = "https://shop.example/"}};
    Control& control = watch.controls.emplace_back();
    control.id = SubjectId{"control:apple"};
    control.operator_id = OperatorId{"apple"};
    control.fetch = HttpFetch{.url = "http://apple.example/"};
    const auto add = [&](const char* id, const char* subject, Group group, ProbeTask task) -> ProbeSpec& {
        return watch.probes.emplace_back(ProbeSpec{ProbeId{id}, SubjectId{subject}, group, std::move(task)});
    };
    add("apple", "control:apple", Group::controls, *control.fetch);
    add("system", "shop", Group::resolver, DnsQuery{.server = {"system", {}}, .name = "shop.example"});
    add("quad9", "shop", Group::resolver, DnsQuery{.server = {"quad9", {"9.9.9.9", 53}}});
    add("ns", "shop", Group::authoritative, DnsQuery{.server = platform.name_servers.front()});
    add("page", "shop", Group::edge, platform.canaries.front());
    add("api", "shop", Group::edge, HttpFetch{.url = "https://api.shop.example/"});
    add("routes", "shop", Group::routing, RouteVisibility{}).witness = WitnessId{"ris_live"};
    add("elsewhere", "shop", Group::witness, ViewElsewhere{}).witness = WitnessId{"globalping"};
    add("status", "shop", Group::vendor, StatusPage{}).witness = WitnessId{"status:shop"};
    return watch;
}

/// Mostly well, sometimes anything.
struct Weather {
    std::mt19937_64 engine{20};

    std::uint64_t below(std::uint64_t bound) { return engine() % bound; }

    Observation observe(const ProbeSpec& spec, Stamp now, std::uint64_t number, bool stormy) {
        Observation o;
        o.id = ObservationId{number};
        o.probe = spec.id;
        o.subject = spec.subject;
        o.group = spec.group;
        o.started = now - second * static_cast<std::int64_t>(below(20) == 0 ? 6 : 0);
        o.finished = now;
        const bool fails = stormy && below(3) == 0;
        o.failure = fails ? static_cast<Failure>(below(60)) : Failure::none;
        if (to_string(o.failure) == "?") o.failure = Failure::http_blocked;
        o.reached = o.ok() ? Stage::done : Stage::connect;
        o.ttl_seconds = static_cast<int>(below(4)) * 20;
        for (int i = 0; spec.group == Group::witness && i < 3; ++i)
            o.voices.push_back({{"somewhere " + std::to_string(i), static_cast<std::uint32_t>(i + 1), "DE"},
                                Stage::done,
                                stormy && below(3) == 0 ? Failure::connect_timeout : Failure::none});
        return o;
    }
};

}  // namespace

TEST_CASE("who rests is judged to be well, whatever came before") {
    Picture picture(made_up());
    const Platform& platform = picture.watch().platforms.front();
    const LocalView local{};
    const Company company;
    const WitnessStates witnesses;
    Weather weather;
    Stamp now{Micros{1'700'000'000'000'000}}, blind_until;
    std::uint64_t number = 0;
    int resting = 0, watched = 0;
    Verdict verdict;
    for (int round = 0; round < 20'000; ++round) {
        // A while of each, and now and then nobody is asked for long.
        const bool stormy = round / 300 % 3 == 1;
        now += second * static_cast<std::int64_t>(weather.below(200) == 0 ? 400 : weather.below(3));
        if (weather.below(300) == 0) blind_until = now;
        const ProbeSpec spec = picture.tracks()[weather.below(picture.tracks().size())].spec;
        bool turned = false;
        picture.take(weather.observe(spec, now, ++number, stormy), turned);
        const PlatformContext context{local, blind_until, verdict, witnesses, company};
        const Verdict next = judge_platform(picture, platform, context, now);
        const bool well = verdict.decision == Decision::none && verdict.cause == Cause::all_well;
        if (well && !verdict.maintenance && rests(picture, platform, blind_until, now)) {
            ++resting;
            CAPTURE(round);
            REQUIRE(next.decision == Decision::none);
            REQUIRE(next.cause == Cause::all_well);
            REQUIRE(!next.maintenance);
            REQUIRE(next.from_this_host_alone);
        }
        if (next.decision != Decision::none) ++watched;
        verdict = next;
    }
    CHECK(resting > 2'000);
    CHECK(watched > 2'000);
}
