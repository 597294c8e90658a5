// What must hold whatever is drawn: of the order of what is seen at once, of local evidence, of controls and
// of witnesses whose word is worth nothing.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "agent/brain.hpp"
#include "agent/diagnosis/likelihoods.hpp"
#include "catch.hpp"
#include "random_world.hpp"

using namespace sereno;
using namespace sereno::scenario;
using enum FaultKind;
using Kind = Truth::Kind;

namespace {

constexpr std::size_t drawn = 200;
constexpr Micros second{1'000'000}, minute{60'000'000};

const std::vector<Household>& all_households() {
    static const std::vector<Household> all = households();
    return all;
}

/// So many worlds of these kinds, from `seed` on.
std::vector<RandomWorld> worlds_of(const std::set<Kind>& kinds, std::uint64_t seed) {
    std::vector<RandomWorld> worlds;
    while (worlds.size() < drawn) {
        RandomWorld world = draw_world(seed++, all_households());
        if (kinds.contains(world.truth.kind)) worlds.push_back(std::move(world));
    }
    return worlds;
}

std::string told(const RandomWorld& world) {
    return "bench/diagnosis --show --seed " + std::to_string(world.seed) + ": " + world.story;
}

using Round = std::vector<Observation>;
using Verdicts = std::map<std::string, Verdict>;

/// What everybody meets who looks at the same instant: once while all is well, then as often as doubt looks
/// again from the fault on; those who look on suspicion only too.
std::vector<Round> rounds_of(const RandomWorld& world) {
    World outside(world.household->watch, world.plan);
    std::vector<Round> all;
    for (const int after : {-60, 1, 9, 17, 32, 62}) {
        const Stamp at = world.truth.begins + after * second;
        Round& round = all.emplace_back();
        for (const ProbeSpec& spec : world.household->watch.probes) {
            if (after < 0 && spec.on_suspicion) continue;
            Observation seen = outside.run(spec, at, at);
            seen.scheduled = seen.started = seen.finished = at;
            if (!spec.witness.empty()) seen.said = std::min(seen.said, at);
            round.push_back(std::move(seen));
        }
    }
    return all;
}

/// A brain that is told rounds.
class Listener {
  public:
    explicit Listener(const RandomWorld& world) : brain_(Brain::Showing::snapshots) {
        take(ConfigChanged{world.starts, world.household->watch, {}, {}});
        take(Started{.at = world.starts});
    }
    /// One after the other in this order, at once; then everybody is judged.
    Verdicts hear(const Round& round) {
        for (const Observation& observation : round) {
            heard_.push_back(observation.probe.value);
            take(Observed{observation.finished, observation});
        }
        // Time for everybody's turn; then what is shown is what stands.
        const Stamp at = round.front().finished;
        for (int i = 1; i <= 3; ++i)
            take(Tick{at + i * second});
        take(ClockStepped{at + 3 * second, Micros{0}});
        Verdicts verdicts;
        for (const SubjectView& view : snapshot_->subjects)
            verdicts.emplace(view.subject.value, view.verdict);
        return verdicts;
    }
    /// "facebook/http/1" of an observation's number.
    [[nodiscard]] const std::string& heard(ObservationId id) const { return heard_.at(id.value - 1); }

