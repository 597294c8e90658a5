#include "agent/recording/pseudonyms.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "agent/model/ascii.hpp"

namespace sereno {

namespace {

constexpr std::size_t longest_plain_number = 5;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}
/// What can be part of an address, a name or a number.
bool is_of_chunk(char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '@' ||
           c == '+';
}

std::optional<std::uint32_t> v4(std::string_view text) {
    in_addr address{};
    if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
    return ntohl(address.s_addr);
}
std::optional<in6_addr> v6(std::string_view text) {
    in6_addr address{};
    if (text.find(':') == text.npos || inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1)
        return std::nullopt;
    return address;
}

/// Nobody else's: this host, or no address at all.
bool is_loopback(std::uint32_t a) {
    return a >> 24 == 127 || a == 0;
}
/// RFC 1918, RFC 3927, RFC 6598.
bool is_private(std::uint32_t a) {
    return a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 || a >> 16 == 0xa9fe || a >> 22 == 0x191;
}

std::string text_of(std::uint32_t a) {
    std::array<char, 16> text{};
    (void)std::snprintf(text.data(), text.size(), "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255,
                        a & 255);
    return text.data();
}
std::string hex(std::uint64_t number) {
    std::array<char, 24> text{};
    (void)std::snprintf(text.data(), text.size(), "%llx:%llx", static_cast<unsigned long long>(number >> 16),
                        static_cast<unsigned long long>(number & 0xffff));
    return text.data();
}
/// `number` in as many digits as `like` has, or more.
std::string digits_like(std::string_view like, std::uint64_t number) {
    std::string digits = std::to_string(number);
    if (digits.size() < like.size()) digits.insert(0, like.size() - digits.size(), '0');
    if (digits.front() == '0') digits.front() = '9';
    return digits;
}

/// Calls `word` for what may be a word, `rest` for what stands between.
template <class Word, class Rest>
void split(std::string_view text, Word&& word, Rest&& rest) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_of_chunk(text[end]))
            ++end;
        if (end == at) {
            rest(text.substr(at++, 1));
            continue;
        }
        // A full stop at the end is the sentence's.
        std::size_t last = end;
        while (last > at &&
               (text[last - 1] == '.' || (text[last - 1] == ':' && !v6(text.substr(at, end - at)))))
            --last;
        if (last > at) word(text.substr(at, last - at));
        if (last < end) rest(text.substr(last, end - last));
        at = end;
    }
}

}  // namespace

Pseudonyms::Pseudonyms(std::function<bool(std::string_view)> is_public) : is_public_(std::move(is_public)) {}

const std::string& Pseudonyms::known(const std::string& kind, std::string_view value,
                                     const std::function<std::string(std::uint64_t)>& make) {
    const std::string key = kind + " " + std::string(value);
    if (const auto it = known_.find(key); it != known_.end()) return it->second;
    std::string made;
    do {
        made = make(++counts_[kind]);
    } while (is_public_(made));
    return known_.emplace(key, std::move(made)).first->second;
}

std::string Pseudonyms::of_words(std::string_view text) {
    std::string out;
    split(
        text, [&](std::string_view chunk) { out += of_chunk(chunk); },
        [&](std::string_view rest) { out += rest; });
    return out;
}

std::string Pseudonyms::of_chunk(std::string_view chunk) {
    if (is_public_(chunk)) return std::string(chunk);
    if (const auto address = v6(chunk)) {
        if (IN6_IS_ADDR_LOOPBACK(&*address) || IN6_IS_ADDR_UNSPECIFIED(&*address)) return std::string(chunk);
        std::array<char, INET6_ADDRSTRLEN> text{};
        inet_ntop(AF_INET6, &*address, text.data(), text.size());
        const bool local = IN6_IS_ADDR_LINKLOCAL(&*address) || (address->s6_addr[0] & 0xfe) == 0xfc;
        if (local) return known("local v6", text.data(), [](auto n) { return "fd00::" + hex(n); });
        return known("v6", text.data(), [](auto n) { return "2001:db8::" + hex(n); });
    }
    if (chunk.find('@') != chunk.npos) return of_mail(chunk);
    std::string out;
    for (std::size_t at = 0; at <= chunk.size();) {
        const std::size_t end = std::min(chunk.find(':', at), chunk.size());
        if (at > 0) out += ':';
        out += of_word(chunk.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

std::string Pseudonyms::of_mail(std::string_view mail) {
    const auto at = mail.rfind('@');
    return known("mail", mail,
                 [&](auto n) { return "person" + std::to_string(n) + "@" + of_word(mail.substr(at + 1)); });
}

std::string Pseudonyms::of_word(std::string_view word) {
    if (word.empty() || is_public_(word)) return std::string(word);
    if (const auto address = v4(word)) {
        if (is_loopback(*address)) return std::string(word);
        const bool local = is_private(*address);
        const std::uint32_t first = local ? 0x0a000000 : 0xc6120000;  // RFC 1918, RFC 2544
        return known(local ? "local v4" : "v4", word,
                     [&](auto n) { return text_of(first + static_cast<std::uint32_t>(n)); });
    }
    const bool signed_number = word.front() == '+' && all_digits(word.substr(1));
    if (signed_number)
        return known("number", word, [&](auto n) { return "+" + digits_like(word.substr(1), n); });
    if (all_digits(word)) {
        if (word.size() <= longest_plain_number) return std::string(word);
        return known("number", word, [&](auto n) { return digits_like(word, n); });
    }
    if (std::none_of(word.begin(), word.end(), is_letter) && !std::any_of(word.begin(), word.end(), is_digit))
        return std::string(word);
    if (word.find('.') != word.npos)
        return known("host", lower_ascii(word),
                     [](auto n) { return "host" + std::to_string(n) + ".example"; });
    return known("word", word, [](auto n) { return "x" + std::to_string(n); });
}

std::string Pseudonyms::of_text(std::string_view text) {
    if (text.empty()) return {};
    return known("text", text, [](auto n) { return "text " + std::to_string(n); });
}

std::string Pseudonyms::of_person(std::string_view name) {
    if (name.empty()) return {};
    return known("person", name, [](auto n) { return "Person " + std::to_string(n); });
}

std::string Pseudonyms::of_contact(std::string_view address) {
    if (address.find('@') != address.npos) return of_mail(address);
    if (!address.empty() &&
        (all_digits(address) || (address.front() == '+' && all_digits(address.substr(1))))) {
        const bool plus = address.front() == '+';
        return known("number", address, [&](auto n) {
            return (plus ? "+" : "") + digits_like(address.substr(plus ? 1 : 0), n);
        });
    }
    return of_text(address);
}

void for_each_word(std::string_view text, const std::function<void(std::string_view)>& each) {
    split(
        text,
        [&](std::string_view chunk) {
            each(chunk);
            for (std::size_t at = 0; at < chunk.size();) {
                const std::size_t end = std::min(chunk.find(':', at), chunk.size());
                each(chunk.substr(at, end - at));
                at = end + 1;
            }
        },
        [](std::string_view) {});
}

}  // namespace sereno
