#include "agent/store/writer.hpp"

#include <algorithm>

#include "agent/store/rows.hpp"

namespace sereno {

namespace {

using Signed = std::int64_t;

constexpr Signed restored_decisions = 50;
constexpr Signed restored_closed = 20;
constexpr Signed restored_unfinished = 1'000;
constexpr Signed restored_waiting = 1'000;
constexpr Signed rows_a_step = 200;

std::string select(std::string_view columns, std::string_view rest) {
    return "SELECT " + std::string{columns} + " FROM " + std::string{rest};
}

template <class Row>
struct Reading {
    std::vector<Row> rows;
    std::size_t unreadable = 0;
    bool well = true;
};

// Reads of this kind are rare; their statements are prepared each time.
template <class Row, class... Values>
Reading<Row> read(Database& database, const std::string& sql, std::optional<Row> (*row_in)(const Statement&),
                  const Values&... values) {
    Reading<Row> reading;
    Statement statement{database, sql};
    reading.well = statement.with(values...).each([&](const Statement& row) {
        if (auto value = row_in(row))
            reading.rows.push_back(std::move(*value));
        else
            ++reading.unreadable;
    });
    return reading;
}

// The newest stamp of what is finished and of what began; each part is the end of an index, but for the few
// facts. next_try is left out: it is a plan, and the timeline must not run ahead of the clock because of one.
constexpr std::string_view latest_stamp = R"(
    SELECT max(
        coalesce((SELECT max(at) FROM decisions), 0),
        coalesce((SELECT max(max(suspected, coalesce(opened, 0), coalesce(recovering, 0)))
                  FROM incidents WHERE state <> 'closed'), 0),
        coalesce((SELECT max(closed) FROM incidents WHERE state = 'closed'), 0),
        coalesce((SELECT max(created) FROM messages), 0),
        coalesce((SELECT max(done) FROM messages WHERE done IS NOT NULL), 0),
        coalesce((SELECT max(seen) FROM facts), 0)))";

std::uint64_t highest(Database& database, const char* table) {
    return static_cast<std::uint64_t>(
        database.number("SELECT seq FROM sqlite_sequence WHERE name = '" + std::string{table} + "'"));
}

// A subject can be seen well after the incident's own last step.
Stamp latest_of(const std::vector<Incident>& incidents, Stamp latest) {
    for (const Incident& incident : incidents) {
        for (const IncidentSubject& subject : incident.subjects) {
            latest = std::max(latest, subject.since);
            if (subject.over) latest = std::max(latest, *subject.over);
            for (const LayerTimeline& layer : subject.layers)
                latest = std::max(latest, layer.since);
        }
    }
    return latest;
}

}  // namespace

Writer::Writer(std::string path, std::unique_ptr<Database> database)
    : path_(std::move(path)), database_(std::move(database)) {
    told_ = highest(*database_, "messages");
}

std::optional<Restored> Writer::restore(std::size_t& unreadable) {
    Restored restored;
    unreadable = 0;
    const auto take = [&](auto& into, auto reading) {
        into = std::move(reading.rows);
        unreadable += reading.unreadable;
        return reading.well;
    };
    auto& db = *database_;
    const bool well =
        take(restored.unfinished,
             read(db, select(incident_columns, "incidents WHERE state <> 'closed' ORDER BY id LIMIT ?"),
                  incident_in, restored_unfinished)) &&
        take(restored.recent, read(db,
                                   select(incident_columns,
                                          "incidents WHERE state = 'closed' AND opened IS NOT NULL ORDER BY "
                                          "closed DESC, id DESC LIMIT ?"),
                                   incident_in, restored_closed)) &&
        take(restored.waiting,
             read(db, select(message_columns, "messages WHERE state = 'waiting' ORDER BY id LIMIT ?"),
                  message_in, restored_waiting)) &&
        take(restored.decisions,
             read(db, select(decision_columns, "decisions ORDER BY sequence DESC LIMIT ?"), decision_in,
                  restored_decisions)) &&
        take(restored.facts, read(db, select(fact_columns, "facts ORDER BY seen DESC, kind, key LIMIT ?"),
                                  fact_in, facts_at_most));
    restored.last_decision = highest(db, "decisions");
    restored.last_incident.value = highest(db, "incidents");
    restored.last_message.value = highest(db, "messages");
    restored.latest = Stamp{Micros{db.number(latest_stamp)}};
    restored.latest = latest_of(restored.recent, latest_of(restored.unfinished, restored.latest));
    if (!settle(well && db.fault().code == 0)) return std::nullopt;
    return restored;
}

