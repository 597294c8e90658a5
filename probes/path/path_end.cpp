#include "probes/path/path_end.hpp"

#include <algorithm>
#include <cstdio>

#include "agent/loop/private_address.hpp"

namespace sereno {

namespace {

/// The first hop with a public address. Empty: none has.
std::string first_public(const Trace& trace) {
    for (const Hop& hop : trace.hops)
        if (!hop.address.empty() && !is_private_address(hop.address)) return hop.address;
    return is_private_address(trace.refused_by) ? "" : trace.refused_by;
}

std::string as_text(const AsNumbers& numbers, const std::string& address) {
    const auto found = numbers.find(address);
    return found == numbers.end() ? "" : " AS" + std::to_string(found->second);
}

std::string took_text(Micros took) {
    char text[32];
    std::snprintf(text, sizeof text, " %.1f ms", static_cast<double>(took.count()) / 1000.0);
    return text;
}

}  // namespace

PathEnd end_of(const Trace& trace) {
    const int last = static_cast<int>(trace.hops.size());
    const bool counted = trace.refused_by.empty() ||
                         std::any_of(trace.hops.begin(), trace.hops.end(),
                                     [&](const Hop& hop) { return hop.address == trace.refused_by; });
    // Who refused only packets with a full hop limit, and answered for no hop of its own: somewhere further
    // on.
    if (!counted) return {last + 1, trace.refused_by};
    return {last, last == 0 ? "" : trace.hops.back().address};
}

Failure whose_end(const Trace& trace, const AsNumbers& numbers) {
    constexpr int providers_hops = 3;  // the gateway and what usually is the provider's
    const PathEnd end = end_of(trace);
    if (end.hop <= 1) return Failure::path_ends_lan;
    const std::string border = first_public(trace);
    if (border.empty() || border == end.address) return Failure::path_ends_isp;
    const auto border_as = numbers.find(border), end_as = numbers.find(end.address);
    const bool known = border_as != numbers.end() && end_as != numbers.end();
    const bool provider = known ? border_as->second == end_as->second : end.hop <= providers_hops;
    return provider ? Failure::path_ends_isp : Failure::path_ends_beyond;
}

std::vector<std::string> worth_looking_up(const Trace& trace, const std::string& target) {
    std::vector<std::string> addresses;
    const auto add = [&](const std::string& address) {
        if (!address.empty() && std::find(addresses.begin(), addresses.end(), address) == addresses.end())
            addresses.push_back(address);
    };
    add(first_public(trace));
    if (!trace.arrived) add(end_of(trace).address);
    add(target);
    return addresses;
}

std::vector<std::string> hop_lines(const Trace& trace, const std::string& target, const AsNumbers& numbers) {
    std::vector<std::string> lines;
    for (const Hop& hop : trace.hops) {
        const std::string number = std::to_string(lines.size() + 1);
        lines.push_back(hop.address.empty() ? number + " *"
                                            : number + " " + hop.address + as_text(numbers, hop.address) +
                                                  took_text(hop.took));
    }
    if (trace.arrived && !trace.arrival_counted)
        lines.push_back("- " + target + as_text(numbers, target) + took_text(trace.target_took));
    return lines;
}

std::vector<std::string> path_values(const Trace& trace, const std::string& target) {
    std::vector<std::string> values;
    for (const Hop& hop : trace.hops)
        values.push_back(hop.address);
    if (trace.arrival_counted) return values;
    values.emplace_back();  // at least one hop that nobody knows
    values.push_back(target);
    return values;
}

std::string last_known_good(const PathEnd& end, const Fact* path) {
    if (path == nullptr || path->values.empty()) return {};
    std::string when = rfc3339(path->when).substr(0, 16);
    std::replace(when.begin(), when.end(), 'T', ' ');
    const auto& hops = path->values;
    const auto same = std::find(hops.begin(), hops.end(), end.address);
    if (end.hop == 0 || same != hops.end()) {
        const auto next = std::find_if(end.hop == 0 ? hops.begin() : same + 1, hops.end(),
                                       [](const std::string& hop) { return !hop.empty(); });
        if (next == hops.end()) return {};
        return "on " + when + " it went on to " + *next;
    }
    const auto index = static_cast<std::size_t>(end.hop - 1);
    if (index < hops.size() && !hops[index].empty())
        return "on " + when + " hop " + std::to_string(end.hop) + " was " + hops[index];
    return "on " + when + " it went another way";
}

}  // namespace sereno
