// Places in a text, and whether it is one.
#include "config/source.hpp"

#include <algorithm>
#include <string>

namespace sereno {

namespace {

/// Length of the UTF-8 sequence at the start of `text` (RFC 3629), 0 when there is none.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                               : first >= 0xE0 && first <= 0xEF ? 3
                               : first >= 0xF0 && first <= 0xF4 ? 4
                                                                : 0;
    if (length == 0 || length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
        (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))
        return 0;
    return length;
}

}  // namespace

Source::Source(std::string_view text, int file) : text_(text), file_(file) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == '\n') starts_.push_back(i + 1);
}

std::size_t Source::offset_of(Spot spot) const {
    const auto line = std::min(static_cast<std::size_t>(std::max(spot.line, 0)), starts_.size() - 1);
    return std::min(starts_[line] + static_cast<std::size_t>(std::max(spot.column, 0)), text_.size());
}

Place Source::at(Spot spot) const {
    return at_offset(offset_of(spot));
}

Place Source::at_offset(std::size_t offset) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const std::size_t start = *std::prev(next);
    return {file_, static_cast<int>(next - starts_.begin()), characters(start, offset - start) + 1};
}

std::string_view Source::from(Spot spot) const {
    return text_.substr(offset_of(spot));
}

std::string_view Source::line(std::size_t number) const {
    const std::size_t end = number + 1 < starts_.size() ? starts_[number + 1] : text_.size();
    return text_.substr(starts_[number], end - starts_[number]);
}

std::optional<Place> Source::empty_item_before(Spot spot) const {
    constexpr std::string_view blank = " \t\r\n";
    const auto own = std::min(static_cast<std::size_t>(std::max(spot.line, 0)), starts_.size() - 1);
    constexpr std::size_t lines_back = 50;  // a null after thousands of comments keeps a rougher place
    for (std::size_t number = own + 1; number-- > 0 && own - number < lines_back;) {
        const std::string_view content = line(number);
        const auto dash = content.find_first_not_of(blank);
        if (dash == content.npos || content[dash] == '#') continue;
        const auto rest = content.find_first_not_of(blank, dash + 1);
        if (content[dash] == '-' && (rest == content.npos || content[rest] == '#'))
            return at_offset(starts_[number] + dash);
        if (number != own) break;  // the spot's own line may already hold what follows
    }
    return {};
}

bool Source::check(Complaints& complaints) const {
    constexpr std::size_t longest_line = 10'000;  // counting columns takes time that grows with it
    for (std::size_t number = 0; number < starts_.size(); ++number)
        if (line(number).size() > longest_line) {
            complaints.refuse(at_offset(starts_[number]), "line of " + std::to_string(line(number).size()) +
                                                              " bytes; break it, at most " +
                                                              std::to_string(longest_line) + " are read");
            return false;
        }
    for (std::size_t i = 0; i < text_.size();) {
        const auto byte = static_cast<unsigned char>(text_[i]);
        if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
            complaints.refuse(at_offset(i),
                              "control character " + quoted(text_.substr(i, 1)) + "; remove it");
            return false;
        }
        const std::size_t length = utf8_length(text_.substr(i));
        if (length == 0) {
            complaints.refuse(at_offset(i),
                              "byte " + std::to_string(byte) + " is not UTF-8; save the file as UTF-8");
            return false;
        }
        i += length;
    }
    return true;
}

int Source::characters(std::size_t start, std::size_t bytes) const {
    const std::string_view part = text_.substr(std::min(start, text_.size()), bytes);
    return static_cast<int>(std::count_if(
        part.begin(), part.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace sereno
