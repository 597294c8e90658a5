// How much each piece of evidence weighs, and how weights become a confidence. Integers only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/model/verdict.hpp"

namespace sereno {

/// Log-odds in thousandths of a nat: +1000 makes the hypothesis e times as likely.
using MilliNats = int;

/// One entry of the table of weights, with the reason for its size.
struct Weight {
    std::string_view rule;
    MilliNats milli_nats;
    std::string_view reason;
};

/// Every rule that may appear in a verdict on a platform.
const std::vector<Weight>& platform_weights();
/// The table's entry. The rule must exist.
MilliNats weight_of(std::string_view rule);

/// Log-odds that a platform is down before anything is seen: outages are rare.
inline constexpr MilliNats outage_prior = -3000;

/// 1000 / (1 + exp(-x/1000)), from a table, between 1 and 999: belief never becomes certainty, so it can turn
/// back.
int permille(MilliNats log_odds);

/// Sum over the evidence. Within one group the positive weights count only once, by the strongest: what fails
/// together for one reason is one reason.
MilliNats sum_capped_by_group(const std::vector<Evidence>& evidence);

/// Strongest first, whichever way it points; ties by rule name.
void sort_by_strength(std::vector<Evidence>& evidence);

}  // namespace sereno
