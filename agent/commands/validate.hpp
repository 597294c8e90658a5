// `sereno validate FILE`: everything that is wrong with a configuration, at once.
#pragma once

#include <string>

namespace sereno {

/// Prints one line a complaint, or what the file would watch. 0, or 65 (EX_DATAERR of sysexits.h) when the
/// file cannot be read or used; warnings alone do not count.
int validate(const std::string& file);

}  // namespace sereno
