// What was learned is there again after a restart, at a price that a memory card can bear.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "agent/store/sqlite.hpp"
#include "agent/store/store.hpp"
#include "agent/store/writer.hpp"
#include "catch.hpp"
#include "tests/agent/store/fixtures.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

Fact fact(FactKind kind, const std::string& key, std::vector<std::string> values, std::int64_t seconds) {
    return {kind, key, std::move(values), at(seconds)};
}

std::unique_ptr<Store> open(const std::string& path, std::string& warning) {
    return Store::open(path, warning);
}

std::vector<Fact> restored(const std::string& path) {
    std::string warning;
    const auto store = open(path, warning);
    CHECK(warning.empty());
    return store->restored().facts;
}

/// A run of the program that learns these and ends well.
void learn(const std::string& path, const std::vector<Fact>& facts) {
    Loop loop;
    std::string warning;
    const auto store = open(path, warning);
    store->attach(loop);
    for (const Fact& known : facts)
        store->remember(known);
}

/// A writer of its own, as the store's thread has one.
std::unique_ptr<Writer> writer(const std::string& path) {
    prepare_place(path);
    Opened opened = open_for_writing(path);
    REQUIRE(opened.database);
    return std::make_unique<Writer>(path, std::move(opened.database));
}

/// A file as the sqlite3 command makes it of what another version wrote.
void write_dump(const std::string& path, const std::string& dump) {
    REQUIRE(std::filesystem::exists(dump));
    INFO("needs the sqlite3 command (apt-get install sqlite3)");
    REQUIRE(std::system(("sqlite3 '" + path + "' < " + dump).c_str()) == 0);
}

void sql(const std::string& path, const std::string& text) {
    Database database{path, Database::Mode::read_write};
    REQUIRE(database.execute(text));
}

std::int64_t number(const std::string& path, const std::string& text) {
    Database database{path, Database::Mode::read_only};
    return database.number(text);
}

}  // namespace

TEST_CASE("learned facts are there after a restart, newest first, field by field") {
    const TempDir dir;
    const std::string path = dir.file("data/sereno.db");
    const std::vector<Fact> facts{
        fact(FactKind::path, "udp 192.0.2.1:53", {"192.168.1.1", "", "203.0.113.9", ""}, 40),
        fact(FactKind::name_server, "a.ns.example", {"192.0.2.53", "2001:db8::53"}, 30),
        fact(FactKind::front_end, "www.example", {"a \"quote\", a\nline, \xff and ñ"}, 20),
        fact(FactKind::as_origin, "192.0.2.0/24", {"64500", "192.0.2.0/24"}, 10)};
    learn(path, {facts[2], facts[0], facts[3], facts[1]});
    CHECK(restored(path) == facts);
    CHECK(learned_facts(path).size() == 4);

    Fact moved = facts[3];
    moved.values = {"64501", "192.0.2.0/24"};
    moved.when = at(50);
    learn(path, {moved, fact(FactKind::name_server, "a.ns.example", {"198.51.100.1"}, 29)});
    CHECK(restored(path) == std::vector<Fact>{moved, facts[0], facts[1], facts[2]});
    std::string warning;
    CHECK(open(path, warning)->restored().latest == at(50));
}

TEST_CASE("of facts the newest 4,096 stay") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    const auto many = [](int from, int to) {
        std::vector<Fact> facts;
        for (int i = from; i < to; ++i)
            facts.push_back(fact(FactKind::front_end, "h" + std::to_string(i), {"192.0.2.1"}, i));
        return facts;
    };
    learn(path, many(0, 4'000));
    learn(path, many(4'000, 4'200));
    const auto facts = restored(path);
    REQUIRE(facts.size() == 4'096);
    CHECK(facts.front().key == "h4199");
    CHECK(facts.back().key == "h104");
    CHECK(number(path, "SELECT count(*) FROM facts") == 4'096);
}

TEST_CASE("a fact whose values make no sense is left out, with a warning, and the others are kept") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    learn(path, {fact(FactKind::front_end, "good", {"192.0.2.1"}, 2),
                 fact(FactKind::front_end, "bad", {"192.0.2.1"}, 1)});
    const std::string broken = GENERATE(
        as<std::string>{}, "known_values = ''", "known_values = '[\"192.0.2.1\"'", "known_values = '[]'",
        "known_values = '{}'", "known_values = '[1]'", "known_values = '[[[[[[\"a\"]]]]]]'",
        "known_values = '[\"' || hex(zeroblob(128)) || '\"]'",
        "known_values = '[\"' || hex(zeroblob(100000)) || '\"]'",
        "known_values = '[\"\"' || replace(hex(zeroblob(16)), '00', ',\"\",\"\"') || ']'", "kind = 'rumour'");
    INFO(broken);
    sql(path, "UPDATE facts SET " + broken + " WHERE key = 'bad'");
    std::string warning;
    const auto store = open(path, warning);
    CHECK(warning == path + " holds 1 rows that this version cannot read; they are left out");
    REQUIRE(store->restored().facts.size() == 1);
    CHECK(store->restored().facts[0].key == "good");
}

TEST_CASE("a file of version 1 learns to remember and forgets nothing") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    write_dump(path, "tests/agent/store/version_1.sql");
    REQUIRE(number(path, "PRAGMA user_version") == 1);
    CHECK(learned_facts(path).empty());
    learn(path, {fact(FactKind::front_end, "www.example", {"192.0.2.1"}, 1)});
    CHECK(number(path, "PRAGMA user_version") == 4);
    CHECK(restored(path).size() == 1);
    const auto decisions = read_decisions(path, Stamp{});
    REQUIRE(decisions.size() == 1);
    CHECK(decisions[0].verdict.evidence == decision(1).verdict.evidence);
    REQUIRE(read_incidents(path).size() == 1);
    CHECK(read_incidents(path)[0].title == incident(7).title);
    const auto messages = read_messages(path);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].body == message(7, AlertKind::opened, "ana@example.org").body);
}

