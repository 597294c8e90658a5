#include "trace.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "household.hpp"

namespace sereno::lab {

namespace {

/// "agora/dns/one/www.agora.example" is probe `one` of the class `dns` of agora.
struct Place {
    std::string subject, kind, rest;
};

Place place_of(const Observation& seen) {
    Place place{seen.subject.value, {}, {}};
    std::string path = seen.probe.value.substr(place.subject.size() + 1);
    path.push_back('/');
    // What follows a slash and ends in .example only repeats whose it is; of a server its own label is
    // enough.
    std::vector<std::string> parts;
    for (std::size_t end = 0; !path.empty() && (end = path.find('/')) != std::string::npos;
         path.erase(0, end + 1)) {
        std::string part = path.substr(0, end);
        if (part.ends_with(".example")) {
            part.erase(part.find('.'));
            if (parts.size() > 1) continue;
        }
        parts.push_back(std::move(part));
    }
    place.kind = parts.front();
    for (std::size_t i = 1; i < parts.size(); ++i)
        place.rest += (i > 1 ? "/" : "") + parts[i];
    return place;
}

/// The routers on the way by what they are.
std::string named(std::string text) {
    const std::array<std::pair<std::string, std::string>, 7> names{{{at::gateway, "router"},
                                                                    {at::provider, "provider"},
                                                                    {at::transit, "transit"},
                                                                    {at::gateway6, "router"},
                                                                    {at::host, "host"},
                                                                    {at::provider6, "provider"},
                                                                    {at::transit6, "transit"}}};
    for (const auto& [address, name] : names) {
        const auto start = text.find(address);
        if (start == std::string::npos) continue;
        const auto end = start + address.size();
        if (end < text.size() && text[end] != ' ' && text[end] != '\n') continue;
        text.replace(start, address.size(), name);
    }
    return text;
}

/// Of lines such as "3 192.88.99.1 AS64500 4.2 ms" and "4 *".
std::string last_hop(const std::vector<std::string>& hops) {
    std::string last = "nobody";
    for (const std::string& hop : hops) {
        std::istringstream words(hop);
        std::string number, address;
        words >> number >> address;
        if (!address.empty() && address != "*") last = named(address);
    }
    return last;
}

/// The program without its version, which is another one on another day.
std::string_view program(std::string_view edge) {
    return edge.substr(0, edge.find('/'));
}

std::string edge_change(const std::string& seen, const std::string& usual) {
    const std::string now{program(seen)};
    if (now == program(usual)) return "edge " + now + " of another version";
    return "edge " + now + " instead of " + std::string{program(usual)};
}

/// What of one observation is not as on a good day; empty: nothing.
std::string fate_of(const Observation& seen, const Edges& usual_edges) {
    std::string facts;
    const auto add = [&facts](const std::string& fact) { facts += ", " + fact; };
    if (!seen.icmp_from.empty()) add("by " + named(seen.icmp_from));
    if (!seen.ok() && seen.http_status > 0) add("status " + std::to_string(seen.http_status));
    if (!seen.ok() && seen.kind == ProbeKind::path) add("last heard of " + last_hop(seen.answers));
    if (seen.ttl_seconds >= 0 && seen.ttl_seconds <= 30) add("short TTL");
    if (seen.clock_offset_seconds && std::abs(*seen.clock_offset_seconds) > 300)
        add(*seen.clock_offset_seconds > 0 ? "our clock is behind" : "our clock is ahead");
    if (seen.failure == Failure::dns_bogus && !seen.answers.empty())
        add("answered " + named(seen.answers.front()));
    const auto usual = usual_edges.find(seen.probe);
    if (seen.ok() && usual != usual_edges.end() && usual->second != seen.edge)
        add(edge_change(seen.edge, usual->second));
    if (seen.ok() && !seen.via.empty()) add("via " + seen.via);
    if (seen.ok() && facts.empty()) return {};
    return (seen.ok() ? "ok" : std::string{to_string(seen.failure)}) + facts;
}

bool is_control(const std::string& subject) {
    return subject.starts_with("control:");
}
bool is_platform(const std::string& subject) {
    return subject.find(':') == std::string::npos && subject != "host";
}

/// All of a sort are called by its name.
std::string joined(const std::set<std::string>& subjects, const std::set<std::string>& asked) {
    for (const auto& [is_one, name] :
         {std::pair{&is_control, "controls"}, std::pair{&is_platform, "platforms"}}) {
        const auto all = std::count_if(asked.begin(), asked.end(), is_one);
        if (all > 1 && all == static_cast<std::ptrdiff_t>(subjects.size()) && is_one(*subjects.begin()))
            return name;
    }
    std::string text;
    for (const std::string& subject : subjects)
        text += (text.empty() ? "" : ",") + subject;
    return text;
}

bool voids_the_round(const Observation& seen) {
    return seen.failure == Failure::link_weak || seen.failure == Failure::host_slow ||
           seen.failure == Failure::host_resumed;
}

}  // namespace

Edges edges_of(const std::vector<Observation>& round) {
    Edges edges;
    for (const Observation& seen : round)
        if (seen.ok() && !seen.edge.empty()) edges[seen.probe] = seen.edge;
    return edges;
}

std::string trace_of(const std::vector<Observation>& round, const Edges& usual_edges) {
    const bool is_void = std::any_of(round.begin(), round.end(), voids_the_round);
    std::map<std::pair<std::string, std::string>, std::size_t> asked_of;  // subject, kind -> how many
    std::map<std::string, std::set<std::string>> asked;                   // kind -> subjects
    std::map<std::array<std::string, 3>, std::set<std::string>> fates;    // subject, kind, fate -> rests
    for (const Observation& seen : round) {
        if (is_void && !voids_the_round(seen)) continue;
        const Place place = place_of(seen);
        ++asked_of[{place.subject, place.kind}];
        asked[place.kind].insert(place.subject);
        if (const std::string fate = fate_of(seen, usual_edges); !fate.empty())
            fates[{place.subject, place.kind, fate}].insert(place.rest);
    }
    struct Line {
        std::string kind, rests, fate;
        auto operator<=>(const Line&) const = default;
    };
    std::map<std::pair<bool, Line>, std::set<std::string>> lines;  // of a sort of subject
    for (const auto& [key, rests] : fates) {
        const auto& [subject, kind, fate] = key;
        std::string text;
        for (const std::string& rest : rests)
            text += (text.empty() ? "" : ",") + rest;
        if (rests.size() > 1 && rests.size() == asked_of[{subject, kind}]) text = "*";
        lines[{is_control(subject), {kind, text, fate}}].insert(subject);
    }
    std::set<std::string> sorted;
    for (const auto& [key, subjects] : lines) {
        const Line& line = key.second;
        sorted.insert(joined(subjects, asked[line.kind]) + "/" + line.kind +
                      (line.rests.empty() ? "" : "/" + line.rests) + " " + line.fate);
    }
    std::string text;
    for (const std::string& line : sorted)
        text += line + "\n";
    if (is_void) text += "the round is void\n";
    return text.empty() ? "all is well\n" : text;
}

}  // namespace sereno::lab
