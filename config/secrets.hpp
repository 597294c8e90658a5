// Secrets, and the reading of the small files that a configuration names.
#pragma once

#include <optional>
#include <string>

#include "config/schema.hpp"

namespace sereno {

/// The whole of a regular file of at most `most_bytes`; else why not, as the system says it.
Parsed<std::string> read_small_file(const std::string& path, std::size_t most_bytes);

/// `path` as seen from `folder`; an absolute one stays as it is.
std::string seen_from(const std::string& folder, const std::string& path);
/// The folder a file is in, "." when the path names none.
std::string folder_of(const std::string& path);

}  // namespace sereno
