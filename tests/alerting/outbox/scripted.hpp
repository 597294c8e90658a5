// A channel that does as told, and a ledger in memory.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "alerting/outbox.hpp"
#include "tests/agent/store/fixtures.hpp"

namespace sereno::test {

/// Answers each attempt with the next line of the address's script, later ones with "accepted". A script that
/// says `silent` never answers.
class ScriptedChannel : public Channel {
  public:
    struct Line {
        DeliveryAttempt attempt;
        bool silent = false;
    };
    struct Attempt {
        MessageId message;
        std::string address;
        Stamp at;
    };
    /// What the channel did; outlives it.
    struct Log {
        std::vector<Attempt> attempts;
        int under_way = 0, most_under_way = 0;
        [[nodiscard]] std::vector<std::uint64_t> ids() const {
            std::vector<std::uint64_t> ids;
            for (const Attempt& attempt : attempts)
                ids.push_back(attempt.message.value);
            return ids;
        }
    };

    ScriptedChannel(Loop& loop, std::string id, Log& log, Micros takes = Micros{1'000})
        : loop_(loop), id_(std::move(id)), log_(log), takes_(takes) {}

    const std::string& id() const override { return id_; }
    std::unique_ptr<Sending> send(const OutboxMessage& message,
                                  std::function<void(DeliveryAttempt)> done) override {
        log_.attempts.push_back({message.id, message.recipient.address, loop_.now()});
        log_.most_under_way = std::max(log_.most_under_way, ++log_.under_way);
        Line line{{Acceptance::accepted, "250 OK", Micros{0}}, false};
        auto& script = scripts[message.recipient.address];
        if (!script.empty()) {
            line = script.front();
            script.pop_front();
        }
        auto sending = std::make_unique<Timed>(log_);
        if (!line.silent) sending->timer = loop_.after(takes_, [done, line] { done(line.attempt); });
        return sending;
    }

    std::map<std::string, std::deque<Line>> scripts;

  private:
    struct Timed : Sending {
        explicit Timed(Log& l) : log(l) {}
        ~Timed() override { --log.under_way; }
        Log& log;
        Loop::Timer timer;
    };
    Loop& loop_;
    std::string id_;
    Log& log_;
    Micros takes_;
};

inline ScriptedChannel::Line temporary(Micros retry_after = Micros{0}) {
    return {{Acceptance::temporary, "450 later", retry_after}, false};
}
inline ScriptedChannel::Line permanent() {
    return {{Acceptance::permanent, "550 no such user", Micros{0}}, false};
}
inline ScriptedChannel::Line silent() {
    return {{}, true};
}

class MemoryLedger : public OutboxLedger {
  public:
    explicit MemoryLedger(Loop& loop) : loop_(loop) {}

    void keep(const OutboxMessage& message, std::function<void(bool)> done) override {
        ++keeps;
        const bool well = !refuses;
        if (well) rows[message.id] = message;
        loop_.post([done = std::move(done), well] { done(well); });
    }
    void waiting(const std::string& channel, MessageId after, std::size_t limit,
                 std::function<void(std::optional<std::vector<OutboxMessage>>)> done) override {
        std::vector<OutboxMessage> found;
        for (const auto& [id, row] : rows)
            if (id > after && row.recipient.channel == channel && row.state == DeliveryState::waiting &&
                found.size() < limit)
                found.push_back(row);
        const bool well = !unreadable;
        loop_.post([done = std::move(done), well, found = std::move(found)] {
            if (well)
                done(found);
            else
                done(std::nullopt);
        });
    }

    /// Stored, as a commit would.
    OutboxMessage put(OutboxMessage message) {
        message.id.value = ++last_;
        message.created = message.next_try = loop_.now();
        return rows[message.id] = message;
    }

    std::map<MessageId, OutboxMessage> rows;
    bool refuses = false, unreadable = false;
    int keeps = 0;

  private:
    Loop& loop_;
    std::uint64_t last_ = 0;
};

}  // namespace sereno::test
