// Real probes against servers on loopback: when they start, who waits for whom, and what is told of it.
#include "agent/scheduler.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "../../probes/bench.hpp"
#include "catch.hpp"
#include "odd_servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

/// A scheduler with everything it was told, on a loop that runs until a condition holds.
class Desk {
  public:
    explicit Desk(const Permits& permits = {})
        : scheduler(bench.context, permits, [this](Observation o) {
              seen.push_back(std::move(o));
              if (hears) hears();
          }) {}

    /// Throws when it does not come true within ten seconds.
    void run_until(const std::function<bool()>& holds) {
        const Stamp give_up = bench.loop.now() + 10s;
        bool late = false;
        const std::function<void()> look = [&] {
            late = bench.loop.now() > give_up;
            if (holds() || late) return bench.loop.stop();
            bench.loop.post(look);
        };
        bench.loop.post(look);
        bench.loop.run();
        if (late) throw std::runtime_error("what the test waits for did not come");
    }
    void run_for(Micros length) {
        const Stamp end = bench.loop.now() + length;
        run_until([&] { return bench.loop.now() >= end; });
    }
    [[nodiscard]] std::vector<Observation> of(const std::string& probe) const {
        std::vector<Observation> found;
        std::copy_if(seen.begin(), seen.end(), std::back_inserter(found),
                     [&](const Observation& o) { return o.probe.value == probe; });
        return found;
    }
    [[nodiscard]] Stamp now() const { return bench.loop.now(); }

    test::Bench bench;
    std::vector<Observation> seen;
    std::function<void()> hears;
    Scheduler scheduler;
};

ProbeSpec spec(const std::string& id, ProbeTask task, Micros interval, Micros timeout = 5s) {
    ProbeSpec probe;
    probe.id = ProbeId{id};
    probe.subject = SubjectId{"shop"};
    probe.task = std::move(task);
    probe.interval = interval;
    probe.timeout = timeout;
    return probe;
}

/// Never answered: it runs until its timeout.
HttpFetch unanswered(const test::SilentTcp& server) {
    return HttpFetch{.url = "http://" + to_string(server.endpoint()) + "/"};
}

}  // namespace

namespace {

/// The longest time in which none of these phases lies, around the clock.
Micros widest_gap(std::set<Micros> phases, Micros interval) {
    Micros widest = *phases.begin() + interval - *phases.rbegin();
    for (auto it = phases.begin(); std::next(it) != phases.end(); ++it)
        widest = std::max(widest, *std::next(it) - *it);
    return widest;
}

}  // namespace

TEST_CASE("the probes of a subject, and of each of its layers, are spread over its interval") {
    constexpr std::size_t count = 13;
    std::vector<Micros> phases;
    for (std::size_t i = 0; i < count; ++i) {
        const ProbeId id{"shop/" + std::to_string(i)};
        phases.push_back(phase_of_probe(id, i, count, 60s));
        CHECK(phases.back() >= 0s);
        CHECK(phases.back() < 60s);
        CHECK(phases.back() == phase_of_probe(id, i, count, 60s));
    }
    CHECK(widest_gap({phases.begin(), phases.end()}, 60s) < 12s);
    // Two pages lie far apart, and so do four name servers, wherever they stand in the list.
    for (std::size_t first = 0; first + 4 <= count; ++first) {
        const auto layer = phases.begin() + static_cast<std::ptrdiff_t>(first);
        CHECK(widest_gap({layer, layer + 2}, 60s) < 42s);
        CHECK(widest_gap({layer, layer + 4}, 60s) < 26s);
    }
    CHECK(phase_of_probe(ProbeId{"shop/1"}, 1, count, 60s) !=
          phase_of_probe(ProbeId{"bank/1"}, 1, count, 60s));
}

TEST_CASE("a kind without a permit waits, in the order of its due times, and holds up nobody else") {
    const test::SilentTcp server;
    Permits permits;
    permits.of_kind[static_cast<std::size_t>(ProbeKind::http)] = 1;
    Desk desk(permits);
    desk.scheduler.watch(
        {spec("first", unanswered(server), 1h, 300ms), spec("second", unanswered(server), 1h, 300ms),
         spec("third", unanswered(server), 1h, 300ms), spec("other", TcpConnect{server.endpoint()}, 1h)});
    const Stamp due = desk.now();
    for (const char* probe : {"second", "third", "first"})
        desk.scheduler.hasten(ProbeId{probe}, due - 1ms * (probe[0] == 's' ? 2 : probe[0] == 't' ? 1 : 0));
    desk.scheduler.hasten(ProbeId{"other"}, due + 10ms);
    desk.run_until([&] { return desk.seen.size() == 4; });

    CHECK(desk.seen[0].probe.value == "other");
    CHECK(desk.seen[0].started - desk.seen[0].scheduled < 200ms);
    CHECK(desk.seen[1].probe.value == "second");
    CHECK(desk.seen[2].probe.value == "third");
    CHECK(desk.seen[3].probe.value == "first");
    // One at a time, and the wait is told as our own lateness.
    CHECK(desk.seen[2].started >= desk.seen[1].finished);
    CHECK(desk.seen[3].started >= desk.seen[2].finished);
    CHECK(desk.seen[3].started - desk.seen[3].scheduled >= 500ms);
}

