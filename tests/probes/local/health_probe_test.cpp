#include "probes/local/host_meter.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <thread>
#include <vector>

#include "../bench.hpp"
#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

/// A machine that says what it is told to.
struct Machine {
    Micros boot{3'600s}, monotonic{3'600s};
    HostSource::Memory memory{.total_bytes = 1ULL << 30, .available_bytes = 500ULL << 20};
    HostSource::Descriptors descriptors{.limit = 1024, .used = 40};

    HostSource source() {
        return {[this] { return boot; }, [this] { return monotonic; }, [this] { return memory; },
                [this] { return descriptors; }};
    }
};

/// One look at that machine's health.
Observation look(test::Bench& bench, HostMeter& meter) {
    ProbeContext context{.loop = bench.loop,
                         .dns = bench.dns,
                         .own_dns = bench.own_dns,
                         .transfers = bench.transfers,
                         .remembered = bench.remembered,
                         .meter = meter};
    ProbeSpec spec;
    spec.task = HostHealth{};
    std::optional<Observation> seen;
    const auto run = start_probe(context, spec, bench.loop.now(), [&](Observation observation) {
        seen = std::move(observation);
        bench.loop.stop();
    });
    bench.loop.run();
    return seen.value();
}

/// Lets the loop turn for this long.
void turn(Loop& loop, Micros time) {
    const auto timer = loop.after(time, [&loop] { loop.stop(); });
    loop.run();
}

}  // namespace

TEST_CASE("a computer that keeps up is well, and says how it stands") {
    test::Bench bench;
    turn(bench.loop, 300ms);
    const Observation seen = bench.run(HostHealth{});
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.detail.find(" descriptors open, ") != std::string::npos);
    CHECK(seen.detail.find("memory left") != std::string::npos);
}

TEST_CASE("a loop that was held up is slow, once") {
    test::Bench bench;
    turn(bench.loop, 10ms);
    bench.loop.post([] { std::this_thread::sleep_for(1s); });
    SECTION("whether the meter noticed already") {
        turn(bench.loop, 1'100ms);
    }
    SECTION("or not yet") {
        turn(bench.loop, 0ms);
    }
    const Observation slow = bench.run(HostHealth{});
    INFO(test::shown(slow));
    CHECK(slow.failure == Failure::host_slow);
    CHECK(slow.reached == Stage::schedule);
    CHECK_FALSE(speaks_of_target(slow.failure));
    turn(bench.loop, 10ms);
    const Observation well = bench.run(HostHealth{});
    INFO(test::shown(well));
    CHECK(well.ok());
}

TEST_CASE("what came before the loop ran is not its lateness") {
    test::Bench bench;
    std::this_thread::sleep_for(800ms);
    const Observation seen = bench.run(HostHealth{});
    INFO(test::shown(seen));
    CHECK(seen.ok());
}

TEST_CASE("a computer that slept has resumed, once") {
    Machine machine;
    machine.boot += 8h;  // it slept before this program began: no news
    test::Bench bench;
    HostMeter meter(bench.loop, machine.source());
    CHECK(look(bench, meter).ok());
    machine.boot += 42s;
    machine.monotonic += 1s;
    const Observation seen = look(bench, meter);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::host_resumed);
    CHECK(seen.detail == "this computer slept for 41 s");
    CHECK(look(bench, meter).ok());
    // The two clocks are read one after the other.
    machine.boot += 300ms;
    CHECK(look(bench, meter).ok());
}

TEST_CASE("a computer with next to no memory is short of it") {
    Machine machine;
    test::Bench bench;
    HostMeter meter(bench.loop, machine.source());
    const auto after = [&](std::uint64_t total, std::uint64_t available) {
        machine.memory = {.total_bytes = total << 20, .available_bytes = available << 20};
        return look(bench, meter);
    };
    CHECK(after(1024, 19).failure == Failure::host_memory);
    CHECK(after(1024, 19).detail == "19 MB of 1024 MB memory are left");
    CHECK(after(1024, 21).ok());
    CHECK(after(16'384, 23).failure == Failure::host_memory);
    CHECK(after(16'384, 25).ok());
    CHECK(after(1024, 0).ok());  // a kernel that does not say
    CHECK(after(0, 0).ok());
}

TEST_CASE("a process that has used up its descriptors is out of resources") {
    const int left = GENERATE(0, 6);
    const Observation seen = test::in_child([left] {
        test::Bench bench;
        turn(bench.loop, 10ms);
        const rlimit few{64, 64};
        ::setrlimit(RLIMIT_NOFILE, &few);
        std::vector<int> opened;
        for (int fd = ::dup(0); fd >= 0; fd = ::dup(0))
            opened.push_back(fd);
        for (int i = 0; i < left; ++i) {
            ::close(opened.back());
            opened.pop_back();
        }
        return bench.run(HostHealth{});
    });
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::host_resources);
    CHECK(seen.detail.ends_with(" of 64 descriptors are open"));
}

TEST_CASE("a process with descriptors to spare is well") {
    const Observation seen = test::in_child([] {
        test::Bench bench;
        turn(bench.loop, 10ms);
        const rlimit few{256, 256};
        ::setrlimit(RLIMIT_NOFILE, &few);
        for (int i = 0; i < 100; ++i)
            (void)::dup(0);
        return bench.run(HostHealth{});
    });
    INFO(test::shown(seen));
    CHECK(seen.ok());
}