  private:
    void take(const Event& event) {
        for (const Effect& effect : brain_.on(event))
            if (const auto* publish = std::get_if<PublishSnapshot>(&effect)) snapshot_ = publish->snapshot;
    }
    Brain brain_;
    SnapshotPtr snapshot_;
    std::vector<std::string> heard_;
};

/// Every byte of it, with probes' names for the numbers of observations: those count what came when.
std::string in_full(const Verdict& v, const Listener& listener) {
    std::string text =
        v.subject.value + " " + std::string{to_string(v.decision)} + " " + std::string{to_string(v.cause)} +
        " " + std::to_string(v.confidence_permille) + " " +
        (v.decision == Decision::none ? "" : std::to_string(v.since.time_since_epoch().count())) + " " +
        v.shared_fate + (v.from_this_host_alone ? " alone" : "") + (v.maintenance ? " maintenance" : "") +
        " scope " + std::to_string(static_cast<int>(v.scope));
    for (const Evidence& e : v.evidence) {
        text += "\n  " + e.rule + " " + std::to_string(e.weight);
        for (const auto& [key, value] : e.facts)
            text += " " + key + "=" + value;
        std::vector<std::string> basis;
        for (const ObservationId id : e.basis)
            basis.push_back(listener.heard(id));
        std::sort(basis.begin(), basis.end());
        for (const std::string& probe : basis)
            text += " " + probe;
    }
    for (const Alternative& one : v.ruled_out)
        text += "\n  not " + std::string{to_string(one.cause)};
    for (const RuleId& rule : v.would_settle)
        text += "\n  settles " + rule;
    return text;
}

template <class T>
void shuffle(std::vector<T>& all, Draws& draws) {
    for (std::size_t i = all.size(); i > 1; --i)
        std::swap(all[i - 1], all[static_cast<std::size_t>(draws.below(static_cast<std::int64_t>(i)))]);
}

/// How much a verdict believes that it is them; 0 where it says something else.
int belief_in_outage(const Verdict& v) {
    const bool theirs = v.decision == Decision::declare_outage ||
                        (v.decision == Decision::watch && blame_of(v.cause) == Blame::them);
    return theirs ? v.confidence_permille : 0;
}

bool cites(const Verdict& v, std::string_view rule) {
    return std::any_of(v.evidence.begin(), v.evidence.end(),
                       [rule](const Evidence& one) { return one.rule == rule; });
}

/// A fault of this side, as this host and the controls show it; what is seen of platforms stays as it is.
struct LocalEvidence {
    const char* name;
    std::function<void(const ProbeSpec&, Observation&)> add;
};
void fail(Observation& o, Stage reached, Failure failure) {
    o.reached = reached;
    o.failure = failure;
}
bool asks(const ProbeSpec& spec, const char* resolver) {
    const auto* query = std::get_if<DnsQuery>(&spec.task);
    return query && query->server.name == resolver;
}
const std::vector<LocalEvidence>& local_evidence() {
    static const std::vector<LocalEvidence> all{
        {"own resolver",
         [](const ProbeSpec& spec, Observation& o) {
             if (spec.group == Group::controls && asks(spec, "system"))
                 fail(o, Stage::dns, Failure::dns_servfail);
         }},
        {"provider",
         [](const ProbeSpec& spec, Observation& o) {
             if (spec.group == Group::controls) fail(o, Stage::connect, Failure::connect_timeout);
         }},
        {"router",
         [](const ProbeSpec& spec, Observation& o) {
             if (spec.group == Group::link && kind_of(spec.task) != ProbeKind::route)
                 fail(o, Stage::link, Failure::gateway_silent);
         }},
        {"no route",
         [](const ProbeSpec& spec, Observation& o) {
             if (kind_of(spec.task) == ProbeKind::route) fail(o, Stage::link, Failure::no_route);
         }},
        {"clock",
         [](const ProbeSpec& spec, Observation& o) {
             if (spec.group == Group::controls && o.clock_offset_seconds) o.clock_offset_seconds = 90'000;
         }},
        {"portal",
         [](const ProbeSpec& spec, Observation& o) {
             if (spec.group == Group::controls && kind_of(spec.task) == ProbeKind::http)
                 fail(o, Stage::http, Failure::http_redirect);
         }},
        {"late",
         [](const ProbeSpec& spec, Observation& o) {
             if (spec.group == Group::host) fail(o, Stage::schedule, Failure::host_slow);
         }},
        {"no descriptors",
         [](const ProbeSpec& spec, Observation& o) {
             if (spec.group == Group::controls) fail(o, Stage::schedule, Failure::host_resources);
         }},
        {"interception",
         [](const ProbeSpec& spec, Observation& o) {
             if (asks(spec, "trap")) fail(o, Stage::dns, Failure::dns_intercepted);
         }},
    };
    return all;
}

}  // namespace

