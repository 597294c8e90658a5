// Does a body hold at a JSON pointer what a rule says? Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/model/probe_spec.hpp"

namespace sereno {

/// Empty when every rule holds; else why the first one that does not, does not: "/status is \"down\", not
/// \"ok\"". Bodies nested deeper than 32 are no JSON to it.
std::string json_mismatch(const std::vector<JsonRule>& rules, std::string_view body);

}  // namespace sereno
