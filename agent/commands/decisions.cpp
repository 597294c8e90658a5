#include "agent/commands/decisions.hpp"

#include <sysexits.h>

#include <charconv>
#include <iostream>
#include <stdexcept>

#include "agent/commands/settings_source.hpp"
#include "agent/daemon.hpp"
#include "agent/json/json.hpp"
#include "agent/store/store.hpp"
#include "config/load.hpp"

namespace sereno {

namespace {

/// "90s", "15min", "2h", "7d" ago, or an RFC 3339 time.
std::optional<Stamp> since_from(const std::string& text) {
    if (text.empty()) return Stamp{};
    if (const auto at = parse_rfc3339(text)) return at;
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0 || count > 1'000'000) return std::nullopt;
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    std::int64_t seconds = 0;
    if (unit == "s")
        seconds = 1;
    else if (unit == "min")
        seconds = 60;
    else if (unit == "h")
        seconds = 3600;
    else if (unit == "d")
        seconds = 86400;
    else
        return std::nullopt;
    const auto now = std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch());
    return Stamp{now - Micros{count * seconds * 1'000'000}};
}

}  // namespace

int decisions(const DecisionsOptions& options) {
    const auto since = since_from(options.since);
    if (!since) {
        std::cerr
            << "--since '" << options.since
            << "' is not a time; write '2026-01-31T15:04:05Z', or how long ago: '90s', '15min', '2h', '7d'\n";
        return EX_USAGE;
    }
    const auto settings = settings_from(options.config);
    if (!settings) return EX_DATAERR;
    try {
        const Words words(builtin_messages(), "en");
        for (const DecisionRecord& record : read_decisions(database_path(*settings), *since)) {
            if (options.json) {
                std::cout << json_text(decision_json(record, words, Micros{0})) << '\n';
                continue;
            }
            const Verdict& verdict = record.verdict;
            std::cout << rfc3339(verdict.at) << "  " << verdict.subject.value << "  "
                      << words.decision(verdict.decision) << ": " << words.cause(verdict.cause) << '\n';
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EX_NOINPUT;
    }
    return 0;
}

}  // namespace sereno
