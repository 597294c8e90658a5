#include "agent/rehearsal/agent_process.hpp"

#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "catch.hpp"

using namespace sereno::rehearsal;

namespace {

/// A folder with a program that ignores its arguments and does what the script says.
struct Fake {
    explicit Fake(const std::string& script) {
        char name[] = "/tmp/sereno-fake-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        folder = name;
        program = folder + "/agent";
        log = folder + "/log";
        std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
        REQUIRE(chmod(program.c_str(), 0700) == 0);
    }
    ~Fake() { std::filesystem::remove_all(folder); }
    std::string folder, program, log;
};

std::string wait_for_end(AgentProcess& agent) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!agent.ended() && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
    return agent.ended().value_or("still running");
}

void wait_for_log(const std::string& log) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (last_lines(log, 1).empty() && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
}

}  // namespace

TEST_CASE("an agent that dies early is noticed, with its last words") {
    const Fake fake("echo \"$1 $2 $3\"; echo no room >&2; exit 69");
    AgentProcess agent(fake.program, "my.yaml", fake.log);
    CHECK(wait_for_end(agent) == "exit code 69");
    CHECK(last_lines(fake.log, 5) == "run --config my.yaml\nno room\n");
    CHECK(last_lines(fake.log, 1) == "no room\n");
}

TEST_CASE("an agent is asked to end, and killed when it does not") {
    const Fake polite("trap 'exit 3' TERM; echo up; while :; do sleep 0.05; done");
    AgentProcess agent(polite.program, "x", polite.log);
    wait_for_log(polite.log);
    CHECK_FALSE(agent.ended());
    agent.stop();
    CHECK(agent.ended() == "exit code 3");

    const Fake stubborn("trap '' TERM; echo up; while :; do sleep 0.05; done");
    AgentProcess other(stubborn.program, "x", stubborn.log);
    wait_for_log(stubborn.log);
    other.stop(std::chrono::milliseconds{200});
    CHECK(other.ended() == "signal 9");
}

TEST_CASE("a program that is not there cannot be started") {
    CHECK_THROWS_AS(AgentProcess("/nonexistent/sereno", "x", "/dev/null"), std::runtime_error);
}
