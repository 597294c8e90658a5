// What survives: decisions, incidents, the outbox and what was learned, in one SQLite file written by a
// thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/loop/loop.hpp"
#include "agent/model/fact.hpp"
#include "agent/model/incident.hpp"
#include "agent/model/message.hpp"
#include "agent/model/verdict.hpp"

namespace sereno {

/// Rows that become true together or not at all.
struct StoreBatch {
    std::vector<DecisionRecord> decisions;
    std::vector<Incident> incidents;      ///< inserted or replaced by id
    std::vector<OutboxMessage> messages;  ///< inserted under their ids, or new ones when empty; one whose
                                          ///< message_key exists already is left out
    [[nodiscard]] bool empty() const { return decisions.empty() && incidents.empty() && messages.empty(); }
};

/// What earlier runs left.
struct Restored {
    std::vector<Incident> unfinished;       ///< oldest first
    std::vector<Incident> recent;           ///< closed, newest first, at most 20
    std::vector<OutboxMessage> waiting;     ///< oldest first, at most 1,000; Store::waiting() has the others
    std::vector<DecisionRecord> decisions;  ///< newest first, at most 50
    std::vector<Fact> facts;                ///< newest first, at most 4,096
    std::uint64_t last_decision = 0;
    IncidentId last_incident;
    MessageId last_message;
    Stamp latest;  ///< the latest stamp of anything that happened (not of plans); the timeline must go on
                   ///< after it
};

struct StoreError {
    std::string what;  ///< "/var/lib/sereno/sereno.db: database or disk is full"
};

/// Opened on a file that is locked or of a later version, it says so and what to do. A corrupt file is
/// renamed to `<name>.corrupt-<time>` and a new one begun: alerting goes on.
class Store {
  public:
    /// Reads what is left; blocks. Throws std::runtime_error with the remedy when the directory cannot be
    /// used.
    static std::unique_ptr<Store> open(const std::string& path, std::string& warning);
    /// Finishes what was queued, as far as the disk takes it, then joins the thread. Callbacks that were not
    /// called by then never are.
    ~Store();

    [[nodiscard]] const Restored& restored() const;

    /// From now on, callbacks arrive through `loop`, which must outlive the store. Must be called once,
    /// before any of the following.
    void attach(Loop& loop);

    /// Writes in the order of calls, each batch in one durable transaction (synchronous=FULL). `done` comes
    /// from the loop, with the ids given to new messages (MessageId of those inserted, in order; 0 for those
    /// left out) or an error. A batch that failed (disk full) is kept and tried again every few seconds until
    /// it succeeds; `done` comes once, when it has; `on_trouble` is told each time the state changes. At most
    /// 10,000 batches wait; beyond, `done` gets an error. So it does at once for rows that no table takes.
    void commit(StoreBatch batch,
                std::function<void(std::vector<MessageId>, std::optional<StoreError>)> done);

    /// Keeps a message's state, attempts, next_try, done and last_word. In one order with commit().
    void update(OutboxMessage message, std::function<void(std::optional<StoreError>)> done);

    /// Keeps the newest of each kind and key, and of all the 4,096 newest. Not at once, for the disk's sake:
    /// gathered for a minute, and for longer while facts change so much that 4 MB a day would not do; at the
    /// latest when the store goes. A crash loses no more than that. At most 4,096 wait; beyond, new keys are
    /// dropped.
    void remember(Fact fact);

    /// An empty error: all is well again.
    void on_trouble(std::function<void(std::optional<StoreError>)> callback);

    /// At or after `since`, oldest first. Reads see every commit that was reported; at most 100 reads wait,
    /// beyond and while the file cannot be read the answer is empty.
    void decisions(Stamp since, std::size_t limit, std::function<void(std::vector<DecisionRecord>)> done);
    /// Newest first.
    void incidents(std::size_t limit, std::function<void(std::vector<Incident>)> done);
    /// Messages of a channel that wait, with numbers above `after`, lowest first. Empty optional: could not
    /// be read.
    void waiting(std::string channel, MessageId after, std::size_t limit,
                 std::function<void(std::optional<std::vector<OutboxMessage>>)> done);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    explicit Store(std::unique_ptr<Impl> impl);
};

/// For commands: reads a database that a daemon may be writing. Throws std::runtime_error with the remedy.
/// All lists are oldest first.
std::vector<DecisionRecord> read_decisions(const std::string& path, Stamp since);  ///< at or after `since`
std::vector<OutboxMessage> read_messages(const std::string& path);
std::vector<Incident> read_incidents(const std::string& path);
/// What a daemon has learned, in no order; empty when there is no such file or it cannot be read.
std::vector<Fact> learned_facts(const std::string& path);

}  // namespace sereno
