// The command's words and exit codes.
#include "agent/commands/validate.hpp"

#include <algorithm>
#include <iostream>
#include <set>

#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;

namespace {

struct Run {
    int code;
    std::string out;
};
Run run(const std::string& file) {
    std::ostringstream captured;
    std::streambuf* const before = std::cout.rdbuf(captured.rdbuf());
    const int code = validate(file);
    std::cout.rdbuf(before);
    return {code, captured.str()};
}

}  // namespace

TEST_CASE("validate says what a good file would watch and exits with 0") {
    const test::PrivateFolder folder;
    const std::string file =
        folder.write("sereno.yaml",
                     "channels: {mail: {kind: smtp, server: localhost, from: a@example.org}}\n"
                     "people: [{name: Ana, mail: ana@example.org}]\n");
    const Run result = run(file);
    CHECK(result.code == 0);
    const std::vector<ProbeSpec> probes = default_settings().watch.probes;
    const auto in_rhythm = std::count_if(probes.begin(), probes.end(),
                                         [](const ProbeSpec& probe) { return !probe.on_suspicion; });
    std::set<WitnessId> witnesses;
    for (const ProbeSpec& probe : probes)
        if (!probe.witness.empty()) witnesses.insert(probe.witness);
    REQUIRE(witnesses.size() >= 3);
    CHECK(result.out ==
          file + ": ok, watching 3 platforms, 1 person, 1 channel, 0 apps, 6 controls, " +
              std::to_string(witnesses.size()) + " witnesses, " + std::to_string(in_rhythm) + " checks and " +
              std::to_string(probes.size() - static_cast<std::size_t>(in_rhythm)) + " more on suspicion, " +
              std::to_string(builtin_files("playbooks").size()) + " playbooks\n");
}

TEST_CASE("validate prints every complaint on a line of its own and exits with 65") {
    const test::PrivateFolder folder;
    const std::string file = folder.write("sereno.yaml", "interval: 90\npeople: [{name: Ana}]\nteem: x\n");
    const Run result = run(file);
    CHECK(result.code == 65);
    CHECK(result.out == file + ":1:11: interval '90' has no unit; write '90s'\n" + file +
                            ":2:10: warning: 'Ana' has no channel and is never told anything; add one, as in "
                            "mail: ana@example.org\n" +
                            file + ":3:1: unknown key 'teem'; did you mean 'team'?\n");
}

TEST_CASE("warnings alone leave the file valid") {
    const test::PrivateFolder folder;
    const Run result = run(folder.write("sereno.yaml", "people: [{name: Ana}]\n"));
    CHECK(result.code == 0);
    CHECK(result.out.find("warning: ") != std::string::npos);
    CHECK(result.out.find(": ok, watching ") != std::string::npos);
}

TEST_CASE("a file that cannot be read is exit 65 with the reason") {
    const test::PrivateFolder folder;
    const Run result = run(folder / "none.yaml");
    CHECK(result.code == 65);
    CHECK(result.out.find("none.yaml: cannot be read (No such file or directory)") != std::string::npos);
}
