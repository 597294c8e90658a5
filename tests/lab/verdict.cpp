#include "verdict.hpp"

#include <algorithm>
#include <set>

#include "agent/brain.hpp"

namespace sereno::lab {

namespace {

constexpr Micros a_round{15'000'000};
constexpr int healthy_rounds = 8, broken_rounds = 24;

class Days {
  public:
    explicit Days(const Watch& watch) {
        feed(ConfigChanged{now_, watch, {}, {}});
        feed(Started{.at = now_});
    }

    /// One round, all of whose probes begin at once.
    void pass(std::vector<Observation> round) {
        for (Observation& seen : round) {
            const Micros took = seen.finished - seen.started;
            seen.scheduled = seen.started = now_;
            seen.finished = now_ + took;
        }
        std::stable_sort(round.begin(), round.end(),
                         [](const Observation& a, const Observation& b) { return a.finished < b.finished; });
        for (Observation& seen : round) {
            const Stamp at = seen.finished;
            feed(Observed{at, std::move(seen)});
        }
        now_ += a_round;
        feed(Tick{now_});
    }

    [[nodiscard]] std::string declared() const {
        std::string text;
        for (const std::string& name : declared_)
            text += (text.empty() ? "" : " ") + name;
        return text;
    }

  private:
    void feed(const Event& event) {
        for (const Effect& effect : brain_.on(event))
            if (const auto* record = std::get_if<RecordDecision>(&effect);
                record != nullptr && record->record.verdict.decision == Decision::declare_outage)
                declared_.insert(record->record.verdict.subject.value);
    }

    Brain brain_;
    Stamp now_{Micros{1'700'000'000'000'000}};
    std::set<std::string> declared_;
};

}  // namespace

std::string declared(const Watch& watch, const std::vector<Observation>& healthy,
                     const std::vector<Observation>& broken) {
    Days days(watch);
    for (int i = 0; i < healthy_rounds; ++i)
        days.pass(healthy);
    for (int i = 0; i < broken_rounds; ++i)
        days.pass(broken);
    return days.declared();
}

}  // namespace sereno::lab
