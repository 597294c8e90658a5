// A day of 20 platforms, made up and recorded: all well but for one platform, which is out for an hour.
// Usage: replay_day CONFIG FILE: writes the recording to FILE, and says what the flight recorder held
// meanwhile.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

#include "agent/recording/flight_recorder.hpp"
#include "config/load.hpp"

using namespace sereno;

namespace {

constexpr Micros second{1'000'000}, hour{3'600'000'000}, day = 24 * hour;

/// Runs what is due, in the order of time, and what the brain asks for out of turn.
class Day {
  public:
    Day(const Settings& settings, std::ofstream& out) : settings_(settings), out_(out) {
        for (const ProbeSpec& spec : settings.watch.probes)
            numbers_.emplace(spec.id, numbers_.size());
        due_.resize(numbers_.size(), Stamp::max());
        std::string text;
        append_line(text, RecordingHeader{recording_format, "bench", false});
        out_ << text;
    }

    void pass() {
        const Stamp begin = now_, end = now_ + day;
        outage_ = begin + 12 * hour;
        feed(ConfigChanged{now_, settings_.watch, settings_.recipients, settings_.playbooks});
        feed(Started{.at = now_});
        for (std::size_t i = 0; i < due_.size(); ++i) {
            const ProbeSpec& spec = settings_.watch.probes[i];
            if (!spec.on_suspicion)
                set_due(i, begin + spec.interval * static_cast<std::int64_t>(i) /
                                       static_cast<std::int64_t>(due_.size()));
        }
        Stamp tick = begin + second;
        while (now_ < end) {
            const Stamp next = queue_.empty() ? Stamp::max() : queue_.begin()->first;
            const Stamp arrival = arriving_.empty() ? Stamp::max() : arriving_.begin()->first;
            now_ = std::max(now_, std::min({next, arrival, tick}));
            if (arrival <= now_) {
                const Observation observation = std::move(arriving_.begin()->second);
                arriving_.erase(arriving_.begin());
                feed(Observed{now_, observation});
            } else if (next <= now_) {
                start(queue_.begin()->second);
            } else {
                feed(Tick{now_});
                tick += second;
            }
        }
    }

    std::size_t events = 0, decisions = 0, most_held = 0, given = 0;

  private:
    void set_due(std::size_t number, Stamp due) {
        queue_.erase({due_[number], number});
        due_[number] = due;
        queue_.emplace(due, number);
    }

    void start(std::size_t number) {
        const ProbeSpec& spec = settings_.watch.probes[number];
        const Stamp scheduled = due_[number];
        queue_.erase({scheduled, number});
        due_[number] = Stamp::max();
        if (!spec.on_suspicion) set_due(number, now_ + spec.interval);
        const bool out =
            now_ >= outage_ && now_ < outage_ + hour && spec.subject == settings_.watch.platforms.front().id;
        Observation o;
        o.probe = spec.id;
        o.subject = spec.subject;
        o.kind = kind_of(spec.task);
        o.group = spec.group;
        o.scheduled = scheduled;
        o.started = now_;
        o.dns = Micros{2'000 + jitter()};
        o.connect = Micros{12'000 + jitter()};
        o.tls = Micros{25'000 + jitter()};
        o.first_byte = Micros{40'000 + jitter()};
        o.finished = now_ + (out ? spec.timeout : Micros{o.dns + o.connect + o.tls + o.first_byte});
        o.reached = out ? Stage::connect : Stage::done;
        o.failure = out ? Failure::connect_timeout : Failure::none;
        o.http_status = o.kind == ProbeKind::http && !out ? 200 : 0;
        o.address = "192.0.2." + std::to_string(number % 250) + ":443";
        if (o.kind == ProbeKind::dns && !out) {
            o.answers = {"198.51.100." + std::to_string(number % 250), "198.51.100.7"};
            o.ttl_seconds = 60 + static_cast<int>(number % 7);
        }
        if (out) o.detail = "CURLE_OPERATION_TIMEDOUT errno=110";
        if (!spec.witness.empty()) o.said = o.finished;
        arriving_.emplace(o.finished, std::move(o));
    }

    std::int64_t jitter() {
        state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;  // xorshift64
        return static_cast<std::int64_t>(state_ % 5'000);
    }

    void feed(const Event& event) {
        ++events;
        const auto effects = brain_.on(event);
        recorder_.note(event, effects, brain_);
        for (const RecordingPiece& piece : recorder_.take_pieces())
            given += piece.bytes.size();
        if (!recorder_.recording()) most_held = std::max(most_held, recorder_.bytes());
        std::string text;
        append_line(text, event);
        for (const Effect& effect : effects) {
            append_line(text, effect);
            if (const auto* run = std::get_if<RunProbe>(&effect)) {
                const std::size_t number = numbers_.at(run->probe);
                set_due(number, std::min(due_[number], std::max(run->due, now_)));
            }
            decisions += std::holds_alternative<RecordDecision>(effect) ? 1 : 0;
        }
        out_ << text;
    }

    const Settings& settings_;
    std::ofstream& out_;
    Brain brain_{Brain::Showing::nothing};
    FlightRecorder recorder_;
    std::map<ProbeId, std::size_t> numbers_;
    std::vector<Stamp> due_;
    std::set<std::pair<Stamp, std::size_t>> queue_;
    std::multimap<Stamp, Observation> arriving_;
    Stamp now_{Micros{1'633'305'600'000'000}}, outage_;
    std::uint64_t state_ = 20;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: replay_day CONFIG FILE\n");
        return 64;
    }
    const Loaded loaded = load_file(argv[1]);
    for (const Complaint& complaint : loaded.complaints)
        std::fprintf(stderr, "%s\n", to_string(complaint).c_str());
    if (!loaded.ok()) return 65;
    std::ofstream out(argv[2], std::ios::binary);
    Day day(loaded.settings, out);
    day.pass();
    if (!out.flush()) {
        std::fprintf(stderr, "cannot write %s\n", argv[2]);
        return 73;
    }
    std::printf("platforms %zu probes %zu events %zu decisions %zu held_bytes %zu given_bytes %zu\n",
                loaded.settings.watch.platforms.size(), loaded.settings.watch.probes.size(), day.events,
                day.decisions, day.most_held, day.given);
    return 0;
}
