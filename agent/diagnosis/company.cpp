#include "agent/diagnosis/company.hpp"

#include <algorithm>

#include "agent/diagnosis/own_view.hpp"

namespace sereno {

namespace {

/// What falls silent because the way from here does, does so at once; what falls with what it rests on, as
/// caches forget.
constexpr std::chrono::minutes at_once{2}, together{10};

bool began_within(const Failing& a, const Failing& b, Micros length) {
    if (a.since == Stamp::max() || b.since == Stamp::max()) return false;
    return std::chrono::abs(a.since - b.since) <= length;
}

bool related(const Platform& a, const Platform& b) {
    return !a.operator_id.empty() && a.operator_id == b.operator_id;
}

/// The first thing that both rest on and that would make both fail as they do. What answered is better known
/// than what the catalogue says.
std::string common_ground(const Failing& a, const Failing& b) {
    if (!began_within(a, b, together)) return {};
    const Hosting &one = a.platform->hosting, &other = b.platform->hosting;
    if (a.served && b.served) {
        for (const std::string& edge : a.edges)
            if (b.edges.contains(edge)) return "edge:" + edge;
    }
    const bool alike = (a.served && b.served) || (a.unserved && b.unserved);
    if (alike && !one.edge.empty() && one.edge == other.edge) return "edge:" + one.edge.value;
    if (a.names && b.names && !one.dns_provider.empty() && one.dns_provider == other.dns_provider)
        return "dns:" + one.dns_provider.value;
    if (a.served && b.served)
        for (const std::uint32_t as : one.as_numbers)
            if (std::find(other.as_numbers.begin(), other.as_numbers.end(), as) != other.as_numbers.end())
                return "as:" + std::to_string(as);
    return {};
}

}  // namespace

Failing failing_of(const Picture& picture, const Platform& platform, Stamp blind_until, Stamp now) {
    Failing out;
    out.platform = &platform;
    int resolvers = 0, resolvers_failing = 0, servers = 0, servers_silent = 0, pages = 0, silent = 0,
        unserved = 0, served = 0;
    for (const Track* track : picture.of(platform.id)) {
        if (!track->fresh(now, picture.watch().thresholds) || track->last.started < blind_until) continue;
        const Failure failure = track->last.failure;
        const bool fails = track->failing() && speaks_of_target(failure);
        if (fails) out.since = std::min(out.since, track->first_failure);
        if (track->spec.group == Group::resolver) {
            ++resolvers;
            if (fails) ++resolvers_failing;
        } else if (track->spec.group == Group::authoritative) {
            ++servers;
            if (fails && is_silence(failure)) ++servers_silent;
        } else if (track->spec.group == Group::edge) {
            ++pages;
            const Stage reached = track->last.reached;
            if (fails && is_silence(failure) && reached != Stage::dns) ++silent;
            if (fails && (reached == Stage::connect || reached == Stage::tls)) ++unserved;
            if (fails && is_server_error(failure)) {
                ++served;
                if (!track->last.edge.empty()) out.edges.insert(track->last.edge);
            }
        }
    }
    // Caches hide the silence of name servers, from one platform for longer than from the next.
    out.names = resolvers_failing * 2 > resolvers || (servers > 0 && servers_silent == servers);
    out.silent = silent * 2 > pages;
    out.unserved = unserved * 2 > pages;
    out.served = served * 2 > pages;
    return out;
}

Company company_of(const Failing& self, std::span<const Failing> all) {
    Company company;
    for (const Failing& other : all) {
        if (other.platform == self.platform) continue;
        const std::string& name = other.platform->name;
        if (related(*self.platform, *other.platform)) {
            if (other.theirs) company.siblings.push_back(name);
            continue;
        }
        const std::string ground = common_ground(self, other);
        if (!ground.empty() && (company.shared_fate.empty() || company.shared_fate == ground)) {
            company.shared_fate = ground;
            company.sharers.push_back(name);
        } else if (self.silent && other.silent && !other.confirmed && began_within(self, other, at_once)) {
            company.strangers.push_back(name);
        }
    }
    return company;
}

}  // namespace sereno
