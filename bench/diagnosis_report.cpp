#include "diagnosis_report.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <string>

namespace sereno::scenario {

namespace {

/// "98.7 %"; "-" of nothing.
std::string percent(std::size_t part, std::size_t of) {
    if (of == 0) return "-";
    char text[32];
    std::snprintf(text, sizeof text, "%.2f %%", 100.0 * static_cast<double>(part) / static_cast<double>(of));
    return text;
}

std::string quantiles(std::vector<Micros> times) {
    if (times.empty()) return "-";
    std::sort(times.begin(), times.end());
    const auto at = [&](std::size_t permille) {
        return static_cast<double>(times[(times.size() - 1) * permille / 1000].count()) / 1e6;
    };
    char text[64];
    std::snprintf(text, sizeof text, "median %.1f s, 95th percentile %.1f s", at(500), at(950));
    return text;
}

template <class Holds>
std::size_t count(const std::vector<Trial>& trials, Holds holds) {
    return static_cast<std::size_t>(std::count_if(trials.begin(), trials.end(), holds));
}

/// Rates that everybody can be measured by.
template <class Of>
void print_rates(const std::vector<Trial>& trials, Of of) {
    using Kind = Truth::Kind;
    const auto is = [](const Trial& t, Kind kind) { return t.truth == kind; };
    const std::size_t outages = count(trials, [&](const Trial& t) { return is(t, Kind::outage); });
    const std::size_t locals = count(trials, [&](const Trial& t) { return is(t, Kind::local); });
    const std::size_t missed =
        count(trials, [&](const Trial& t) { return is(t, Kind::outage) && of(t).declared == 0; });
    const std::size_t falsely = count(trials, [&](const Trial& t) { return of(t).falsely_declared > 0; });
    const std::size_t local_false =
        count(trials, [&](const Trial& t) { return is(t, Kind::local) && of(t).falsely_declared > 0; });
    std::size_t down = 0, declared = 0;
    std::vector<Micros> verdict;
    for (const Trial& t : trials) {
        down += static_cast<std::size_t>(of(t).down);
        declared += static_cast<std::size_t>(of(t).declared);
        if (is(t, Kind::outage) && of(t).to_verdict) verdict.push_back(*of(t).to_verdict);
    }
    std::printf("  worlds with a false declaration   %s (%zu; %zu of %zu local ones)\n",
                percent(falsely, trials.size()).c_str(), falsely, local_false, locals);
    std::printf("  outages never declared            %s (%zu of %zu)\n", percent(missed, outages).c_str(),
                missed, outages);
    std::printf("  platforms declared of those down  %s\n", percent(declared, down).c_str());
    std::printf("  from outage to declaration        %s\n", quantiles(verdict).c_str());
}

void print_confusion(const std::vector<Trial>& trials) {
    std::printf("truth      %8s%8s%12s%12s%16s%10s\n", "none", "watch", "restart_app", "fix_local",
                "declare_outage", "right");
    for (std::size_t truth = 0; truth < truths; ++truth) {
        const auto kind = static_cast<Truth::Kind>(truth);
        std::printf("%-10s", std::string{to_string(kind)}.c_str());
        for (std::size_t answer = 0; answer < answers; ++answer)
            std::printf("%*zu",
                        answer < 2    ? 8
                        : answer == 4 ? 16
                                      : 12,
                        count(trials, [&](const Trial& t) {
                            return t.truth == kind && t.ours.answer == static_cast<Answer>(answer);
                        }));
        const std::size_t all = count(trials, [&](const Trial& t) { return t.truth == kind; });
        std::printf(
            "%10s\n",
            percent(count(trials, [&](const Trial& t) { return t.truth == kind && t.ours.is_right; }), all)
                .c_str());
    }
}

void print_calibration(const std::vector<Trial>& trials) {
    std::array<std::size_t, 10> said{}, right{}, sum{};
    std::size_t all = 0;
    for (const Trial& t : trials)
        for (const auto& [permille, is_right] : t.ours.confidences) {
            const auto bin = static_cast<std::size_t>(std::min(permille / 100, 9));
            ++said[bin], ++all;
            right[bin] += is_right ? 1 : 0;
            sum[bin] += static_cast<std::size_t>(permille);
        }
    double error = 0;
    std::printf("calibration of settled verdicts: said, right, how many\n");
    for (std::size_t bin = 0; bin < said.size(); ++bin) {
        if (said[bin] == 0) continue;
        const double mean = static_cast<double>(sum[bin]) / static_cast<double>(said[bin]) / 1000.0;
        const double rate = static_cast<double>(right[bin]) / static_cast<double>(said[bin]);
        error += static_cast<double>(said[bin]) / static_cast<double>(all) * std::abs(mean - rate);
        std::printf("  %5.1f %%  %5.1f %%  %zu\n", 100 * mean, 100 * rate, said[bin]);
    }
    std::printf("  expected calibration error %.4f\n", error);
}

/// Where the diagnosis goes wrong, by what is the truth: where to look first.
void print_by_cause(const std::vector<Trial>& trials) {
    struct Row {
        std::size_t all = 0, right = 0, asked = 0, cause = 0;
        std::uint64_t example = 0;
    };
    std::map<std::string, Row> rows;
    for (const Trial& t : trials) {
        Row& row = rows[std::string{to_string(t.truth)} + (t.cause.empty() ? "" : " " + t.cause)];
        ++row.all;
        row.right += t.ours.is_right ? 1 : 0;
        row.asked += t.ours.cause_is_asked ? 1 : 0;
        row.cause += t.ours.cause_is_right ? 1 : 0;
        const bool wrong = !t.ours.is_right || (t.ours.cause_is_asked && !t.ours.cause_is_right);
        if (wrong && row.example == 0) row.example = t.seed;
    }
    std::printf("%-34s%8s%12s%12s   first wrong\n", "truth", "worlds", "right", "its cause");
    for (const auto& [name, row] : rows)
        std::printf("%-34s%8zu%12s%12s   %s\n", name.c_str(), row.all, percent(row.right, row.all).c_str(),
                    percent(row.cause, row.asked).c_str(),
                    row.example == 0 ? "" : ("--seed " + std::to_string(row.example) + " --show").c_str());
}

/// Outages of which a household cannot know: apart from all others, so that nothing hides among them.
void print_unanswerable(const std::vector<Trial>& trials) {
    std::map<std::string, std::vector<Trial>> by_reason;
    for (const Trial& t : trials)
        by_reason[t.unanswerable].push_back(t);
    std::printf("\nunanswerable: %zu\n", trials.size());
    for (const auto& [reason, some] : by_reason) {
        const auto said = [&](Answer answer) {
            return count(some, [&](const Trial& t) { return t.ours.answer == answer; });
        };
        std::printf(
            "  %s: %zu\n    none %zu, watch %zu, restart_app %zu, fix_local %zu, declare_outage %zu; "
            "others declared falsely in %zu\n",
            reason.c_str(), some.size(), said(Answer::none), said(Answer::watch), said(Answer::restart_app),
            said(Answer::fix_local), said(Answer::declare_outage),
            count(some, [](const Trial& t) { return t.ours.falsely_declared > 0; }));
    }
}

}  // namespace

void print(const std::vector<Trial>& all) {
    std::vector<Trial> trials, unanswerable;
    for (const Trial& trial : all)
        (trial.unanswerable.empty() ? trials : unanswerable).push_back(trial);
    const auto ours = [](const Trial& t) -> const Outcome& { return t.ours; };
    std::vector<Trial> witnessed;
    std::copy_if(trials.begin(), trials.end(), std::back_inserter(witnessed),
                 [](const Trial& t) { return t.has_witness; });
    std::printf("%zu worlds, %zu of them with a witness in other networks; and %zu unanswerable\n\n",
                trials.size(), witnessed.size(), unanswerable.size());
    print_confusion(trials);
    std::printf("\nsereno, all worlds\n");
    print_rates(trials, ours);
    const auto right = [](const Trial& t) { return t.ours.is_right; };
    std::printf("  right decision                    %s; with a witness %s\n",
                percent(count(trials, right), trials.size()).c_str(),
                percent(count(witnessed, right), witnessed.size()).c_str());
    const std::size_t asked = count(trials, [](const Trial& t) { return t.ours.cause_is_asked; });
    std::printf("  right cause of a right decision   %s\n",
                percent(count(trials, [](const Trial& t) { return t.ours.cause_is_right; }), asked).c_str());
    std::vector<Micros> suspicion;
    for (const Trial& t : trials)
        if (t.truth == Truth::Kind::outage && t.ours.to_suspicion) suspicion.push_back(*t.ours.to_suspicion);
    std::printf("  from outage to suspicion          %s\n", quantiles(suspicion).c_str());
    std::printf("sereno, with a witness\n");
    print_rates(witnessed, ours);
    std::printf("\n");
    print_calibration(trials);
    std::printf("\n");
    print_by_cause(trials);
    for (std::size_t i = 0; i < monitors.size(); ++i) {
        std::printf("\n%s\n", std::string{monitors[i].name}.c_str());
        print_rates(trials, [i](const Trial& t) -> const Outcome& { return t.theirs[i]; });
    }
    print_unanswerable(unanswerable);
}

void print_wrong(const std::vector<Trial>& trials) {
    for (const Trial& t : trials) {
        const bool wrong = !t.ours.is_right || (t.ours.cause_is_asked && !t.ours.cause_is_right);
        if (wrong)
            std::printf("--seed %llu --show   truth %s %s, said %s%s%s\n",
                        static_cast<unsigned long long>(t.seed), std::string{to_string(t.truth)}.c_str(),
                        t.cause.c_str(), t.ours.said.c_str(),
                        t.ours.falsely_declared > 0 ? ", declared falsely" : "",
                        t.unanswerable.empty() ? t.has_witness ? "" : ", no witness" : ", unanswerable");
    }
}

}  // namespace sereno::scenario
