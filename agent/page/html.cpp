#include "agent/page/html.hpp"

namespace sereno {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Length of the well-formed sequence at the front (Unicode 15, table 3-7), or 0.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto within = [&](std::size_t i, unsigned low, unsigned high) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first < 0xC2) return 0;
    if (first < 0xE0) return within(1, 0x80, 0xBF) ? 2 : 0;
    if (first < 0xF0) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
        return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (first > 0xF4) return 0;
    const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
}

/// Characters that are well-formed and yet must not reach a reader: they hide or reorder what follows.
bool deceives(std::string_view sequence) {
    if (sequence.size() == 1) {
        const auto c = static_cast<unsigned char>(sequence[0]);
        return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7F;
    }
    if (sequence.size() == 2) return sequence[0] == '\xC2' && static_cast<unsigned char>(sequence[1]) < 0xA0;
    if (sequence.size() != 3 || sequence[0] != '\xE2') return false;
    const auto second = static_cast<unsigned char>(sequence[1]),
               third = static_cast<unsigned char>(sequence[2]);
    return (second == 0x80 && third >= 0xAA && third <= 0xAE) ||  // U+202A..U+202E
           (second == 0x81 && third >= 0xA6 && third <= 0xA9);    // U+2066..U+2069
}

template <class Sink>
void each_sequence(std::string_view text, Sink sink) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        const std::string_view sequence = text.substr(0, length == 0 ? 1 : length);
        sink(length == 0 || deceives(sequence) ? replacement : sequence);
        text.remove_prefix(sequence.size());
    }
}

}  // namespace

std::string well_formed(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    each_sequence(text, [&](std::string_view sequence) { out += sequence; });
    return out;
}

Html& Html::operator<<(Markup markup) {
    out_ += markup.view();
    return *this;
}

Html& Html::operator<<(std::string_view text) {
    each_sequence(text, [this](std::string_view sequence) {
        switch (sequence[0]) {
            case '&':
                out_ += "&amp;";
                break;
            case '<':
                out_ += "&lt;";
                break;
            case '>':
                out_ += "&gt;";
                break;
            case '"':
                out_ += "&quot;";
                break;
            case '\'':
                out_ += "&#39;";
                break;
            default:
                out_ += sequence;
        }
    });
    return *this;
}

Html& Html::operator<<(std::int64_t number) {
    out_ += std::to_string(number);
    return *this;
}

Html& Html::operator<<(std::uint64_t number) {
    out_ += std::to_string(number);
    return *this;
}

}  // namespace sereno
