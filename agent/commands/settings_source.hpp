// Where a command's settings come from.
#pragma once

#include <optional>
#include <string>

#include "config/settings.hpp"

namespace sereno {

/// `path` empty: /etc/sereno/sereno.yaml when there is one, else the built-in default. Complaints go to
/// standard error; empty when the file cannot be used.
std::optional<Settings> settings_from(const std::string& path);

}  // namespace sereno
