#include "agent/diagnosis/belief.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <map>

namespace sereno {

namespace {

constexpr std::int64_t pico = 1'000'000'000'000;

/// ln(1..1000) in units of 1e-12: ln(n+1) - ln(n) = 2 artanh(1 / (2n+1)).
constexpr std::array<std::int64_t, 1001> logarithms() {
    std::array<std::int64_t, 1001> table{};
    for (std::int64_t n = 1; n < 1000; ++n) {
        const std::int64_t step = 2 * n + 1;
        std::int64_t power = pico / step, sum = 0;
        for (std::int64_t odd = 1; power > 0; odd += 2, power /= step * step)
            sum += power / odd;
        table[static_cast<std::size_t>(n + 1)] = table[static_cast<std::size_t>(n)] + 2 * sum;
    }
    return table;
}

constexpr auto ln_table = logarithms();

}  // namespace

MilliNats ln_permille(int permille) {
    const auto p = static_cast<std::size_t>(std::clamp(permille, 1, 1000));
    return static_cast<MilliNats>((ln_table[p] - ln_table[1000]) / (pico / 1000));
}

std::int64_t exp_parts(MilliNats x) {
    constexpr std::int64_t one = 1'000'000'000;
    constexpr std::int64_t one_by_e = 367'879'441;
    const int whole = std::min(-x / 1000, 30);
    const std::int64_t rest = -x % 1000;  // thousandths
    std::int64_t value = one, term = one;
    for (std::int64_t k = 1; term > 0; ++k) {
        term = term * rest / (1000 * k);
        value += k % 2 == 1 ? -term : term;
    }
    for (int i = 0; i < whole; ++i)
        value = value * one_by_e / one;
    return value;
}

int permille(MilliNats log_odds) {
    const std::int64_t other = exp_parts(-std::abs(log_odds));
    const auto value = static_cast<int>(1'000'000'000'000 / (1'000'000'000 + other));
    return std::clamp(log_odds < 0 ? 1000 - value : value, 1, 999);
}

Belief::Belief(const Model& model, std::span<const Sighting> seen)
    : model_(model), seen_(seen.begin(), seen.end()) {
    for (const Prior& prior : model.priors)
        hypotheses_.push_back({prior.cause, 0, 0});
    // What shares fate is summed and bounded first; what only says how long or how widely stands for itself.
    std::map<int, std::vector<const Sighting*>> groups;
    int apart = static_cast<int>(std::numeric_limits<std::uint8_t>::max());
    for (const Sighting& one : seen_)
        groups[model.finding(one.evidence.rule).apart ? ++apart : static_cast<int>(one.evidence.group)]
            .push_back(&one);
    for (const auto& [group, members] : groups) {
        std::vector<MilliNats> logs;
        for (const Hypothesis& one : hypotheses_) {
            MilliNats sum = 0;
            for (const Sighting* member : members)
                sum += log_of(*member, one.cause);
            logs.push_back(sum);
        }
        const MilliNats most = *std::max_element(logs.begin(), logs.end());
        for (std::size_t i = 0; i < logs.size(); ++i)
            hypotheses_[i].log += std::max(logs[i] - most, -group_cap);
    }
    // ln of a prior is taken of its 100,000ths as a product of two permilles.
    MilliNats most = std::numeric_limits<MilliNats>::min();
    for (std::size_t i = 0; i < hypotheses_.size(); ++i) {
        const int parts = model.priors[i].parts;
        hypotheses_[i].log += parts >= 1000 ? ln_permille(parts / 100) : ln_permille(parts) + ln_permille(10);
        most = std::max(most, hypotheses_[i].log);
    }
    for (Hypothesis& one : hypotheses_) {
        one.parts = exp_parts(one.log - most);
        sum_ += one.parts;
    }
}

MilliNats Belief::log_of(const Sighting& seen, Cause cause) const {
    const int looks = std::clamp(seen.looks, 1, Sighting::full_looks);
    return ln_permille(model_.finding(seen.evidence.rule).permille(cause)) * looks / Sighting::full_looks;
}

Cause Belief::best() const {
    return std::max_element(hypotheses_.begin(), hypotheses_.end(),
                            [](const Hypothesis& a, const Hypothesis& b) { return a.parts < b.parts; })
        ->cause;
}

std::optional<Cause> Belief::best_of(Blame blame) const {
    const Hypothesis* best = nullptr;
    for (const Hypothesis& one : hypotheses_)
        if (blame_of(one.cause) == blame && (!best || one.parts > best->parts)) best = &one;
    return best ? std::optional{best->cause} : std::nullopt;
}

int Belief::permille_of(Cause cause) const {
    std::int64_t parts = 0;
    for (const Hypothesis& one : hypotheses_)
        if (one.cause == cause) parts += one.parts;
    return static_cast<int>((parts * 1000 + sum_ / 2) / sum_);
}

int Belief::permille_of(Blame blame) const {
    std::int64_t parts = 0;
    for (const Hypothesis& one : hypotheses_)
        if (blame_of(one.cause) == blame) parts += one.parts;
    return static_cast<int>((parts * 1000 + sum_ / 2) / sum_);
}

const Belief::Hypothesis* Belief::rival_of(Cause cause) const {
    const Hypothesis* rival = nullptr;
    for (const Hypothesis& one : hypotheses_)
        if (blame_of(one.cause) != blame_of(cause) && (!rival || one.log > rival->log)) rival = &one;
    return rival;
}

std::vector<Evidence> Belief::explain(Cause cause) const {
    const Hypothesis* rival = rival_of(cause);
    std::vector<Evidence> evidence;
    for (const Sighting& one : seen_) {
        evidence.push_back(one.evidence);
        if (rival) evidence.back().weight = log_of(one, cause) - log_of(one, rival->cause);
    }
    sort_by_strength(evidence);
    return evidence;
}

std::vector<Alternative> Belief::ruled_out(Cause cause, std::size_t most) const {
    std::vector<Hypothesis> others = hypotheses_;
    std::erase_if(others, [cause](const Hypothesis& one) { return one.cause == cause; });
    std::stable_sort(others.begin(), others.end(),
                     [](const Hypothesis& a, const Hypothesis& b) { return a.log > b.log; });
    if (others.size() > most) others.resize(most);
    std::vector<Alternative> list;
    for (const Hypothesis& other : others) {
        Alternative& alternative = list.emplace_back();
        alternative.cause = other.cause;
        alternative.permille = static_cast<int>((other.parts * 1000 + sum_ / 2) / sum_);
        MilliNats worst = 0;
        for (const Sighting& one : seen_) {
            const MilliNats difference = log_of(one, other.cause) - log_of(one, cause);
            if (difference >= worst) continue;
            worst = difference;
            alternative.against = one.evidence.rule;
        }
    }
    return list;
}

MilliNats sum_capped_by_group(const std::vector<Evidence>& evidence) {
    std::map<Group, MilliNats> strongest;
    MilliNats sum = 0;
    for (const Evidence& e : evidence) {
        if (e.weight <= 0 || e.rule == "persisted")
            sum += e.weight;
        else
            strongest[e.group] = std::max(strongest[e.group], e.weight);
    }
    for (const auto& [group, weight] : strongest)
        sum += weight;
    return sum;
}

void sort_by_strength(std::vector<Evidence>& evidence) {
    std::stable_sort(evidence.begin(), evidence.end(), [](const Evidence& a, const Evidence& b) {
        const int x = std::abs(a.weight), y = std::abs(b.weight);
        return x != y ? x > y : a.rule < b.rule;
    });
}

}  // namespace sereno