TEST_CASE("whatever hangs holds up only its like") {
    const test::SilentTcp page;
    const test::SilentUdp resolver;
    DnsQuery question;
    question.server = {.name = "silent", .endpoint = resolver.endpoint(), .https_url = {}};
    question.name = "shop.example";
    Desk desk;
    std::vector<ProbeSpec> probes;
    for (int i = 0; i < 260; ++i)
        probes.push_back(spec("dns" + std::to_string(i), question, 1h));
    for (int i = 0; i < 130; ++i)
        probes.push_back(spec("http" + std::to_string(i), unanswered(page), 1h));
    const std::vector<ProbeSpec> others{spec("route", RouteLookup{}, 1h), spec("health", HostHealth{}, 1h),
                                        spec("gateway", GatewayEcho{.gateway = "127.0.0.1", .echoes = 1}, 1h),
                                        spec("tcp", TcpConnect{page.endpoint()}, 1h)};
    for (ProbeSpec other : others) {
        other.on_suspicion = true;
        probes.push_back(std::move(other));
    }
    desk.scheduler.watch(probes);
    for (const ProbeSpec& probe : probes)
        if (!probe.on_suspicion) desk.scheduler.hasten(probe.id, desk.now());
    desk.run_until([&] { return desk.scheduler.running() >= 128 + 64; });
    for (const ProbeSpec& other : others)
        desk.scheduler.hasten(other.id, desk.now());
    desk.run_until([&] {
        return std::all_of(others.begin(), others.end(),
                           [&](const ProbeSpec& other) { return !desk.of(other.id.value).empty(); });
    });
    for (const ProbeSpec& other : others) {
        INFO(other.id.value);
        const Observation seen = desk.of(other.id.value).front();
        CHECK(seen.started - seen.scheduled < 500ms);
    }
}

TEST_CASE("no more of a kind run at once than it has permits") {
    const test::SilentTcp server;
    Permits permits;
    permits.of_kind[static_cast<std::size_t>(ProbeKind::http)] = 3;
    Desk desk(permits);
    std::vector<ProbeSpec> probes;
    for (int i = 0; i < 8; ++i)
        probes.push_back(spec("p" + std::to_string(i), unanswered(server), 1h, 100ms));
    desk.scheduler.watch(probes);
    for (const ProbeSpec& probe : probes)
        desk.scheduler.hasten(probe.id, desk.now());
    std::size_t most = 0;
    desk.run_until([&] {
        most = std::max(most, desk.scheduler.running());
        return desk.seen.size() == 8;
    });
    CHECK(most == 3);
}

TEST_CASE("what runs on suspicion waits until it is asked for, runs once, and waits again") {
    const test::SilentTcp server;
    Desk desk;
    ProbeSpec second_look = spec("look", TcpConnect{server.endpoint()}, 30ms);
    second_look.on_suspicion = true;
    desk.scheduler.watch({second_look, spec("usual", TcpConnect{server.endpoint()}, 30ms)});
    desk.run_until([&] { return desk.of("usual").size() >= 5; });
    CHECK(desk.of("look").empty());

    const Stamp due = desk.now() + 20ms;
    desk.scheduler.hasten(ProbeId{"look"}, due);
    desk.run_until([&] { return !desk.of("look").empty(); });
    const std::size_t before = desk.of("usual").size();
    desk.run_until([&] { return desk.of("usual").size() >= before + 5; });
    REQUIRE(desk.of("look").size() == 1);
    CHECK(desk.of("look")[0].scheduled == due);
    CHECK(desk.of("look")[0].started >= due);
}

TEST_CASE("the rhythm does not drift: every run is due whole intervals after the first") {
    const test::SilentTcp server;
    Desk desk;
    desk.scheduler.watch({spec("probe", TcpConnect{server.endpoint()}, 17ms)});
    desk.run_until([&] { return desk.seen.size() >= 30; });
    // The first is of the opening round.
    for (std::size_t i = 2; i < desk.seen.size(); ++i) {
        const Micros apart = desk.seen[i].scheduled - desk.seen[1].scheduled;
        CHECK(apart % Micros{17ms} == Micros{0});
        CHECK(desk.seen[i].scheduled > desk.seen[i - 1].scheduled);
    }
}

TEST_CASE("hastening is beside the rhythm, which goes on as it was") {
    const test::SilentTcp server;
    Desk desk;
    desk.scheduler.watch({spec("probe", TcpConnect{server.endpoint()}, 200ms)});
    desk.run_until([&] { return desk.seen.size() == 2; });
    const Stamp beat = desk.seen[1].scheduled;
    desk.scheduler.hasten(ProbeId{"probe"}, desk.now() + 20ms);
    desk.run_until([&] { return desk.seen.size() == 4; });
    CHECK((desk.seen[2].scheduled - beat) % Micros{200ms} != Micros{0});
    CHECK((desk.seen[3].scheduled - beat) % Micros{200ms} == Micros{0});
}