bool Writer::ready() {
    if (database_) return true;
    begin_anew();
    return database_ != nullptr;
}

// Takes the connection's fault over and leaves the connection usable.
bool Writer::settle(bool well) {
    if (well) {
        fault_ = {};
        return true;
    }
    fault_ = database_->fault();
    database_->roll_back();
    database_->forget_fault();
    return false;
}

bool Writer::insert(const std::vector<OutboxMessage>& messages, std::vector<MessageId>& ids) {
    for (const OutboxMessage& message : messages) {
        if (!insert_message(*database_, message)) return false;
        if (database_->changes() > 0) {
            ids.push_back(MessageId{static_cast<std::uint64_t>(database_->last_id())});
            continue;
        }
        // Its key exists. A number that nobody was told of is from an earlier try of this very batch, whose
        // commit reported a failure after it had reached the disk; unless the batch holds the key twice.
        MessageId known;
        const bool read = database_->prepared("SELECT id FROM messages WHERE message_key = ?")
                              .with(message_key(message))
                              .each([&](const Statement& row) {
                                  known.value = static_cast<std::uint64_t>(row.integer(0));
                              });
        if (!read) return false;
        const bool ours = message.id.empty()
                              ? known.value > told_ && std::find(ids.begin(), ids.end(), known) == ids.end()
                              : known == message.id;
        ids.push_back(ours ? known : MessageId{});
    }
    return true;
}

bool Writer::write(const StoreBatch& batch, std::vector<MessageId>& ids) {
    if (!ready()) return false;
    ids.clear();
    auto& db = *database_;
    const bool well = db.prepared("BEGIN IMMEDIATE").run() &&
                      std::all_of(batch.decisions.begin(), batch.decisions.end(),
                                  [&](const DecisionRecord& record) { return put_decision(db, record); }) &&
                      std::all_of(batch.incidents.begin(), batch.incidents.end(),
                                  [&](const Incident& incident) { return put_incident(db, incident); }) &&
                      insert(batch.messages, ids) && db.prepared("COMMIT").run();
    if (!settle(well)) {
        ids.clear();
        return false;
    }
    for (const MessageId id : ids)
        told_ = std::max(told_, id.value);
    return true;
}

bool Writer::write(const OutboxMessage& progress) {
    if (!ready()) return false;
    if (!settle(put_progress(*database_, progress))) return false;
    told_ = std::max(told_, progress.id.value);
    return true;
}

bool Writer::write(const std::vector<Fact>& facts, std::size_t& bytes) {
    bytes = 0;
    if (!ready()) return false;
    auto& db = *database_;
    (void)db.bytes_written();
    const bool well =
        db.prepared("BEGIN IMMEDIATE").run() &&
        std::all_of(facts.begin(), facts.end(), [&](const Fact& fact) { return put_fact(db, fact); }) &&
        db.prepared(
              "DELETE FROM facts WHERE (kind, key) IN"
              " (SELECT kind, key FROM facts ORDER BY seen DESC, kind, key LIMIT -1 OFFSET ?)")
            .with(facts_at_most)
            .run() &&
        db.prepared("COMMIT").run();
    bytes = db.bytes_written();
    return settle(well);
}

std::vector<DecisionRecord> Writer::decisions(Stamp since, std::size_t limit) {
    if (!ready()) return {};
    auto reading =
        read(*database_, select(decision_columns, "decisions WHERE at >= ? ORDER BY at, sequence LIMIT ?"),
             decision_in, since, static_cast<Signed>(limit));
    if (!settle(reading.well)) return {};
    return std::move(reading.rows);
}

