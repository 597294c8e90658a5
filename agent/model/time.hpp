// The agent's one timeline: microseconds that never jump, plus the texts people read.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sereno {

using Micros = std::chrono::duration<std::int64_t, std::micro>;

/// A clock without now(): only the shell can tell the time (agent/loop). It is the wall clock as read at
/// start-up plus monotonic time since then, so that intervals are true even when the wall clock is stepped.
struct Timeline {
    using duration = Micros;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Timeline>;
    static constexpr bool is_steady = true;
};

/// A point on the timeline, in microseconds since 1970-01-01T00:00:00Z.
using Stamp = Timeline::time_point;

/// `2021-10-04T15:39:07.120Z`: UTC, RFC 3339, always milliseconds.
std::string rfc3339(Stamp at);

/// Reads RFC 3339 (`Z` or an offset, any number of fractional digits). Empty when the text is anything else.
std::optional<Stamp> parse_rfc3339(std::string_view text);

/// `15:44`, UTC.
std::string clock_text(Stamp at);

/// A length of time in the two largest units that matter: `42 s`, `7 min 5 s`, `5 h 30 min`, `3 d 2 h`.
std::string duration_text(Micros length);

}  // namespace sereno
