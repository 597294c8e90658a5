// `sereno export`: the recording in which an incident began, as one file to keep, argue about or give away.
#pragma once

#include <cstdint>
#include <string>

namespace sereno {

struct ExportOptions {
    std::string config;
    std::uint64_t incident = 0;
    bool redact = false;
    std::string
        output;  ///< "-": standard output; compressed when it ends in ".gz"; empty: a name made up here
};

/// 0; 65 for a bad configuration or recording, 66 when no recording holds the incident, 73 when the file
/// cannot be written.
int export_incident(const ExportOptions& options);

}  // namespace sereno