TEST_CASE("a probe whose last run is unfinished is told as overrun, never run twice at a time") {
    const test::SilentTcp server;
    Desk desk;
    desk.scheduler.watch({spec("slow", unanswered(server), 100ms, 350ms)});
    std::size_t most = 0;
    desk.run_until([&] {
        most = std::max(most, desk.scheduler.running());
        return desk.seen.size() >= 8;
    });
    CHECK(most == 1);
    const auto overruns = std::count_if(desk.seen.begin(), desk.seen.end(),
                                        [](const Observation& o) { return o.failure == Failure::overrun; });
    CHECK(overruns >= 4);
    const Observation& one = *std::find_if(desk.seen.begin(), desk.seen.end(), [](const Observation& o) {
        return o.failure == Failure::overrun;
    });
    CHECK(one.reached == Stage::schedule);
    CHECK(one.subject.value == "shop");
    CHECK(one.kind == ProbeKind::http);
}

TEST_CASE("a probe asked for while it runs runs again when it ends") {
    const test::SilentTcp server;
    Desk desk;
    desk.scheduler.watch({spec("probe", unanswered(server), 1h, 150ms)});
    desk.scheduler.hasten(ProbeId{"probe"}, desk.now());
    desk.run_until([&] { return desk.scheduler.running() == 1; });

    SECTION("at once, when what was asked for is past by then") {
        desk.scheduler.hasten(ProbeId{"probe"}, desk.now());
        desk.run_until([&] { return desk.seen.size() == 2; });
        CHECK(desk.seen[1].started >= desk.seen[0].finished);
        CHECK(desk.seen[1].scheduled >= desk.seen[0].finished);  // it could not have come sooner
        CHECK(desk.seen[1].started - desk.seen[0].finished < 200ms);
    }
    SECTION("at the time asked for, when that is later") {
        const Stamp due = desk.now() + 400ms;
        desk.scheduler.hasten(ProbeId{"probe"}, due);
        desk.run_until([&] { return desk.seen.size() == 2; });
        CHECK(desk.seen[1].scheduled == due);
    }
    SECTION("once, however often it was asked for") {
        for (int i = 0; i < 5; ++i)
            desk.scheduler.hasten(ProbeId{"probe"}, desk.now() + 1ms * i);
        desk.run_until([&] { return desk.seen.size() == 2; });
        desk.run_for(250ms);
        CHECK(desk.seen.size() == 2);
        CHECK(desk.scheduler.running() == 0);
    }
}

TEST_CASE("a probe asked for while it runs keeps its rhythm when that comes first") {
    const test::SilentTcp server;
    Desk desk;
    desk.scheduler.watch({spec("probe", unanswered(server), 300ms, 100ms)});
    desk.run_until([&] { return desk.seen.size() == 2; });
    desk.run_until([&] { return desk.scheduler.running() == 1; });
    desk.scheduler.hasten(ProbeId{"probe"}, desk.now() + 2s);
    desk.run_until([&] { return desk.seen.size() == 5; });
    CHECK(desk.seen[3].scheduled - desk.seen[2].scheduled == 300ms);
    CHECK(desk.seen[4].scheduled - desk.seen[3].scheduled == 300ms);
}

TEST_CASE("in a burst sockets are served between the starts") {
    const test::SilentTcp server;
    Permits permits;
    permits.of_kind[static_cast<std::size_t>(ProbeKind::http)] = 300;
    Desk desk(permits);
    std::vector<ProbeSpec> probes;
    for (int i = 0; i < 200; ++i)
        probes.push_back(spec("p" + std::to_string(i), unanswered(server), 1h));
    desk.scheduler.watch(probes);
    for (const ProbeSpec& probe : probes)
        desk.scheduler.hasten(probe.id, desk.now());
    std::size_t before = 0, most_a_turn = 0;
    desk.run_until([&] {
        const std::size_t running = desk.scheduler.running();
        most_a_turn = std::max(most_a_turn, running - before);
        before = running;
        return running == 200;
    });
    CHECK(most_a_turn > 1);
    CHECK(most_a_turn <= 16);
}

TEST_CASE("a new list takes the place of the old one, also from inside the sink, and nothing old is heard") {
    const test::SilentTcp server;
    Desk desk;
    desk.scheduler.watch({spec("old", TcpConnect{server.endpoint()}, 20ms),
                          spec("old and slow", unanswered(server), 20ms, 100ms)});
    bool replaced = false;
    desk.hears = [&] {
        if (std::exchange(replaced, true)) return;
        desk.scheduler.watch({spec("new", TcpConnect{server.endpoint()}, 20ms)});
        desk.seen.clear();
    };
    desk.run_until([&] { return desk.of("new").size() >= 10; });
    CHECK(desk.of("new").size() == desk.seen.size());
    CHECK(desk.scheduler.running() <= 1);
    desk.scheduler.hasten(ProbeId{"old"}, desk.now());  // unknown by now
}
