// Numbers and durations; what people are reached at.
#include "config/values.hpp"

#include "agent/model/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sereno {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Unit {
    std::string_view name;
    std::int64_t micros;
};
constexpr std::array<Unit, 4> units{
    {{"ms", 1'000}, {"s", 1'000'000}, {"min", 60'000'000}, {"h", 3'600'000'000}}};

std::string instead(std::string_view what) {
    return "; write '" + std::string(what) + "'";
}

/// What people write when they mean one of ours.
std::string_view meant_unit(std::string_view unit) {
    if (unit == "m" || unit == "mins" || unit == "minute" || unit == "minutes") return "min";
    if (unit == "sec" || unit == "secs" || unit == "second" || unit == "seconds" || unit == "S") return "s";
    if (unit == "hr" || unit == "hrs" || unit == "hour" || unit == "hours" || unit == "H") return "h";
    if (unit == "msec" || unit == "millis" || unit == "milliseconds") return "ms";
    return {};
}

}  // namespace

Parsed<Micros> parse_duration(std::string_view text) {
    const auto digits =
        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
    std::string_view number = text.substr(0, digits);
    std::string_view unit = text.substr(digits);
    if (number.empty())
        return {{}, "is not a duration; write a number and a unit, as in '60s', '5min' or '24h'"};
    if (unit.starts_with('.') || unit.starts_with(','))
        return {{}, "is not a whole number; write it in a smaller unit, as in '1500ms'"};
    if (number.size() > 1 && number.front() == '0') {
        const auto zeros = std::min(number.find_first_not_of('0'), number.size() - 1);
        return {{}, "starts with 0" + instead(std::string(number.substr(zeros)) + std::string(unit))};
    }
    if (unit.empty()) return {{}, "has no unit" + instead(std::string(number) + "s")};
    const std::string_view bare = unit.substr(std::min(unit.find_first_not_of(' '), unit.size()));
    const auto known =
        std::find_if(units.begin(), units.end(), [&](const Unit& one) { return one.name == bare; });
    if (known == units.end()) {
        const std::string_view meant = meant_unit(bare);
        return {{},
                "has an unknown unit" + (meant.empty() ? std::string("; the units are ms, s, min and h")
                                                       : instead(std::string(number) + std::string(meant)))};
    }
    if (bare.size() != unit.size())
        return {{}, "has a space before its unit" + instead(std::string(number) + std::string(bare))};
    std::int64_t count = 0;
    const auto end = std::from_chars(number.data(), number.data() + number.size(), count);
    constexpr std::int64_t most_micros = 10'000'000'000'000'000;  // three centuries
    if (end.ec != std::errc{} || count > most_micros / known->micros)
        return {{}, "is too long; a year has 8760h"};
    return {Micros{count * known->micros}, {}};
}

std::string write_duration(Micros length) {
    const std::int64_t count = length.count();
    if (count == 0) return "0s";
    for (auto unit = units.rbegin(); unit != units.rend(); ++unit)
        if (count % unit->micros == 0) return std::to_string(count / unit->micros) + std::string(unit->name);
    return std::to_string(count) + "us";
}

Parsed<std::int64_t> parse_integer(std::string_view text) {
    const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit))
        return {{}, "is not a whole number; write digits only, as in '3'"};
    if (digits.size() > 1 && digits.front() == '0') {
        const auto zeros = std::min(digits.find_first_not_of('0'), digits.size() - 1);
        return {{}, "starts with 0, which some read as octal" + instead(digits.substr(zeros))};
    }
    std::int64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc{}) return {{}, "is too large a number"};
    return {value, {}};
}

bool reads_as_boolean(std::string_view text) {
    const std::string lower = lower_ascii(text);
    constexpr std::array<std::string_view, 6> words{"yes", "no", "on", "off", "true", "false"};
    return std::find(words.begin(), words.end(), lower) != words.end();
}

Parsed<std::string> parse_mail_address(std::string_view text) {
    if (text.find('<') != text.npos || text.find(' ') != text.npos)
        return {{}, "is more than an e-mail address; write the address alone, as in 'ana@example.org'"};
    const auto at = text.rfind('@');
    if (at == text.npos) return {{}, "is not an e-mail address; it has no '@'"};
    const std::string_view local = text.substr(0, at);
    constexpr std::string_view allowed = "!#$%&'*+/=?^_`{|}~.-";
    const bool local_fine = !local.empty() && local.size() <= 64 && local.front() != '.' &&
                            local.back() != '.' && local.find("..") == local.npos &&
                            std::all_of(local.begin(), local.end(), [&](char c) {
                                return is_letter(c) || is_digit(c) || allowed.find(c) != allowed.npos;
                            });
    if (!local_fine) return {{}, "is not an e-mail address; mend the part before '@'"};
    const Parsed<std::string> domain = parse_host_name(text.substr(at + 1));
    if (!domain.value)
        return {{}, "is not an e-mail address; mend the part after '@', as in 'ana@example.org'"};
    return {std::string(local) + "@" + *domain.value, {}};
}

Parsed<std::string> parse_phone(std::string_view text) {
    std::string digits;
    bool separators = false;
    for (const char c : text.substr(text.starts_with('+') ? 1 : 0)) {
        if (is_digit(c))
            digits += c;
        else if (c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/')
            separators = true;
        else
            return {{}, "is not a telephone number; write it with its country code, as in '+34600111222'"};
    }
    const bool plus = text.starts_with('+');
    if (!plus && digits.starts_with("00") && digits.size() > 8)
        return {{}, "starts with 00" + instead("+" + digits.substr(2))};
    if (!plus) return {{}, "has no country code; write it with '+' and the code, as in '+34600111222'"};
    if (digits.size() < 7 || digits.size() > 15 || digits.front() == '0')
        return {
            {},
            "is not a telephone number; '+', a country code and 7 to 15 digits in all, as in '+34600111222'"};
    if (separators) return {{}, "has separators" + instead("+" + digits)};
    return {std::string(text), {}};
}

}  // namespace sereno
