// A simulation with a flight recorder beside it, and a folder for what that gives away.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include "../brain/simulation.hpp"
#include "agent/recording/flight_recorder.hpp"

namespace sereno::test {

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = std::filesystem::temp_directory_path() / "sereno-recording-XXXXXX";
        if (!mkdtemp(name.data())) throw std::runtime_error("cannot make a folder " + name);
        path = name;
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string write(const std::string& name, const std::string& bytes) const {
        std::ofstream out(path + "/" + name, std::ios::binary);
        out << bytes;
        if (!out.flush()) throw std::runtime_error("cannot write " + path + "/" + name);
        return path + "/" + name;
    }
    std::string path;
};

struct Flight {
    explicit Flight(Watch watch = meta_watch(), RecorderLimits limits = {})
        : recorder(limits), simulation(std::move(watch)) {
        simulation.heard = [this](const Event& event, const std::vector<Effect>& effects,
                                  const Brain& brain) {
            recorder.note(event, effects, brain);
            most_bytes = std::max(most_bytes, recorder.bytes());
            take();
        };
    }
    void take() {
        for (RecordingPiece& piece : recorder.take_pieces()) {
            files[piece.recording] += piece.bytes;
            if (piece.last) ended.push_back(piece.recording);
        }
    }

    FlightRecorder recorder;
    Simulation simulation;
    std::map<std::string, std::string> files;
    std::vector<std::string> ended;
    std::size_t most_bytes = 0;
};

inline Simulation::Outcome silence(const ProbeSpec& spec) {
    if (kind_of(spec.task) == ProbeKind::dns) return {Stage::dns, Failure::dns_timeout};
    return {Stage::connect, Failure::connect_timeout};
}

/// Platforms of Meta are silent in between.
inline Simulation::World outage(Stamp begin, Stamp end) {
    return [begin, end](const ProbeSpec& spec, Stamp now) -> Simulation::Outcome {
        const bool ours = is(spec, "facebook") || is(spec, "instagram") || is(spec, "whatsapp");
        return ours && now >= begin && now < end ? silence(spec) : Simulation::Outcome{};
    };
}

constexpr Micros minutes(std::int64_t count) {
    return Micros{count * 60'000'000};
}

}  // namespace sereno::test
