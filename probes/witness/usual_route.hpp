// How many peers of route collectors usually have a route (FactKind::route). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "agent/loop/remembered.hpp"

namespace sereno {

struct UsualRoute {
    static constexpr std::chrono::hours valid_for{7 * 24};
    /// Seen by so many of those that had it: the new count replaces the old one. An outage does not.
    static constexpr int steady_permille = 900;

    int peers = 0;  ///< 0: nothing is known
    std::uint32_t origin = 0;
    Stamp when;
};

/// What was learned within a week; `prefix` as to_string() writes it.
UsualRoute usual_route(const Remembered& remembered, const std::string& prefix, Stamp now);
/// For the next run: the few that still have a route when it begins are not all.
void keep_usual_route(Remembered& remembered, const std::string& prefix, int peers, std::uint32_t origin,
                      Stamp now);

}  // namespace sereno
