// `sereno rehearse`: an outage re-enacted with real packets, the agent itself unmodified.
#pragma once

#include <cstdint>
#include <string>

namespace sereno {

struct RehearseOptions {
    std::string
        scenario;       ///< "facebook-2021", or the path of a scenario file (with a '/' or ending in .yaml)
    int speed = 0;      ///< scenario seconds a real second, 1 to 120; 0: the scenario's own
    bool json = false;  ///< one object instead of the live account
    bool keep = false;  ///< keep the temporary folder also when all went as expected
    std::uint16_t page_port = 0;  ///< of the agent's page on 127.0.0.1; 0: any free one
};

/// 0 as expected, 1 not as expected or not finished, 64 for an unknown scenario or a bad speed, 65 for a bad
/// scenario file, 69 when the world cannot be built or the agent cannot be started.
int rehearse(const RehearseOptions& options);

}  // namespace sereno
