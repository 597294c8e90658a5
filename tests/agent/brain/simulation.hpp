// A brain in a made-up world: simulated time, a rhythm for each probe, and a function that says what each
// probe meets.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/brain.hpp"

namespace sereno::test {

/// facebook (four name servers), instagram (none known) and whatsapp of Meta, a control each of three
/// operators by name and three literal addresses, three resolvers, one app that needs whatsapp, one person on
/// mail and SMS.
Watch meta_watch();

struct Seen {
    Stamp at;
    std::string subject;
    Decision decision;
    Cause cause;
    int confidence;
    std::uint64_t incident;
};
struct Told {
    Stamp at;
    AlertKind kind;
    std::uint64_t incident;
    std::string channel;
    std::vector<std::string> subjects;
};

class Simulation {
  public:
    /// What a probe meets at a time: a failure and, for HTTP, a status; ok by default.
    struct Outcome {
        Stage reached = Stage::done;
        Failure failure = Failure::none;
        int status = 200;
        bool resolved_here = true;  ///< of HTTP: not by a proxy
        std::vector<Voice> voices;
        std::optional<RoutesSeen> routes;
        Micros age{0};  ///< of a witness's word
    };
    using World = std::function<Outcome(const ProbeSpec&, Stamp)>;

    explicit Simulation(Watch watch = meta_watch());

    World world;                   ///< empty: everything is well
    bool judge_everybody = false;  ///< anew at each tick, by configuring the same again
    std::vector<Seen> decisions;
    std::vector<Told> alerts;
    std::vector<Incident> incidents;  ///< each record of each, in order
    SnapshotPtr snapshot;
    int runs = 0;
    /// Called with each event, what came of it, and the brain as it is then; empty: nobody listens.
    std::function<void(const Event&, const std::vector<Effect>&, const Brain&)> heard;

    /// A witness says how it does.
    void report(const WitnessHealth& health);
    void start(std::vector<Incident> unfinished = {}, std::uint64_t last_decision = 0,
               IncidentId last_incident = {});
    /// Lets this much time pass.
    void pass(Micros length);
    void pass_seconds(std::int64_t seconds) { pass(Micros{seconds * 1'000'000}); }
    [[nodiscard]] Stamp now() const { return now_; }
    [[nodiscard]] Decision decision(const std::string& subject) const;
    [[nodiscard]] Cause cause(const std::string& subject) const;
    [[nodiscard]] int count(Decision decision) const;
    /// The first record of this decision about the subject, or nothing.
    [[nodiscard]] const Seen* first(const std::string& subject, Decision decision) const;
    [[nodiscard]] std::vector<std::uint64_t> incident_ids(IncidentKind kind) const;

  private:
    void configure();
    void feed(const Event& event);
    void run(const ProbeSpec& spec, Stamp scheduled);
    void set_due(std::size_t number, Stamp due);

    Watch watch_;
    Brain brain_;
    Stamp now_{Micros{1'633'361'400'000'000}};  // 2021-10-04T15:30:00Z
    std::map<ProbeId, std::size_t> numbers_;    ///< of probes, in the watch list's order
    std::vector<Stamp> due_, rhythm_;
    std::set<std::pair<Stamp, std::size_t>> queue_;
    std::vector<std::pair<Stamp, Observation>> arriving_;
    Stamp next_tick_;
};

bool is(const ProbeSpec& spec, const std::string& prefix);

}  // namespace sereno::test
