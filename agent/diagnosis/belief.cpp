#include "agent/diagnosis/belief.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <map>

namespace sereno {

const std::vector<Weight>& platform_weights() {
    static const std::vector<Weight> table{
        {"controls_pass", 1500, "the way out works for others, so a fault of ours is unlikely"},
        {"authoritative_silent", 3000,
         "all name servers silent at once: they are anycast in several prefixes"},
        {"authoritative_errors", 3500,
         "an error answer comes from the platform itself, not from the way there"},
        {"resolvers_fail", 3000, "several independent resolvers cannot resolve the name"},
        {"edge_silent", 2500, "silence may also be the path from here: alone it must not declare"},
        {"edge_refuses", 4000, "a refusal comes from a living machine there that does not do its job"},
        {"edge_tls", 2000, "may also be interception on the way"},
        {"edge_errors", 4500, "a 5xx is the platform's own word that it cannot serve"},
        {"edge_content", 2500, "pages change for harmless reasons too"},
        {"siblings", 500, "another platform of the same operator fails too; it may share the path from here"},
        {"persisted", 2000, "what lasts is no packet loss"},
        {"too_short", 0, "said, not weighed"},
        {"alone", -1000, "this host's path is the only one looked at"},
        {"routes_withdrawn", 3000, "the way there is lost for most networks; yet BGP is a witness, no judge"},
        {"routes_visible", 0, "in most outages the routes stay, and dead ones may: said, not weighed"},
        {"elsewhere_fails", 5000, "others fail as we do, in networks that share nothing with ours"},
        {"elsewhere_answers", -7000, "the very page that fails here answers in other networks"},
        {"elsewhere_mixed", 500, "some others fail too: a region, or a fault of theirs"},
        {"vendor_reports", 2500, "nobody admits an outage lightly"},
        {"vendor_degraded", 1000, "something is wrong there, perhaps not this"},
        {"vendor_well", 0, "status pages lag, and share the fate of what they speak of"},
        {"vendor_maintenance", 0, "it tells why, not whether"},
        {"vendor_page_gone", 300, "it may have fallen together with what it speaks of"},
        {"no_witness", 0, "said, not weighed: the wait is longer instead"},
        {"witness_awaited", 0, "said, not weighed"},
        {"controls_fail", -6000, "when others fail too it is us"},
        {"no_control", -9000, "no control, no verdict"},
        {"edge_answers", -6000, "it answers: it is not down"},
        {"only_silence", -3500, "what is blocked on the way from here looks the same"},
        {"names_filtered", -6000, "somebody here answers for the platform: that is no word of its own"},
        {"resolvers_answer", -500, "names resolve, though perhaps from a cache"},
        {"resolvers_stale", 0, "an old answer for want of a new one (RFC 8767) is neither well nor ill"},
        {"authoritative_answers", -500, "its name servers are reachable"},
        {"direct_dns_blocked", 0, "direct questions fail for everybody here: they say nothing"},
    };
    return table;
}

MilliNats weight_of(std::string_view rule) {
    for (const Weight& entry : platform_weights())
        if (entry.rule == rule) return entry.milli_nats;
    assert(!"a rule without a weight");
    return 0;
}

int permille(MilliNats log_odds) {
    // 1000 * logistic(x) at x = 0, 0.25, 0.5 ... 8.
    constexpr std::array<int, 33> table{500, 562, 622, 679, 731, 777, 818, 852, 881, 905, 924,
                                        940, 953, 963, 971, 977, 982, 986, 989, 991, 993, 995,
                                        996, 997, 998, 998, 998, 998, 999, 999, 999, 999, 999};
    constexpr int step = 250;
    const int x = std::min(std::abs(log_odds), step * (static_cast<int>(table.size()) - 1));
    const auto i = static_cast<std::size_t>(x / step);
    const int low = table[i];
    const int high = i + 1 < table.size() ? table[i + 1] : low;
    const int value = low + (high - low) * (x % step) / step;
    return std::clamp(log_odds < 0 ? 1000 - value : value, 1, 999);
}

MilliNats sum_capped_by_group(const std::vector<Evidence>& evidence) {
    std::map<Group, MilliNats> strongest;
    MilliNats sum = 0;
    for (const Evidence& e : evidence) {
        // "persisted" and "siblings" say how, not that: they stand beside what a group says.
        const bool groupless = e.rule == "persisted" || e.rule == "siblings";
        if (e.weight <= 0 || groupless) {
            sum += e.weight;
        } else {
            strongest[e.group] = std::max(strongest[e.group], e.weight);
        }
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
