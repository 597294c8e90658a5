#include "agent/commands/run.hpp"

#include <malloc.h>
#include <sysexits.h>

#include <stdexcept>

#include "agent/daemon.hpp"
#include "agent/commands/settings_source.hpp"
#include "agent/log.hpp"

namespace sereno {

int run(const RunOptions& options) {
    // Two arenas are enough for two threads, and small allocations go back to the system: this may run for years.
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_TRIM_THRESHOLD, 256 * 1024);
    log::start(options.verbose ? log::Level::debug : log::Level::info);
    auto settings = settings_from(options.config);
    if (!settings) return EX_DATAERR;
    try {
        Daemon daemon(std::move(*settings));
        return daemon.run();
    } catch (const std::exception& error) {
        log::error(error.what());
        return EX_UNAVAILABLE;
    }
}

}  // namespace sereno
