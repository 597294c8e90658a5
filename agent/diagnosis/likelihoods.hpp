// What each finding says for each explanation: the one table that the engine reasons from, with its reasons.
#pragma once

#include <map>
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

/// The explanations that are weighed for one kind of subject, and what each finding says of them.
struct Model {
    /// What both name must outlive it.
    Model(std::span<const Prior> priors, std::span<const Finding> findings);

    std::span<const Prior> priors;
    std::span<const Finding> findings;

    /// One line of the table, worked out.
    struct Line {
        const Finding* finding;
        std::vector<MilliNats> logs;  ///< ln of its likelihood for each cause, in the priors' order
    };
    /// The rule must exist.
    [[nodiscard]] const Line& line(std::string_view rule) const;

  private:
    std::map<std::string_view, Line> lines_;
};
const Model& platform_model();
const Model& local_model();  ///< of this host and its network

}  // namespace sereno
