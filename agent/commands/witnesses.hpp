// `sereno witnesses`: how those who look from elsewhere are, as the running daemon knows it.
#pragma once

#include <string>

namespace sereno {

struct WitnessesOptions {
    std::string config;
    bool json = false;
};

/// Asks the page of the daemon that runs with the same configuration. 0 when nobody is unknown, 3 when
/// somebody is; 65 for a bad configuration, 69 when the daemon does not answer, or not as sereno does, 78
/// when its page is off.
int witnesses(const WitnessesOptions& options);

}  // namespace sereno
