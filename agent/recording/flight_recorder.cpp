#include "agent/recording/flight_recorder.hpp"

#include <utility>

#include "agent/recording/folder.hpp"
#include "agent/recording/gzip.hpp"
#include "agent/recording/redact.hpp"

namespace sereno {

namespace {

/// The incident that makes this moment worth keeping; 0 for a doubt without one.
std::optional<IncidentId> news_in(const Event& event, const std::vector<Effect>& effects) {
    if (const auto* started = std::get_if<Started>(&event); started && !started->unfinished.empty())
        return started->unfinished.front().id;
    std::optional<IncidentId> news;
    for (const Effect& effect : effects) {
        if (const auto* record = std::get_if<RecordIncident>(&effect)) return record->incident.id;
        const auto* decided = std::get_if<RecordDecision>(&effect);
        if (decided && !news && decided->record.verdict.decision != Decision::none)
            news = decided->record.incident;
    }
    return news;
}

}  // namespace

FlightRecorder::FlightRecorder(RecorderLimits limits) : limits_(limits) {}

void FlightRecorder::note(const Event& event, const std::vector<Effect>& effects, const Brain& brain) {
    const Stamp now = time_of(event);
    const bool first = std::exchange(first_, false);
    const auto* changed = std::get_if<ConfigChanged>(&event);
    if (changed) {
        on_ = changed->watch.probes.size() <= limits_.most_probes;
        configuration_ = on_ ? without_secrets(*changed) : ConfigChanged{};
    }
    if (!on_) {
        finish();
        segments_.clear();
        return;
    }
    if (segments_.empty() && !first) {
        // On again: the state holds this event already.
        begin_segment(now, &brain);
        return;
    }
    if (first) begin_segment(now, nullptr);
    append_line(open_, changed ? Event{configuration_} : event);
    for (const Effect& effect : effects)
        append_line(open_, effect);
    if (const auto incident = news_in(event, effects)) {
        quiet_since_.reset();
        if (!recording()) begin_recording(now, *incident);
    }
    if (open_.size() >= limits_.block_bytes || (recording() && now - flushed_ >= limits_.flush_every))
        close_block(now);
    if (std::holds_alternative<Tick>(event)) keep_time(now, brain);
}

void FlightRecorder::finish() {
    if (recording()) end_recording();
    open_.clear();
}

std::vector<RecordingPiece> FlightRecorder::take_pieces() {
    return std::exchange(pieces_, {});
}

std::size_t FlightRecorder::bytes() const {
    std::size_t sum = open_.capacity();
    for (const Segment& segment : segments_)
        sum += segment.beginning.size() + segment.bytes;
    return sum;
}

/// Without a brain: the program begins.
void FlightRecorder::begin_segment(Stamp now, const Brain* brain) {
    std::string text;
    append_line(text, RecordingHeader{recording_format, SERENO_VERSION, false});
    if (brain) append_line(text, Checkpoint{configuration_, brain->state()});
    segments_.push_back({now, gzip_member(text), {}, 0});
}

void FlightRecorder::close_block(Stamp now) {
    flushed_ = now;
    if (open_.empty()) return;
    std::string block = gzip_member(open_);
    open_.clear();
    if (recording()) give(block);
    segments_.back().bytes += block.size();
    segments_.back().blocks.push_back(std::move(block));
}

void FlightRecorder::begin_recording(Stamp now, IncidentId incident) {
    close_block(now);
    name_ = recording_name(now, incident);
    written_ = 0;
    give(segments_.front().beginning);
    for (const Segment& segment : segments_)
        for (const std::string& block : segment.blocks)
            give(block);
}

void FlightRecorder::end_recording() {
    close_block(flushed_);
    pieces_.push_back({std::exchange(name_, {}), {}, true});
    quiet_since_.reset();
}

void FlightRecorder::give(std::string bytes) {
    written_ += bytes.size();
    pieces_.push_back({name_, std::move(bytes), false});
}

/// Ends what is over, and begins and drops segments.
void FlightRecorder::keep_time(Stamp now, const Brain& brain) {
    if (recording()) {
        if (!brain.quiet())
            quiet_since_.reset();
        else if (!quiet_since_)
            quiet_since_ = now;
        const bool over = quiet_since_ && now - *quiet_since_ >= limits_.quiet_after;
        if (over || written_ >= limits_.recording_bytes) {
            end_recording();
            segments_.clear();
            begin_segment(now, &brain);
            return;
        }
    }
    const Segment& newest = segments_.back();
    if (now - newest.begun >= limits_.checkpoint_every || newest.bytes > limits_.window_bytes / 2) {
        close_block(now);
        begin_segment(now, &brain);
    }
    // The oldest goes when those after it hold the window, or when all together are too large.
    while (segments_.size() > 1 &&
           (now - segments_[1].begun >= limits_.window || bytes() > limits_.window_bytes))
        segments_.pop_front();
}

}  // namespace sereno
