// Reads a recording from a file, plain or gzip, one event at a time.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/recording/codec.hpp"

namespace sereno {

/// "FILE:LINE: what, where, value; what to do".
struct RecordingError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct RecordedEvent {
    std::size_t line = 0;
    Event event;
    std::vector<std::string> effects;  ///< their lines, as they stand in the file
};

class RecordingReader {
  public:
    /// Longer lines, and more effects of one event, are refused.
    static constexpr std::size_t longest_line_bytes = 64 * 1024 * 1024, most_effects = 1'000'000;

    /// Reads the header, and the checkpoint when there is one. Throws RecordingError.
    explicit RecordingReader(const std::string& path);
    ~RecordingReader();
    RecordingReader(const RecordingReader&) = delete;
    RecordingReader& operator=(const RecordingReader&) = delete;

    [[nodiscard]] const RecordingHeader& header() const;
    /// Empty when the recording begins with the program. Handed over: empty afterwards.
    std::optional<Checkpoint> take_checkpoint();
    /// False at the end. Throws RecordingError.
    bool next(RecordedEvent& event);
    /// "FILE:LINE: what" of the line that was read last.
    [[nodiscard]] RecordingError error(const std::string& what) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