TEST_CASE("properties: in whatever order what is seen at once comes, the verdicts are the same bytes") {
    std::map<std::uint64_t, std::string> differing;
    int words = 0;
    for (const RandomWorld& world :
         worlds_of({Kind::nothing, Kind::local, Kind::app, Kind::blocked, Kind::outage}, 10'000)) {
        INFO(told(world));
        Draws draws(world.seed);
        Listener first(world), second_one(world);
        for (Round& round : rounds_of(world)) {
            const Verdicts verdicts = first.hear(round);
            shuffle(round, draws);
            const Verdicts again = second_one.hear(round);
            REQUIRE(verdicts.size() == again.size());
            for (const auto& [subject, verdict] : verdicts) {
                const bool same = in_full(verdict, first) == in_full(again.at(subject), second_one);
                if (!same)
                    differing.try_emplace(world.seed, in_full(verdict, first) + "\nor\n" +
                                                          in_full(again.at(subject), second_one));
                words += verdict.decision != Decision::none ? 1 : 0;
            }
        }
    }
    for (const auto& [seed, verdicts] : differing)
        UNSCOPED_INFO("the order matters in world " << seed << ": " << verdicts);
    CHECK(differing.empty());
    CHECK(words > 400);  // there was something to disagree about
}

TEST_CASE("properties: evidence of a fault of ours never speaks for an outage of theirs") {
    int lowered = 0;
    for (const RandomWorld& world : worlds_of({Kind::outage, Kind::blocked}, 20'000)) {
        const std::vector<Round> rounds = rounds_of(world);
        Draws draws(world.seed);
        const LocalEvidence& local = local_evidence()[static_cast<std::size_t>(
            draws.below(static_cast<std::int64_t>(local_evidence().size())))];
        INFO(local.name << " in " << told(world));
        Listener without(world), with(world);
        for (std::size_t i = 0; i < rounds.size(); ++i) {
            Round round = rounds[i];
            const Verdicts before = without.hear(round);
            for (Observation& o : round)
                for (const ProbeSpec& spec : world.household->watch.probes)
                    if (i > 0 && spec.id == o.probe) local.add(spec, o);
            const Verdicts after = with.hear(round);
            for (const Platform& platform : world.household->watch.platforms) {
                const Verdict &a = before.at(platform.id.value), &b = after.at(platform.id.value);
                INFO("round " << i << ", " << platform.id.value << ", without:\n"
                              << in_full(a, without) << "\nwith:\n"
                              << in_full(b, with));
                CHECK((a.decision == Decision::declare_outage || b.decision != Decision::declare_outage));
                // A resolver that fails on everything replaces one that filters: evidence against us as well.
                const bool replaced =
                    std::string_view{local.name} == "own resolver" && cites(a, "own_resolver_denies");
                if (!replaced) CHECK(belief_in_outage(b) <= belief_in_outage(a));
                lowered += belief_in_outage(b) < belief_in_outage(a) ? 1 : 0;
            }
        }
    }
    CHECK(lowered > 100);  // what is added does weigh
}

TEST_CASE("properties: nobody is declared down without a control that passed since it began") {
    int declared = 0, uncontrolled = 0;
    for (RandomWorld& world : worlds_of({Kind::outage}, 30'000)) {
        // In every second world the controls fail with the platform, one after the other.
        Draws draws(world.seed);
        if (draws.happens(500))
            for (const Control& control : world.household->watch.controls) {
                Fault fault{.kind = edge_silent, .of = {control.id.value}, .ends = Stamp::max()};
                fault.begins = world.truth.begins + second * draws.below(3);
                world.plan.faults.push_back(fault);
            }
        INFO(told(world));
        std::map<std::string, Stamp> passed;  // when any of a control's pages or addresses last did
        Listener listener(world);
        for (const Round& round : rounds_of(world)) {
            for (const Observation& o : round)
                if (o.group == Group::controls && o.kind != ProbeKind::dns && o.failure == Failure::none)
                    passed[o.subject.value] = o.finished;
            for (const auto& [subject, verdict] : listener.hear(round)) {
                const auto since = std::count_if(passed.begin(), passed.end(), [&](const auto& one) {
                    return one.second >= verdict.since;
                });
                uncontrolled += verdict.decision == Decision::watch && since == 0 ? 1 : 0;
                if (verdict.decision != Decision::declare_outage) continue;
                ++declared;
                INFO(subject);
                CHECK(since > 0);
            }
        }
    }
    CHECK(declared > 100);
    CHECK(uncontrolled > 100);  // many would have been, else
}

TEST_CASE("properties: a witness whose word is old or a lie never makes an outage of none") {
    int spoke = 0;
    for (RandomWorld& world : worlds_of({Kind::nothing, Kind::local, Kind::app}, 40'000)) {
        Draws draws(world.seed);
        for (const char* witness : {"globalping", "ris-live", "ripestat"}) {
            Fault fault{.kind = draws.happens(500) ? witness_stale : witness_lies, .of = {witness}};
            fault.begins = world.starts;
            fault.ends = Stamp::max();
            if (fault.kind == witness_lies) fault.how = "ill";
            if (fault.kind == witness_stale) fault.by = minute * draws.between(5, 120);
            world.plan.faults.push_back(fault);
        }
        INFO(told(world));
        Listener listener(world);
        for (const Round& round : rounds_of(world)) {
            for (const Observation& o : round)
                spoke += !o.voices.empty() || o.routes ? 1 : 0;
            for (const auto& [subject, verdict] : listener.hear(round)) {
                INFO(subject);
                CHECK(verdict.decision != Decision::declare_outage);
            }
        }
    }
    CHECK(spoke > 1000);
}
