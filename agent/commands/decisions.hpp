// `sereno decisions`: what was decided, from the database, one JSON object or one line each.
#pragma once

#include <string>

namespace sereno {

struct DecisionsOptions {
    std::string config;
    std::string since;  ///< RFC 3339, or a length of time such as "2h"; empty: everything kept
    bool json = false;
};

/// 0; 64 for a time it cannot read, 65 for a bad configuration, 66 when there is no database to read.
int decisions(const DecisionsOptions& options);

}  // namespace sereno
