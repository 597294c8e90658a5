#include "agent/recording/codec.hpp"

#include <set>

#include "catch.hpp"
#include "random.hpp"

namespace sereno {

namespace {

template <class T>
std::string line(const T& value) {
    std::string out;
    append_line(out, value);
    REQUIRE(out.size() > 1);
    REQUIRE(out.back() == '\n');
    out.pop_back();
    REQUIRE(out.find('\n') == std::string::npos);
    return out;
}

std::string refusal_of_event(std::string_view text) {
    LineReader reader;
    REQUIRE_FALSE(reader.event(text));
    return reader.why();
}

constexpr int rounds = 300;

}  // namespace

TEST_CASE("every event comes back from its line as it was, each member and each enumerator") {
    test::Random random(1);
    LineReader reader;
    std::set<std::size_t> kinds;
    for (int i = 0; i < rounds * static_cast<int>(std::variant_size_v<Event>); ++i) {
        Event event;
        test::fill(event, random);
        kinds.insert(event.index());
        const std::string text = line(event);
        INFO(text);
        const auto back = reader.event(text);
        REQUIRE(back);
        REQUIRE(test::same(event, *back));
        REQUIRE(line(*back) == text);
        REQUIRE(kind_of_line(text) == LineKind::event);
    }
    REQUIRE(kinds.size() == std::variant_size_v<Event>);
}

TEST_CASE("every effect but a snapshot comes back from its line as it was") {
    test::Random random(2);
    LineReader reader;
    const auto check = [&]<class T>(T effect) {
        for (int i = 0; i < rounds; ++i) {
            test::fill(effect, random);
            const std::string text = line(Effect{effect});
            INFO(text);
            const auto back = reader.effect(text);
            REQUIRE(back);
            REQUIRE(test::same(effect, std::get<T>(*back)));
            REQUIRE(kind_of_line(text) == LineKind::effect);
        }
    };
    check(RunProbe{});
    check(RecordDecision{});
    check(RecordIncident{});
    check(Enqueue{});
    std::string out;
    append_line(out, Effect{PublishSnapshot{}});
    REQUIRE(out.empty());
}

TEST_CASE("a checkpoint and a header come back from their lines as they were") {
    test::Random random(3);
    LineReader reader;
    for (int i = 0; i < rounds; ++i) {
        Checkpoint checkpoint;
        test::fill(checkpoint.configuration, random);
        test::fill(checkpoint.state, random);
        const auto back = reader.checkpoint(line(checkpoint));
        INFO(reader.why());
        REQUIRE(back);
        REQUIRE(test::same(checkpoint.configuration, back->configuration));
        REQUIRE(test::same(checkpoint.state, back->state));
    }
    const auto header = reader.header(line(RecordingHeader{7, "1.2.3", true}));
    REQUIRE(header);
    REQUIRE(header->format == 7);
    REQUIRE(header->program == "1.2.3");
    REQUIRE(header->redacted);
}

TEST_CASE("the lines are what the documentation says") {
    Observation o;
    o.probe = ProbeId{"facebook/http/1"};
    o.subject = SubjectId{"facebook"};
    o.started = o.finished = Stamp{Micros{1'633'361'400'000'001}};
    o.reached = Stage::connect;
    o.failure = Failure::connect_timeout;
    o.certificate = CertificateSeen{"Let's Encrypt", -3};
    CHECK(
        line(Event{Observed{Stamp{Micros{1'633'361'400'000'002}}, o}}) ==
        R"({"observed":{"at":1633361400000002,"observation":{"probe":"facebook/http/1","subject":"facebook",)"
        R"("started":1633361400000001,"finished":1633361400000001,"reached":"connect","failure":"connect_timeout",)"
        R"("certificate":{"issuer":"Let's Encrypt","days_left":-3}}}})");
    CHECK(line(Event{Tick{Stamp{Micros{5}}}}) == R"({"tick":{"at":5}})");
    CHECK(line(Effect{RunProbe{ProbeId{"a"}, Stamp::min()}}) ==
          R"({"run_probe":{"probe":"a","due":"never"}})");
    CHECK(line(RecordingHeader{1, "0.1.0", false}) == R"({"recording":{"format":1,"program":"0.1.0"}})");
}

TEST_CASE("members may stand in any order") {
    LineReader reader;
    const auto event = reader.event(R"({ "clock_stepped" : { "offset" : -7, "at" : 5 } })");
    REQUIRE(event);
    CHECK(std::get<ClockStepped>(*event).offset == Micros{-7});
    CHECK(std::get<ClockStepped>(*event).at == Stamp{Micros{5}});
}

TEST_CASE("what cannot be used is refused with its place and value") {
    CHECK(refusal_of_event("") == "no JSON: incomplete JSON");
    CHECK(refusal_of_event(R"({"tick":{"at":1}} x)") == "no JSON: extra data");
    CHECK(refusal_of_event("7") == "7 is not an object with one member");
    CHECK(refusal_of_event(R"({"tock":{}})") == "tock: is no name that this version knows");
    CHECK(refusal_of_event(R"({"tick":{"at":"noon"}})") ==
          "tick.at: 'noon' is not a whole number from -9223372036854775808 to 9223372036854775807");
    CHECK(refusal_of_event(R"({"tick":{"at":9007199254740992}})") ==
          "tick.at: 9007199254740992 microseconds are more than 285 years");
    CHECK(refusal_of_event(R"({"tick":{"at":1,"colour":"red"}})") ==
          "tick.colour: is no name that this version knows");
    CHECK(refusal_of_event(R"({"observed":{"observation":{"failure":"bad luck"}}})") ==
          "observed.observation.failure: 'bad luck' is no name that this version knows");
    CHECK(refusal_of_event(R"({"observed":{"observation":{"voices":[{},{"http_status":1.5}]}}})") ==
          "observed.observation.voices[1].http_status: a number with a fraction is not a whole number from "
          "-2147483648 to 2147483647");
    CHECK(refusal_of_event(R"({"config_changed":{"watch":{"probes":[{"task":{"dig":{}}}]}}})") ==
          "config_changed.watch.probes[0].task.dig: is no name that this version knows");
    CHECK(refusal_of_event(R"({"run_probe":{}})") == "run_probe: is no name that this version knows");
    const std::string deep(100, '[');
    CHECK(refusal_of_event(deep) == "no JSON: too deep");
}

TEST_CASE("a line is known by its one member's name") {
    CHECK(kind_of_line(R"({"recording":{}})") == LineKind::header);
    CHECK(kind_of_line(R"( { "checkpoint" : {}})") == LineKind::checkpoint);
    CHECK(kind_of_line(R"({"tick":{}})") == LineKind::event);
    CHECK(kind_of_line(R"({"enqueue":{}})") == LineKind::effect);
    CHECK(kind_of_line(R"({"publish_snapshot":{}})") == LineKind::nothing);
    CHECK(kind_of_line("tick") == LineKind::nothing);
    CHECK(kind_of_line("\"") == LineKind::nothing);
    CHECK(kind_of_line("") == LineKind::nothing);
}

}  // namespace sereno
