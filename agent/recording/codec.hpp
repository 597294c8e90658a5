// What happened, as lines of JSON, and back: exact both ways. docs/recordings.md says what they look like.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/brain_state.hpp"
#include "agent/model/effect.hpp"
#include "agent/model/event.hpp"

namespace sereno {

/// Grows when a member changes its meaning or its default.
inline constexpr int recording_format = 1;

/// The first line.
struct RecordingHeader {
    int format = 0;
    std::string program;    ///< the version that wrote it
    bool redacted = false;  ///< names and addresses are pseudonyms
};

/// Where the brain stood before the first event.
struct Checkpoint {
    ConfigChanged configuration;
    BrainState state;
};

/// One line each, with its end. Nothing for PublishSnapshot: it says nothing that the others do not.
void append_line(std::string& out, const RecordingHeader& header);
void append_line(std::string& out, const Checkpoint& checkpoint);
void append_line(std::string& out, const Event& event);
void append_line(std::string& out, const Effect& effect);

/// What a line holds, by the name of its one member; the rest is not looked at. nothing: none of these.
enum class LineKind : std::uint8_t { nothing, header, checkpoint, event, effect };
LineKind kind_of_line(std::string_view line);

/// Reads lines, one after the other, and keeps the memory that takes.
class LineReader {
  public:
    LineReader();
    ~LineReader();
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    /// Empty when the line cannot be used: why() says what is wrong and where in it.
    std::optional<RecordingHeader> header(std::string_view line);
    std::optional<Checkpoint> checkpoint(std::string_view line);
    std::optional<Event> event(std::string_view line);
    std::optional<Effect> effect(std::string_view line);
    [[nodiscard]] const std::string& why() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
