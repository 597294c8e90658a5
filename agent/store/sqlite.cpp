#include "agent/store/sqlite.hpp"

#include <sqlite3.h>

#include <cstring>
#include <mutex>

namespace sereno {

namespace {

// Before SQLite's first use: no locks inside a connection (each is used by one thread at a time), no
// counters, and 64 small slots for short-lived objects instead of the 120 kB that a connection takes
// otherwise.
void configure_once() {
    static std::once_flag once;
    std::call_once(once, [] {
        sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 256, 64);
    });
}

// A path as an SQLite URI: '?', '#' and '%' must not be read as syntax.
std::string uri_of(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '?')
            uri += "%3f";
        else if (c == '#')
            uri += "%23";
        else if (c == '%')
            uri += "%25";
        else
            uri += c;
    }
    return uri + "?immutable=1";
}

}  // namespace

bool SqliteFault::is_of_the_rows() const {
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH:
        case SQLITE_TOOBIG:
        case SQLITE_RANGE:
        case SQLITE_ERROR:
        case SQLITE_MISUSE:
            return true;
        default:
            return false;
    }
}

bool SqliteFault::is_passing() const {
    const int primary = code & 0xff;
    return primary == SQLITE_FULL || primary == SQLITE_BUSY || primary == SQLITE_LOCKED ||
           primary == SQLITE_NOMEM;
}

bool SqliteFault::is_damage() const {
    const int primary = code & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

SqliteFault SqliteFault::damage(std::string what) {
    return {SQLITE_CORRUPT, std::move(what)};
}

SqliteFault SqliteFault::unreachable(std::string what) {
    return {SQLITE_CANTOPEN, std::move(what)};
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
    const int code = sqlite3_prepare_v3(database.handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
    check(code);
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

void Statement::check(int code) {
    if (code == SQLITE_OK || failed_) return;  // the first fault explains those that follow
    failed_ = true;
    database_.remember(code);
}

void Statement::bind(std::int64_t value) {
    check(sqlite3_bind_int64(statement_, next_++, value));
}

void Statement::bind(std::string_view value) {
    // SQLITE_TRANSIENT: the text is copied, for callers bind temporaries. Never NULL, also for an empty text.
    const char* data = value.data() == nullptr ? "" : value.data();
    check(sqlite3_bind_text(statement_, next_++, data, static_cast<int>(value.size()), SQLITE_TRANSIENT));
}

void Statement::bind(const std::optional<Stamp>& value) {
    if (value) return bind(*value);
    check(sqlite3_bind_null(statement_, next_++));
}

bool Statement::step() {
    if (failed_) return false;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) check(code);
    return false;
}

// Resetting ends the read transaction, without which the write-ahead log could never be emptied.
bool Statement::finish() {
    const bool well = !failed_;
    if (statement_ == nullptr) return false;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    failed_ = false;
    return well;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const {
    const auto* data = sqlite3_column_text(statement_, column);
    if (data == nullptr) return {};
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return {reinterpret_cast<const char*>(data), size};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::optional<Stamp> Statement::maybe_stamp(int column) const {
    if (is_null(column)) return std::nullopt;
    return stamp(column);
}

Database::Database(const std::string& path, Mode mode) {
    configure_once();
    const int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int code = SQLITE_OK;
    if (mode == Mode::read_write)
        code = sqlite3_open_v2(path.c_str(), &handle_, common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                               nullptr);
    else if (mode == Mode::read_only)
        code = sqlite3_open_v2(path.c_str(), &handle_, common | SQLITE_OPEN_READONLY, nullptr);
    else
        code = sqlite3_open_v2(uri_of(path).c_str(), &handle_,
                               common | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
    if (code != SQLITE_OK)
        remember(code);
    else
        sqlite3_busy_timeout(handle_, 2000);
}

Database::~Database() {
    statements_.clear();
    sqlite3_close_v2(handle_);
}

void Database::remember(int code) {
    const bool own = handle_ != nullptr && sqlite3_extended_errcode(handle_) == code;
    fault_ = {code, own ? sqlite3_errmsg(handle_) : sqlite3_errstr(code)};
    const int primary = code & 0xff;
    if (primary != SQLITE_IOERR && primary != SQLITE_CANTOPEN) return;
    // "disk I/O error" alone helps nobody; the extended code tells writing from synchronising from locking.
    const int system = handle_ == nullptr ? 0 : sqlite3_system_errno(handle_);
    fault_.what += " (" + (system != 0 ? std::strerror(system) : "SQLite code " + std::to_string(code)) + ")";
}

Statement& Database::prepared(std::string_view sql) {
    auto& statement = statements_[sql];
    if (statement && statement->usable()) return *statement;
    statement = std::make_unique<Statement>(*this, sql);
    return *statement;
}

bool Database::execute(std::string_view sql) {
    const std::string text{sql};
    const int code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) remember(code);
    return code == SQLITE_OK;
}

std::int64_t Database::number(std::string_view sql, std::int64_t otherwise) {
    Statement statement{*this, sql};
    bool first = true;
    const bool well = statement.each([&](const Statement& row) {
        if (first && !row.is_null(0)) otherwise = row.integer(0);
        first = false;
    });
    (void)well;  // remembered by fault()
    return otherwise;
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(handle_);
}
std::int64_t Database::last_id() const {
    return sqlite3_last_insert_rowid(handle_);
}

std::size_t Database::bytes_written() {
    constexpr std::size_t page = 4096;
    int pages = 0, unused = 0;
    sqlite3_db_status(handle_, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &unused, 1);
    return 2 * page * static_cast<std::size_t>(pages);
}

void Database::roll_back() {
    if (handle_ == nullptr || sqlite3_get_autocommit(handle_) != 0) return;
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace sereno
