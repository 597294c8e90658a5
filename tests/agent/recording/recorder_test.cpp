#include "agent/recording/folder.hpp"
#include "agent/recording/gzip.hpp"
#include "agent/recording/replay.hpp"
#include "catch.hpp"
#include "flight.hpp"

namespace sereno {

namespace {

using namespace test;

struct Replayed {
    ReplayTotals totals;
    Stamp first, last;
    std::vector<IncidentState> states;  ///< recorded, in order
    std::string text;                   ///< of all lines after the beginning
};

Replayed replay_of(const std::string& bytes) {
    TemporaryFolder folder;
    RecordingReader reader(folder.write("recording.jsonl.gz", bytes));
    Replayed replayed;
    bool begun = false;
    replayed.totals = replay(reader, [&](const ReplayedEvent& event) {
        replayed.last = time_of(event.recorded.event);
        if (!std::exchange(begun, true)) replayed.first = replayed.last;
        append_line(replayed.text, event.recorded.event);
        for (const Effect& effect : event.effects)
            if (const auto* record = std::get_if<RecordIncident>(&effect))
                replayed.states.push_back(record->incident.state);
    });
    return replayed;
}

}  // namespace

TEST_CASE("nothing is given away while all is quiet, and memory stays bounded") {
    RecorderLimits limits;
    Flight flight(meta_watch(), limits);
    flight.simulation.start();
    flight.simulation.pass(minutes(120));
    CHECK(flight.files.empty());
    CHECK_FALSE(flight.recorder.recording());
    CHECK(flight.most_bytes > 50'000);
    CHECK(flight.most_bytes < limits.window_bytes);
}

TEST_CASE("an outage is recorded from half an hour before it until all is quiet, and replays to the byte") {
    Flight flight;
    const Stamp begin = flight.simulation.now() + minutes(50), end = begin + minutes(10);
    flight.simulation.world = outage(begin, end);
    flight.simulation.start();
    flight.simulation.pass(minutes(90));

    REQUIRE(flight.files.size() == 1);
    REQUIRE(flight.ended.size() == 1);
    const Replayed replayed = replay_of(flight.files.begin()->second);
    CHECK(replayed.totals.differing == 0);
    CHECK(replayed.totals.effects > 100);
    CHECK(begin - replayed.first >= minutes(30));
    CHECK(begin - replayed.first <= minutes(46));
    REQUIRE_FALSE(replayed.states.empty());
    CHECK(replayed.states.front() == IncidentState::suspected);
    CHECK(replayed.states.back() == IncidentState::closed);
    const Stamp quiet = *flight.simulation.incidents.back().closed;
    CHECK(replayed.last - quiet >= minutes(5));
    CHECK(replayed.last - quiet <= minutes(5) + Micros{3'000'000});
}

TEST_CASE("trouble right after the start is recorded from the very beginning") {
    Flight flight;
    flight.simulation.world = outage(flight.simulation.now(), Stamp::max());
    flight.simulation.start();
    flight.simulation.pass(minutes(3));
    flight.recorder.finish();
    flight.take();
    REQUIRE(flight.ended.size() == 1);
    const Replayed replayed = replay_of(flight.files.begin()->second);
    CHECK(replayed.totals.differing == 0);
    CHECK(replayed.text.starts_with("{\"config_changed\""));
}

TEST_CASE("what an earlier run left unfinished is recorded from the start") {
    Flight flight;
    Incident left;
    left.id = IncidentId{41};
    left.state = IncidentState::open;
    left.key = "operator:meta";
    left.subjects = {{SubjectId{"facebook"}, "Facebook", Decision::declare_outage, Cause::platform_dns,
                      flight.simulation.now(), std::nullopt}};
    flight.simulation.start({left}, 7, IncidentId{41});
    REQUIRE(flight.files.size() == 1);
    CHECK(flight.files.begin()->first == "20211004T153000Z-41.jsonl.gz");
}

TEST_CASE("a recording that grows too long ends, and the next begins where it ended") {
    RecorderLimits limits;
    limits.recording_bytes = 60'000;
    Flight flight(meta_watch(), limits);
    const Stamp begin = flight.simulation.now() + minutes(2), end = begin + minutes(40);
    flight.simulation.world = outage(begin, end);
    flight.simulation.start();
    flight.simulation.pass(minutes(60));

    REQUIRE(flight.ended.size() == 2);
    const Replayed first = replay_of(flight.files.at(flight.ended[0])),
                   second = replay_of(flight.files.at(flight.ended[1]));
    CHECK(flight.files.at(flight.ended[0]).size() < limits.recording_bytes * 5 / 4);
    CHECK(first.totals.differing == 0);
    CHECK(second.totals.differing == 0);
    CHECK(first.last <= second.first);
    CHECK(first.last < end);
    REQUIRE_FALSE(second.states.empty());
    CHECK(second.states.back() == IncidentState::closed);
}

TEST_CASE("a window that would be too large is held for a shorter time") {
    RecorderLimits limits;
    limits.window_bytes = 100'000;
    limits.block_bytes = 8'192;
    Flight flight(meta_watch(), limits);
    const Stamp begin = flight.simulation.now() + minutes(60);
    flight.simulation.world = outage(begin, Stamp::max());
    flight.simulation.start();
    flight.simulation.pass(minutes(59));
    CHECK(flight.most_bytes < limits.window_bytes + 2 * limits.block_bytes + 20'000);
    flight.simulation.pass(minutes(5));
    flight.recorder.finish();
    flight.take();
    REQUIRE(flight.ended.size() == 1);
    const Replayed replayed = replay_of(flight.files.begin()->second);
    CHECK(replayed.totals.differing == 0);
    CHECK(begin - replayed.first < minutes(30));
    CHECK(begin - replayed.first > minutes(2));
}

TEST_CASE("more probes than can be recorded are not, until they are fewer again") {
    Watch many = meta_watch(), few = many;
    few.probes.pop_back();
    RecorderLimits limits;
    limits.most_probes = few.probes.size();
    FlightRecorder recorder(limits);
    Brain brain;
    std::map<std::string, std::string> files;
    const auto feed = [&](const Event& event) {
        const auto effects = brain.on(event);
        recorder.note(event, effects, brain);
        for (RecordingPiece& piece : recorder.take_pieces())
            files[piece.recording] += piece.bytes;
    };
    const Stamp start{Micros{1'633'361'400'000'000}};
    feed(ConfigChanged{start, many, {}, {}});
    feed(Started{.at = start});
    CHECK_FALSE(recorder.on());
    CHECK(recorder.bytes() < 100);
    feed(ConfigChanged{start, few, {}, {}});
    CHECK(recorder.on());
    std::size_t fed = 0;
    for (int i = 1; i <= 20; ++i) {
        const Stamp now = start + Micros{i * 1'000'000};
        for (const ProbeSpec& spec : few.probes) {
            Observation o;
            o.probe = spec.id;
            o.subject = spec.subject;
            o.kind = kind_of(spec.task);
            o.group = spec.group;
            o.failure = spec.subject.value == "facebook" ? Failure::connect_timeout : Failure::none;
            o.started = o.finished = now;
            feed(Observed{now, o});
            ++fed;
        }
        feed(Tick{now});
        ++fed;
    }
    recorder.finish();
    for (RecordingPiece& piece : recorder.take_pieces())
        files[piece.recording] += piece.bytes;
    REQUIRE(files.size() == 1);
    const Replayed replayed = replay_of(files.begin()->second);
    CHECK(replayed.totals.differing == 0);
    CHECK(replayed.totals.events == fed);
}

TEST_CASE("keys in URLs never enter a recording, which replays all the same") {
    Watch watch = meta_watch();
    for (ProbeSpec& spec : watch.probes)
        if (auto* fetch = std::get_if<HttpFetch>(&spec.task)) fetch->url += "?key=SESAME";
    watch.apps[0].health = HttpFetch{.url = "http://127.0.0.1/health?token=SESAME"};
    Flight flight(watch);
    flight.simulation.world = outage(flight.simulation.now() + minutes(20), Stamp::max());
    flight.simulation.start();
    flight.simulation.pass(minutes(23));
    flight.recorder.finish();
    flight.take();
    REQUIRE(flight.files.size() == 1);
    TemporaryFolder folder;
    RecordingReader reader(folder.write("r.jsonl.gz", flight.files.begin()->second));
    std::string text;
    if (auto checkpoint = reader.take_checkpoint()) append_line(text, *checkpoint);
    const Replayed replayed = replay_of(flight.files.begin()->second);
    text += replayed.text;
    CHECK(replayed.totals.differing == 0);
    CHECK(text.find("/health?2") != text.npos);
    CHECK(text.find("SESAME") == text.npos);
}

}  // namespace sereno
