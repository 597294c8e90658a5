#include "trial.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "play.hpp"

namespace sereno::scenario {

namespace {

constexpr Micros lasting_doubt{60'000'000}, second{1'000'000};

struct Spoken {
    Stamp at;
    std::string subject;
    Decision decision;
    std::string cause;
    int confidence;
};

bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

Answer answer_of(Decision decision) {
    return static_cast<Answer>(decision);
}

/// What was said from the beginning to the end, weighed.
class Judge {
  public:
    Judge(const RandomWorld& world, const std::vector<Spoken>& spoken) : world_(world), spoken_(spoken) {}

    Outcome judge() {
        std::map<std::string, const Spoken*> standing;
        for (const Spoken& one : spoken_) {
            if (const Spoken*& before = standing[one.subject]; true) {
                if (before) ended(*before, one.at);
                before = &one;
            }
            began(one);
        }
        for (const auto& [subject, last] : standing)
            ended(*last, world_.starts + world_.length);
        conclude();
        return std::move(out_);
    }

  private:
    const Truth& truth() const { return world_.truth; }

    void began(const Spoken& one) {
        const Micros since = one.at - truth().begins;
        const bool concerned = truth().kind != Truth::Kind::outage || has(truth().subjects, one.subject);
        if (one.decision == Decision::none) return;
        if (concerned && since >= Micros{0} && !out_.to_suspicion) out_.to_suspicion = since;
        if (one.decision == Decision::watch) return;
        if (answer_of(one.decision) > out_.answer) out_.answer = answer_of(one.decision);
        const bool right = is_right(one);
        out_.confidences.emplace_back(one.confidence, right);
        if (right && since >= Micros{0} && !out_.to_verdict) out_.to_verdict = since;
        if (one.decision != Decision::declare_outage) return;
        (has(truth().subjects, one.subject) ? declared_ : falsely_).insert(one.subject);
    }

    void ended(const Spoken& one, Stamp at) {
        causes_[answer_of(one.decision)].push_back(one.cause);
        if (one.decision == Decision::watch && at - one.at >= lasting_doubt)
            out_.answer = std::max(out_.answer, Answer::watch);
    }

    [[nodiscard]] bool is_right(const Spoken& one) const {
        if (one.at < truth().begins) return false;
        if (one.decision == Decision::declare_outage) return has(truth().subjects, one.subject);
        if (one.decision == Decision::restart_app) return truth().kind == Truth::Kind::app;
        // What accompanies an outage may be said as well.
        if (truth().kind == Truth::Kind::outage) return has_local_fault();
        return truth().kind == Truth::Kind::local;
    }

    [[nodiscard]] bool has_local_fault() const {
        return std::any_of(world_.plan.faults.begin(), world_.plan.faults.end(), [](const Fault& fault) {
            return fault.kind == FaultKind::resolver_servfail || fault.kind == FaultKind::isp_down;
        });
    }

    void conclude() {
        out_.falsely_declared = static_cast<int>(falsely_.size());
        out_.down = static_cast<int>(truth().subjects.size());
        out_.declared = static_cast<int>(declared_.size());
        const auto& said = causes_[out_.answer];
        for (const std::string& cause : said)
            if (out_.said.find(cause) == std::string::npos)
                out_.said += (out_.said.empty() ? "" : " ") + cause;
        out_.is_right = falsely_.empty() && fits();
        out_.cause_is_asked = out_.is_right && !truth().causes.empty() && truth().unanswerable.empty() &&
                              (truth().kind != Truth::Kind::blocked || out_.answer == Answer::watch);
        if (out_.cause_is_asked) out_.cause_is_right = last_cause_is_right();
    }

    [[nodiscard]] bool fits() const {
        switch (truth().kind) {
            case Truth::Kind::nothing:
                return out_.answer <= Answer::watch;
            case Truth::Kind::local:
                return out_.answer == Answer::fix_local;
            case Truth::Kind::app:
                return out_.answer == Answer::restart_app;
            case Truth::Kind::blocked:
                return out_.answer <= Answer::watch;
            case Truth::Kind::outage:
                return truth().unanswerable.empty() ? !declared_.empty() : out_.answer <= Answer::watch;
        }
        return false;
    }

