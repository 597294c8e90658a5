#include "agent/recording/reader.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sereno {

namespace {

constexpr unsigned piece_bytes = 131072;

}  // namespace

struct RecordingReader::Impl {
    std::string path;
    gzFile file = nullptr;  // zlib reads plain files as they are, and gzip members one after the other
    std::string buffer;
    std::size_t at = 0;  // in buffer
    std::size_t number = 0;
    std::string_view line;  // in buffer, until the next one
    bool held = false;      // the line is still to be looked at
    LineReader reader;
    RecordingHeader header;
    std::optional<Checkpoint> checkpoint;

    explicit Impl(const std::string& p) : path(p), file(gzopen(p.c_str(), "rbe")) {
        if (!file)
            throw RecordingError(path + ": " + (errno != 0 ? std::strerror(errno) : "out of memory") +
                                 "; name a file that 'sereno export' wrote");
        gzbuffer(file, piece_bytes);
    }
    ~Impl() { gzclose_r(file); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    [[nodiscard]] RecordingError error(const std::string& what) const {
        return RecordingError(path + ":" + std::to_string(number) + ": " + what);
    }

    /// True when there is more.
    bool fill() {
        buffer.erase(0, at);
        at = 0;
        if (buffer.size() > longest_line_bytes) {
            ++number;
            throw error("longer than " + std::to_string(longest_line_bytes) +
                        " bytes; this is no recording of sereno");
        }
        const std::size_t before = buffer.size();
        buffer.resize(before + piece_bytes);
        const int got = gzread(file, buffer.data() + before, piece_bytes);
        buffer.resize(before + static_cast<std::size_t>(std::max(got, 0)));
        int code = Z_OK;
        const char* why = gzerror(file, &code);
        if (got < 0 || code == Z_BUF_ERROR) {
            ++number;
            if (code == Z_ERRNO) throw error(std::strerror(errno));
            throw error(
                code == Z_BUF_ERROR
                    ? std::string("the compressed file ends in the middle; copy it again, or unpack what "
                                  "there is: gunzip < FILE > PART")
                    : "the compressed file is damaged (" + std::string(why) + "); copy it again");
        }
        return got > 0;
    }

    bool read_line() {
        if (held) {
            held = false;
            return true;
        }
        std::size_t searched = at;
        for (;;) {
            const auto end = buffer.find('\n', searched);
            if (end != buffer.npos) {
                line = std::string_view(buffer).substr(at, end - at);
                at = end + 1;
                ++number;
                return true;
            }
            searched = buffer.size() - at;
            if (fill()) continue;
            if (buffer.empty()) return false;
            ++number;
            throw error("the last line ends in the middle; cut it off, or copy the file again");
        }
    }

    void read_header() {
        if (!read_line()) throw RecordingError(path + ": empty; name a file that 'sereno export' wrote");
        const auto read = reader.header(line);
        if (!read) throw error(reader.why() + "; a recording begins with {\"recording\":{...}}");
        header = *read;
        if (header.format != recording_format)
            throw error("recording.format: " + std::to_string(header.format) + " is not " +
                        std::to_string(recording_format) + "; replay it with sereno " +
                        (header.program.empty() ? "that wrote it" : header.program));
        if (!read_line()) return;
        held = kind_of_line(line) != LineKind::checkpoint;
        if (held) return;
        checkpoint = reader.checkpoint(line);
        if (!checkpoint) throw error(reader.why() + unknown());
    }

    [[nodiscard]] std::string unknown() const {
        return "; it was written by sereno " + header.program + ", replay it with that one";
    }
};

RecordingReader::RecordingReader(const std::string& path) : impl_(std::make_unique<Impl>(path)) {
    impl_->read_header();
}
RecordingReader::~RecordingReader() = default;

const RecordingHeader& RecordingReader::header() const {
    return impl_->header;
}

std::optional<Checkpoint> RecordingReader::take_checkpoint() {
    return std::exchange(impl_->checkpoint, std::nullopt);
}

RecordingError RecordingReader::error(const std::string& what) const {
    return impl_->error(what);
}

bool RecordingReader::next(RecordedEvent& out) {
    Impl& in = *impl_;
    out.effects.clear();
    if (!in.read_line()) return false;
    switch (kind_of_line(in.line)) {
        case LineKind::event:
            break;
        case LineKind::effect:
            throw in.error("an effect before the first event; the beginning is missing");
        case LineKind::checkpoint:
        case LineKind::header:
            throw in.error("a second beginning; these are several recordings, replay them one by one");
        case LineKind::nothing:
            throw in.error("neither an event nor an effect" + in.unknown());
    }
    auto event = in.reader.event(in.line);
    if (!event) throw in.error(in.reader.why() + in.unknown());
    out.line = in.number;
    out.event = std::move(*event);
    while (in.read_line()) {
        in.held = kind_of_line(in.line) != LineKind::effect;
        if (in.held) break;
        if (out.effects.size() == most_effects)
            throw in.error("more than " + std::to_string(most_effects) + " effects of one event");
        out.effects.emplace_back(in.line);
    }
    return true;
}

}  // namespace sereno
