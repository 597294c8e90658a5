#include "agent/diagnosis/layers.hpp"

#include <algorithm>

namespace sereno {

namespace {

using Tracks = std::vector<const Track*>;

/// Two and more of these, and a layer is made of several things that may fail one by one.
struct Counted {
    Tracks failing, well;
    [[nodiscard]] bool any() const { return !failing.empty() || !well.empty(); }
};

LayerSight failing(const Tracks& shown_by) {
    LayerSight sight{LayerState::failing, {}};
    for (const Track* track : shown_by)
        sight.since = std::max(sight.since, track->last.started);
    return sight;
}

LayerSight well(const Tracks& shown_by) {
    LayerSight sight{LayerState::well, {}};
    for (const Track* track : shown_by)
        sight.since = std::max(sight.since, track->last.finished);
    return sight;
}

Tracks joined(Tracks one, const Tracks& other) {
    one.insert(one.end(), other.begin(), other.end());
    return one;
}

/// Those whose last words the tally counted.
Counted counted(const Picture& picture, const Platform& platform, Group group, const Tally& tally) {
    const auto counts = [](const std::vector<ObservationId>& basis, const Track& track) {
        return std::find(basis.begin(), basis.end(), track.last.id) != basis.end();
    };
    Counted out;
    for (const Track* track : picture.of(platform.id, group)) {
        if (counts(tally.failing_basis, *track)) out.failing.push_back(track);
        if (counts(tally.well_basis, *track)) out.well.push_back(track);
    }
    return out;
}

LayerSight routes(const Picture& picture, const Platform& platform, Stamp now) {
    const Track* newest = nullptr;
    for (const Track* track : picture.witnesses_of(platform.id)) {
        if (track->spec.group != Group::routing || !track->fresh(now, picture.watch().thresholds)) continue;
        if (track->last.failure == Failure::witness_unknown) continue;
        if (!newest || track->last.seen_at() > newest->last.seen_at()) newest = track;
    }
    if (!newest) return {};
    return {newest->failing() ? LayerState::failing : LayerState::well, newest->last.seen_at()};
}

bool is_bogus(Failure failure) {
    return failure == Failure::dns_bogus;
}
/// What a name server of the platform's own would not say; somebody on the way does.
bool is_foreign(Failure failure) {
    return failure == Failure::dns_bogus || failure == Failure::dns_lame;
}

LayerSight names(const Picture& picture, const Platform& platform, const OwnView& own) {
    const bool made_up = own.resolvers.any(is_bogus);
    const bool answered_for = own.authoritative.all_failing() && own.authoritative.all(is_foreign);
    const Counted resolvers = counted(picture, platform, Group::resolver, own.resolvers);
    const Counted servers = counted(picture, platform, Group::authoritative, own.authoritative);
    Tracks accusing;
    if (own.names_fail_for_sure() && !made_up) accusing = resolvers.failing;
    if (own.authoritative.most_failing() && !answered_for) accusing = joined(accusing, servers.failing);
    if (!accusing.empty()) return failing(accusing);
    if (own.resolvers.most_failing() || own.authoritative.most_failing()) return {};  // and nobody to blame
    const Tracks answering = joined(resolvers.well, servers.well);
    return answering.empty() ? LayerSight{} : well(answering);
}

/// The pages that say something of the front ends. While none of their names resolves, these are at the
/// address known before; what does not come as far as HTTP there may have moved.
Counted pages(const Picture& picture, const Platform& platform, const PlatformContext& context,
              const OwnView& own, Stamp now) {
    Counted seen = counted(picture, platform, Group::edge, own.edge);
    if (seen.any() || own.edge_in_dns == 0) return seen;
    for (const Track* track : picture.of(platform.id, Group::second_look)) {
        const auto* fetch = std::get_if<HttpFetch>(&track->spec.task);
        if (!fetch || !fetch->at_remembered || !track->fresh(now, picture.watch().thresholds)) continue;
        if (track->host_failures > 0 || track->last.started < context.blind_until) continue;
        if (track->well())
            seen.well.push_back(track);
        else if (track->failing() && track->last.reached >= Stage::http)
            seen.failing.push_back(track);
    }
    return seen;
}

/// It did not get through to the application (RFC 9110 sections 15.6.3 to 15.6.5).
bool ends_at_edge(const Observation& seen) {
    const bool nothing_behind =
        seen.failure == Failure::http_server_error && seen.http_status >= 502 && seen.http_status <= 504;
    return seen.reached < Stage::http || nothing_behind;
}

LayerSight of_pages(const Counted& seen, const Thresholds& thresholds) {
    if (!seen.any()) return {};
    const bool again_and_again =
        std::any_of(seen.failing.begin(), seen.failing.end(),
                    [&](const Track* track) { return track->failures >= thresholds.failures; });
    return seen.failing.size() > seen.well.size() || again_and_again ? failing(seen.failing)
           : seen.well.empty()                                       ? LayerSight{}
                                                                     : well(seen.well);
}

LayerSight front_ends(const Counted& pages, const Thresholds& thresholds) {
    Counted seen{{}, pages.well};
    for (const Track* track : pages.failing)
        (ends_at_edge(track->last) ? seen.failing : seen.well).push_back(track);
    return of_pages(seen, thresholds);
}

LayerSight application(const Counted& pages, const Thresholds& thresholds) {
    Counted seen;
    for (const Track* track : pages.failing)
        if (!ends_at_edge(track->last)) seen.failing.push_back(track);
    for (const Track* track : pages.well)
        if (track->last.ok()) seen.well.push_back(track);  // who is turned away sees nothing of it
    return of_pages(seen, thresholds);
}

}  // namespace

LayerSights layers_of(const Picture& picture, const Platform& platform, const PlatformContext& context,
                      Stamp now) {
    if (context.local.trouble || context.local.blinded) return {};
    const Thresholds& thresholds = picture.watch().thresholds;
    const OwnView own = view_of(picture, platform, context, now);
    const Counted seen = pages(picture, platform, context, own, now);
    return {routes(picture, platform, now), names(picture, platform, own), front_ends(seen, thresholds),
            application(seen, thresholds)};
}

}  // namespace sereno
