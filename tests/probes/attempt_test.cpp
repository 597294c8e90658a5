#include "probes/attempt.hpp"

#include <optional>

#include "bench.hpp"
#include "catch.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

ProbeSpec tcp_to(const Endpoint& endpoint) {
    return {ProbeId{"shop/tcp"}, SubjectId{"shop"}, Group::edge, TcpConnect{endpoint}, 60s, 5s};
}

/// Lets the loop do what it has, then stops it.
void run_for(Loop& loop, Micros length) {
    const auto end = loop.after(length, [&loop] { loop.stop(); });
    loop.run();
}

}  // namespace

TEST_CASE("a probe that fails at once still reports by post") {
    test::Bench bench;
    int reports = 0;
    const auto run = start_probe(bench.context, tcp_to({"not an address", 1}), bench.loop.now(),
                                 [&reports](const Observation&) { ++reports; });
    CHECK(reports == 0);
    run_for(bench.loop, 50ms);
    CHECK(reports == 1);
}

TEST_CASE("a run that is destroyed is never heard of again") {
    test::Bench bench;
    const test::SilentTcp server;
    int reports = 0;
    const auto count = [&reports](const Observation&) { ++reports; };

    SECTION("before it ended") {
        auto run = start_probe(bench.context, tcp_to(server.endpoint()), bench.loop.now(), count);
        run.reset();
    }
    SECTION("when it had ended and its report was already posted") {
        auto run = start_probe(bench.context, tcp_to({"not an address", 1}), bench.loop.now(), count);
        run.reset();
    }
    run_for(bench.loop, 100ms);
    CHECK(reports == 0);
}

TEST_CASE("the sink may destroy its run") {
    test::Bench bench;
    const test::SilentTcp server;
    std::unique_ptr<ProbeRun> run;
    std::optional<Observation> seen;
    run =
        start_probe(bench.context, tcp_to(server.endpoint()), bench.loop.now(), [&](Observation observation) {
            run.reset();
            seen = std::move(observation);
            bench.loop.stop();
        });
    bench.loop.run();
    REQUIRE(seen);
    CHECK(seen->ok());
}

TEST_CASE("our own lateness stands apart from the attempt") {
    test::Bench bench;
    const test::SilentTcp server;
    const Stamp due = bench.loop.now() - 3s;
    std::optional<Observation> seen;
    const auto run = start_probe(bench.context, tcp_to(server.endpoint()), due, [&](Observation observation) {
        seen = std::move(observation);
        bench.loop.stop();
    });
    bench.loop.run();
    REQUIRE(seen);
    CHECK(seen->scheduled == due);
    CHECK(seen->started - seen->scheduled >= 3s);
    CHECK(seen->finished - seen->started < 1s);
}

TEST_CASE("text for people is printable and bounded, whatever a server sent") {
    CHECK(plain_text("  a\r\n\tb\x1b[31m\x7f ", 200) == "a b [31m");
    CHECK(plain_text("caf\xc3\xa9", 200) == "caf??");
    CHECK(plain_text(std::string(500, 'x'), 200).size() == 200);
    CHECK(plain_text("", 200).empty());
    CHECK(plain_text("\n\n", 200).empty());
}
