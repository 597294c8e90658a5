#include "agent/diagnosis/belief.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <map>
#include <utility>

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

constexpr std::int64_t giga = 1'000'000'000;

/// exp(-n/1000) for n of 0..999 in units of 1e-9, by its series.
constexpr std::array<std::int64_t, 1000> exponentials() {
    std::array<std::int64_t, 1000> table{};
    for (std::int64_t n = 0; n < 1000; ++n) {
        std::int64_t value = giga, term = giga;
        for (std::int64_t k = 1; term > 0; ++k) {
            term = term * n / (1000 * k);
            value += k % 2 == 1 ? -term : term;
        }
        table[static_cast<std::size_t>(n)] = value;
    }
    return table;
}

constexpr auto exp_table = exponentials();

int bounded(int looks) {
    return std::clamp(looks, 1, Sighting::full_looks);
}

}  // namespace

MilliNats ln_permille(int permille) {
    const auto p = static_cast<std::size_t>(std::clamp(permille, 1, 1000));
    return static_cast<MilliNats>((ln_table[p] - ln_table[1000]) / (pico / 1000));
}

std::int64_t exp_parts(MilliNats x) {
    constexpr std::int64_t one_by_e = 367'879'441;
    const int whole = std::min(-x / 1000, 30);
    std::int64_t value = exp_table[static_cast<std::size_t>(-x % 1000)];
    for (int i = 0; i < whole; ++i)
        value = value * one_by_e / giga;
    return value;
}

int permille(MilliNats log_odds) {
    const std::int64_t other = exp_parts(-std::abs(log_odds));
    const auto value = static_cast<int>(1'000'000'000'000 / (1'000'000'000 + other));
    return std::clamp(log_odds < 0 ? 1000 - value : value, 1, 999);
}

Belief::Belief(const Model& model, std::vector<Sighting> seen) : seen_(std::move(seen)) {
    hypotheses_.reserve(model.priors.size());
    for (const Prior& prior : model.priors)
        hypotheses_.push_back({prior.cause, 0, 0});
    lines_.reserve(seen_.size());
    for (const Sighting& one : seen_)
        lines_.push_back(&model.line(one.evidence.rule));
    weigh_groups();
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

/// What shares fate is summed and bounded first; what only says how long or how widely stands for itself.
void Belief::weigh_groups() {
    std::vector<std::pair<int, std::size_t>> places;  // by group
    places.reserve(seen_.size());
    int apart = static_cast<int>(std::numeric_limits<std::uint8_t>::max());
    for (std::size_t i = 0; i < seen_.size(); ++i)
        places.emplace_back(lines_[i]->finding->apart ? ++apart : static_cast<int>(seen_[i].evidence.group),
                            i);
    std::sort(places.begin(), places.end());
    std::vector<MilliNats> logs(hypotheses_.size());
    for (auto next = places.begin(); next != places.end();) {
        const int group = next->first;
        std::fill(logs.begin(), logs.end(), 0);
        for (; next != places.end() && next->first == group; ++next) {
            const std::vector<MilliNats>& says = lines_[next->second]->logs;
            const int looks = bounded(seen_[next->second].looks);
            for (std::size_t i = 0; i < logs.size(); ++i)
                logs[i] += says[i] * looks / Sighting::full_looks;
        }
        const MilliNats most = *std::max_element(logs.begin(), logs.end());
        for (std::size_t i = 0; i < logs.size(); ++i)
            hypotheses_[i].log += std::max(logs[i] - most, -group_cap);
    }
}

MilliNats Belief::log_of(std::size_t place, Cause cause) const {
    return ln_permille(lines_[place]->finding->permille(cause)) * bounded(seen_[place].looks) /
           Sighting::full_looks;
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

std::vector<Evidence> Belief::weighed(std::vector<Evidence> evidence, Cause cause) const {
    if (const Hypothesis* rival = rival_of(cause))
        for (std::size_t i = 0; i < evidence.size(); ++i)
            evidence[i].weight = log_of(i, cause) - log_of(i, rival->cause);
    sort_by_strength(evidence);
    return evidence;
}

std::vector<Evidence> Belief::explain(Cause cause) const& {
    std::vector<Evidence> evidence;
    evidence.reserve(seen_.size());
    for (const Sighting& one : seen_)
        evidence.push_back(one.evidence);
    return weighed(std::move(evidence), cause);
}

std::vector<Evidence> Belief::explain(Cause cause) && {
    std::vector<Evidence> evidence;
    evidence.reserve(seen_.size());
    for (Sighting& one : seen_)
        evidence.push_back(std::move(one.evidence));
    return weighed(std::move(evidence), cause);
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
        for (std::size_t i = 0; i < seen_.size(); ++i) {
            const MilliNats difference = log_of(i, other.cause) - log_of(i, cause);
            if (difference >= worst) continue;
            worst = difference;
            alternative.against = seen_[i].evidence.rule;
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
