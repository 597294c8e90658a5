#include "agent/recording/codec.hpp"

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include "agent/recording/read.hpp"
#include "agent/recording/write.hpp"

namespace sereno {

SERENO_DESCRIBE_AS("recording", RecordingHeader, format, program, redacted)
SERENO_DESCRIBE_AS("checkpoint", Checkpoint, configuration, state)

namespace {

/// Effect without what is not recorded.
using Recorded = std::variant<RunProbe, RecordDecision, RecordIncident, Enqueue>;

constexpr std::size_t most_depth = 32;
constexpr std::size_t buffer_bytes = 16384;

template <class T>
void append(std::string& out, const T& value) {
    recording::write_choice(out, value);
    out += '\n';
}

template <class... T>
bool is_one_of(std::string_view name, const std::variant<T...>*) {
    return ((recorded_name(static_cast<const T*>(nullptr)) == name) || ...);
}

}  // namespace

void append_line(std::string& out, const RecordingHeader& header) {
    append(out, header);
}
void append_line(std::string& out, const Checkpoint& checkpoint) {
    append(out, checkpoint);
}
void append_line(std::string& out, const Event& event) {
    std::visit([&](const auto& e) { append(out, e); }, event);
}
void append_line(std::string& out, const Effect& effect) {
    std::visit(
        [&]<class T>(const T& e) {
            if constexpr (!std::is_same_v<T, PublishSnapshot>) append(out, e);
        },
        effect);
}

LineKind kind_of_line(std::string_view line) {
    const auto open = line.find('"');
    const auto close = open == line.npos ? open : line.find('"', open + 1);
    if (close == line.npos) return LineKind::nothing;
    const std::string_view name = line.substr(open + 1, close - open - 1);
    if (is_one_of(name, static_cast<const Recorded*>(nullptr))) return LineKind::effect;
    if (is_one_of(name, static_cast<const Event*>(nullptr))) return LineKind::event;
    if (name == recorded_name(static_cast<const Checkpoint*>(nullptr))) return LineKind::checkpoint;
    if (name == recorded_name(static_cast<const RecordingHeader*>(nullptr))) return LineKind::header;
    return LineKind::nothing;
}

struct LineReader::Impl {
    // Bytes that are no UTF-8 come from the network into texts, and stay what they are.
    boost::json::parser parser{{}, [] {
                                   boost::json::parse_options options;
                                   options.max_depth = most_depth;
                                   options.allow_invalid_utf8 = true;
                                   return options;
                               }()};
    std::array<unsigned char, buffer_bytes> buffer{};
    std::string why;

    template <class Choice>
    std::optional<Choice> read(std::string_view line) {
        boost::json::monotonic_resource memory(buffer.data(), buffer.size());
        parser.reset(&memory);
        boost::system::error_code error;
        parser.write(line.data(), line.size(), error);
        if (error) {
            why = "no JSON: " + error.message();
            parser.reset();
            return std::nullopt;
        }
        const boost::json::value value = parser.release();
        parser.reset();
        std::optional<Choice> out(std::in_place);
        recording::Refusal refusal;
        if (recording::read_choice(value, *out, refusal)) return out;
        why = refusal.place.empty() ? refusal.what : refusal.place + ": " + refusal.what;
        return std::nullopt;
    }
    template <class T>
    std::optional<T> read_only(std::string_view line) {
        auto choice = read<std::variant<T>>(line);
        if (!choice) return std::nullopt;
        return std::move(std::get<T>(*choice));
    }
};

LineReader::LineReader() : impl_(std::make_unique<Impl>()) {}
LineReader::~LineReader() = default;

std::optional<RecordingHeader> LineReader::header(std::string_view line) {
    return impl_->read_only<RecordingHeader>(line);
}

std::optional<Checkpoint> LineReader::checkpoint(std::string_view line) {
    return impl_->read_only<Checkpoint>(line);
}

std::optional<Event> LineReader::event(std::string_view line) {
    return impl_->read<Event>(line);
}

std::optional<Effect> LineReader::effect(std::string_view line) {
    auto recorded = impl_->read<Recorded>(line);
    if (!recorded) return std::nullopt;
    return std::visit([](auto& e) { return Effect{std::move(e)}; }, *recorded);
}

const std::string& LineReader::why() const {
    return impl_->why;
}

namespace recording {

void write_text(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            default:
                if (const auto byte = static_cast<unsigned char>(c); byte < 0x20) {
                    out += "\\u00";
                    out += hex[byte >> 4];
                    out += hex[byte & 15];
                } else {
                    out += c;
                }
        }
    }
    out += '"';
}

bool Refusal::because(std::string text) {
    what = std::move(text);
    return false;
}

bool Refusal::inside(std::string_view member) {
    const bool dotted = !place.empty() && place.front() != '[';
    place = std::string(member) + (dotted ? "." : "") + place;
    return false;
}

bool Refusal::inside(std::size_t position) {
    const bool dotted = !place.empty() && place.front() != '[';
    place = "[" + std::to_string(position) + "]" + (dotted ? "." : "") + place;
    return false;
}

std::string what_is(const boost::json::value& json) {
    constexpr std::size_t most_shown = 40;
    if (const auto* text = json.if_string()) {
        const std::string_view all(text->data(), text->size());
        return "'" + std::string(all.substr(0, most_shown)) + (all.size() > most_shown ? "..." : "") + "'";
    }
    if (json.is_object()) return "an object";
    if (json.is_array()) return "a list";
    if (json.is_null()) return "null";
    if (json.is_bool()) return json.get_bool() ? "true" : "false";
    if (json.is_int64()) return std::to_string(json.get_int64());
    if (json.is_uint64()) return std::to_string(json.get_uint64());
    return "a number with a fraction";
}

bool read_text(const boost::json::value& json, std::string& out, Refusal& refusal) {
    const auto* text = json.if_string();
    if (!text) return refusal.because(what_is(json) + " is not a text");
    out.assign(text->data(), text->size());
    return true;
}

bool read_micros(const boost::json::value& json, Micros& out, Refusal& refusal) {
    std::int64_t count = 0;
    if (!read_integer(json, count, refusal)) return false;
    if (count > most_micros || count < -most_micros)
        return refusal.because(what_is(json) + " microseconds are more than 285 years");
    out = Micros{count};
    return true;
}

bool read_stamp(const boost::json::value& json, Stamp& out, Refusal& refusal) {
    if (const auto* text = json.if_string(); text && *text == "never") {
        out = Stamp::min();
        return true;
    }
    Micros since{0};
    if (!read_micros(json, since, refusal)) return false;
    out = Stamp{since};
    return true;
}

}  // namespace recording

}  // namespace sereno
