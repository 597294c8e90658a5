// Answers that a resolver goes on giving although nobody can be asked for new ones.
#include <string>

#include "agent/diagnosis/diagnosis.hpp"
#include "catch.hpp"

using namespace sereno;

namespace {

constexpr Micros second{1'000'000};

/// A platform known by one name, two name servers and a page; controls of three operators that all answer.
struct Shop {
    Shop() {
        Watch watch;
        watch.resolvers = {{{"system", {}}, {}}, {{"quad9", {"9.9.9.9", 53}}, OperatorId{"quad9"}}};
        for (const std::string name : {"apple", "google", "microsoft"}) {
            Control control;
            control.id = SubjectId{"control:" + name};
            control.operator_id = OperatorId{name};
            control.fetch = HttpFetch{.url = "http://" + name + ".example/"};
            add(watch, control.id.value + "/dns/quad9", control.id.value, Group::controls,
                DnsQuery{.server = watch.resolvers[1].server, .name = name + ".example"});
            add(watch, control.id.value + "/http", control.id.value, Group::controls, *control.fetch);
            watch.controls.push_back(control);
        }
        platform.id = SubjectId{"shop"};
        platform.operator_id = OperatorId{"shop"};
        platform.name_servers = {{"a.ns", {"192.0.2.1", 53}}, {"b.ns", {"192.0.2.2", 53}}};
        for (const Resolver& resolver : watch.resolvers)
            add(watch, "shop/dns/" + resolver.server.name, "shop", Group::resolver,
                DnsQuery{.server = resolver.server, .name = "shop.example"});
        for (const DnsServer& server : platform.name_servers)
            add(watch, "shop/ns/" + server.name, "shop", Group::authoritative,
                DnsQuery{.server = server, .name = "shop.example", .recursion = false});
        add(watch, "shop/http/1", "shop", Group::edge, HttpFetch{.url = "https://shop.example/"});
        watch.platforms = {platform};
        picture.replace(std::move(watch));
    }

    static void add(Watch& watch, const std::string& id, const std::string& subject, Group group,
                    ProbeTask task) {
        watch.probes.push_back(ProbeSpec{ProbeId{id}, SubjectId{subject}, group, std::move(task)});
    }

    void see(const std::string& probe, Failure failure, int ttl) {
        Observation o;
        o.id = ObservationId{++observations};
        o.probe = ProbeId{probe};
        o.group = picture.find(o.probe)->spec.group;
        o.started = o.finished = now;
        o.reached = failure == Failure::none          ? Stage::done
                    : failure == Failure::dns_timeout ? Stage::dns
                                                      : Stage::connect;
        o.failure = failure;
        o.ttl_seconds = ttl;
        bool turned = false;
        REQUIRE(picture.take(o, turned) != nullptr);
    }

    /// Ten seconds in which everything is asked once.
    void round(int ttl, Failure servers, Failure page) {
        now += 10 * second;
        for (const Track& track : picture.tracks()) {
            const std::string id = track.spec.id.value;
            if (id.starts_with("shop/dns"))
                see(id, Failure::none, ttl);
            else if (id.starts_with("shop/ns"))
                see(id, servers, -1);
            else if (id.starts_with("shop/http"))
                see(id, page, -1);
            else
                see(id, Failure::none, -1);
        }
    }
    void rounds(int count, int ttl, Failure servers, Failure page) {
        for (int i = 0; i < count; ++i)
            round(ttl, servers, page);
    }
    void silent(int count, int ttl) { rounds(count, ttl, Failure::dns_timeout, Failure::connect_timeout); }

    [[nodiscard]] Verdict judge() const {
        const LocalView local = look_around(picture, now);
        return judge_platform(picture, platform, {local, Stamp{}, Verdict{}, WitnessStates{}, Company{}},
                              now);
    }

    Platform platform;
    Picture picture;
    Stamp now{Micros{1'700'000'000'000'000}};
    std::uint64_t observations = 0;
};

bool has(const Verdict& verdict, const std::string& rule) {
    for (const Evidence& evidence : verdict.evidence)
        if (evidence.rule == rule) return true;
    return false;
}

}  // namespace

TEST_CASE("old answers served while the name servers are silent are no sign of life") {
    Shop shop;
    shop.rounds(3, 60, Failure::none, Failure::none);
    shop.silent(12, 30);
    const Verdict verdict = shop.judge();
    CHECK(has(verdict, "resolvers_stale"));
    CHECK(!has(verdict, "resolvers_answer"));
    CHECK(!has(verdict, "only_silence"));
    CHECK(verdict.decision == Decision::declare_outage);
    CHECK(verdict.cause == Cause::platform_routing);
}

TEST_CASE("answers that are still renewed tell that somebody reaches the name servers") {
    Shop shop;
    shop.rounds(3, 60, Failure::none, Failure::none);
    for (int i = 0; i < 6; ++i) {
        shop.silent(1, 10);
        shop.silent(1, 55);
    }
    shop.silent(3, 20);  // counts down as a cache does
    const Verdict verdict = shop.judge();
    CHECK(!has(verdict, "resolvers_stale"));
    CHECK(has(verdict, "resolvers_answer"));
    CHECK(has(verdict, "only_silence"));
    CHECK(verdict.decision == Decision::watch);
}

TEST_CASE("a name whose answers never live long is not taken for stale") {
    Shop shop;
    shop.rounds(3, 20, Failure::none, Failure::none);
    shop.silent(12, 20);
    CHECK(!has(shop.judge(), "resolvers_stale"));
    CHECK(shop.judge().decision == Decision::watch);
}

TEST_CASE("while the name servers answer, a short life means nothing") {
    Shop shop;
    shop.rounds(3, 60, Failure::none, Failure::none);
    shop.rounds(12, 30, Failure::none, Failure::none);
    CHECK(!has(shop.judge(), "resolvers_stale"));
    CHECK(shop.judge().cause == Cause::all_well);
}
