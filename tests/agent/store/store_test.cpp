#include "agent/store/store.hpp"

#include <sys/stat.h>

#include "catch.hpp"
#include "tests/agent/store/fixtures.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

// Commits and waits; the ids given.
std::vector<MessageId> commit(Loop& loop, Store& store, StoreBatch batch) {
    std::optional<std::vector<MessageId>> given;
    store.commit(std::move(batch), [&](std::vector<MessageId> ids, std::optional<StoreError> error) {
        INFO(error.value_or(StoreError{}).what);
        CHECK(!error);
        given = std::move(ids);
    });
    REQUIRE(run_until(loop, [&] { return given.has_value(); }));
    return *given;
}

std::unique_ptr<Store> open(const std::string& path) {
    std::string warning;
    auto store = Store::open(path, warning);
    CHECK(warning.empty());
    return store;
}

void check_same(const DecisionRecord& a, const DecisionRecord& b) {
    CHECK(a.sequence == b.sequence);
    CHECK(a.incident == b.incident);
    CHECK(a.verdict.subject == b.verdict.subject);
    CHECK(a.verdict.decision == b.verdict.decision);
    CHECK(a.verdict.cause == b.verdict.cause);
    CHECK(a.verdict.scope == b.verdict.scope);
    CHECK(a.verdict.confidence_permille == b.verdict.confidence_permille);
    CHECK(a.verdict.from_this_host_alone == b.verdict.from_this_host_alone);
    CHECK(a.verdict.at == b.verdict.at);
    CHECK(a.verdict.since == b.verdict.since);
    CHECK(a.verdict.evidence == b.verdict.evidence);
    CHECK(a.verdict.ruled_out == b.verdict.ruled_out);
    CHECK(a.verdict.would_settle == b.verdict.would_settle);
    CHECK(a.verdict.shared_fate == b.verdict.shared_fate);
}

void check_same(const Incident& a, const Incident& b) {
    CHECK(a.id == b.id);
    CHECK(a.kind == b.kind);
    CHECK(a.state == b.state);
    CHECK(a.key == b.key);
    CHECK(a.title == b.title);
    REQUIRE(a.subjects.size() == b.subjects.size());
    for (std::size_t i = 0; i < a.subjects.size(); ++i) {
        CHECK(a.subjects[i].subject == b.subjects[i].subject);
        CHECK(a.subjects[i].name == b.subjects[i].name);
        CHECK(a.subjects[i].decision == b.subjects[i].decision);
        CHECK(a.subjects[i].cause == b.subjects[i].cause);
        CHECK(a.subjects[i].since == b.subjects[i].since);
        CHECK(a.subjects[i].over == b.subjects[i].over);
        CHECK(a.subjects[i].layers == b.subjects[i].layers);
    }
    CHECK(a.decision == b.decision);
    CHECK(a.cause == b.cause);
    CHECK(a.confidence_permille == b.confidence_permille);
    CHECK(a.from_this_host_alone == b.from_this_host_alone);
    CHECK(a.quiet == b.quiet);
    CHECK(a.evidence == b.evidence);
    CHECK(a.suspected == b.suspected);
    CHECK(a.opened == b.opened);
    CHECK(a.recovering == b.recovering);
    CHECK(a.closed == b.closed);
}

void check_same(const OutboxMessage& a, const OutboxMessage& b) {
    CHECK(a.id == b.id);
    CHECK(a.incident == b.incident);
    CHECK(a.kind == b.kind);
    CHECK(a.recipient == b.recipient);
    CHECK(a.subject == b.subject);
    CHECK(a.body == b.body);
    CHECK(a.created == b.created);
    CHECK(a.state == b.state);
    CHECK(a.attempts == b.attempts);
    CHECK(a.next_try == b.next_try);
    CHECK(a.done == b.done);
    CHECK(a.last_word == b.last_word);
}

}  // namespace

