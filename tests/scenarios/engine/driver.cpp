#include "driver.hpp"

#include <algorithm>
#include <string_view>

#include "agent/rhythm.hpp"

namespace sereno::scenario {

namespace {

constexpr Micros second{1'000'000};

}  // namespace

Driver::Driver(Watch watch, Stamp begins, Hooks hooks, Brain::Showing showing)
    : watch_(std::move(watch)),
      hooks_(std::move(hooks)),
      brain_(showing),
      now_(begins),
      entries_(watch_.probes.size()) {
    for (std::size_t i = 0; i < watch_.probes.size(); ++i)
        numbers_.emplace(watch_.probes[i].id, i);
}

void Driver::configure(std::vector<Recipient> recipients, std::vector<Playbook> playbooks) {
    feed(ConfigChanged{now_, watch_, std::move(recipients), std::move(playbooks)});
}

void Driver::start(Started started) {
    started.at = now_;
    feed(started);
    std::map<std::string_view, std::pair<std::size_t, std::size_t>> shares;  // how many, how many seen
    std::int64_t total = 0, position = 0;
    for (const ProbeSpec& spec : watch_.probes) {
        if (spec.on_suspicion) continue;
        ++shares[spec.subject.value].first;
        ++total;
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const ProbeSpec& spec = watch_.probes[i];
        if (spec.on_suspicion) continue;
        auto& [count, seen] = shares[spec.subject.value];
        entries_[i].rhythm = now_ + spec.interval + phase_of_probe(spec.id, seen++, count, spec.interval);
        set_due(i, now_ + std::min(first_round, spec.interval) * position++ / total);
    }
    next_tick_ = now_ + second;
}

void Driver::pass_until(Stamp end_of_time) {
    for (;;) {
        const Stamp arrival = arriving_.empty() ? never : arriving_.begin()->first.first;
        const Stamp start = queue_.empty() ? never : queue_.begin()->first;
        const Stamp next = std::min({arrival, start, next_tick_});
        if (next > end_of_time) break;
        now_ = std::max(now_, next);
        if (arrival == next) {
            auto node = arriving_.extract(arriving_.begin());
            end(node.key().second, std::move(node.mapped()));
        } else if (next_tick_ == next) {
            tick();
        } else {
            begin(queue_.begin()->second);
        }
    }
    now_ = std::max(now_, end_of_time);
}

void Driver::tick() {
    next_tick_ += second;
    if (hooks_.news)
        for (const Event& event : hooks_.news(now_))
            feed(event);
    feed(Tick{now_});
}

void Driver::set_due(std::size_t number, Stamp due) {
    Entry& entry = entries_[number];
    if (entry.due != never) queue_.erase({entry.due, number});
    entry.due = due;
    if (due != never) queue_.emplace(due, number);
}

void Driver::hasten(std::size_t number, Stamp due) {
    Entry& entry = entries_[number];
    const Stamp wanted = std::max(due, now_);
    if (entry.running)
        entry.again = std::min(entry.again, wanted);
    else if (wanted < entry.due)
        set_due(number, wanted);
}

void Driver::begin(std::size_t number) {
    Entry& entry = entries_[number];
    const ProbeSpec& spec = watch_.probes[number];
    const Stamp scheduled = entry.due;
    if (entry.rhythm <= now_) entry.rhythm += spec.interval * ((now_ - entry.rhythm) / spec.interval + 1);
    set_due(number, entry.rhythm);
    if (entry.running) return feed(Observed{now_, overrun(spec, scheduled)});
    ++runs_;
    entry.running = true;
    Observation seen = hooks_.run(spec, scheduled, now_);
    const Stamp finished = seen.finished;
    arriving_.emplace(std::pair{finished, number}, std::move(seen));
}

void Driver::end(std::size_t number, Observation observation) {
    Entry& entry = entries_[number];
    entry.running = false;
    if (entry.again != never) {
        const Stamp again = std::max(std::exchange(entry.again, never), now_);
        if (again < entry.due) set_due(number, again);
    }
    feed(Observed{now_, std::move(observation)});
}

Observation Driver::overrun(const ProbeSpec& spec, Stamp scheduled) const {
    Observation seen;
    seen.probe = spec.id;
    seen.subject = spec.subject;
    seen.kind = kind_of(spec.task);
    seen.group = spec.group;
    seen.scheduled = scheduled;
    seen.started = seen.finished = now_;
    seen.failure = Failure::overrun;
    return seen;
}

void Driver::feed(const Event& event) {
    if (hooks_.before) hooks_.before(event);
    for (const Effect& effect : brain_.on(event)) {
        if (const auto* probe = std::get_if<RunProbe>(&effect))
            if (const auto number = numbers_.find(probe->probe); number != numbers_.end())
                hasten(number->second, probe->due);
        if (hooks_.effect) hooks_.effect(now_, effect);
    }
}

}  // namespace sereno::scenario
