// Durable delivery: what lies in the store leaves, in order, until it was accepted or must be given up.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "agent/loop/loop.hpp"
#include "alerting/channels/channel.hpp"

namespace sereno {

struct RetryRules {
    Micros first{2'000'000};       ///< wait after the first temporary failure; doubled each time, with jitter
    Micros most{300'000'000};      ///< never longer than this
    Micros give_up{86'400'000'000};  ///< this long after it was created: failed
};

/// Where the outbox keeps what it learns. `done(true)` once it is durable.
class OutboxLedger {
  public:
    virtual ~OutboxLedger() = default;
    virtual void keep(const OutboxMessage& message, std::function<void(bool)> done) = 0;
};

/// Order: messages of one incident to one recipient leave in the order of their ids, the next only when the one
/// before it was accepted or given up. A dead channel holds up no other.
class Outbox {
  public:
    Outbox(Loop& loop, OutboxLedger& ledger, std::vector<std::unique_ptr<Channel>> channels, RetryRules rules,
           std::function<void(const OutboxMessage&)> on_change);
    ~Outbox();

    /// Takes stored messages (with ids) and sends them. Also for what was restored at start.
    void add(std::vector<OutboxMessage> messages);
    [[nodiscard]] std::size_t waiting() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
