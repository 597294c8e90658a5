// One random world lived through by the brain, and by what others use, and judged by the truth.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "random_world.hpp"

namespace sereno::scenario {

enum class Answer : std::uint8_t { none, watch, restart_app, fix_local, declare_outage };
inline constexpr std::size_t answers = 5, truths = 5;

struct Outcome {
    Answer answer = Answer::none;  ///< the strongest that stood; a doubt counts when it stood for a minute
    bool is_right = false;         ///< the answer fits the truth, and nobody is declared who is well
    bool cause_is_right = false;   ///< of a right answer whose truth has causes
    bool cause_is_asked = false;
    int falsely_declared = 0;    ///< platforms
    int down = 0, declared = 0;  ///< platforms that are, and how many of these are declared
    std::optional<Micros> to_suspicion, to_verdict;  ///< from the beginning of what is wrong
    std::vector<std::pair<int, bool>>
        confidences;   ///< of each settled verdict, in permille, and whether it was right
    std::string said;  ///< for people: the causes of the strongest answer
};

/// "N failures in a row mean down", of each platform's first page.
struct Monitor {
    std::string_view name;
    Micros interval;
    int failures;
    Micros failing_for{0};  ///< and for at least so long
};
inline constexpr std::array<Monitor, 3> monitors{{
    {"Uptime Kuma (1 in a row, every 60 s)", Micros{60'000'000}, 1},
    {"Gatus (3 in a row, every 60 s)", Micros{60'000'000}, 3},
    {"blackbox_exporter (for: 1m, every 15 s)", Micros{15'000'000}, 1, Micros{60'000'000}},
}};

struct Trial {
    Truth::Kind truth = Truth::Kind::nothing;
    bool has_witness = false, is_partial = false;
    std::uint64_t seed = 0;
    std::string cause;         ///< the first of those that would be right
    std::string unanswerable;  ///< see Truth
    Outcome ours;
    std::array<Outcome, monitors.size()> theirs;
};
/// `tell`: a story in full is appended to it; null: none.
Trial run_trial(const RandomWorld& world, std::string* tell = nullptr);

}  // namespace sereno::scenario
