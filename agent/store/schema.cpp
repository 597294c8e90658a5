#include "agent/store/schema.hpp"

#include <array>

namespace sereno {

namespace {

// "sere" in ASCII: tells our files from other programs' (sqlite.org/pragma.html#pragma_application_id).
constexpr std::int64_t application_id = 0x73657265;

// One entry a version; an entry that was released never changes.
//
// AUTOINCREMENT keeps the highest number ever used, also when the row is long deleted: numbers are not used
// again. No table refers to another: after a damaged file was set aside, messages of an incident that only
// the old file knew must still be storable. Times are microseconds since 1970 on the agent's timeline. A
// fact's values are a JSON list of texts ("values" is a keyword of SQL). Since version 4 a subject in
// incidents.subjects may say what its layers did.
constexpr std::array<std::string_view, 4> migrations{R"(
CREATE TABLE decisions (
    sequence            INTEGER PRIMARY KEY AUTOINCREMENT,
    at                  INTEGER NOT NULL,
    since               INTEGER NOT NULL,
    subject             TEXT NOT NULL,
    decision            TEXT NOT NULL,
    cause               TEXT NOT NULL,
    scope               TEXT NOT NULL,
    confidence_permille INTEGER NOT NULL CHECK (confidence_permille BETWEEN 0 AND 1000),
    this_host_alone     INTEGER NOT NULL CHECK (this_host_alone IN (0, 1)),
    incident            INTEGER NOT NULL,
    evidence            TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_by_time ON decisions (at, sequence);

CREATE TABLE incidents (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    kind                TEXT NOT NULL,
    state               TEXT NOT NULL,
    key                 TEXT NOT NULL,
    title               TEXT NOT NULL,
    subjects            TEXT NOT NULL,
    decision            TEXT NOT NULL,
    cause               TEXT NOT NULL,
    confidence_permille INTEGER NOT NULL CHECK (confidence_permille BETWEEN 0 AND 1000),
    this_host_alone     INTEGER NOT NULL CHECK (this_host_alone IN (0, 1)),
    evidence            TEXT NOT NULL,
    suspected           INTEGER NOT NULL,
    opened              INTEGER,
    recovering          INTEGER,
    closed              INTEGER
) STRICT;
CREATE INDEX incidents_unfinished ON incidents (id) WHERE state <> 'closed';
CREATE INDEX incidents_closed ON incidents (closed) WHERE state = 'closed';

CREATE TABLE messages (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    message_key         TEXT NOT NULL UNIQUE,
    incident            INTEGER NOT NULL,
    kind                TEXT NOT NULL,
    person              TEXT NOT NULL,
    language            TEXT NOT NULL,
    channel             TEXT NOT NULL,
    address             TEXT NOT NULL,
    subject             TEXT NOT NULL,
    body                TEXT NOT NULL,
    created             INTEGER NOT NULL,
    state               TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts            INTEGER NOT NULL,
    next_try            INTEGER NOT NULL,
    done                INTEGER,
    last_word           TEXT NOT NULL
) STRICT;
CREATE INDEX messages_waiting ON messages (channel, id) WHERE state = 'waiting';
CREATE INDEX messages_created ON messages (created);
CREATE INDEX messages_done ON messages (done) WHERE done IS NOT NULL;
)",
                                                     R"(
CREATE TABLE facts (
    kind                TEXT NOT NULL,
    key                 TEXT NOT NULL,
    known_values        TEXT NOT NULL,
    seen                INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
)",
                                                     R"(
ALTER TABLE incidents ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0 CHECK (quiet IN (0, 1));
)",
                                                     R"(
ALTER TABLE decisions ADD COLUMN ruled_out TEXT NOT NULL DEFAULT '[]';
ALTER TABLE decisions ADD COLUMN would_settle TEXT NOT NULL DEFAULT '[]';
ALTER TABLE decisions ADD COLUMN shared_fate TEXT NOT NULL DEFAULT '';
)"};

}  // namespace

int schema_version() {
    return static_cast<int>(migrations.size());
}

SchemaState inspect_schema(Database& database) {
    const auto version = database.number("PRAGMA user_version");
    const auto owner = database.number("PRAGMA application_id");
    const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
    if (database.fault().code != 0) return SchemaState::failed;
    if (tables == 0 && version == 0) return SchemaState::empty;
    if (owner != application_id) return SchemaState::foreign;
    if (version > schema_version()) return SchemaState::later;
    return version == schema_version() ? SchemaState::ready : SchemaState::older;
}

bool migrate(Database& database) {
    auto version = static_cast<std::size_t>(database.number("PRAGMA user_version"));
    if (database.fault().code != 0) return false;
    for (; version < migrations.size(); ++version) {
        const std::string script = "BEGIN IMMEDIATE;" + std::string{migrations[version]} +
                                   "PRAGMA application_id = " + std::to_string(application_id) + ";" +
                                   "PRAGMA user_version = " + std::to_string(version + 1) + ";COMMIT;";
        if (database.execute(script)) continue;
        database.roll_back();
        return false;
    }
    return true;
}

bool prepare_for_writing(Database& database) {
    // synchronous=FULL: in WAL mode each commit reaches the disk before it is reported (sqlite.org/wal.html).
    // 256 kB of cache and no memory map: the daemon has 20 MB for everything. A checkpoint every 256 pages
    // keeps the log near 1 MB. foreign_keys is off by default; a later version's tables may rely on it.
    return database.execute(R"(
        PRAGMA cache_size = -256;
        PRAGMA mmap_size = 0;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 256;
        PRAGMA journal_size_limit = 1048576;
        PRAGMA foreign_keys = ON;
        PRAGMA trusted_schema = OFF;
    )");
}

}  // namespace sereno
