#include "agent/model/time.hpp"

#include <cstdio>

namespace sereno {

namespace {

using std::chrono::days;
using std::chrono::floor;

struct Parts {
    std::chrono::year_month_day date;
    std::chrono::hh_mm_ss<std::chrono::milliseconds> time;
};

Parts split(Stamp at) {
    const auto since = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch());
    const auto day = std::chrono::floor<days>(since);
    return {std::chrono::year_month_day{std::chrono::sys_days{day}}, std::chrono::hh_mm_ss{since - day}};
}

/// Reads exactly `width` digits.
std::optional<int> digits(std::string_view& text, std::size_t width) {
    if (text.size() < width) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(0, width)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(width);
    return value;
}

bool skip(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

/// The fraction after the dot as microseconds; further digits are read and dropped.
std::optional<std::int64_t> fraction(std::string_view& text) {
    std::int64_t value = 0, scale = 100'000;
    bool any = false;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        value += (text.front() - '0') * scale;
        scale /= 10;
        any = true;
        text.remove_prefix(1);
    }
    if (!any) return std::nullopt;
    return value;
}

/// `Z`, `+02:00`, `-05:30` as minutes east of UTC.
std::optional<int> offset_minutes(std::string_view& text) {
    if (skip(text, "Zz")) return 0;
    if (text.empty()) return std::nullopt;
    const int sign = text.front() == '-' ? -1 : 1;
    if (!skip(text, "+-")) return std::nullopt;
    const auto hours = digits(text, 2);
    if (!hours || !skip(text, ":")) return std::nullopt;
    const auto minutes = digits(text, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return sign * (*hours * 60 + *minutes);
}

}  // namespace

std::string rfc3339(Stamp at) {
    const Parts parts = split(at);
    char text[64];
    std::snprintf(
        text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(parts.date.year()),
        static_cast<unsigned>(parts.date.month()), static_cast<unsigned>(parts.date.day()),
        static_cast<int>(parts.time.hours().count()), static_cast<int>(parts.time.minutes().count()),
        static_cast<int>(parts.time.seconds().count()), static_cast<int>(parts.time.subseconds().count()));
    return text;
}

std::optional<Stamp> parse_rfc3339(std::string_view text) {
    using namespace std::chrono;
    const auto y = digits(text, 4);
    if (!y || !skip(text, "-")) return std::nullopt;
    const auto mo = digits(text, 2);
    if (!mo || !skip(text, "-")) return std::nullopt;
    const auto d = digits(text, 2);
    if (!d || !skip(text, "Tt ")) return std::nullopt;
    const auto h = digits(text, 2);
    if (!h || !skip(text, ":")) return std::nullopt;
    const auto mi = digits(text, 2);
    if (!mi || !skip(text, ":")) return std::nullopt;
    const auto s = digits(text, 2);
    if (!s) return std::nullopt;
    std::int64_t micros = 0;
    if (skip(text, ".")) {
        const auto value = fraction(text);
        if (!value) return std::nullopt;
        micros = *value;
    }
    const auto east = offset_minutes(text);
    if (!east || !text.empty()) return std::nullopt;
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
    // 60 is a leap second (RFC 3339 section 5.6).
    if (!date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
    return Stamp{sys_days{date}.time_since_epoch() + hours{*h} + minutes{*mi - *east} + seconds{*s} +
                 Micros{micros}};
}

std::string clock_text(Stamp at) {
    const Parts parts = split(at);
    char text[32];
    std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(parts.time.hours().count()),
                  static_cast<int>(parts.time.minutes().count()));
    return text;
}

std::string duration_text(Micros length) {
    using namespace std::chrono;
    const std::int64_t s = floor<seconds>(length < Micros{0} ? -length : length).count();
    if (length > Micros{0} && s == 0) return std::to_string(floor<milliseconds>(length).count()) + " ms";
    const auto two = [](std::int64_t big, const char* big_unit, std::int64_t small, const char* small_unit) {
        std::string text = std::to_string(big) + big_unit;
        if (small > 0) text += " " + std::to_string(small) + small_unit;
        return text;
    };
    if (s < 60) return std::to_string(s) + " s";
    if (s < 3600) return two(s / 60, " min", s % 60, " s");
    if (s < 86400) return two(s / 3600, " h", s % 3600 / 60, " min");
    return two(s / 86400, " d", s % 86400 / 3600, " h");
}

}  // namespace sereno
