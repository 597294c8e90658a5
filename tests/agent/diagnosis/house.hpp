// A house as the diagnosis sees it, one observation at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/diagnosis/diagnosis.hpp"
#include "catch.hpp"

namespace sereno::test {

inline constexpr Micros second{1'000'000};

/// A house with three controls of three operators, a resolver beside the system's, and `more`. All has been
/// seen well once.
struct House {
    explicit House(const std::vector<ProbeSpec>& more = {}) {
        Watch watch;
        watch.resolvers = {{{"system", {}}, {}}, {{"quad9", {"9.9.9.9", 53}}, OperatorId{"quad9"}}};
        add(watch, "host/route", "host", Group::link, RouteLookup{});
        add(watch, "host/gateway", "host", Group::link, GatewayEcho{});
        add(watch, "host/health", "host", Group::host, HostHealth{});
        add(watch, "host/trap", "host", Group::network,
            DnsQuery{.server = {"trap", {"192.0.2.1", 53}}, .expect_silence = true});
        for (const std::string name : {"apple", "google", "microsoft"}) {
            Control control;
            control.id = SubjectId{"control:" + name};
            control.operator_id = OperatorId{name};
            control.fetch = HttpFetch{.url = "http://" + name + ".example/"};
            for (const Resolver& resolver : watch.resolvers)
                add(watch, control.id.value + "/dns/" + resolver.server.name, control.id.value,
                    Group::controls, DnsQuery{.server = resolver.server, .name = name + ".example"});
            add(watch, control.id.value + "/http", control.id.value, Group::controls, *control.fetch);
            watch.controls.push_back(control);
        }
        watch.probes.insert(watch.probes.end(), more.begin(), more.end());
        picture.replace(std::move(watch));
        for (const Track& track : picture.tracks())
            see(track.spec.id.value);
    }

    static void add(Watch& watch, const std::string& id, const std::string& subject, Group group,
                    ProbeTask task) {
        watch.probes.push_back(ProbeSpec{ProbeId{id}, SubjectId{subject}, group, std::move(task)});
    }

    /// One observation, one second after the one before.
    void see(const std::string& probe, Failure failure = Failure::none,
             std::optional<std::int32_t> clock_offset = std::nullopt, const std::string& issuer = {}) {
        now += second;
        Observation o;
        o.id = ObservationId{++observations};
        o.probe = ProbeId{probe};
        o.group = picture.find(o.probe)->spec.group;
        o.started = o.finished = now;
        o.reached = failure == Failure::none ? Stage::done : Stage::connect;
        o.failure = failure;
        o.clock_offset_seconds = clock_offset;
        if (!issuer.empty()) o.certificate = CertificateSeen{issuer, 60};
        bool turned = false;
        REQUIRE(picture.take(o, turned) != nullptr);
    }
    /// As if it had never been asked.
    void forget(const std::string& probe) {
        Watch watch = picture.watch();
        std::vector<ProbeSpec> probes;
        for (const Track& track : picture.tracks())
            probes.push_back(track.spec);
        watch.probes = probes;
        std::erase_if(watch.probes, [&](const ProbeSpec& spec) { return spec.id.value == probe; });
        picture.replace(watch);
        watch.probes = std::move(probes);
        picture.replace(std::move(watch));
    }
    [[nodiscard]] LocalView look() const { return look_around(picture, now); }

    Picture picture;
    Stamp now{Micros{1'700'000'000'000'000}};
    std::uint64_t observations = 0;
};

inline bool has(const Verdict& verdict, const std::string& rule) {
    for (const Evidence& evidence : verdict.evidence)
        if (evidence.rule == rule) return true;
    return false;
}

}  // namespace sereno::test
