// The outbox's memory is the store, as long as the disk works.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "agent/loop/loop.hpp"
#include "agent/store/store.hpp"
#include "alerting/outbox.hpp"

namespace sereno {

/// While the disk cannot be written, what it is asked to keep counts as kept at once: the store holds it in
/// memory and writes it, in order, when it can. Sent twice after a crash rather than not at all.
class StoreLedger final : public OutboxLedger {
  public:
    /// Both must outlive it.
    StoreLedger(Loop& loop, Store& store) : loop_(loop), store_(store) {}

    void keep(const OutboxMessage& message, std::function<void(bool)> done) override;
    void waiting(const std::string& channel, MessageId after, std::size_t limit,
                 std::function<void(std::optional<std::vector<OutboxMessage>>)> done) override;

    void set_disk_works(bool works);
    [[nodiscard]] bool disk_works() const { return disk_works_; }

  private:
    void answer(std::uint64_t number, bool kept);

    Loop& loop_;
    Store& store_;
    bool disk_works_ = true;
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, std::function<void(bool)>> unanswered_;
};

}  // namespace sereno
