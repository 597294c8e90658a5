// systemctl is played by a script first in PATH: the tests run where systemd does not.
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>

#include "../bench.hpp"
#include "catch.hpp"
#include "daemons.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

/// Puts a program named systemctl first in PATH, for as long as it lives.
class FakeSystemctl {
  public:
    explicit FakeSystemctl(const std::string& script) : path_(::getenv("PATH")) {
        ::chmod(folder_.write("systemctl", "#!/bin/sh\n" + script + "\n").c_str(), 0700);
        ::setenv("PATH", (folder_.path() + ":" + path_).c_str(), 1);
    }
    ~FakeSystemctl() { ::setenv("PATH", path_.c_str(), 1); }
    FakeSystemctl(const FakeSystemctl&) = delete;
    FakeSystemctl& operator=(const FakeSystemctl&) = delete;
    [[nodiscard]] const std::string& folder() const { return folder_.path(); }

  private:
    test::Folder folder_;
    std::string path_;
};

Observation ask(std::chrono::milliseconds timeout = 5s) {
    test::Bench bench;
    return bench.run(UnitState{"booking-bot.service"}, timeout);
}

}  // namespace

TEST_CASE("an active unit is well") {
    const FakeSystemctl systemctl("[ \"$*\" = 'is-active -- booking-bot.service' ] || exit 9\necho active");
    const Observation seen = ask();
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.address == "booking-bot.service");
}

TEST_CASE("a failed unit is inactive, whatever systemctl warns about besides") {
    const FakeSystemctl systemctl("echo 'Warning: the unit file changed on disk' >&2\necho failed\nexit 3");
    const Observation seen = ask();
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::unit_inactive);
    CHECK(seen.detail == "booking-bot.service is failed");
}

TEST_CASE("a systemctl that cannot tell says nothing about the unit") {
    const FakeSystemctl systemctl("echo 'Failed to connect to bus: Host is down' >&2\nexit 1");
    const Observation seen = ask();
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::host_refused);
    CHECK(seen.detail.find("Failed to connect to bus") != std::string::npos);
}

TEST_CASE("a host without systemctl says nothing about the unit") {
    const test::Folder empty;
    const std::string path = ::getenv("PATH");
    ::setenv("PATH", empty.path().c_str(), 1);
    const Observation seen = ask();
    ::setenv("PATH", path.c_str(), 1);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::host_refused);
    CHECK(seen.detail == "systemctl is not installed on this host");
}

TEST_CASE("a systemctl that hangs is killed at the deadline") {
    const FakeSystemctl systemctl("echo $$ > \"${0%/*}/pid\"\nexec sleep 60");
    const Observation seen = ask(500ms);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::host_refused);
    const std::string pid = test::run({"cat", systemctl.folder() + "/pid"}, "coreutils");
    CHECK(::kill(std::stoi(pid), 0) != 0);
    CHECK(errno == ESRCH);
}

TEST_CASE("more output than anybody reads neither blocks the child nor fills memory") {
    const FakeSystemctl systemctl("head -c 300000 /dev/zero | tr '\\0' x\necho\necho active");
    const Observation seen = ask();
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::host_refused);
    CHECK(seen.detail.size() == 200);
}
