#include "diagnosis_latency.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "latency.hpp"
#include "scenario.hpp"

namespace sereno::scenario {

namespace {

using Time = std::optional<Micros>;

/// One kind of outage, met at many moments.
struct Met {
    std::string name;
    std::size_t draws = 0;
    std::vector<Passage> passages;                    ///< of all platforms that were down
    std::vector<Time> first_watched, first_declared;  ///< of any of them, each time
};

/// Nothing is later than any time.
Time earlier(Time a, Time b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}
Time between(Time from, Time to) {
    if (!from || !to) return std::nullopt;
    return *to - *from;
}

Met meet(const Settings& settings, const Blow& blow, std::uint64_t draws, std::uint64_t seed) {
    Met met{.name = blow.name, .draws = draws};
    for (std::uint64_t i = 0; i < draws; ++i) {
        Time watched, declared;
        for (Passage& passage : pass(settings, blow, seed + i)) {
            watched = earlier(watched, passage.watched);
            declared = earlier(declared, passage.declared);
            met.passages.push_back(std::move(passage));
        }
        met.first_watched.push_back(watched);
        met.first_declared.push_back(declared);
    }
    return met;
}

/// Those that came to it; how many did not is told beside them.
void print_times(const std::string& name, const std::vector<Time>& times) {
    std::vector<Micros> known;
    for (const Time& time : times)
        if (time) known.push_back(*time);
    std::sort(known.begin(), known.end());
    std::printf("  %-44s", name.c_str());
    if (known.empty()) {
        std::printf("never\n");
        return;
    }
    const auto at = [&](std::size_t percent) {
        return static_cast<double>(known[(known.size() - 1) * percent / 100].count()) / 1e6;
    };
    std::printf("median %5.1f s, 95th percentile %5.1f s, worst %5.1f s", at(50), at(95), at(100));
    if (known.size() < times.size()) std::printf(", never %zu", times.size() - known.size());
    std::printf("\n");
}

template <class Of>
void print_part(const std::string& name, const std::vector<Passage>& passages, Of of) {
    std::vector<Time> times;
    for (const Passage& passage : passages)
        times.push_back(of(passage));
    print_times(name, times);
}

void print_parts(const std::string& subject, const Met& met) {
    std::vector<Passage> own;
    std::copy_if(met.passages.begin(), met.passages.end(), std::back_inserter(own),
                 [&](const Passage& passage) { return passage.subject == subject; });
    std::printf(" %s\n", subject.c_str());
    print_part("to suspicion", own, [](const Passage& p) { return p.watched; });
    print_part("to declaration", own, [](const Passage& p) { return p.declared; });
    print_part("  until a probe that meets it begins", own, [](const Passage& p) { return p.begun; });
    print_part("  until that probe has failed", own,
               [](const Passage& p) { return between(p.begun, p.failed); });
    print_part("  from there to suspicion", own,
               [](const Passage& p) { return between(p.failed, p.watched); });
    print_part("  until others are asked", own, [](const Passage& p) { return between(p.watched, p.asked); });
    print_part("  until one of them agrees", own,
               [](const Passage& p) { return between(p.asked, p.agreed); });
    print_part("  from there to declaration", own,
               [](const Passage& p) { return between(p.agreed, p.declared); });
    print_part("  so long it had lasted when declared", own,
               [](const Passage& p) { return between(p.since, p.declared); });
    std::map<std::string, int> signs;
    for (const Passage& passage : own)
        ++signs[passage.first_sign];
    for (const auto& [sign, times] : signs)
        std::printf("    first sign %s: %d times\n", sign.empty() ? "none" : sign.c_str(), times);
}

}  // namespace

void print_latency(std::uint64_t draws, std::uint64_t seed) {
    const Settings settings = settings_for({"facebook", "instagram", "whatsapp"}, "");
    const Blow fall = facebook_2021();
    const Met met = meet(settings, fall, draws, seed);
    std::printf("\ndefault configuration, %s, at %llu moments\n", met.name.c_str(),
                static_cast<unsigned long long>(draws));
    print_times("first platform, to suspicion", met.first_watched);
    print_times("first platform, to declaration", met.first_declared);
    for (const std::string& subject : fall.subjects)
        print_parts(subject, met);

    std::vector<Time> watched, declared;
    std::printf("each kind of outage of one platform: to suspicion, to declaration\n");
    for (const Blow& blow : all_blows("facebook")) {
        const Met one = meet(settings, blow, draws, seed);
        print_times(one.name, one.first_watched);
        print_times("", one.first_declared);
        watched.insert(watched.end(), one.first_watched.begin(), one.first_watched.end());
        declared.insert(declared.end(), one.first_declared.begin(), one.first_declared.end());
    }
    print_times("all of them, to suspicion", watched);
    print_times("all of them, to declaration", declared);
}

}  // namespace sereno::scenario
