// Letters of ASCII and no others: names of hosts and headers know no locale (RFC 4343).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace sereno {

constexpr char lower_ascii(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr unsigned char lower_ascii(unsigned char c) {
    return static_cast<unsigned char>(lower_ascii(static_cast<char>(c)));
}

inline std::string lower_ascii(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return lower_ascii(c); });
    return lower;
}

}  // namespace sereno
