#include "alerting/messages/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sereno {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
    char32_t code = 0;
    std::size_t bytes = 1;
    bool valid = false;
};

/// The character at the front of a text that is not empty (RFC 3629 section 4).
Character front_of(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
    char32_t code = lead & (0xFF >> (length + 1));
    for (std::size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xC0) != 0x80) return {};
        code = (code << 6) | (byte(at) & 0x3F);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {code, length, true};
}

/// Calls `each(code, bytes)` for every character of any text; broken bytes come as U+FFFD.
template <class Each>
void for_each_character(std::string_view text, Each each) {
    while (!text.empty()) {
        const Character next = front_of(text);
        if (next.valid)
            each(next.code, text.substr(0, next.bytes));
        else
            each(char32_t{0xFFFD}, replacement);
        text.remove_prefix(next.bytes);
    }
}

bool breaks_line(char32_t code) {
    return code <= 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029;
}

bool turns_direction(char32_t code) {
    return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

using Plain = std::pair<char32_t, std::string_view>;

/// Sorted by code. What is in the GSM alphabet (è é ù ì ò à ä ö ü ñ å æ ø ß and some capitals) is left alone.
constexpr auto plain = std::to_array<Plain>({
    {0x0060, "'"},  {0x00A0, " "},  {0x00AB, "\""}, {0x00B4, "'"},   {0x00B7, "-"}, {0x00BA, "o"},
    {0x00BB, "\""}, {0x00C0, "A"},  {0x00C1, "A"},  {0x00C2, "A"},   {0x00C3, "A"}, {0x00C8, "E"},
    {0x00CA, "E"},  {0x00CB, "E"},  {0x00CC, "I"},  {0x00CD, "I"},   {0x00CE, "I"}, {0x00CF, "I"},
    {0x00D2, "O"},  {0x00D3, "O"},  {0x00D4, "O"},  {0x00D5, "O"},   {0x00D9, "U"}, {0x00DA, "U"},
    {0x00DB, "U"},  {0x00DD, "Y"},  {0x00E1, "a"},  {0x00E2, "a"},   {0x00E3, "a"}, {0x00E7, "c"},
    {0x00EA, "e"},  {0x00EB, "e"},  {0x00ED, "i"},  {0x00EE, "i"},   {0x00EF, "i"}, {0x00F3, "o"},
    {0x00F4, "o"},  {0x00F5, "o"},  {0x00FA, "u"},  {0x00FB, "u"},   {0x00FD, "y"}, {0x00FF, "y"},
    {0x0152, "OE"}, {0x0153, "oe"}, {0x2009, " "},  {0x2010, "-"},   {0x2011, "-"}, {0x2012, "-"},
    {0x2013, "-"},  {0x2014, "-"},  {0x2018, "'"},  {0x2019, "'"},   {0x201A, "'"}, {0x201C, "\""},
    {0x201D, "\""}, {0x201E, "\""}, {0x2022, "-"},  {0x2026, "..."}, {0x202F, " "}, {0x2192, ">"},
});
static_assert(std::is_sorted(plain.begin(), plain.end()));

}  // namespace

std::string valid_utf8(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    for_each_character(text, [&](char32_t, std::string_view bytes) { clean += bytes; });
    return clean;
}

std::string one_line(std::string_view text) {
    std::string line;
    line.reserve(text.size());
    bool space_due = false;
    for_each_character(text, [&](char32_t code, std::string_view bytes) {
        if (turns_direction(code)) return;
        if (breaks_line(code)) {
            space_due = !line.empty();
            return;
        }
        if (space_due) line += ' ';
        space_due = false;
        line += bytes;
    });
    return line;
}

std::size_t sms_length(std::string_view text) {
    std::size_t units = 0;
    for_each_character(text, [&](char32_t code, std::string_view) { units += code > 0xFFFF ? 2 : 1; });
    return units;
}

std::string shortened(std::string_view text, std::size_t most) {
    if (sms_length(text) <= most) return std::string{text};
    constexpr std::string_view more = "...";
    const std::size_t room = most > more.size() ? most - more.size() : 0;
    std::string cut;
    std::size_t units = 0;
    bool full = false;
    for_each_character(text, [&](char32_t code, std::string_view bytes) {
        units += code > 0xFFFF ? 2 : 1;
        full = full || units > room;
        if (!full) cut += bytes;
    });
    return cut.append(more.substr(0, most));
}

std::string gsm_friendly(std::string_view text) {
    std::string friendly;
    friendly.reserve(text.size());
    for_each_character(text, [&](char32_t code, std::string_view bytes) {
        const auto found = std::lower_bound(plain.begin(), plain.end(), Plain{code, {}});
        friendly += found != plain.end() && found->first == code ? found->second : bytes;
    });
    return friendly;
}

}  // namespace sereno
