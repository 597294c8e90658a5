// Writes recordings into their folder, on a thread of its own: a slow disk stops nobody, a full one costs the
// recording and nothing else.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/recording/flight_recorder.hpp"

namespace sereno {

class RecordingKeeper {
  public:
    static constexpr std::size_t most_recordings = 12;                   ///< the oldest are deleted
    static constexpr std::size_t most_waiting_bytes = 16 * 1024 * 1024;  ///< then the recording is lost

    /// `say` is told of each recording that was begun, kept or lost, and why; from the keeper's thread.
    RecordingKeeper(std::string folder, std::function<void(bool lost, const std::string&)> say);
    /// Writes what it was given first.
    ~RecordingKeeper();
    RecordingKeeper(const RecordingKeeper&) = delete;
    RecordingKeeper& operator=(const RecordingKeeper&) = delete;

    void write(std::vector<RecordingPiece> pieces);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
