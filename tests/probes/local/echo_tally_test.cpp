#include "probes/local/echo_tally.hpp"

#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

const Stamp start{1'000s};

/// Five echoes 100 ms apart, of which these took so long; a negative one was not answered.
EchoTally five(const std::vector<std::chrono::milliseconds>& took) {
    EchoTally tally(5, 1s);
    for (int i = 0; i < 5; ++i) {
        const Stamp sent = start + i * 100ms;
        CHECK(tally.send(sent) == i);
        const auto time = took[static_cast<std::size_t>(i)];
        if (time >= 0ms) tally.answer(i, sent + time);
    }
    return tally;
}

}  // namespace

TEST_CASE("five prompt answers are a good link") {
    const EchoTally tally = five({1ms, 2ms, 1ms, 1ms, 12ms});
    CHECK(tally.complete());
    CHECK_FALSE(tally.weak());
    CHECK(tally.text() == "5 of 5 echoes, 1.0 ms to 12.0 ms");
}

TEST_CASE("one lost echo is a weak link") {
    const EchoTally tally = five({1ms, -1ms, 1ms, 1ms, 1ms});
    CHECK(tally.any());
    CHECK_FALSE(tally.complete());
    CHECK(tally.weak());
    CHECK(tally.text() == "4 of 5 echoes, 1.0 ms");
}

TEST_CASE("half of the answers slow are a weak link, fewer are not") {
    CHECK_FALSE(five({1ms, 300ms, 300ms, 1ms, 1ms}).weak());
    CHECK(five({1ms, 300ms, 300ms, 300ms, 1ms}).weak());
    CHECK_FALSE(five({200ms, 200ms, 199ms, 199ms, 199ms}).weak());
}

TEST_CASE("an answer after its time is lost, and yet something answered") {
    const EchoTally tally = five({1'000ms, -1ms, -1ms, -1ms, -1ms});
    CHECK(tally.any());
    CHECK(tally.weak());
    CHECK(tally.text() == "0 of 5 echoes, 1000.0 ms");
}

TEST_CASE("what we were late ourselves is taken off") {
    EchoTally tally = five({350ms, 350ms, 350ms, 350ms, 350ms});
    CHECK(tally.weak());
    tally.own_lateness(160ms);
    tally.own_lateness(10ms);
    CHECK_FALSE(tally.weak());
}

TEST_CASE("answers to nothing that was sent, and second answers, are ignored") {
    EchoTally tally(2, 1s);
    tally.answer(0, start);
    CHECK_FALSE(tally.any());
    tally.send(start);
    tally.answer(1, start);
    tally.answer(-1, start);
    tally.answer(65535, start);
    CHECK_FALSE(tally.any());
    tally.answer(0, start + 1ms);
    tally.answer(0, start + 900ms);
    CHECK(tally.more());
    CHECK_FALSE(tally.complete());
    CHECK(tally.text() == "1 of 1 echoes, 1.0 ms");
}

TEST_CASE("a tally plans at least one echo and no more than it has room for") {
    EchoTally none(0, 1s);
    none.send(start);
    CHECK_FALSE(none.more());
    EchoTally many(1'000'000, 1s);
    int sent = 0;
    for (; many.more(); ++sent)
        many.send(start);
    CHECK(sent == EchoTally::most_echoes);
}
