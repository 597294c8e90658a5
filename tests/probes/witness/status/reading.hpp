// One document, read as one format.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "probes/witness/status/report.hpp"

namespace sereno::test {

/// 4 April 2026, 12:00:00 UTC, by the wall clock.
inline constexpr Stamp noon{std::chrono::seconds{1775304000}};

inline StatusReport read_as(StatusFormat format, std::string_view body,
                            std::vector<std::string> components = {}) {
    return read_status({format, "https://status.example/", std::move(components)}, body, noon);
}

}  // namespace sereno::test
