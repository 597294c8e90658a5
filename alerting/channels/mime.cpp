#include "alerting/channels/mime.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "alerting/channels/word.hpp"

namespace sereno {

namespace {

constexpr std::size_t longest_line = 76;

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t n) {
            return n < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[n])) : 0U;
        };
        const std::uint32_t three = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
        text += digits[three >> 18U & 63U];
        text += digits[three >> 12U & 63U];
        text += i + 1 < bytes.size() ? digits[three >> 6U & 63U] : '=';
        text += i + 2 < bytes.size() ? digits[three & 63U] : '=';
    }
    return text;
}

// A line break in a value would begin a header of the sender's choosing.
std::string one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        line += control ? ' ' : c;
    }
    return line;
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// RFC 5322 section 3.3; strftime's names of days and months would follow the locale.
std::string date_text(Stamp at) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto seconds =
        static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count());
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02d %s %d %02d:%02d:%02d +0000",
                  days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                  months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                  utc.tm_sec);
    return text.data();
}

// RFC 2047, cut between characters. The first word is shorter, for the header's name stands before it.
std::string encoded_words(std::string_view line) {
    // 45 bytes become 60 characters, with "=?UTF-8?B?" and "?=" 72 (RFC 2047 section 2 allows 75).
    std::string words;
    for (std::string_view rest = line; !rest.empty();) {
        std::string_view part = utf8_prefix(rest, words.empty() ? 30 : 45);
        if (part.empty()) part = rest.substr(0, 30);  // not UTF-8
        rest.remove_prefix(part.size());
        if (!words.empty()) words += "\r\n ";
        words += "=?UTF-8?B?" + base64(part) + "?=";
    }
    return words;
}

// A display name: always as encoded words unless it is plain words, which saves the quoting rules of RFC
// 5322.
std::string mailbox(std::string_view name, const std::string& address) {
    const std::string line = one_line(name);
    if (line.find_first_not_of(' ') == std::string::npos) return address;
    const bool plain = line.size() <= 60 && std::all_of(line.begin(), line.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || c == ' ' || c == '-';
                       });
    if (plain) return line + " <" + address + ">";
    return encoded_words(line) + "\r\n <" + address + ">";
}

}  // namespace

std::string header_text(std::string_view text, std::size_t used) {
    std::string line = one_line(text);
    if (is_ascii(line) && line.find("=?") == std::string::npos && used + line.size() <= longest_line)
        return line;
    return encoded_words(line);
}

std::string quoted_printable(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    std::size_t column = 0;
    const auto put = [&](std::string_view piece) {
        // One column stays free for the "=" of a soft line break.
        if (column + piece.size() > longest_line - 1) {
            out += "=\r\n";
            column = 0;
        }
        out += piece;
        column += piece.size();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\r' || c == '\n') {
            if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
            out += "\r\n";
            column = 0;
            continue;
        }
        const bool line_ends = i + 1 == text.size() || text[i + 1] == '\r' || text[i + 1] == '\n';
        const bool blank = c == ' ' || c == '\t';
        // "." and "From " at the start of a line are changed by some servers on the way (RFC 2049 section 3).
        const bool at_risk = column == 0 && (c == '.' || c == 'F');
        const bool literal = (c > ' ' && c < 0x7f && c != '=') || blank;
        if (literal && !(blank && line_ends) && !at_risk) {
            put(std::string_view{&c, 1});
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        const std::array<char, 3> escape{'=', digits[byte >> 4U], digits[byte & 15U]};
        put({escape.data(), escape.size()});
    }
    if (out.size() < 2 || out.compare(out.size() - 2, 2, "\r\n") != 0) out += "\r\n";
    return out;
}

bool is_mail_address(std::string_view text) {
    const auto at = text.find('@');
    if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.size() > 254) return false;
    if (text.find('@', at + 1) != std::string_view::npos) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '(' && c != ')' && c != ',' && c != ';' &&
               c != ':' && c != '"' && c != '\\' && c != '[' && c != ']';
    });
}

std::string compose(const Mail& mail) {
    std::string text;
    const auto header = [&](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\r\n");
    };
    header("Date", date_text(mail.date));
    header("From", mailbox("sereno", mail.from_address));
    header("To", mailbox(mail.to_name, mail.to_address));
    header("Message-ID", "<" + mail.message_id + ">");
    header("Subject", header_text(mail.subject, 9));
    header("Auto-Submitted", "auto-generated");
    header("MIME-Version", "1.0");
    header("Content-Type", "text/plain; charset=utf-8");
    header("Content-Transfer-Encoding", "quoted-printable");
    const bool language =
        mail.language.size() == 2 &&
        std::all_of(mail.language.begin(), mail.language.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (language) header("Content-Language", mail.language);
    return text + "\r\n" + quoted_printable(mail.body);
}

}  // namespace sereno
