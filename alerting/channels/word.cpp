#include "alerting/channels/word.hpp"

namespace sereno {

std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    // Back over continuation bytes, 10xxxxxx (RFC 3629 section 3).
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0U) == 0x80U)
        --bytes;
    return text.substr(0, bytes);
}

std::string tidy_word(std::string_view text, std::string_view secret) {
    std::string line;
    for (const char c : text.substr(0, 4096)) {
        const bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
        if (!blank)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    if (!secret.empty())
        for (auto at = line.find(secret); at != std::string::npos; at = line.find(secret, at + 3))
            line.replace(at, secret.size(), "***");
    while (!line.empty() && line.back() == ' ')
        line.pop_back();
    return std::string{utf8_prefix(line, 300)};
}

}  // namespace sereno
