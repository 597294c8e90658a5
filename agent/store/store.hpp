// What survives: decisions, incidents and the outbox, in one SQLite file written by a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/loop/loop.hpp"
#include "agent/model/incident.hpp"
#include "agent/model/message.hpp"
#include "agent/model/verdict.hpp"

namespace sereno {

/// Rows that become true together or not at all.
struct StoreBatch {
    std::vector<DecisionRecord> decisions;
    std::vector<Incident> incidents;       ///< inserted or replaced by id
    std::vector<OutboxMessage> messages;   ///< inserted; one whose message_key exists already is left out
    [[nodiscard]] bool empty() const { return decisions.empty() && incidents.empty() && messages.empty(); }
};

/// What earlier runs left.
struct Restored {
    std::vector<Incident> unfinished;          ///< oldest first
    std::vector<Incident> recent;              ///< closed, newest first, at most 20
    std::vector<OutboxMessage> waiting;        ///< oldest first
    std::vector<DecisionRecord> decisions;     ///< newest first, at most 50
    std::uint64_t last_decision = 0;
    IncidentId last_incident;
    Stamp latest;                              ///< the latest stamp of any row; the timeline must go on after it
};

struct StoreError {
    std::string what;    ///< "/var/lib/sereno/sereno.db: database or disk is full"
};

/// Opened on a file that is locked, corrupt or of a later version, it says so and what to do. A corrupt file is
/// renamed to `<name>.corrupt-<time>` and a new one begun: alerting goes on.
class Store {
  public:
    /// Reads what is left; blocks. Throws std::runtime_error with the remedy when the directory cannot be used.
    static std::unique_ptr<Store> open(const std::string& path, std::string& warning);
    ~Store();  ///< finishes what was queued, then joins the thread

    [[nodiscard]] const Restored& restored() const;

    /// From now on, callbacks arrive through `loop`. Must be called once, before any of the following.
    void attach(Loop& loop);

    /// Writes in the order of calls, each batch in one durable transaction (synchronous=FULL). `done` comes from the loop, with the ids
    /// given to new messages (MessageId of those inserted, in order; 0 for those left out) or an error. A batch
    /// that failed (disk full) is kept and tried again every few seconds until it succeeds; `done` comes once,
    /// when it has; `on_trouble` is told each time the state changes. At most 10,000 batches wait; beyond, `done` gets an error.
    void commit(StoreBatch batch, std::function<void(std::vector<MessageId>, std::optional<StoreError>)> done);

    /// Keeps a message's state, attempts, next_try, done and last_word.
    void update(OutboxMessage message, std::function<void(std::optional<StoreError>)> done);

    /// An empty error: all is well again.
    void on_trouble(std::function<void(std::optional<StoreError>)> callback);

    void decisions(Stamp since, std::size_t limit, std::function<void(std::vector<DecisionRecord>)> done);
    void incidents(std::size_t limit, std::function<void(std::vector<Incident>)> done);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    explicit Store(std::unique_ptr<Impl> impl);
};

/// For commands: reads a database that a daemon may be writing. Throws std::runtime_error with the remedy.
/// Oldest first, those at or after `since`.
std::vector<DecisionRecord> read_decisions(const std::string& path, Stamp since);
std::vector<OutboxMessage> read_messages(const std::string& path);
std::vector<Incident> read_incidents(const std::string& path);

}  // namespace sereno
