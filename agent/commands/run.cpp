#include "agent/commands/run.hpp"

#include <sysexits.h>

#include <csignal>
#include <stdexcept>

#include "agent/commands/settings_source.hpp"
#include "agent/daemon.hpp"
#include "agent/log.hpp"
#include "agent/memory.hpp"

namespace sereno {

int run(const RunOptions& options) {
    keep_memory_small();
    // A log pipe or a socket that closes early is an error to handle, not a reason to die.
    std::signal(SIGPIPE, SIG_IGN);
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
