// A world that is drawn by a number, with the truth about it known.
#pragma once

#include <string>
#include <vector>

#include "agent/model/verdict.hpp"
#include "world.hpp"

namespace sereno::scenario {

/// What a sage who knows the faults would say.
struct Truth {
    enum class Kind : std::uint8_t {
        nothing,  ///< nothing worth a word, at most a doubt
        local,    ///< it is us
        app,      ///< the team's own program
        blocked,  ///< it works for others: no outage, and nothing here is broken
        outage,   ///< it is them
    };
    Kind kind = Kind::nothing;
    std::vector<std::string> causes;    ///< any of these is right; empty: not asked
    std::vector<std::string> subjects;  ///< of an outage: who is down
    Stamp begins, ends;
    bool is_partial = false;  ///< it fails now and then, or not for everybody
    /// Why nobody in this household could know of the outage, and a doubt is all that can be right; empty: he
    /// could.
    std::string unanswerable;
};
std::string_view to_string(Truth::Kind kind);

/// A team and what it watches; the configuration is read once.
struct Household {
    std::vector<std::string> platforms;
    Watch watch;
};
std::vector<Household> households();

struct RandomWorld {
    std::uint64_t seed = 0;
    const Household* household = nullptr;
    WorldPlan plan;
    Stamp starts;
    Micros length{0};
    Truth truth;
    std::string story;         ///< for people
    bool has_witness = false;  ///< somebody in other networks can be asked all the while
};
/// The same for the same seed, on every machine. `all` outlives what is returned.
RandomWorld draw_world(std::uint64_t seed, const std::vector<Household>& all);

}  // namespace sereno::scenario
