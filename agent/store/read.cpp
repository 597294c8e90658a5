// Reading for commands, beside a daemon that may be writing.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "agent/log.hpp"
#include "agent/store/rows.hpp"
#include "agent/store/schema.hpp"
#include "agent/store/store.hpp"

namespace sereno {

namespace {

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

void must_be_readable(const std::string& path) {
    if (::access(path.c_str(), R_OK) == 0) return;
    if (errno == ENOENT || errno == ENOTDIR)
        throw std::runtime_error("there is no " + path +
                                 " yet; start 'sereno run' first, or name its configuration file");
    throw std::runtime_error("cannot read " + path + ": " + std::strerror(errno) +
                             "; run this command as the user that sereno runs as");
}

[[noreturn]] void cannot_read(const std::string& path, const SqliteFault& fault) {
    const char* remedy = fault.is_damage()
                             ? "start 'sereno run', which keeps the damaged file aside and begins a new one"
                             : "run this command as the user that sereno runs as";
    throw std::runtime_error("cannot read " + path + ": " + fault.what + "; " + remedy);
}

// False: nothing was ever written.
bool holds_tables(Database& database, const std::string& path) {
    switch (inspect_schema(database)) {
        case SchemaState::ready:
            return true;
        case SchemaState::empty:
            return false;
        case SchemaState::older:
            throw std::runtime_error(path +
                                     " was written by an earlier version of sereno; start 'sereno run' once, "
                                     "which brings it up to date");
        case SchemaState::later:
            throw std::runtime_error(path +
                                     " was written by a later version of sereno; use that version's command");
        case SchemaState::foreign:
            throw std::runtime_error(path +
                                     " is another program's database; name the configuration file of sereno");
        case SchemaState::failed:
            break;
    }
    cannot_read(path, database.fault());
}

// In WAL mode a reader takes part in the -shm file. Where it may not create one and no writer has left a log,
// the file alone is complete and can be read as one that nobody changes (sqlite.org/wal.html#readonly).
std::unique_ptr<Database> open_for_reading(const std::string& path) {
    must_be_readable(path);
    auto database = std::make_unique<Database>(path, Database::Mode::read_only);
    (void)database->number("SELECT count(*) FROM sqlite_schema");
    if (database->fault().code != 0 && !database->fault().is_damage() && !exists(path + "-wal"))
        database = std::make_unique<Database>(path, Database::Mode::immutable);
    if (database->fault().code != 0) cannot_read(path, database->fault());
    return database;
}

template <class Row, class... Values>
std::vector<Row> read_all(const std::string& path, const std::string& sql,
                          std::optional<Row> (*row_in)(const Statement&), const Values&... values) {
    const auto database = open_for_reading(path);
    if (!holds_tables(*database, path)) return {};
    std::vector<Row> rows;
    Statement statement{*database, sql};
    const bool well = statement.with(values...).each([&](const Statement& row) {
        if (auto value = row_in(row)) rows.push_back(std::move(*value));
    });
    if (!well) cannot_read(path, database->fault());
    return rows;
}

}  // namespace

std::vector<DecisionRecord> read_decisions(const std::string& path, Stamp since) {
    return read_all(
        path,
        "SELECT " + std::string{decision_columns} + " FROM decisions WHERE at >= ? ORDER BY at, sequence",
        decision_in, since);
}

std::vector<OutboxMessage> read_messages(const std::string& path) {
    return read_all(path, "SELECT " + std::string{message_columns} + " FROM messages ORDER BY id",
                    message_in);
}

std::vector<Incident> read_incidents(const std::string& path) {
    return read_all(path, "SELECT " + std::string{incident_columns} + " FROM incidents ORDER BY id",
                    incident_in);
}

std::vector<Fact> learned_facts(const std::string& path) {
    if (!exists(path)) return {};
    try {
        return read_all(path, "SELECT " + std::string{fact_columns} + " FROM facts", fact_in);
    } catch (const std::runtime_error& error) {
        log::debug("nothing is remembered: " + std::string{error.what()});
        return {};
    }
}

}  // namespace sereno
