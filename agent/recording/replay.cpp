#include "agent/recording/replay.hpp"

#include <algorithm>

namespace sereno {

namespace {

struct Teller {
    std::string operator()(const Started&) const { return "started"; }
    std::string operator()(const Tick&) const { return "tick"; }
    std::string operator()(const Observed& e) const {
        return e.observation.probe.value + " " + std::string(to_string(e.observation.failure));
    }
    std::string operator()(const DeliveryReport& e) const {
        return "delivery of message " + std::to_string(e.message.id.value);
    }
    std::string operator()(const ConfigChanged&) const { return "configuration"; }
    std::string operator()(const ClockStepped&) const { return "clock stepped"; }
    std::string operator()(const WitnessReported& e) const { return "witness " + e.health.id.value; }
};

}  // namespace

Brain brain_at_beginning(const RecordingReader& reader, std::optional<Checkpoint> checkpoint) {
    if (!checkpoint) return Brain(Brain::Showing::nothing);
    auto brain =
        Brain::resume(checkpoint->configuration, std::move(checkpoint->state), Brain::Showing::nothing);
    if (!brain)
        throw reader.error(
            "checkpoint.state does not fit checkpoint.configuration: they name different "
            "numbers of probes or subjects");
    return std::move(*brain);
}

ReplayTotals replay(RecordingReader& reader, const std::function<void(const ReplayedEvent&)>& each) {
    Brain brain = brain_at_beginning(reader, reader.take_checkpoint());
    ReplayTotals totals;
    RecordedEvent recorded;
    std::vector<std::string> lines;
    while (reader.next(recorded)) {
        const std::vector<Effect> effects = brain.on(recorded.event);
        lines.clear();
        for (const Effect& effect : effects) {
            std::string& line = lines.emplace_back();
            append_line(line, effect);
            line.pop_back();
        }
        const ReplayedEvent event{recorded, effects, lines};
        ++totals.events;
        totals.effects += lines.size();
        if (!event.as_recorded()) ++totals.differing;
        each(event);
    }
    return totals;
}

std::string difference_text(const ReplayedEvent& event) {
    const auto& then = event.recorded.effects;
    const auto& now = event.lines;
    const auto head = std::mismatch(then.begin(), then.end(), now.begin(), now.end());
    const auto tail = std::mismatch(then.rbegin(), std::make_reverse_iterator(head.first), now.rbegin(),
                                    std::make_reverse_iterator(head.second));
    const auto same_before = static_cast<std::size_t>(head.first - then.begin());
    const auto same_after = static_cast<std::size_t>(tail.first - then.rbegin());
    // An empty range of a unified diff is told by the line before it: here the event's.
    const std::size_t first = event.recorded.line + 1;
    std::string text = "@@ -" + std::to_string(then.empty() ? first - 1 : first) + "," +
                       std::to_string(then.size()) + " +" + std::to_string(now.empty() ? first - 1 : first) +
                       "," + std::to_string(now.size()) + " @@ " + rfc3339(time_of(event.recorded.event)) +
                       " " + std::visit(Teller{}, event.recorded.event) + "\n";
    for (std::size_t i = 0; i < same_before; ++i)
        text += " " + then[i] + "\n";
    for (std::size_t i = same_before; i < then.size() - same_after; ++i)
        text += "-" + then[i] + "\n";
    for (std::size_t i = same_before; i < now.size() - same_after; ++i)
        text += "+" + now[i] + "\n";
    for (std::size_t i = then.size() - same_after; i < then.size(); ++i)
        text += " " + then[i] + "\n";
    return text;
}

}  // namespace sereno
