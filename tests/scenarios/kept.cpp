#include "kept.hpp"

#include <fstream>
#include <iostream>

#include "agent/recording/replay.hpp"

namespace fs = std::filesystem;

namespace sereno::scenario {

namespace {

constexpr std::size_t most_told = 3;

class File {
  public:
    explicit File(fs::path path) : path_(std::move(path)), out_(path_, std::ios::binary) {}
    void write(const std::string& text) { out_ << text; }
    template <class Line>
    void write_line(const Line& line) {
        std::string text;
        append_line(text, line);
        write(text);
    }
    bool close() {
        out_.close();
        if (out_) return true;
        std::cout << "cannot write " << path_.string() << "; make room, or name another folder\n";
        return false;
    }

  private:
    fs::path path_;
    std::ofstream out_;
};

bool write_text(const fs::path& path, const std::string& text) {
    File file(path);
    file.write(text);
    return file.close();
}

}  // namespace

bool keep(const Scenario& scenario, const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);  // what is wrong with it, the first file says
    File recording(folder / "recording.jsonl"), state(folder / "state.json");
    recording.write_line(RecordingHeader{recording_format, "scenario", false});
    ConfigChanged configuration;
    Listener listener;
    listener.event = [&](const Event& event) {
        recording.write_line(event);
        if (const auto* config = std::get_if<ConfigChanged>(&event)) configuration = *config;
    };
    listener.effect = [&](const Effect& effect) { recording.write_line(effect); };
    listener.end = [&](const BrainState& brain) { state.write_line(Checkpoint{configuration, brain}); };
    const Played played = play(scenario, listener);
    return recording.close() && state.close() &&
           write_text(folder / "observations.txt", played.observations) &&
           write_text(folder / "verdicts.txt", played.verdicts) &&
           write_text(folder / "effects.txt", played.effects);
}

bool replay_kept(const fs::path& folder) {
    try {
        RecordingReader reader(folder / "recording.jsonl");
        std::size_t told = 0;
        const ReplayTotals totals = replay(reader, [&](const ReplayedEvent& event) {
            if (!event.as_recorded() && ++told <= most_told) std::cout << difference_text(event);
        });
        if (totals.differing > 0)
            std::cout << folder.string() << ": " << totals.differing << " of " << totals.events
                      << " events have other effects than recorded\n";
        return totals.differing == 0 && totals.events > 0;
    } catch (const RecordingError& error) {
        std::cout << error.what() << "\n";
        return false;
    }
}

}  // namespace sereno::scenario
