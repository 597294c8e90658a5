#include "agent/ledger.hpp"

#include <utility>

namespace sereno {

void StoreLedger::keep(const OutboxMessage& message, std::function<void(bool)> done) {
    const std::uint64_t number = ++last_;
    unanswered_.emplace(number, std::move(done));
    store_.update(message,
                  [this, number](const std::optional<StoreError>& error) { answer(number, !error); });
    if (!disk_works_) loop_.post([this, number] { answer(number, true); });
}

void StoreLedger::waiting(const std::string& channel, MessageId after, std::size_t limit,
                          std::function<void(std::optional<std::vector<OutboxMessage>>)> done) {
    store_.waiting(channel, after, limit, std::move(done));
}

void StoreLedger::set_disk_works(bool works) {
    disk_works_ = works;
    if (works) return;
    for (const auto& [number, done] : unanswered_)
        loop_.post([this, n = number] { answer(n, true); });
}

// Whoever comes first, the store or our patience with it, answers; once.
void StoreLedger::answer(std::uint64_t number, bool kept) {
    const auto it = unanswered_.find(number);
    if (it == unanswered_.end()) return;
    const auto done = std::move(it->second);
    unanswered_.erase(it);
    done(kept);
}

}  // namespace sereno
