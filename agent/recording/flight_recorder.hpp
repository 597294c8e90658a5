// Holds the last half hour of events and effects in bounded memory, and gives it away, with what follows,
// when something turns suspicious. Pure: whoever writes files is told the bytes.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "agent/brain.hpp"
#include "agent/recording/codec.hpp"

namespace sereno {

struct RecorderLimits {
    Micros window{30 * 60'000'000LL};            ///< what is held at least, as far as it fits in window_bytes
    Micros checkpoint_every{15 * 60'000'000LL};  ///< and so what is held at most beyond the window
    Micros quiet_after{5 * 60'000'000LL};        ///< a recording ends when all has been quiet for so long
    Micros flush_every{10'000'000};              ///< of a recording: what a crash may cost
    std::size_t block_bytes = 65'536;            ///< of text, compressed together
    std::size_t window_bytes = 2'000'000;        ///< compressed
    std::size_t recording_bytes = 8'000'000;  ///< compressed; then it ends, and the next news begins another
    std::size_t most_probes = 3'000;          ///< with more of them checkpoints would make the loop late
};

/// Some bytes of a file: appended to those before.
struct RecordingPiece {
    std::string recording;  ///< the file's name
    std::string bytes;      ///< whole gzip members
    bool last = false;
};

/// A recording begins with a checkpoint, or with the program. One that follows another begins where that
/// ended, so that no event is written twice.
class FlightRecorder {
  public:
    explicit FlightRecorder(RecorderLimits limits = {});

    /// To be told of every event, what came of it, and the brain as it is then.
    void note(const Event& event, const std::vector<Effect>& effects, const Brain& brain);
    /// The program ends.
    void finish();
    /// What is to be written since the last call, in order.
    std::vector<RecordingPiece> take_pieces();

    [[nodiscard]] bool recording() const { return !name_.empty(); }
    /// False: too many probes.
    [[nodiscard]] bool on() const { return on_; }
    /// What the window takes now, but for the configuration.
    [[nodiscard]] std::size_t bytes() const;

  private:
    struct Segment {
        Stamp begun;
        std::string beginning;            ///< header and checkpoint
        std::vector<std::string> blocks;  ///< events and effects
        std::size_t bytes = 0;            ///< of all blocks
    };

    void begin_segment(Stamp now, const Brain* brain);
    void close_block(Stamp now);
    void begin_recording(Stamp now, IncidentId incident);
    void end_recording();
    void keep_time(Stamp now, const Brain& brain);
    void give(std::string bytes);

    RecorderLimits limits_;
    bool on_ = true, first_ = true;
    ConfigChanged configuration_;
    std::deque<Segment> segments_;  ///< oldest first
    std::string open_;              ///< text of the block that is not closed yet
    std::string name_;              ///< of the recording; empty: none
    std::size_t written_ = 0;       ///< bytes of the recording
    Stamp flushed_;
    std::optional<Stamp> quiet_since_;
    std::vector<RecordingPiece> pieces_;
};

}  // namespace sereno
