#include "agent/recording/replay.hpp"

#include <algorithm>

#include "agent/recording/gzip.hpp"
#include "catch.hpp"
#include "flight.hpp"

namespace sereno {

namespace {

using namespace test;

/// An outage of three minutes, as text.
std::string recorded_text() {
    Flight flight;
    std::string text;
    append_line(text, RecordingHeader{recording_format, "0.1.0", false});
    flight.simulation.heard = [&](const Event& event, const std::vector<Effect>& effects, const Brain&) {
        append_line(text, event);
        for (const Effect& effect : effects)
            append_line(text, effect);
    };
    flight.simulation.world = outage(flight.simulation.now(), Stamp::max());
    flight.simulation.start();
    flight.simulation.pass(minutes(3));
    return text;
}

std::string error_of(const std::string& bytes) {
    TemporaryFolder folder;
    try {
        RecordingReader reader(folder.write("r", bytes));
        (void)replay(reader, [](const ReplayedEvent&) {});
    } catch (const RecordingError& error) {
        std::string what = error.what();
        REQUIRE(what.starts_with(folder.path + "/r:"));
        return what.substr(folder.path.size() + 3);
    }
    return "none";
}

const std::string header = "{\"recording\":{\"format\":1,\"program\":\"0.9.0\"}}\n";

}  // namespace

TEST_CASE("a plain recording and a compressed one replay the same, to the byte") {
    const std::string text = recorded_text();
    TemporaryFolder folder;
    RecordingReader plain(folder.write("plain", text));
    RecordingReader packed(
        folder.write("packed", gzip_member(text.substr(0, 9999)) + gzip_member(text.substr(9999))));
    std::string first, second;
    const auto into = [](std::string& out) {
        return [&out](const ReplayedEvent& event) {
            for (const std::string& line : event.lines)
                out += line + "\n";
        };
    };
    const ReplayTotals a = replay(plain, into(first)), b = replay(packed, into(second));
    CHECK(a.differing == 0);
    CHECK(b.differing == 0);
    CHECK(a.events > 500);
    CHECK(a.events == b.events);
    CHECK(first.find("\"declare_outage\"") != first.npos);
    CHECK(first == second);
}

TEST_CASE("an effect that is not as recorded shows as a unified diff") {
    std::string text = recorded_text();
    // The confidence of the first declaration, as a program that decides otherwise would have it.
    const auto enqueue = text.find("{\"enqueue\"");
    REQUIRE(enqueue != text.npos);
    const auto at = text.rfind("\"confidence_permille\":", enqueue);
    REQUIRE(at != text.npos);
    const auto digit = at + std::string_view("\"confidence_permille\":").size();
    text[digit] = text[digit] == '1' ? '2' : '1';
    TemporaryFolder folder;
    RecordingReader reader(folder.write("r", text));
    std::string diff;
    const ReplayTotals totals = replay(reader, [&](const ReplayedEvent& event) {
        if (!event.as_recorded()) diff += difference_text(event);
    });
    CHECK(totals.differing == 1);
    INFO(diff);
    CHECK(diff.starts_with("@@ -"));
    CHECK(diff.find(" @@ 2021-10-04T15:3") != diff.npos);
    CHECK(diff.find("\n-{\"record_incident\"") != diff.npos);
    CHECK(diff.find("\n+{\"record_incident\"") != diff.npos);
    CHECK(std::count(diff.begin(), diff.end(), '\n') >= 3);
}

TEST_CASE("a missing effect and one too many show where they are") {
    const RecordedEvent recorded{7, Tick{Stamp{Micros{1'633'361'400'000'000}}}, {"a", "b", "c"}};
    const std::vector<std::string> fewer{"a", "c"}, more{"a", "b", "x", "c"}, none;
    CHECK(difference_text({recorded, {}, fewer}) ==
          "@@ -8,3 +8,2 @@ 2021-10-04T15:30:00.000Z tick\n a\n-b\n c\n");
    CHECK(difference_text({recorded, {}, more}) ==
          "@@ -8,3 +8,4 @@ 2021-10-04T15:30:00.000Z tick\n a\n b\n+x\n c\n");
    CHECK(difference_text({recorded, {}, none}) ==
          "@@ -8,3 +7,0 @@ 2021-10-04T15:30:00.000Z tick\n-a\n-b\n-c\n");
}

TEST_CASE("a file that cannot be used is refused with its line and what to do") {
    CHECK(error_of("") == " empty; name a file that 'sereno export' wrote");
    CHECK(error_of("hello\n") == "1: no JSON: syntax error; a recording begins with {\"recording\":{...}}");
    CHECK(error_of("{\"recording\":{\"format\":2,\"program\":\"9.9\"}}\n") ==
          "1: recording.format: 2 is not 1; replay it with sereno 9.9");
    CHECK(error_of(header + "{\"run_probe\":{}}\n") ==
          "2: an effect before the first event; the beginning is missing");
    CHECK(error_of(header + "{\"tick\":{}}\n" + header) ==
          "3: a second beginning; these are several recordings, replay them one by one");
    CHECK(error_of(header + "{\"tick\":{}}\n\n") ==
          "3: neither an event nor an effect; it was written by sereno 0.9.0, replay it with that one");
    CHECK(error_of(header + "{\"tick\":{\"at\":\"now\"}}\n") ==
          "2: tick.at: 'now' is not a whole number from -9223372036854775808 to 9223372036854775807; it was "
          "written by sereno 0.9.0, replay it with that one");
    CHECK(error_of(header + "{\"tick\":") ==
          "2: the last line ends in the middle; cut it off, or copy the file again");
    CHECK(
        error_of(header + "{\"checkpoint\":{\"state\":{\"subjects\":[]}}}\n") ==
        "2: checkpoint.state does not fit checkpoint.configuration: they name different numbers of probes or "
        "subjects");
    std::string packed = gzip_member(header + "{\"tick\":{\"at\":1}}\n" + std::string(5'000, ' '));
    CHECK(error_of(packed.substr(0, packed.size() - 9)).find("ends in the middle") != std::string::npos);
    packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x55);
    CHECK(error_of(packed).find("the compressed file is damaged") != std::string::npos);
}

TEST_CASE("a file that is not there is named") {
    CHECK_THROWS_WITH(RecordingReader("/nowhere/at/all"),
                      "/nowhere/at/all: No such file or directory; name a file that 'sereno export' wrote");
}

TEST_CASE("a line without an end is given up, not held") {
    CHECK(error_of(gzip_member(header + std::string(RecordingReader::longest_line_bytes + 1'000'000, 'x')))
              .find("2: longer than 67108864 bytes") == 0);
}

}  // namespace sereno
