// kill -9 while batches are written: whatever was acknowledged is there afterwards, whole.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "agent/store/sqlite.hpp"
#include "agent/store/store.hpp"
#include "catch.hpp"
#include "tests/agent/store/fixtures.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

// Commits batch after batch, a decision, an incident and two messages each, and writes the number of each
// that was acknowledged to `out`. Never returns.
[[noreturn]] void write_for_ever(const std::string& path, std::uint64_t first, int out) {
    Loop loop;
    std::string warning;
    auto store = Store::open(path, warning);
    store->attach(loop);
    std::uint64_t next = first;
    std::function<void()> one = [&] {
        const std::uint64_t number = next++;
        StoreBatch batch{{decision(number)},
                         {incident(number)},
                         {message(number, AlertKind::opened, "ana@example.org"),
                          message(number, AlertKind::opened, "luis@example.org")}};
        store->commit(std::move(batch), [&, number](std::vector<MessageId>, std::optional<StoreError> error) {
            if (error || ::write(out, &number, sizeof number) != sizeof number) ::_exit(3);
            one();
        });
    };
    for (int at_once = 0; at_once < 3; ++at_once)
        one();
    loop.run();
    ::_exit(4);
}

// Lets a child write, kills it after some acknowledgements and a moment more; the highest acknowledged
// number.
std::uint64_t write_and_kill(const std::string& path, std::uint64_t first, int acknowledgements, int spins) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) write_for_ever(path, first, ends[1]);
    ::close(ends[1]);
    std::uint64_t highest = 0;
    std::uint64_t number = 0;
    for (int i = 0; i < acknowledgements && ::read(ends[0], &number, sizeof number) == sizeof number; ++i)
        highest = std::max(highest, number);
    for (volatile int i = 0; i < spins;)
        i = i + 1;
    ::kill(child, SIGKILL);
    while (::read(ends[0], &number, sizeof number) == sizeof number)
        highest = std::max(highest, number);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    return highest;
}

}  // namespace

TEST_CASE("killed at any moment, every acknowledged batch is there, whole, and the file is sound") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    std::mt19937 random{20211004};
    std::uint64_t next = 1;
    for (int round = 0; round < 25; ++round) {
        const int acknowledgements = 1 + static_cast<int>(random() % 40);
        const int spins = static_cast<int>(random() % 2'000'000);
        INFO("round " << round << ", " << acknowledgements << " acknowledgements, " << spins << " spins");
        const std::uint64_t highest = write_and_kill(path, next, acknowledgements, spins);
        REQUIRE(highest >= next);

        std::string warning;
        const auto store = Store::open(path, warning);
        CHECK(warning.empty());
        const auto decisions = read_decisions(path, Stamp{});
        const auto incidents = read_incidents(path);
        const auto messages = read_messages(path);
        REQUIRE(decisions.size() >= highest);
        CHECK(incidents.size() == decisions.size());
        CHECK(messages.size() == 2 * decisions.size());
        for (std::size_t i = 0; i < decisions.size(); ++i)
            REQUIRE(decisions[i].sequence == i + 1);
        CHECK(store->restored().last_decision == decisions.size());
        Database database{path, Database::Mode::read_only};
        Statement check{database, "PRAGMA integrity_check"};
        std::string verdict;
        REQUIRE(check.each([&](const Statement& row) { verdict = row.text(0); }));
        CHECK(verdict == "ok");
        next = decisions.size() + 1;
    }
}