    /// The cause that was given last, while it was wrong, by those concerned.
    [[nodiscard]] bool last_cause_is_right() const {
        const Spoken* last = nullptr;
        for (const Spoken& one : spoken_) {
            const bool concerned = truth().kind != Truth::Kind::outage || has(truth().subjects, one.subject);
            if (concerned && answer_of(one.decision) == out_.answer && one.at <= truth().ends) last = &one;
        }
        return last && has(truth().causes, last->cause);
    }

    const RandomWorld& world_;
    const std::vector<Spoken>& spoken_;
    Outcome out_;
    std::set<std::string> declared_, falsely_;
    std::map<Answer, std::vector<std::string>> causes_;
};

std::vector<Spoken> live_through(const RandomWorld& world) {
    std::vector<Spoken> spoken;
    World outside(world.household->watch, world.plan);
    Driver driver(world.household->watch, world.starts,
                  {.run = [&](const ProbeSpec& spec, Stamp scheduled,
                              Stamp started) { return outside.run(spec, scheduled, started); },
                   .before = {},
                   .news = [&](Stamp at) { return outside.news(at); },
                   .effect =
                       [&](Stamp at, const Effect& effect) {
                           if (const auto* record = std::get_if<RecordDecision>(&effect)) {
                               const Verdict& v = record->record.verdict;
                               spoken.push_back({at, v.subject.value, v.decision,
                                                 std::string{to_string(v.cause)}, v.confidence_permille});
                           }
                       }});
    driver.configure({}, {});
    driver.start({});
    driver.pass_until(world.starts + world.length);
    return spoken;
}

/// What a monitor says of all platforms.
std::vector<Spoken> watch_with(const Monitor& monitor, const RandomWorld& world, World& outside) {
    std::vector<Spoken> spoken;
    Draws draws(world.seed ^ 0x5bd1e995u);
    for (const Platform& platform : world.household->watch.platforms) {
        ProbeSpec spec{ProbeId{platform.id.value + "/http/1"}, platform.id, Group::edge,
                       platform.canaries.front()};
        std::get<HttpFetch>(spec.task).then.clear();  // they look at a page, not at what is behind it
        std::get<HttpFetch>(spec.task).contains.clear();
        int failures = 0;
        Stamp since;
        const Micros phase{draws.below(monitor.interval.count())};
        for (Micros at = phase; at < world.length; at += monitor.interval) {
            const Observation seen = outside.run(spec, world.starts + at, world.starts + at);
            if (seen.failure == Failure::none) {
                failures = 0;
                continue;
            }
            if (++failures == 1) since = seen.finished;
            if (failures < monitor.failures || seen.finished - since < monitor.failing_for) continue;
            spoken.push_back({seen.finished, platform.id.value, Decision::declare_outage, "", 1000});
            break;
        }
    }
    std::stable_sort(spoken.begin(), spoken.end(),
                     [](const Spoken& a, const Spoken& b) { return a.at < b.at; });
    return spoken;
}

}  // namespace

Trial run_trial(const RandomWorld& world, std::string* tell) {
    Trial trial{.truth = world.truth.kind,
                .has_witness = world.has_witness,
                .is_partial = world.truth.is_partial,
                .seed = world.seed};
    trial.unanswerable = world.truth.unanswerable;
    if (!world.truth.causes.empty()) trial.cause = world.truth.causes.front();
    trial.ours = Judge(world, live_through(world)).judge();
    World again(world.household->watch, world.plan);
    for (std::size_t i = 0; i < monitors.size(); ++i)
        trial.theirs[i] = Judge(world, watch_with(monitors[i], world, again)).judge();
    if (tell) {
        Scenario scenario{.name = "random",
                          .about = world.story,
                          .starts = world.starts,
                          .length = world.length,
                          .world = world.plan};
        scenario.settings.watch = world.household->watch;
        const Played played = play(scenario);
        *tell += played.observations + "\n" + played.verdicts + "\n" + played.effects;
    }
    return trial;
}

}  // namespace sereno::scenario
