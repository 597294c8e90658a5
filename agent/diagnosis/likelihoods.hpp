// What each finding says for each explanation: the one table that the engine reasons from, with its reasons.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/verdict.hpp"

namespace sereno {

/// Thousandths of a nat: ln(p) * 1000.
using MilliNats = int;

/// Who would have to act.
enum class Blame : std::uint8_t { nobody, us, between, them };
Blame blame_of(Cause cause);

/// How likely an explanation is before anything is seen, in 100,000ths. They sum to 100,000.
struct Prior {
    Cause cause;
    int parts;
};
std::span<const Prior> platform_priors();

struct Likelihood {
    Cause cause;
    int permille;  ///< how often this is found when that is the cause, 1..1000
};

/// One line of the table.
struct Finding {
    std::string_view rule;          ///< Evidence::rule
    int otherwise;                  ///< permille, for every cause that is not named
    std::vector<Likelihood> given;  ///< the others
    std::string_view reason;
    bool apart = false;  ///< says how long or how widely: stands for itself, beside what its group says

    [[nodiscard]] int permille(Cause cause) const;
};

/// Every rule that may appear in a verdict on a platform.
std::span<const Finding> platform_findings();
/// The table's line. The rule must exist.
const Finding& finding_of(std::string_view rule);

}  // namespace sereno
