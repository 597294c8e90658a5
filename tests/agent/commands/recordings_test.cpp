// What the flight recorder wrote, exported and replayed as a user does it.
#include <sysexits.h>

#include <iostream>
#include <sstream>

#include "../recording/flight.hpp"
#include "agent/commands/export.hpp"
#include "agent/commands/replay.hpp"
#include "agent/recording/folder.hpp"
#include "catch.hpp"

namespace sereno {

namespace {

using namespace test;

struct Ended {
    int status;
    std::string out, err;
};

Ended run(const std::function<int()>& command) {
    std::ostringstream out, err;
    auto* const old_out = std::cout.rdbuf(out.rdbuf());
    auto* const old_err = std::cerr.rdbuf(err.rdbuf());
    const int status = command();
    std::cout.rdbuf(old_out);
    std::cerr.rdbuf(old_err);
    return {status, out.str(), err.str()};
}

/// A folder as `sereno run` leaves it after one outage.
struct Home {
    Home() {
        config = folder.write("sereno.yaml", "data: " + folder.path + "\nwatch: [facebook]\n");
        Flight flight;
        const Stamp begin = flight.simulation.now() + minutes(35);
        flight.simulation.world = outage(begin, begin + minutes(4));
        flight.simulation.start();
        flight.simulation.pass(minutes(53));
        std::filesystem::create_directory(recordings_folder(folder.path));
        for (const auto& [name, bytes] : flight.files)
            folder.write("recordings/" + name, bytes);
        incident = flight.simulation.incidents.front().id.value;
    }
    Ended export_to(const std::string& name, bool redact = false) const {
        return run([&] { return export_incident({config, incident, redact, folder.path + "/" + name}); });
    }
    Ended replay_of(const std::string& name, bool json = false) const {
        return run([&] { return replay({folder.path + "/" + name, json}); });
    }
    [[nodiscard]] std::string content(const std::string& name) const {
        std::ifstream in(folder.path + "/" + name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    TemporaryFolder folder;
    std::string config;
    std::uint64_t incident = 0;
};

}  // namespace

TEST_CASE("an incident is exported and replays as recorded, plain, packed and redacted") {
    const Home home;
    REQUIRE(home.export_to("plain.jsonl").status == EX_OK);
    REQUIRE(home.export_to("packed.jsonl.gz").status == EX_OK);
    REQUIRE(home.export_to("redacted.jsonl", true).status == EX_OK);
    const Ended plain = home.replay_of("plain.jsonl"), packed = home.replay_of("packed.jsonl.gz"),
                redacted = home.replay_of("redacted.jsonl");
    INFO(plain.out << plain.err << redacted.err);
    CHECK(plain.status == EX_OK);
    CHECK(plain.out.ends_with(": as recorded\n"));
    CHECK(plain.out.find("opened: Ana is told over mail") != std::string::npos);
    CHECK(packed.status == EX_OK);
    CHECK(packed.out == plain.out);
    CHECK(home.content("packed.jsonl.gz").size() * 4 < home.content("plain.jsonl").size());
    CHECK(redacted.status == EX_OK);
    CHECK(redacted.out.find("facebook") != std::string::npos);
    const std::string text = home.content("redacted.jsonl");
    for (const char* secret : {"Ana", "ana@", "34600111222"})
        CHECK(text.find(secret) == std::string::npos);
}

TEST_CASE("the effects of a replay are the lines of the recording") {
    const Home home;
    REQUIRE(home.export_to("plain.jsonl").status == EX_OK);
    const Ended ended = home.replay_of("plain.jsonl", true);
    std::istringstream lines(home.content("plain.jsonl"));
    std::string effects;
    for (std::string line; std::getline(lines, line);)
        if (kind_of_line(line) == LineKind::effect) effects += line + "\n";
    CHECK(ended.out == effects);
    CHECK(ended.out.find("\"enqueue\"") != std::string::npos);
}

TEST_CASE("a replay that differs says where, and exits with 3") {
    const Home home;
    REQUIRE(home.export_to("plain.jsonl").status == EX_OK);
    std::string text = home.content("plain.jsonl");
    const auto at = text.find("{\"enqueue\"");
    REQUIRE(at != std::string::npos);
    text.erase(at, text.find('\n', at) + 1 - at);  // a message more is told now
    home.folder.write("other.jsonl", text);
    const Ended ended = home.replay_of("other.jsonl");
    CHECK(ended.status == 3);
    CHECK(ended.err.starts_with("--- " + home.folder.path + "/other.jsonl (sereno "));
    CHECK(ended.err.find("\n+++ replayed\n@@ -") != std::string::npos);
    CHECK(ended.err.find("\n+{\"enqueue\"") != std::string::npos);
    CHECK(ended.err.find("1 of ") != std::string::npos);
}

TEST_CASE("what cannot be exported or replayed is told, with what to do") {
    const Home home;
    const Ended unknown = run([&] { return export_incident({home.config, 999, false, "-"}); });
    CHECK(unknown.status == EX_NOINPUT);
    CHECK(unknown.err.find("tells of incident 999") != std::string::npos);
    home.folder.write("there.jsonl", "precious");
    const Ended exists = home.export_to("there.jsonl");
    CHECK(exists.status == EX_CANTCREAT);
    CHECK(exists.err.find("exists already") != std::string::npos);
    CHECK(home.content("there.jsonl") == "precious");
    const Ended broken = home.replay_of("there.jsonl");
    CHECK(broken.status == EX_DATAERR);
    CHECK(broken.err.find("there.jsonl:1: ") != std::string::npos);
    home.folder.write("recordings/" + recording_name(Stamp{}, IncidentId{1}), "torn");
    const Ended beside = home.export_to("beside.jsonl");
    CHECK(beside.status == EX_OK);
    CHECK(beside.err.find("(passed over)") != std::string::npos);
}

}  // namespace sereno
