// Durable delivery: what lies in the store leaves, in order, until it was accepted or must be given up.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/loop/loop.hpp"
#include "alerting/channels/channel.hpp"

namespace sereno {

struct RetryRules {
    Micros first{2'000'000};   ///< wait after the first temporary failure; doubled each time, with jitter
    Micros most{300'000'000};  ///< never longer than this
    Micros give_up{86'400'000'000};  ///< this long after it was created: failed
};

/// Where the messages lie. Calls take effect in their order.
class OutboxLedger {
  public:
    virtual ~OutboxLedger() = default;
    /// `done(true)` once it is durable; `done(false)` when it cannot be kept: asked again.
    virtual void keep(const OutboxMessage& message, std::function<void(bool)> done) = 0;
    /// Messages of this channel that wait, with numbers above `after`, lowest first, at most `limit`. An
    /// empty optional: they cannot be read now; asked again.
    virtual void waiting(const std::string& channel, MessageId after, std::size_t limit,
                         std::function<void(std::optional<std::vector<OutboxMessage>>)> done) = 0;
};

/// Order: messages of one incident to one recipient leave in the order of their ids, the next only when the
/// one before it was accepted or given up, and the ledger knows. A dead channel holds up no other: each has
/// its own queue and at most two messages under way.
///
/// A message that was accepted is not sent again in this run, also when the ledger cannot keep it yet. After
/// a crash between acceptance and keeping it is sent once more: at least once, never lost.
///
/// Memory: at most 200 messages a channel; the others stay in the ledger until there is room.
class Outbox {
  public:
    /// Begins with what waits in the ledger. `on_change` is called from the loop: after each temporary
    /// failure, and when a message is sent or failed and the ledger knows.
    Outbox(Loop& loop, OutboxLedger& ledger, std::vector<std::unique_ptr<Channel>> channels, RetryRules rules,
           std::function<void(const OutboxMessage&)> on_change);
    ~Outbox();  ///< cancels what is under way; it is sent in the next run

    /// New messages that the ledger has, with their ids, in the order of the ids. Repeats do no harm. Give it
    /// also what was restored at start: so messages for channels that are no longer configured are known;
    /// they wait, and are given up in the end.
    void add(std::vector<OutboxMessage> messages);
    /// Messages in memory that are not finished.
    [[nodiscard]] std::size_t waiting() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// How long to wait after this many failures: doubled each time up to `most`, less up to a quarter that
/// depends on the message and the attempt, so that messages that failed together do not return together. The
/// same every time.
Micros retry_delay(const RetryRules& rules, MessageId id, int attempts);

}  // namespace sereno
