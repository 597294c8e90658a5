// `sereno check`: one round now, a table of layers and the decision with its reasons.
#pragma once

#include <string>
#include <vector>

namespace sereno {

struct CheckOptions {
    std::string config;
    std::vector<std::string> platforms;  ///< ids, about which all witnesses are asked; empty: all that are
                                         ///< watched, and in doubt only
    bool json = false;
};

/// Exit codes as monitoring plugins use them, the worst of all subjects: 2 declare_outage, 1 restart_app or
/// fix_local, 3 watch or no verdict, 0 none. 64 for a platform that is not watched, 65 for a bad
/// configuration.
int check(const CheckOptions& options);

}  // namespace sereno