TEST_CASE("a file of version 3 learns to keep layers and what was weighed as well, and forgets nothing") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    write_dump(path, "tests/agent/store/version_3.sql");
    REQUIRE(number(path, "PRAGMA user_version") == 3);
    {
        const auto ours = writer(path);
        CHECK(number(path, "PRAGMA user_version") == 4);
        std::vector<MessageId> ids;
        REQUIRE(ours->write({{decision(2)}, {}, {}}, ids));
    }
    const auto decisions = read_decisions(path, Stamp{});
    REQUIRE(decisions.size() == 2);
    CHECK(decisions[0].verdict.evidence == decision(1).verdict.evidence);
    CHECK(decisions[0].verdict.ruled_out.empty());
    CHECK(decisions[0].verdict.would_settle.empty());
    CHECK(decisions[0].verdict.shared_fate.empty());
    CHECK(decisions[1].verdict.ruled_out == decision(2).verdict.ruled_out);
    CHECK(decisions[1].verdict.would_settle == decision(2).verdict.would_settle);
    CHECK(decisions[1].verdict.shared_fate == decision(2).verdict.shared_fate);
    const auto incidents = read_incidents(path);
    REQUIRE(incidents.size() == 1);
    CHECK(incidents[0].quiet);
    REQUIRE(incidents[0].subjects.size() == 2);
    CHECK(incidents[0].subjects[1].over == incident(7).subjects[1].over);
    CHECK(incidents[0].subjects[0].layers.empty());
    CHECK(restored(path).size() == 1);
    CHECK(read_messages(path).size() == 1);
}

TEST_CASE("what was written survives a kill -9, and the file is sound") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const auto ours = writer(path);
        for (std::int64_t round = 0;; ++round) {
            std::vector<Fact> facts;
            for (int i = 0; i < 50; ++i)
                facts.push_back(fact(FactKind::front_end, "h" + std::to_string(i), {"192.0.2.1"}, round));
            std::size_t bytes = 0;
            if (!ours->write(facts, bytes) || ::write(ends[1], &round, sizeof round) != sizeof round)
                ::_exit(3);
        }
    }
    ::close(ends[1]);
    std::int64_t last = 0, round = 0;
    while (last < 20 && ::read(ends[0], &round, sizeof round) == sizeof round)
        last = round;
    ::kill(child, SIGKILL);
    while (::read(ends[0], &round, sizeof round) == sizeof round)
        last = round;
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    const auto facts = restored(path);
    REQUIRE(facts.size() == 50);
    for (const Fact& known : facts) {
        CHECK(known.when >= at(last));
        CHECK(known.when == facts[0].when);  // all of a batch or none
    }
    CHECK(number(path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1);
}

TEST_CASE("facts wait for company, and neither hold up nor cost alerts anything") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    Loop loop;
    std::string warning;
    auto store = open(path, warning);
    store->attach(loop);
    int done = 0;
    for (std::uint64_t i = 1; i <= 20; ++i) {
        store->remember(fact(FactKind::front_end, "h" + std::to_string(i), {"192.0.2.1"}, 1));
        store->commit({{decision(i)}, {}, {}}, [&](auto, auto error) { done += error ? 0 : 1; });
    }
    REQUIRE(run_until(loop, [&] { return done == 20; }));
    CHECK(number(path, "SELECT count(*) FROM facts") == 0);
    store.reset();
    CHECK(number(path, "SELECT count(*) FROM facts") == 20);
}

TEST_CASE("the price of writing facts is known: the log's pages and the file's") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    const auto ours = writer(path);
    std::size_t one = 0, many = 0;
    REQUIRE(ours->write(std::vector{fact(FactKind::front_end, "a", {"192.0.2.1"}, 1)}, one));
    CHECK(one >= 2 * 4096);
    CHECK(one <= 6 * 4096);
    std::vector<Fact> facts;
    for (int i = 0; i < 500; ++i)
        facts.push_back(fact(FactKind::front_end, "h" + std::to_string(i), {"192.0.2.1"}, 2));
    const auto log_before = std::filesystem::file_size(path + "-wal");
    REQUIRE(ours->write(facts, many));
    const auto log_grew = std::filesystem::file_size(path + "-wal") - log_before;
    // A frame of the log is a page and 24 bytes.
    CHECK(many / 2 == log_grew / (4096 + 24) * 4096);
    CHECK(many < 500 * 4096 / 4);
}

TEST_CASE("who asks for what was learned where nothing was gets nothing, and no error") {
    const TempDir dir;
    CHECK(learned_facts(dir.file("none/sereno.db")).empty());
    std::ofstream{dir.file("empty.db")};
    CHECK(learned_facts(dir.file("empty.db")).empty());
    std::ofstream{dir.file("text.db")} << std::string(5000, 'x');
    CHECK(learned_facts(dir.file("text.db")).empty());
    CHECK_FALSE(std::filesystem::exists(dir.file("none")));
}
