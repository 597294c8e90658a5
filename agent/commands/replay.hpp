// `sereno replay`: runs the brain over a recording, and says whether it decides what it decided then.
#pragma once

#include <string>

namespace sereno {

struct ReplayOptions {
    std::string file;
    bool json = false;  ///< every effect as it stands in recordings, instead of what people read
};

/// 0 when all is as recorded, byte for byte; 3 when not, with a unified diff on standard error; 65 for a file
/// that cannot be used.
int replay(const ReplayOptions& options);

}  // namespace sereno
