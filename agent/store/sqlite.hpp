// SQLite's C interface with owners and without exceptions: a failure is remembered by the connection and ends
// the loop over rows.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/model/time.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace sereno {

struct SqliteFault {
    int code = 0;  ///< extended result code (sqlite.org/rescode.html); 0: none
    std::string what;

    /// Neither the disk nor the file is at fault: the same rows will be refused again.
    [[nodiscard]] bool is_of_the_rows() const;
    /// Space or patience is short; the connection itself is sound.
    [[nodiscard]] bool is_passing() const;
    /// The file is damaged or is no database.
    [[nodiscard]] bool is_damage() const;
    /// A damaged file that SQLite itself did not stumble over.
    [[nodiscard]] static SqliteFault damage(std::string what);
    /// The file's place cannot be used.
    [[nodiscard]] static SqliteFault unreachable(std::string what);
};

class Database;

/// A prepared statement; belongs to its Database.
class Statement {
  public:
    Statement(Database& database, std::string_view sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Binds all parameters, in order.
    template <class... Values>
    Statement& with(const Values&... values) {
        next_ = 1;
        (bind(values), ...);
        return *this;
    }

    /// Runs it and calls `row` for each row. False on failure: Database::fault() says which.
    template <class Row>
    [[nodiscard]] bool each(Row row) {
        while (step())
            row(*this);
        return finish();
    }
    [[nodiscard]] bool run() {
        return each([](const Statement&) {});
    }

    /// False when it could not be prepared.
    [[nodiscard]] bool usable() const { return statement_ != nullptr; }

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] Stamp stamp(int column) const { return Stamp{Micros{integer(column)}}; }
    [[nodiscard]] std::optional<Stamp> maybe_stamp(int column) const;

  private:
    void bind(std::int64_t value);
    void bind(std::string_view value);
    void bind(Stamp value) { bind(std::int64_t{value.time_since_epoch().count()}); }
    void bind(const std::optional<Stamp>& value);
    void check(int code);
    [[nodiscard]] bool step();
    [[nodiscard]] bool finish();

    Database& database_;
    sqlite3_stmt* statement_ = nullptr;
    int next_ = 1;
    bool failed_ = false;
};

/// One connection. Used by one thread at a time.
class Database {
  public:
    enum class Mode { read_write, read_only, immutable };

    /// Opens or begins the file; after a failure fault() is set and nothing else may be called.
    Database(const std::string& path, Mode mode);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// The statement of this text, prepared once. `sql` must outlive the Database (a literal).
    Statement& prepared(std::string_view sql);
    /// Runs statements that are used once; their rows are thrown away.
    [[nodiscard]] bool execute(std::string_view sql);
    /// The first column of the first row; `otherwise` when there is none. A failure sets fault().
    [[nodiscard]] std::int64_t number(std::string_view sql, std::int64_t otherwise = 0);

    /// Changed rows of the last insert, update or delete.
    [[nodiscard]] std::int64_t changes() const;
    [[nodiscard]] std::int64_t last_id() const;
    /// Bytes that this connection handed to the disk since the last call: each page goes to the log, and from
    /// there, later, to the file.
    [[nodiscard]] std::size_t bytes_written();
    /// Ends a transaction that a failure left open, if there is one.
    void roll_back();

    [[nodiscard]] const SqliteFault& fault() const { return fault_; }
    void forget_fault() { fault_ = {}; }

  private:
    friend class Statement;
    void remember(int code);

    sqlite3* handle_ = nullptr;
    SqliteFault fault_;
    std::map<std::string_view, std::unique_ptr<Statement>> statements_;
};

}  // namespace sereno
