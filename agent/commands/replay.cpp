#include "agent/commands/replay.hpp"

#include <sysexits.h>

#include <iostream>

#include "agent/recording/replay.hpp"
#include "alerting/messages/words.hpp"
#include "config/load.hpp"

namespace sereno {

namespace {

constexpr int exit_differs = 3;
constexpr std::size_t most_hunks = 20;

/// What people want to know of an effect; nothing of those that only steer.
class Teller {
  public:
    std::string operator()(const RunProbe&) const { return {}; }
    std::string operator()(const PublishSnapshot&) const { return {}; }
    std::string operator()(const RecordDecision& e) const {
        const Verdict& verdict = e.record.verdict;
        return rfc3339(verdict.at) + "  " + verdict.subject.value + "  " + words_.decision(verdict.decision) +
               ": " + words_.cause(verdict.cause) + "\n";
    }
    std::string operator()(const RecordIncident& e) const {
        return at_ + "  incident " + std::to_string(e.incident.id.value) + " (" + e.incident.key + ") is " +
               std::string(to_string(e.incident.state)) + "\n";
    }
    std::string operator()(const Enqueue& e) const {
        return at_ + "  " + std::string(to_string(e.kind)) + ": " + e.recipient.person + " is told over " +
               e.recipient.channel + "\n";
    }
    void set_time(Stamp at) { at_ = rfc3339(at); }

  private:
    Words words_{builtin_messages(), "en"};
    std::string at_;
};

}  // namespace

int replay(const ReplayOptions& options) {
    try {
        RecordingReader reader(options.file);
        Teller teller;
        std::string diff;
        std::size_t hunks = 0;
        const ReplayTotals totals = replay(reader, [&](const ReplayedEvent& event) {
            if (!event.as_recorded() && ++hunks <= most_hunks) diff += difference_text(event);
            if (options.json) {
                for (const std::string& line : event.lines)
                    std::cout << line << '\n';
                return;
            }
            if (event.effects.empty()) return;
            teller.set_time(time_of(event.recorded.event));
            for (const Effect& effect : event.effects)
                std::cout << std::visit(teller, effect);
        });
        if (!options.json)
            std::cout << totals.events << " events, " << totals.effects << " effects"
                      << (totals.differing == 0 ? ": as recorded\n" : "\n");
        if (totals.differing == 0) return EX_OK;
        std::cout.flush();
        std::cerr << "--- " << options.file << " (sereno " << reader.header().program << ")\n+++ replayed\n"
                  << diff;
        if (hunks > most_hunks) std::cerr << "... and " << hunks - most_hunks << " more\n";
        std::cerr << "sereno replay: " << totals.differing << " of " << totals.events
                  << " events have other effects than recorded: the code has changed\n";
        return exit_differs;
    } catch (const RecordingError& error) {
        std::cout.flush();
        std::cerr << error.what() << '\n';
        return EX_DATAERR;
    }
}

}  // namespace sereno