TEST_CASE("what was stored is restored, field by field") {
    const TempDir dir;
    const std::string path = dir.file("data/sereno.db");
    StoreBatch batch{{decision(1), decision(2)},
                     {incident(3, IncidentState::closed), incident(7), incident(8, IncidentState::suspected)},
                     {message(7, AlertKind::opened, "ana@example.org"),
                      message(7, AlertKind::opened, "luis@example.org")}};
    batch.incidents[1].subjects[1].over = at(5'000);
    {
        Loop loop;
        const auto store = open(path);
        CHECK(store->restored().unfinished.empty());
        CHECK(store->restored().latest == Stamp{});
        store->attach(loop);
        const auto ids = commit(loop, *store, batch);
        CHECK(ids == std::vector{MessageId{1}, MessageId{2}});
        batch.messages[0].id = ids[0];
        batch.messages[1].id = ids[1];
        batch.messages[0].attempts = 2;
        batch.messages[0].next_try = at(90'000);
        batch.messages[0].last_word = "450 later, please";
        bool kept = false;
        store->update(batch.messages[0], [&](std::optional<StoreError> error) { kept = !error; });
        REQUIRE(run_until(loop, [&] { return kept; }));
    }
    const auto store = open(path);
    const Restored& restored = store->restored();
    REQUIRE(restored.decisions.size() == 2);
    check_same(restored.decisions[0], batch.decisions[1]);
    check_same(restored.decisions[1], batch.decisions[0]);
    REQUIRE(restored.unfinished.size() == 2);
    check_same(restored.unfinished[0], batch.incidents[1]);
    check_same(restored.unfinished[1], batch.incidents[2]);
    REQUIRE(restored.recent.size() == 1);
    check_same(restored.recent[0], batch.incidents[0]);
    REQUIRE(restored.waiting.size() == 2);
    check_same(restored.waiting[0], batch.messages[0]);
    check_same(restored.waiting[1], batch.messages[1]);
    CHECK(restored.last_decision == 2);
    CHECK(restored.last_incident == IncidentId{8});
    // When a subject was seen well counts; when a message is to be tried again does not.
    CHECK(restored.latest == at(5'000));
}

TEST_CASE("a message key is stored once, whatever the text") {
    const TempDir dir;
    Loop loop;
    const auto store = open(dir.file("sereno.db"));
    store->attach(loop);
    const auto ana = message(7, AlertKind::opened, "ana@example.org");
    auto again = ana;
    again.body = "another text";
    const auto luis = message(7, AlertKind::opened, "luis@example.org");
    CHECK(commit(loop, *store, {{}, {}, {ana}}) == std::vector{MessageId{1}});
    const auto ids = commit(loop, *store, {{}, {}, {again, luis, luis}});
    REQUIRE(ids.size() == 3);
    CHECK(ids[0].value == 0);
    CHECK(ids[1].value > 1);
    CHECK(ids[2].value == 0);
    const auto messages = read_messages(dir.file("sereno.db"));
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].body == ana.body);
}

TEST_CASE("an incident is replaced by its number, also when a message speaks of it") {
    const TempDir dir;
    Loop loop;
    const auto store = open(dir.file("sereno.db"));
    store->attach(loop);
    commit(loop, *store, {{}, {incident(7)}, {message(7, AlertKind::opened, "ana@example.org")}});
    commit(loop, *store, {{}, {incident(7, IncidentState::closed)}, {}});
    const auto incidents = read_incidents(dir.file("sereno.db"));
    REQUIRE(incidents.size() == 1);
    CHECK(incidents[0].state == IncidentState::closed);
    CHECK(read_messages(dir.file("sereno.db")).size() == 1);
}

TEST_CASE("a batch with a row that no table takes leaves nothing behind and holds up no other") {
    const TempDir dir;
    Loop loop;
    const auto store = open(dir.file("sereno.db"));
    store->attach(loop);
    OutboxMessage impossible = message(7, AlertKind::recovered, "ana@example.org");
    impossible.state = static_cast<DeliveryState>(9);
    std::optional<StoreError> refused;
    store->commit(
        {{decision(1)}, {incident(7)}, {message(7, AlertKind::opened, "ana@example.org"), impossible}},
        [&](std::vector<MessageId> ids, std::optional<StoreError> error) {
            CHECK(ids.empty());
            refused = std::move(error);
        });
    CHECK(commit(loop, *store, {{decision(3)}, {}, {}}).empty());
    REQUIRE(refused);
    CHECK(refused->what.find(dir.file("sereno.db")) == 0);
    CHECK(read_incidents(dir.file("sereno.db")).empty());
    CHECK(read_messages(dir.file("sereno.db")).empty());
    const auto decisions = read_decisions(dir.file("sereno.db"), Stamp{});
    REQUIRE(decisions.size() == 1);
    CHECK(decisions[0].sequence == 3);
}

TEST_CASE(
    "reads while running: decisions oldest first, incidents newest first, waiting messages by channel") {
    const TempDir dir;
    Loop loop;
    const auto store = open(dir.file("sereno.db"));
    store->attach(loop);
    StoreBatch batch;
    for (std::uint64_t i = 1; i <= 20; ++i) {
        batch.decisions.push_back(decision(i));
        batch.incidents.push_back(incident(i));
        batch.messages.push_back(
            message(i, AlertKind::opened, "ana@example.org", i % 2 == 0 ? "sms" : "mail"));
    }
    commit(loop, *store, batch);

    std::optional<std::vector<DecisionRecord>> decisions;
    store->decisions(at(5), 10, [&](auto rows) { decisions = std::move(rows); });
    REQUIRE(run_until(loop, [&] { return decisions.has_value(); }));
    REQUIRE(decisions->size() == 10);
    CHECK(decisions->front().sequence == 5);
    CHECK(decisions->back().sequence == 14);

    std::optional<std::vector<Incident>> incidents;
    store->incidents(5, [&](auto rows) { incidents = std::move(rows); });
    REQUIRE(run_until(loop, [&] { return incidents.has_value(); }));
    REQUIRE(incidents->size() == 5);
    CHECK(incidents->front().id == IncidentId{20});

    std::optional<std::vector<OutboxMessage>> waiting;
    store->waiting("sms", MessageId{6}, 3, [&](auto rows) { waiting = std::move(rows); });
    REQUIRE(run_until(loop, [&] { return waiting.has_value(); }));
    REQUIRE(waiting->size() == 3);
    CHECK((*waiting)[0].id == MessageId{8});
    CHECK((*waiting)[2].id == MessageId{12});

    // A command beside the daemon.
    CHECK(read_decisions(dir.file("sereno.db"), at(15)).size() == 6);
    CHECK(read_incidents(dir.file("sereno.db")).size() == 20);
    CHECK(read_messages(dir.file("sereno.db")).size() == 20);
}

TEST_CASE("what was queued when the store ends is on the disk") {
    const TempDir dir;
    Loop loop;
    {
        const auto store = open(dir.file("sereno.db"));
        store->attach(loop);
        for (std::uint64_t i = 1; i <= 50; ++i)
            store->commit({{decision(i)}, {}, {}},
                          [](auto&&, auto&&) { FAIL("called after the store was gone"); });
    }
    run_until(
        loop, [] { return false; }, Micros{20'000});
    CHECK(read_decisions(dir.file("sereno.db"), Stamp{}).size() == 50);
}

TEST_CASE("numbers of messages and incidents are not used again after their rows are gone") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    {
        Loop loop;
        const auto store = open(path);
        store->attach(loop);
        commit(loop, *store,
               {{decision(9)}, {incident(7)}, {message(7, AlertKind::opened, "ana@example.org")}});
    }
    REQUIRE(std::system(("sqlite3 '" + path +
                         "' 'DELETE FROM messages; DELETE FROM incidents; DELETE FROM decisions'")
                            .c_str()) == 0);
    Loop loop;
    const auto store = open(path);
    CHECK(store->restored().last_incident == IncidentId{7});
    CHECK(store->restored().last_decision == 9);
    store->attach(loop);
    CHECK(commit(loop, *store, {{}, {}, {message(8, AlertKind::opened, "ana@example.org")}}) ==
          std::vector{MessageId{2}});
}

TEST_CASE("a second daemon is kept out and told which process has the file") {
    const TempDir dir;
    const auto store = open(dir.file("sereno.db"));
    std::string warning;
    try {
        const auto second = Store::open(dir.file("sereno.db"), warning);
        FAIL("opened twice");
    } catch (const std::runtime_error& error) {
        CHECK(std::string{error.what()}.find("process " + std::to_string(::getpid())) != std::string::npos);
        CHECK(std::string{error.what()}.find("'data:'") != std::string::npos);
    }
}

TEST_CASE("directory and files belong to the daemon's user alone") {
    const TempDir dir;
    Loop loop;
    const auto store = open(dir.file("data/sereno.db"));
    store->attach(loop);
    commit(loop, *store, {{decision(1)}, {}, {}});
    const auto mode = [](const std::string& path) {
        struct stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        return status.st_mode & 0777;
    };
    CHECK(mode(dir.file("data")) == 0700);
    CHECK(mode(dir.file("data/sereno.db")) == 0600);
    CHECK(mode(dir.file("data/sereno.db-wal")) == 0600);
    CHECK(mode(dir.file("data/sereno.db.lock")) == 0600);
}
