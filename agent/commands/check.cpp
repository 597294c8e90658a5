#include "agent/commands/check.hpp"

#include <sysexits.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "agent/brain.hpp"
#include "agent/commands/settings_source.hpp"
#include "agent/commands/witness_table.hpp"
#include "agent/daemon.hpp"
#include "agent/instruments.hpp"
#include "agent/json/json.hpp"
#include "agent/log.hpp"
#include "agent/scheduler.hpp"
#include "agent/store/store.hpp"
#include "alerting/messages/text.hpp"
#include "config/load.hpp"

namespace sereno {

namespace {

/// What a daemon with the same configuration has learned here; nothing when there is none.
std::vector<Fact> learned(const Settings& settings) {
    try {
        return learned_facts(database_path(settings));
    } catch (const std::runtime_error&) {
        return {};  // no folder for the data
    }
}

/// A feed must be followed for minutes before it can be believed; one look asks the looking glass instead.
void leave_out_feed(Settings& settings) {
    settings.witnesses.ris_live_url.clear();
    std::erase_if(settings.watch.probes, [](const ProbeSpec& probe) { return probe.witness == ris_live_id; });
}

/// One round and the repeats that doubt asks for; the brain is the daemon's, only its patience is not.
class Round {
  public:
    /// `ask_all`: those who take only so many questions are asked about all there is, not in doubt only.
    Round(const Settings& settings, bool ask_all)
        : instruments_(loop_, settings),
          scheduler_(instruments_.context, Permits{}, [this](Observation o) { observed(std::move(o)); }),
          ask_all_(ask_all) {
        instruments_.remembered.restore(learned(settings));
        Watch watch = settings.watch;
        // Two failures in a row, as close together as one round allows, take the place of lasting.
        watch.thresholds.failures = std::min(watch.thresholds.failures, 2);
        watch.thresholds.declare_after = watch.thresholds.declare_confirmed_after =
            watch.thresholds.local_after = Micros{0};
        Micros longest{0}, longest_witness{0};
        for (ProbeSpec& probe : watch.probes) {
            if (!probe.on_suspicion) waiting_.insert(probe.id);
            Micros& length = probe.witness.empty() ? longest : longest_witness;
            length = std::max(length, probe.timeout);
            probe.interval =
                std::max(probe.interval, Micros{3'600'000'000});  // only what is asked for runs again
        }
        // Witnesses are asked once, at the latest when our own round is over.
        patience_ = 4 * longest + longest_witness + Micros{3'000'000};
        first_round_ = watch.probes;
        instruments_.witnesses.board.on_change([this](const WitnessHealth& health) {
            feed(WitnessReported{loop_.now(), health});
        });
        feed(ConfigChanged{loop_.now(), std::move(watch), {}, {}});
        feed(Started{.at = loop_.now()});
    }

    ~Round() { instruments_.witnesses.board.on_change({}); }
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;

    SnapshotPtr look() {
        scheduler_.watch(first_round_);
        for (const ProbeSpec& probe : first_round_)
            if (!probe.on_suspicion) scheduler_.hasten(probe.id, loop_.now());
        next_tick();
        const Loop::Timer end = loop_.after(patience_, [this] { loop_.stop(); });
        loop_.run();
        feed(Tick{loop_.now()});
        // An empty step of time lets the brain publish what it has not yet said.
        feed(Tick{loop_.now() + Brain::longest_silence});
        return snapshot_;
    }

  private:
    void feed(const Event& event) {
        for (const Effect& effect : brain_.on(event)) {
            if (const auto* run = std::get_if<RunProbe>(&effect)) hasten(*run);
            if (const auto* publish = std::get_if<PublishSnapshot>(&effect)) snapshot_ = publish->snapshot;
        }
    }

    void hasten(const RunProbe& run) {
        const auto spec = std::find_if(first_round_.begin(), first_round_.end(),
                                       [&](const ProbeSpec& probe) { return probe.id == run.probe; });
        if (spec != first_round_.end() && !spec->witness.empty()) {
            // One word of each is enough: strangers are not asked again in one look.
            if (!asked_.insert(run.probe).second) return;
            waiting_.insert(run.probe);
        }
        scheduler_.hasten(run.probe, run.due);
    }

    /// After our own round: what others see must be later than what fails here to be held against it.
    void ask_all() {
        if (!std::exchange(ask_all_, false)) return;
        for (const ProbeSpec& probe : first_round_)
            if (probe.on_suspicion && !probe.witness.empty()) hasten(RunProbe{probe.id, loop_.now()});
    }

    void observed(Observation observation) {
        waiting_.erase(observation.probe);
        feed(Observed{loop_.now(), std::move(observation)});
    }

    void next_tick() {
        tick_ = loop_.after(Micros{100'000}, [this] {
            feed(Tick{loop_.now()});
            if (waiting_.empty()) ask_all();
            if (waiting_.empty() && scheduler_.running() == 0 && settled()) {
                loop_.stop();
            } else {
                next_tick();
            }
        });
    }

    [[nodiscard]] bool settled() const {
        return snapshot_ &&
               std::all_of(snapshot_->subjects.begin(), snapshot_->subjects.end(), [](const SubjectView& s) {
                   return s.role == SubjectView::Role::control || s.verdict.cause == Cause::blocked_here ||
                          (s.verdict.decision != Decision::watch &&
                           s.verdict.cause != Cause::insufficient_evidence);
               });
    }

    Loop loop_;
    Instruments instruments_;
    Brain brain_;
    Scheduler scheduler_;
    std::vector<ProbeSpec> first_round_;
    std::set<ProbeId> waiting_;
    std::set<ProbeId> asked_;  ///< of witnesses
    bool ask_all_;
    Micros patience_{0};
    SnapshotPtr snapshot_;
    Loop::Timer tick_;
};

/// What one layer of one subject looks like: "ok", "3/4", "timeout", "-".
std::string cell(const SubjectView& subject, Group group) {
    int known = 0, well = 0;
    const ProbeState* failing = nullptr;
    for (const ProbeState& probe : subject.probes) {
        if (probe.group != group || probe.last.id.empty()) continue;
        ++known;
        if (probe.last.well())
            ++well;
        else if (!failing)
            failing = &probe;
    }
    if (known == 0) return "-";
    std::string text = std::to_string(well) + "/" + std::to_string(known);
    if (failing) text += " " + std::string(to_string(failing->last.failure));
    if (failing && failing->last.http_status != 0) text += " " + std::to_string(failing->last.http_status);
    return text;
}

/// The furthest every front end came: connect, TLS and HTTP as one ladder.
std::string stage_cell(const SubjectView& subject, Stage stage) {
    int known = 0, passed = 0;
    for (const ProbeState& probe : subject.probes) {
        if (probe.group != Group::edge || probe.last.id.empty()) continue;
        if (!probe.last.well() && !speaks_of_target(probe.last.failure)) continue;
        ++known;
        if (probe.last.well() || probe.last.reached > stage) ++passed;
    }
    return known == 0        ? "-"
           : passed == known ? "ok"
           : passed == 0     ? "no"
                             : std::to_string(passed) + "/" + std::to_string(known);
}

/// What others say of one platform: "4/4", "0/3 http_timeout", "reported_outage", "unknown", "-".
std::string outside_cell(const SubjectView& subject, Group group) {
    bool asked = false;
    int known = 0, well = 0;
    Failure failure = Failure::none;
    for (const ProbeState& probe : subject.probes) {
        if (probe.group != group || probe.last.id.empty()) continue;
        asked = true;
        const Observation& last = probe.last;
        if (!probe.fresh || (!last.ok() && !speaks_of_target(last.failure))) continue;
        if (failure == Failure::none) failure = last.failure;
        if (last.routes) {
            known += last.routes->prefixes;
            well += last.routes->prefixes - last.routes->withdrawn;
        } else if (group == Group::witness) {
            known += static_cast<int>(std::count_if(last.voices.begin(), last.voices.end(),
                                                    [](const Voice& voice) { return voice.speaks(); }));
            well += static_cast<int>(std::count_if(last.voices.begin(), last.voices.end(),
                                                   [](const Voice& v) { return v.speaks() && v.well(); }));
        } else {
            ++known;
            well += last.ok() ? 1 : 0;
        }
    }
    if (!asked) return "-";
    if (known == 0) return "unknown";
    if (group == Group::vendor) return failure == Failure::none ? "well" : std::string(to_string(failure));
    std::string text = std::to_string(well) + "/" + std::to_string(known);
    if (failure != Failure::none) text += " " + std::string(to_string(failure));
    return text;
}

void print_table(const Snapshot& snapshot) {
    std::vector<std::vector<std::string>> rows{{"", "names", "name servers", "connect", "TLS", "HTTP",
                                                "content", "front ends", "routes", "elsewhere", "vendor"}};
    for (const SubjectView& subject : snapshot.subjects) {
        if (subject.role != SubjectView::Role::platform) continue;
        rows.push_back({subject.subject.value, cell(subject, Group::resolver),
                        cell(subject, Group::authoritative), stage_cell(subject, Stage::connect),
                        stage_cell(subject, Stage::tls), stage_cell(subject, Stage::http),
                        stage_cell(subject, Stage::content), cell(subject, Group::edge),
                        outside_cell(subject, Group::routing), outside_cell(subject, Group::witness),
                        outside_cell(subject, Group::vendor)});
    }
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], characters(row[i]));
    for (const auto& row : rows)
        print_row(std::cout, row, widths);
    std::cout << '\n';
    for (const SubjectView& subject : snapshot.subjects) {
        if (subject.role == SubjectView::Role::host)
            std::cout << "link      " << cell(subject, Group::link) << '\n';
    }
    int controls = 0, well = 0;
    for (const SubjectView& subject : snapshot.subjects) {
        if (subject.role != SubjectView::Role::control) continue;
        ++controls;
        if (subject.verdict.cause == Cause::all_well) ++well;
    }
    std::cout << "controls  " << well << "/" << controls << '\n';
}

/// What else was weighed, and what could settle the matter.
void print_doubts(const Verdict& verdict, const Words& words) {
    for (const Alternative& one : verdict.ruled_out) {
        const std::string what = one_line(words.ruled_out(one, verdict.evidence));
        std::cout << "  ~ " << words.text("ruled_out.also", {{"what", what}}) << '\n';
    }
    for (const RuleId& one : verdict.would_settle)
        std::cout << "  ? " << one_line(words.settles(one)) << '\n';
}

void print_verdicts(const Snapshot& snapshot, const Words& words) {
    for (const SubjectView& subject : snapshot.subjects) {
        if (subject.role == SubjectView::Role::control) continue;
        const Verdict& verdict = subject.verdict;
        std::cout << '\n'
                  << (subject.role == SubjectView::Role::host ? "this network" : subject.subject.value)
                  << ": " << to_string(verdict.decision) << " (" << words.cause(verdict.cause);
        if (verdict.confidence_permille > 0)
            std::cout << ", " << verdict.confidence_permille / 10 << " % sure";
        if (verdict.decision == Decision::declare_outage)
            std::cout << ", "
                      << (verdict.from_this_host_alone ? "from this computer alone"
                                                       : "confirmed from other networks");
        if (verdict.maintenance) std::cout << ", announced maintenance";
        std::cout << ")\n";
        for (const Evidence& evidence : verdict.evidence)
            std::cout << "  "
                      << (evidence.weight > 0   ? '+'
                          : evidence.weight < 0 ? '-'
                                                : ' ')
                      << ' ' << one_line(words.evidence(evidence)) << '\n';
        print_doubts(verdict, words);
    }
}

/// A single look takes no longer for want of witnesses, so it does not say that it would.
Snapshot without_waiting(const Snapshot& snapshot) {
    Snapshot copy = snapshot;
    for (SubjectView& subject : copy.subjects)
        std::erase_if(subject.verdict.evidence, [](const Evidence& e) { return e.rule == "no_witness"; });
    return copy;
}

void print_others(const boost::json::value& status) {
    const auto rows = witness_rows(status);
    if (!rows || rows->empty()) return;
    std::cout << '\n';
    print_witnesses(std::cout, *rows);
}

int exit_code(const Snapshot& snapshot) {
    bool outage = false, ours = false, unsure = false;
    for (const SubjectView& subject : snapshot.subjects) {
        if (subject.role == SubjectView::Role::control) continue;
        const Verdict& verdict = subject.verdict;
        outage |= verdict.decision == Decision::declare_outage;
        ours |= verdict.decision == Decision::fix_local || verdict.decision == Decision::restart_app;
        unsure |= verdict.decision == Decision::watch || verdict.cause == Cause::insufficient_evidence;
    }
    return outage ? 2 : ours ? 1 : unsure ? 3 : 0;
}

/// Keeps the platforms asked for, and the apps that need none but them. False, with the reason said, when one
/// is not watched.
bool narrow(Watch& watch, const std::vector<std::string>& wanted) {
    if (wanted.empty()) return true;
    const auto asked = [&](const std::string& id) {
        return std::find(wanted.begin(), wanted.end(), id) != wanted.end();
    };
    for (const std::string& id : wanted) {
        if (std::any_of(watch.platforms.begin(), watch.platforms.end(),
                        [&](const Platform& p) { return p.id.value == id; }))
            continue;
        std::cerr << "'" << id << "' is not watched; watched are:";
        for (const Platform& p : watch.platforms)
            std::cerr << ' ' << p.id.value;
        std::cerr << '\n';
        return false;
    }
    std::erase_if(watch.platforms, [&](const Platform& p) { return !asked(p.id.value); });
    std::erase_if(watch.apps, [&](const App& app) {
        return app.needs.empty() || std::any_of(app.needs.begin(), app.needs.end(),
                                                [&](const SubjectId& n) { return !asked(n.value); });
    });
    std::set<SubjectId> kept{host_subject()};
    for (const Platform& p : watch.platforms)
        kept.insert(p.id);
    for (const Control& c : watch.controls)
        kept.insert(c.id);
    for (const App& a : watch.apps)
        kept.insert(a.id);
    std::erase_if(watch.probes, [&](const ProbeSpec& probe) { return !kept.contains(probe.subject); });
    return true;
}

}  // namespace

int check(const CheckOptions& options) {
    log::start(log::Level::warning);
    auto settings = settings_from(options.config);
    if (!settings) return EX_DATAERR;
    if (!narrow(settings->watch, options.platforms)) return EX_USAGE;
    leave_out_feed(*settings);
    const Snapshot snapshot = without_waiting(*Round(*settings, !options.platforms.empty()).look());
    const Words words(builtin_messages(), options.json ? "en" : settings->language);
    const boost::json::object status = status_json(snapshot, words);
    if (options.json) {
        std::cout << json_text(status) << '\n';
    } else {
        print_table(snapshot);
        print_verdicts(snapshot, words);
        print_others(status);
    }
    return exit_code(snapshot);
}

}  // namespace sereno
