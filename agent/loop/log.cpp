// Standard error, through spdlog: the one file that knows it.
#include "agent/log.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace sereno::log {

namespace {

constexpr std::size_t longest_line_bytes = 4000;

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            break;
    }
    return spdlog::level::err;
}

/// True when the journal reads our standard error: it stamps lines itself. JOURNAL_STREAM alone is not
/// enough, a child whose output was redirected inherits it (systemd.exec(5)).
bool journal_reads_stderr() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat here {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &here) != 0) return false;
    unsigned long long device = 0, inode = 0;
    return std::sscanf(stream, "%llu:%llu", &device, &inode) == 2 && device == here.st_dev &&
           inode == here.st_ino;
}

std::shared_ptr<spdlog::logger> make_logger() {
    // Locked: the store's thread writes here too.
    auto made = std::make_shared<spdlog::logger>("sereno", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        journal_reads_stderr() ? "%l %v" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::debug);
    return made;
}

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> the_one = make_logger();
    return *the_one;
}

/// One line of printable text: what a server sent must not start a line of its own or drive a terminal.
std::string printable(std::string_view text) {
    const bool too_long = text.size() > longest_line_bytes;
    std::string line{text.substr(0, longest_line_bytes)};
    for (std::size_t i = 0; i < line.size(); ++i) {
        const auto byte = static_cast<unsigned char>(line[i]);
        const auto next = i + 1 < line.size() ? static_cast<unsigned char>(line[i + 1]) : 0U;
        if (byte < 0x20 || byte == 0x7f) line[i] = '?';
        // U+0080 to U+009F in UTF-8: the other set of control characters, CSI among them.
        if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) line[i] = line[i + 1] = '?';
    }
    if (too_long) line += "...";
    return line;
}

}  // namespace

void start(Level least) {
    logger().set_level(spdlog_level(least));
}

bool enabled(Level level) {
    return logger().should_log(spdlog_level(level));
}

void write(Level level, std::string_view text) {
    if (!enabled(level)) return;
    logger().log(spdlog_level(level), spdlog::string_view_t{printable(text)});
}

}  // namespace sereno::log
