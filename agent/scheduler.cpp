#include "agent/scheduler.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>

namespace sereno {

namespace {

constexpr Micros first_round{4'000'000};

/// FNV-1a: stable across runs and machines, unlike std::hash.
std::uint64_t stable_hash(const std::string& text) {
    std::uint64_t hash = 14695981039346656037u;
    for (const unsigned char c : text)
        hash = (hash ^ c) * 1099511628211u;
    return hash;
}

}  // namespace

Micros phase_of_probe(const ProbeId& probe, std::size_t index, std::size_t count, Micros interval) {
    const auto slot = interval.count() / static_cast<std::int64_t>(std::max<std::size_t>(count, 1));
    const auto jitter =
        slot > 1 ? static_cast<std::int64_t>(stable_hash(probe.value) % static_cast<std::uint64_t>(slot)) : 0;
    return Micros{(slot * static_cast<std::int64_t>(index) + jitter) %
                  std::max<std::int64_t>(interval.count(), 1)};
}

struct Scheduler::Impl {
    struct Entry {
        ProbeSpec spec;
        Stamp rhythm;                   ///< the next run by the usual rhythm
        Stamp due;                      ///< the next run at all
        std::unique_ptr<ProbeRun> run;  ///< set while one is under way
        std::uint64_t generation = 0;   ///< a late word of a replaced entry is not taken for the new one's
    };

    ProbeContext& context;
    std::size_t permits;
    Sink sink;
    std::map<ProbeId, Entry> entries;
    std::set<std::pair<Stamp, ProbeId>> queue;
    std::size_t running = 0;
    std::uint64_t generations = 0;
    Loop::Timer timer;
    Stamp armed_for = Stamp::max();

    Impl(ProbeContext& c, std::size_t p, Sink s) : context(c), permits(p), sink(std::move(s)) {}

    void set_due(Entry& entry, Stamp due) {
        queue.erase({entry.due, entry.spec.id});
        entry.due = due;
        queue.insert({due, entry.spec.id});
    }

    void arm() {
        if (queue.empty()) return;
        const Stamp next = queue.begin()->first;
        if (timer.armed() && next >= armed_for) return;
        armed_for = next;
        timer = context.loop.at(next, [this] {
            armed_for = Stamp::max();
            start_due();
        });
    }

    void start_due() {
        const Stamp now = context.loop.now();
        while (running < permits && !queue.empty() && queue.begin()->first <= now) {
            Entry& entry = entries.at(queue.begin()->second);
            const Stamp scheduled = entry.due;
            while (entry.rhythm <= now)
                entry.rhythm += entry.spec.interval;
            set_due(entry, entry.rhythm);
            if (entry.run) {
                report_overrun(entry, scheduled, now);
            } else {
                start(entry, scheduled);
            }
        }
        // With no permit left, the end of a run comes back here.
        if (running < permits) arm();
    }

    void start(Entry& entry, Stamp scheduled) {
        ++running;
        entry.run =
            start_probe(context, entry.spec, scheduled,
                        [this, id = entry.spec.id, generation = entry.generation](Observation observation) {
                            finished(id, generation, std::move(observation));
                        });
    }

    /// `id` by value: the run that is ended here owns the one it came from.
    void finished(ProbeId id, std::uint64_t generation, Observation observation) {
        const auto it = entries.find(id);
        if (it == entries.end() || it->second.generation != generation) return;
        it->second.run.reset();
        --running;
        sink(std::move(observation));
        start_due();
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
};

Scheduler::Scheduler(ProbeContext& context, std::size_t permits, Sink sink)
    : impl_(std::make_unique<Impl>(context, std::max<std::size_t>(permits, 1), std::move(sink))) {}

Scheduler::~Scheduler() = default;

void Scheduler::watch(const std::vector<ProbeSpec>& probes) {
    impl_->entries.clear();
    impl_->queue.clear();
    impl_->running = 0;
    impl_->timer.cancel();
    impl_->armed_for = Stamp::max();
    const Stamp now = impl_->context.loop.now();

    std::unordered_map<std::string, std::size_t> counts, seen;
    for (const ProbeSpec& spec : probes)
        ++counts[spec.subject.value];
    const auto total = static_cast<std::int64_t>(std::max<std::size_t>(probes.size(), 1));
    std::int64_t position = 0;
    for (const ProbeSpec& spec : probes) {
        const std::size_t index = seen[spec.subject.value]++;
        Impl::Entry entry;
        entry.spec = spec;
        entry.generation = ++impl_->generations;
        const Micros opening = std::min(first_round, spec.interval) * position++ / total;
        entry.rhythm =
            now + spec.interval + phase_of_probe(spec.id, index, counts[spec.subject.value], spec.interval);
        entry.due = now + opening;
        impl_->queue.insert({entry.due, spec.id});
        impl_->entries.emplace(spec.id, std::move(entry));
    }
    impl_->arm();
}

void Scheduler::hasten(const ProbeId& probe, Stamp due) {
    const auto it = impl_->entries.find(probe);
    if (it == impl_->entries.end() || it->second.due <= due || it->second.run) return;
    impl_->set_due(it->second, due);
    impl_->arm();
}

std::size_t Scheduler::running() const {
    return impl_->running;
}

}  // namespace sereno
