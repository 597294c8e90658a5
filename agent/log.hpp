// Logging for the shell (never the core). info: a person would act or be reassured; debug: one line a probe.
#pragma once

#include <string_view>

namespace sereno::log {

enum class Level { debug, info, warning, error };

/// Lines go to standard error: time, level, text. Under systemd (JOURNAL_STREAM set) without the time.
void start(Level least);
[[nodiscard]] bool enabled(Level level);
void write(Level level, std::string_view text);

inline void debug(std::string_view text) {
    write(Level::debug, text);
}
inline void info(std::string_view text) {
    write(Level::info, text);
}
inline void warning(std::string_view text) {
    write(Level::warning, text);
}
inline void error(std::string_view text) {
    write(Level::error, text);
}

}  // namespace sereno::log
