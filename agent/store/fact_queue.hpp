// Facts that wait to be written: gathered, because a disk wears out by writing. No I/O, no clock of its own.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/fact.hpp"

namespace sereno {

/// Of each fact the newest. All of them are due a minute after the first came, unless so much was written
/// lately that they must wait for the day's allowance.
class FactQueue {
  public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::size_t most = 4096;
    static constexpr Clock::duration longest_wait = std::chrono::minutes{1};
    /// What may be written for facts: so much at once, and again in the course of a day.
    static constexpr double burst_bytes = 1 << 20, bytes_a_day = 4 << 20;

    explicit FactQueue(Clock::time_point now) : filled_(now) {}

    /// Keeps it, unless one with the same key is newer or the queue is full.
    void add(Fact fact, Clock::time_point now);
    [[nodiscard]] bool empty() const { return waiting_.empty(); }
    /// When they should be written; empty: there are none.
    [[nodiscard]] std::optional<Clock::time_point> due() const;

    /// All of them; the queue is empty then.
    [[nodiscard]] std::vector<Fact> take();
    /// Those taken are on the disk, at this price.
    void written(std::size_t bytes, Clock::time_point now);
    /// Those taken could not be written; they are due again a minute from now.
    void give_back(std::vector<Fact> facts, Clock::time_point now);

  private:
    std::map<std::pair<FactKind, std::string>, Fact> waiting_;
    Clock::time_point first_;         ///< when the oldest in waiting_ came
    double allowance_ = burst_bytes;  ///< at filled_; less than nothing: wait
    Clock::time_point filled_;
};

}  // namespace sereno
