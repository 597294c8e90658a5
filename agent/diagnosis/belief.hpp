// Bayes with integers: findings in, belief in each explanation out, and what each finding weighed.
#pragma once

#include <optional>
#include <vector>

#include "agent/diagnosis/likelihoods.hpp"
#include "agent/model/verdict.hpp"

namespace sereno {

/// 1000 * ln(permille / 1000), for 1..1000.
MilliNats ln_permille(int permille);
/// 1e9 * exp(x / 1000), for x <= 0.
std::int64_t exp_parts(MilliNats x);
/// 1000 / (1 + exp(-x/1000)), between 1 and 999: belief never becomes certainty, so it can turn back.
int permille(MilliNats log_odds);

/// A finding, and how often in a row it was made: the first says a third of what three say (Wald's
/// sequential test: with these likelihoods three in a row decide, more of one host's say nothing new).
struct Sighting {
    Evidence evidence;
    int looks = full_looks;
    static constexpr int full_looks = 3;
};

/// Belief in each cause after all that was seen. Findings of one group share fate: together they never tell
/// two causes further apart than `group_cap`, however many they are.
class Belief {
  public:
    static constexpr MilliNats group_cap = 6'000;

    Belief(const Model& model, std::vector<Sighting> seen);

    /// The likeliest; of equals the first in the priors.
    [[nodiscard]] Cause best() const;
    /// The likeliest of those that lay the blame there; nothing, when none does.
    [[nodiscard]] std::optional<Cause> best_of(Blame blame) const;
    [[nodiscard]] int permille_of(Cause cause) const;  ///< 0..1000
    [[nodiscard]] int permille_of(Blame blame) const;

    /// The evidence with its weight: how much it speaks for `cause` against the likeliest that blames
    /// somebody else. Strongest first; ties by rule.
    [[nodiscard]] std::vector<Evidence> explain(Cause cause) const&;
    /// The same, for whom nothing else is asked afterwards.
    [[nodiscard]] std::vector<Evidence> explain(Cause cause) &&;
    /// The likeliest others, at most `most`, each with what speaks most against it.
    [[nodiscard]] std::vector<Alternative> ruled_out(Cause cause, std::size_t most = 3) const;

  private:
    struct Hypothesis {
        Cause cause;
        MilliNats log = 0;
        std::int64_t parts = 0;  ///< of the sum over all
    };
    /// What the sighting in this place says for a cause.
    [[nodiscard]] MilliNats log_of(std::size_t place, Cause cause) const;
    void weigh_groups();
    [[nodiscard]] std::vector<Evidence> weighed(std::vector<Evidence> evidence, Cause cause) const;
    [[nodiscard]] const Hypothesis* rival_of(Cause cause) const;

    std::vector<Hypothesis> hypotheses_;  ///< in the priors' order
    std::vector<Sighting> seen_;
    std::vector<const Model::Line*> lines_;  ///< of the table, for each sighting
    std::int64_t sum_ = 0;
};

/// Sum over the evidence. Within one group the positive weights count only once, by the strongest.
MilliNats sum_capped_by_group(const std::vector<Evidence>& evidence);

/// Strongest first, whichever way it points; ties by rule name.
void sort_by_strength(std::vector<Evidence>& evidence);

}  // namespace sereno
