// Everything that happens for each run goes by index: names are looked up only when somebody asks for a run.
#include "agent/scheduler.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>
#include <unordered_map>

namespace sereno {

namespace {

constexpr Stamp never = Stamp::max();
/// Starting takes tens of microseconds; after so many, sockets are served before the next ones start.
constexpr int most_starts_a_turn = 16;
/// What is due sooner after a turn than this starts together with it: waking up costs as much as a probe.
constexpr Micros between_turns{4'000};

}  // namespace

struct Scheduler::Impl {
    using Index = std::uint32_t;

    struct Entry {
        ProbeSpec spec;
        Stamp rhythm = never;           ///< the next run by the usual rhythm
        Stamp due = never;              ///< the next run at all; in its kind's queue unless never
        Stamp again = never;            ///< asked for while a run was under way
        std::unique_ptr<ProbeRun> run;  ///< set while one is under way
    };

    /// Probes of one kind. A kind without a permit waits by itself.
    struct Lane {
        std::set<std::pair<Stamp, Index>> queue;
        std::size_t permits = 1, running = 0;
        [[nodiscard]] bool open() const { return running < permits && !queue.empty(); }
    };

    ProbeContext& context;
    Sink sink;
    std::vector<Entry> entries;
    std::unordered_map<std::string_view, Index> index;  ///< into the entries' own names
    std::array<Lane, probe_kinds> lanes;
    std::size_t running = 0;
    std::uint32_t generation = 0;  ///< a late word of a replaced list is not taken for the new one's
    Loop::Timer timer;
    Stamp armed_for = never;
    Stamp next_turn;  ///< not before this

    Impl(ProbeContext& c, const Permits& p, Sink s) : context(c), sink(std::move(s)) {
        for (std::size_t i = 0; i < lanes.size(); ++i)
            lanes[i].permits = std::max<std::size_t>(p.of_kind[i], 1);
    }

    Lane& lane_of(const Entry& entry) { return lanes[static_cast<std::size_t>(kind_of(entry.spec.task))]; }

    void set_due(Index i, Stamp due) {
        Entry& entry = entries[i];
        auto& queue = lane_of(entry).queue;
        // The node moves; nothing is allocated for a run.
        auto node = entry.due == never ? std::set<std::pair<Stamp, Index>>::node_type{}
                                       : queue.extract({entry.due, i});
        entry.due = due;
        if (due == never) return;
        if (node.empty()) {
            queue.emplace(due, i);
        } else {
            node.value().first = due;
            queue.insert(std::move(node));
        }
    }

    /// The lane with a permit whose first probe is due before all others'; null: nothing may start.
    Lane* next_lane() {
        Lane* next = nullptr;
        for (Lane& lane : lanes)
            if (lane.open() && (!next || *lane.queue.begin() < *next->queue.begin())) next = &lane;
        return next;
    }

    /// With no permit left, the end of a run comes back here.
    void arm() {
        const Lane* lane = next_lane();
        if (!lane) return;
        const Stamp next = std::max(lane->queue.begin()->first, next_turn);
        if (timer.armed() && next >= armed_for) return;
        armed_for = next;
        timer = context.loop.at(next, [this] {
            armed_for = never;
            start_due();
        });
    }

    void start_due() {
        const Stamp now = context.loop.now();
        next_turn = now;
        for (int starts = 0; starts < most_starts_a_turn; ++starts) {
            const Lane* lane = next_lane();
            if (!lane || lane->queue.begin()->first > now) {
                next_turn = now + between_turns;
                break;
            }
            const Index i = lane->queue.begin()->second;
            Entry& entry = entries[i];
            const Stamp scheduled = entry.due;
            keep_rhythm(entry, now);
            set_due(i, entry.rhythm);
            if (entry.run) {
                report_overrun(entry, scheduled, now);
            } else {
                start(i, scheduled);
            }
        }
        arm();
    }

    /// The next beat after `now`, counted from the beats before it: it never drifts.
    static void keep_rhythm(Entry& entry, Stamp now) {
        if (entry.rhythm > now) return;
        const Micros interval = std::max(entry.spec.interval, Micros{1});
        entry.rhythm += interval * ((now - entry.rhythm) / interval + 1);
    }

    void start(Index i, Stamp scheduled) {
        Entry& entry = entries[i];
        ++running;
        ++lane_of(entry).running;
        entry.run = start_probe(context, entry.spec, scheduled,
                                [this, i, round = generation](Observation observation) {
                                    if (round == generation) finished(i, std::move(observation));
                                });
    }

    void finished(Index i, Observation observation) {
        Entry& entry = entries[i];
        entry.run.reset();
        --running;
        --lane_of(entry).running;
        if (entry.again != never) {
            const Stamp again = std::max(entry.again, context.loop.now());
            entry.again = never;
            if (again < entry.due) set_due(i, again);
        }
        sink(std::move(observation));
        arm();
    }

    void hasten(Index i, Stamp due) {
        Entry& entry = entries[i];
        if (entry.run) {
            entry.again = std::min(entry.again, due);
        } else if (due < entry.due) {
            set_due(i, due);
            arm();
        }
    }

    void report_overrun(const Entry& entry, Stamp scheduled, Stamp now) const {
        Observation observation;
        observation.probe = entry.spec.id;
        observation.subject = entry.spec.subject;
        observation.kind = kind_of(entry.spec.task);
        observation.group = entry.spec.group;
        observation.scheduled = scheduled;
        observation.started = observation.finished = now;
        observation.failure = Failure::overrun;
        sink(std::move(observation));
    }

    void clear() {
        ++generation;
        timer.cancel();
        armed_for = never;
        index.clear();
        entries.clear();
        running = 0;
        for (Lane& lane : lanes)
            lane.queue.clear(), lane.running = 0;
    }
};

Scheduler::Scheduler(ProbeContext& context, const Permits& permits, Sink sink)
    : impl_(std::make_unique<Impl>(context, permits, std::move(sink))) {}

Scheduler::~Scheduler() = default;

void Scheduler::watch(const std::vector<ProbeSpec>& probes) {
    impl_->clear();
    const Stamp now = impl_->context.loop.now();

    struct Share {
        std::size_t count = 0, seen = 0;
    };
    std::unordered_map<std::string_view, Share> subjects;
    std::int64_t total = 0;
    for (const ProbeSpec& spec : probes) {
        if (spec.on_suspicion) continue;
        ++subjects[spec.subject.value].count;
        ++total;
    }
    std::int64_t position = 0;
    impl_->entries.reserve(probes.size());
    for (const ProbeSpec& spec : probes) {
        const auto i = static_cast<Impl::Index>(impl_->entries.size());
        Impl::Entry& entry = impl_->entries.emplace_back();
        entry.spec = spec;
        impl_->index.emplace(entry.spec.id.value, i);
        if (spec.on_suspicion) continue;
        Share& share = subjects[spec.subject.value];
        const Micros opening = std::min(first_round, spec.interval) * position++ / total;
        entry.rhythm =
            now + spec.interval + phase_of_probe(spec.id, share.seen++, share.count, spec.interval);
        impl_->set_due(i, now + opening);
    }
    impl_->arm();
}

void Scheduler::hasten(const ProbeId& probe, Stamp due) {
    if (const auto it = impl_->index.find(probe.value); it != impl_->index.end())
        impl_->hasten(it->second, due);
}

std::size_t Scheduler::running() const {
    return impl_->running;
}

}  // namespace sereno
