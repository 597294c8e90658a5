// The scheduler's behaviour in simulated time: a brain, a rhythm for each probe, and somebody who says what
// each probe meets. Pure: links the core alone.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "agent/brain.hpp"

namespace sereno::scenario {

class Driver {
  public:
    struct Hooks {
        /// What a probe that begins now will see, complete with `finished`, which is not before `started`.
        std::function<Observation(const ProbeSpec&, Stamp scheduled, Stamp started)> run;
        /// Of every event, before the brain gets it; may be empty.
        std::function<void(const Event&)> before;
        /// What else there is to tell the brain at a tick; may be empty.
        std::function<std::vector<Event>(Stamp)> news;
        std::function<void(Stamp, const Effect&)> effect;
    };
    Driver(Watch watch, Stamp begins, Hooks hooks, Brain::Showing showing = Brain::Showing::nothing);

    /// Configures the brain again with the same; the first time before start().
    void configure(std::vector<Recipient> recipients, std::vector<Playbook> playbooks);
    void start(Started started);
    void feed(const Event& event);
    /// Lets time go on until then.
    void pass_until(Stamp end);

    [[nodiscard]] Stamp now() const { return now_; }
    [[nodiscard]] const Watch& watch() const { return watch_; }
    [[nodiscard]] BrainState state() const { return brain_.state(); }
    [[nodiscard]] int runs() const { return runs_; }  ///< of probes

  private:
    static constexpr Stamp never = Stamp::max();
    struct Entry {
        Stamp due = never;     ///< in the queue unless never
        Stamp rhythm = never;  ///< the next run by the usual rhythm
        Stamp again = never;   ///< asked for while a run was under way
        bool running = false;
    };

    void set_due(std::size_t number, Stamp due);
    void hasten(std::size_t number, Stamp due);
    void begin(std::size_t number);
    void end(std::size_t number, Observation observation);
    [[nodiscard]] Observation overrun(const ProbeSpec& spec, Stamp scheduled) const;
    void tick();

    Watch watch_;
    Hooks hooks_;
    Brain brain_;
    Stamp now_, next_tick_;
    int runs_ = 0;
    std::map<ProbeId, std::size_t> numbers_;  ///< in the watch list's order
    std::vector<Entry> entries_;
    std::set<std::pair<Stamp, std::size_t>> queue_;
    std::map<std::pair<Stamp, std::size_t>, Observation> arriving_;  ///< by when, then by probe
};

}  // namespace sereno::scenario
