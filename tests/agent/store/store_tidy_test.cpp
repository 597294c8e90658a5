// Old and superfluous rows go at start; what is not finished stays, however old.
#include "agent/store/store.hpp"
#include "agent/store/writer.hpp"
#include "catch.hpp"
#include "tests/agent/store/fixtures.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

constexpr std::int64_t day = 86'400;

void tidy_until_quiet(const std::string& path) {
    Writer writer{path, open_for_writing(path).database};
    int steps = 0;
    while (writer.tidy() && steps < 1'000)
        ++steps;
    CHECK(writer.fault().code == 0);
    CHECK(steps > 0);
}

void write(const std::string& path, const StoreBatch& batch) {
    prepare_place(path);
    Writer writer{path, open_for_writing(path).database};
    std::vector<MessageId> ids;
    REQUIRE(writer.write(batch, ids));
}

DecisionRecord decision_of_day(std::uint64_t sequence, std::int64_t days) {
    DecisionRecord record = decision(sequence);
    record.verdict.at = record.verdict.since = at(days * day);
    return record;
}

Incident closed_on_day(std::uint64_t id, std::int64_t days) {
    Incident closed = incident(id, IncidentState::closed);
    closed.suspected = at(days * day);
    closed.opened = closed.closed = at(days * day);
    return closed;
}

OutboxMessage message_of_day(std::uint64_t incident, std::int64_t days, DeliveryState state) {
    OutboxMessage old = message(incident, AlertKind::opened, "ana@example.org");
    old.created = at(days * day);
    old.state = state;
    if (state != DeliveryState::waiting) old.done = old.created;
    return old;
}

}  // namespace

TEST_CASE("rows 400 days older than the newest go, unfinished ones stay") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    Incident open_for_ages = incident(2);
    open_for_ages.suspected = at(0);
    write(path, {{decision_of_day(1, 0), decision_of_day(2, 399), decision_of_day(3, 402)},
                 {closed_on_day(1, 1), open_for_ages, closed_on_day(3, 200)},
                 {message_of_day(1, 0, DeliveryState::sent), message_of_day(2, 0, DeliveryState::waiting),
                  message_of_day(3, 1, DeliveryState::failed), message_of_day(4, 200, DeliveryState::sent)}});
    {
        // The store does it by itself when it starts.
        Loop loop;
        std::string warning;
        const auto store = Store::open(path, warning);
        store->attach(loop);
        REQUIRE(run_until(loop, [&] { return read_messages(path).size() == 2; }));
    }
    const auto decisions = read_decisions(path, Stamp{});
    REQUIRE(decisions.size() == 2);
    CHECK(decisions[0].sequence == 2);
    const auto incidents = read_incidents(path);
    REQUIRE(incidents.size() == 2);
    CHECK(incidents[0].id == IncidentId{2});
    CHECK(incidents[1].id == IncidentId{3});
    const auto messages = read_messages(path);
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].state == DeliveryState::waiting);
    CHECK(messages[1].incident == IncidentId{4});
}

TEST_CASE("of each table the newest 100,000 rows stay, and those not finished") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    write(path, {{}, {incident(1)}, {message(1, AlertKind::opened, "ana@example.org")}});
    const std::string sql = R"(
        WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= 100600)
        INSERT INTO decisions SELECT i, 1633361947000000 + i, 0, 'a', 'none', 'all_well', 'none', 0, 1, 0, '[]',
                                     '[]', '[]', '' FROM n;
        WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= 100600)
        INSERT INTO messages SELECT i, 'k' || i, i, 'opened', 'a', 'en', 'mail', 'a', '', '', 1633361947000000 + i, 'sent',
                                    1, 0, NULL, '' FROM n;)";
    {
        Database database{path, Database::Mode::read_write};
        REQUIRE(database.execute(sql));
    }
    tidy_until_quiet(path);
    Database database{path, Database::Mode::read_only};
    CHECK(database.number("SELECT count(*) FROM decisions") == kept_at_most);
    CHECK(database.number("SELECT min(sequence) FROM decisions") == 602);
    CHECK(database.number("SELECT count(*) FROM messages") == kept_at_most + 1);
    CHECK(database.number("SELECT count(*) FROM messages WHERE state = 'waiting'") == 1);
    CHECK(database.number("SELECT count(*) FROM incidents") == 1);
}
