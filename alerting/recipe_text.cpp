#include "alerting/recipe_text.hpp"

#include <algorithm>
#include <cstdint>

namespace sereno {

namespace {

constexpr std::string_view ellipsis = "\u2026";  // one unit, three bytes

unsigned char byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

/// Bytes of the character at `at`, 0 when there is none.
std::size_t character(std::string_view text, std::size_t at) {
    const unsigned char first = byte_at(text, at);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                               : first >= 0xE0 && first <= 0xEF ? 3
                               : first >= 0xF0 && first <= 0xF4 ? 4
                                                                : 0;
    if (length == 0 || at + length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte_at(text, at + i) & 0xC0U) != 0x80U) return 0;
    const unsigned char second = byte_at(text, at + 1);
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    const bool wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                       (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    return wrong ? 0 : length;
}

/// `size` says what each character costs, by its bytes.
template <class Size>
std::string cut(std::string_view text, std::size_t most, std::size_t ellipsis_size, Size size) {
    std::size_t used = 0, keep = 0;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t bytes = std::max<std::size_t>(1, character(text, i));
        used += size(bytes);
        i += bytes;
        if (used + ellipsis_size <= most) keep = i;
        if (used > most) return std::string(text.substr(0, keep)) + std::string(ellipsis);
    }
    return std::string(text);
}

}  // namespace

std::string cut_units(std::string_view text, std::size_t most) {
    return cut(text, most, 1, [](std::size_t bytes) { return bytes == 4 ? std::size_t{2} : std::size_t{1}; });
}

std::string cut_bytes(std::string_view text, std::size_t most) {
    return cut(text, most, ellipsis.size(), [](std::size_t bytes) { return bytes; });
}

std::string percent_encoded(std::string_view text, std::string_view also) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                c == '-' || c == '.' || c == '_' || c == '~' || also.find(c) != also.npos;
        if (unreserved) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t n) {
            return n < bytes.size() ? static_cast<std::uint32_t>(byte_at(bytes, n)) : 0U;
        };
        const std::uint32_t three = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
        out += digits[three >> 18U & 63U];
        out += digits[three >> 12U & 63U];
        out += i + 1 < bytes.size() ? digits[three >> 6U & 63U] : '=';
        out += i + 2 < bytes.size() ? digits[three & 63U] : '=';
    }
    return out;
}

}  // namespace sereno