std::vector<Incident> Writer::incidents(std::size_t limit) {
    if (!ready()) return {};
    auto reading = read(*database_, select(incident_columns, "incidents ORDER BY id DESC LIMIT ?"),
                        incident_in, static_cast<Signed>(limit));
    if (!settle(reading.well)) return {};
    return std::move(reading.rows);
}

std::optional<std::vector<OutboxMessage>> Writer::waiting(const std::string& channel, MessageId after,
                                                          std::size_t limit) {
    if (!ready()) return std::nullopt;
    auto reading =
        read(*database_,
             select(message_columns,
                    "messages WHERE state = 'waiting' AND channel = ? AND id > ? ORDER BY id LIMIT ?"),
             message_in, channel, static_cast<Signed>(after.value), static_cast<Signed>(limit));
    if (!settle(reading.well)) return std::nullopt;
    return std::move(reading.rows);
}

bool Writer::tidy() {
    if (!database_) return false;
    auto& db = *database_;
    const Stamp before = Stamp{Micros{db.number(latest_stamp)}} - kept_for;
    // Too old, then too many. Each deletes at most one step's rows, all of them finished.
    const auto too_old = [&](std::string_view sql) {
        return db.prepared(sql).with(before, rows_a_step).run();
    };
    const auto too_many = [&](std::string_view sql) {
        return db.prepared(sql).with(kept_at_most, rows_a_step).run();
    };
    Signed deleted = 0;
    const auto counted = [&](bool well) {
        if (well) deleted += db.changes();
        return well;
    };
    const bool well =
        db.fault().code == 0 &&
        counted(too_old("DELETE FROM decisions WHERE sequence IN"
                        " (SELECT sequence FROM decisions WHERE at < ? ORDER BY at LIMIT ?)")) &&
        counted(too_old(
            "DELETE FROM incidents WHERE id IN"
            " (SELECT id FROM incidents WHERE state = 'closed' AND closed < ? ORDER BY closed LIMIT ?)")) &&
        counted(too_old("DELETE FROM messages WHERE id IN"
                        " (SELECT id FROM messages WHERE state <> 'waiting' AND created < ? ORDER BY created "
                        "LIMIT ?)")) &&
        counted(too_many(
            "DELETE FROM decisions WHERE sequence IN (SELECT sequence FROM decisions WHERE sequence <="
            " (SELECT sequence FROM decisions ORDER BY sequence DESC LIMIT 1 OFFSET ?)"
            " ORDER BY sequence LIMIT ?)")) &&
        counted(too_many(
            "DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE state = 'closed' AND id <="
            " (SELECT id FROM incidents ORDER BY id DESC LIMIT 1 OFFSET ?) ORDER BY id LIMIT ?)")) &&
        counted(too_many(
            "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE state <> 'waiting' AND id <="
            " (SELECT id FROM messages ORDER BY id DESC LIMIT 1 OFFSET ?) ORDER BY id LIMIT ?)"));
    return settle(well) && deleted > 0;
}

std::string Writer::begin_anew() {
    const bool damaged = fault_.is_damage();
    database_.reset();
    std::string aside;
    try {
        prepare_place(path_);
        if (damaged) aside = set_aside(path_);
        if (damaged) prepare_place(path_);
    } catch (const std::exception& error) {
        if (!damaged) fault_ = SqliteFault::unreachable(error.what());
        return {};
    }
    Opened opened = open_for_writing(path_);
    if (!opened.database) {
        fault_ = opened.later_or_foreign.empty() ? opened.fault
                                                 : SqliteFault::unreachable(opened.later_or_foreign);
        return aside;
    }
    database_ = std::move(opened.database);
    // A new file must not give out numbers again that this run knows already.
    if (highest(*database_, "messages") >= told_) return aside;
    const bool seeded = database_->execute("DELETE FROM sqlite_sequence WHERE name = 'messages'") &&
                        database_->prepared("INSERT INTO sqlite_sequence (name, seq) VALUES ('messages', ?)")
                            .with(static_cast<Signed>(told_))
                            .run();
    if (!settle(seeded)) database_.reset();
    return aside;
}

}  // namespace sereno
