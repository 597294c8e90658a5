// `sereno run`: the daemon.
#pragma once

#include <string>

namespace sereno {

struct RunOptions {
    std::string config;    ///< empty: see settings_from
    bool verbose = false;  ///< one line a probe
};

/// 0 after a clean end, 65 for a bad configuration, 69 when the data folder or the page's port cannot be
/// used.
int run(const RunOptions& options);

}  // namespace sereno
