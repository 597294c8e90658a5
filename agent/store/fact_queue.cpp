#include "agent/store/fact_queue.hpp"

#include <algorithm>

namespace sereno {

namespace {

using Seconds = std::chrono::duration<double>;
constexpr double bytes_a_second = FactQueue::bytes_a_day / 86'400;

}  // namespace

void FactQueue::add(Fact fact, Clock::time_point now) {
    std::pair key{fact.kind, fact.key};
    if (const auto found = waiting_.find(key); found != waiting_.end()) {
        if (fact.when >= found->second.when) found->second = std::move(fact);
        return;
    }
    if (waiting_.size() >= most) return;
    if (waiting_.empty()) first_ = now;
    waiting_.emplace(std::move(key), std::move(fact));
}

std::optional<FactQueue::Clock::time_point> FactQueue::due() const {
    if (waiting_.empty()) return std::nullopt;
    const Clock::time_point gathered = first_ + longest_wait;
    if (allowance_ >= 0) return gathered;
    const auto repaid =
        filled_ + std::chrono::duration_cast<Clock::duration>(Seconds{-allowance_ / bytes_a_second});
    return std::max(gathered, repaid);
}

std::vector<Fact> FactQueue::take() {
    std::vector<Fact> facts;
    facts.reserve(waiting_.size());
    for (auto& [key, fact] : waiting_)
        facts.push_back(std::move(fact));
    waiting_.clear();
    return facts;
}

void FactQueue::written(std::size_t bytes, Clock::time_point now) {
    const double earned = std::chrono::duration_cast<Seconds>(now - filled_).count() * bytes_a_second;
    allowance_ = std::min(allowance_ + earned, burst_bytes) - static_cast<double>(bytes);
    filled_ = now;
}

void FactQueue::give_back(std::vector<Fact> facts, Clock::time_point now) {
    for (Fact& fact : facts)
        add(std::move(fact), now);
    first_ = now;
}

}  // namespace sereno
