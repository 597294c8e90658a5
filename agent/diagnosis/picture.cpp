#include "agent/diagnosis/picture.hpp"

#include <algorithm>
#include <utility>

namespace sereno {

/// An answer that has not lived longer for so long is how the zone is now.
constexpr std::chrono::hours new_habit{1};
constexpr std::size_t most_relapses = 4;
constexpr int slow_factor = 4;
constexpr std::chrono::milliseconds least_slow{1500};

bool Track::stale() const {
    if (!well() || short_since == Stamp{} || longest_ttl <= stale_ttl || unrenewed == 0) return false;
    const Micros lasts = last.finished - short_since;
    return lasts >= std::chrono::seconds{longest_ttl} && lasts <= new_habit;
}

int Track::relapses_since(Stamp since) const {
    return static_cast<int>(
        std::count_if(relapses.begin(), relapses.end(), [since](Stamp began) { return began >= since; }));
}

bool Track::fresh(Stamp now, const Thresholds& thresholds) const {
    return seen() && now - last.seen_at() <= 2 * spec.interval + spec.timeout + thresholds.retry_most;
}

namespace {

/// A cache that still renews gives the same answer until it expires, and fetches the next one only then.
bool could_be_renewed(const Observation& before, const Observation& now, int whole_ttl) {
    constexpr std::chrono::seconds rounding{2};
    if (before.ttl_seconds < 0) return true;
    const Stamp expired = before.finished + std::chrono::seconds{before.ttl_seconds};
    const Stamp expires = now.finished + std::chrono::seconds{now.ttl_seconds};
    const bool the_same = std::chrono::abs(expires - expired) <= rounding;
    const bool fetched_after = expires - std::chrono::seconds{whole_ttl} >= expired - rounding;
    return the_same || fetched_after;
}

}  // namespace

bool Track::take(const Observation& observation, ObservationId id) {
    const auto keep = [&] {
        last = observation;
        if (!id.empty()) last.id = id;
    };
    switch (observation.failure) {
        case Failure::cancelled:
        case Failure::overrun:
        case Failure::address_unknown:
        case Failure::no_ipv6:
            return false;  // nothing was looked at
        case Failure::witness_unknown:
            // Who cannot say does not take back what he said: that holds until it is stale.
            asked_at = observation.finished;
            if (failures == 0 && successes == 0) keep();
            return false;
        case Failure::status_page_gone:
            // One failed reading does not end announced maintenance either.
            asked_at = observation.finished;
            if (last.failure == Failure::reported_maintenance &&
                observation.finished - last.seen_at() <= 2 * spec.interval)
                return false;
            break;
        case Failure::host_resources:
        case Failure::host_refused:
            ++host_failures;
            keep();
            return host_failures == 1;
        default:
            break;
    }
    asked_at = observation.finished;
    host_failures = 0;
    const bool first = !seen() || (failures == 0 && successes == 0);
    const bool was_failing = failures > 0;
    const Observation before = std::exchange(last, {});
    keep();
    if (!is_reachable(observation.failure))
        refused_since = Stamp{};
    else if (refused_since == Stamp{})
        refused_since = observation.started;
    if (observation.well()) {
        failures = 0;
        ++successes;
        well_at = observation.finished;
        if (observation.ttl_seconds >= 0) {
            longest_ttl = std::max(longest_ttl, observation.ttl_seconds);
            if (observation.ttl_seconds > stale_ttl) {
                short_since = Stamp{};
                unrenewed = 0;
            } else if (short_since == Stamp{}) {
                short_since = observation.finished;
            } else if (!could_be_renewed(before, observation, longest_ttl)) {
                ++unrenewed;
            }
        }
        ever_ok = true;
        ever_served = ever_served || observation.ok();
        if (observation.ok() && observation.certificate) issuer = observation.certificate->issuer;
        time(observation.started, observation.finished - observation.started);
    } else {
        if (!was_failing) {
            first_failure = observation.started;
            relapses.insert(relapses.begin(), first_failure);
            if (relapses.size() > most_relapses) relapses.pop_back();
        }
        slow = 0;
        slow_since = Stamp{};
        successes = 0;
        ++failures;
    }
    const bool turned = first || was_failing != (failures > 0);
    if (turned) changed = observation.finished;
    return turned;
}

void Track::time(Stamp started, Micros took) {
    // Below a second nobody minds; what is slow does not become usual.
    slow = usual > Micros{0} && took > slow_factor * usual && took > least_slow ? slow + 1 : 0;
    if (slow <= 1) slow_since = slow == 1 ? started : Stamp{};
    if (slow == 0) usual = usual == Micros{0} ? took : usual + (took - usual) / 8;
}

namespace {

struct Labeler {
    std::string operator()(const DnsQuery& q) const {
        std::string text = q.server.name.empty() ? to_string(q.server.endpoint) : q.server.name;
        if (!q.server.endpoint.empty() && !q.server.name.empty())
            text += " (" + to_string(q.server.endpoint) + ")";
        return text + ": " + q.name;
    }
    std::string operator()(const HttpFetch& f) const { return f.url; }
    std::string operator()(const TcpConnect& c) const { return to_string(c.endpoint); }
    std::string operator()(const RouteLookup& r) const {
        return r.gateway.empty() ? "default route" : r.gateway;
    }
    std::string operator()(const GatewayEcho& g) const {
        if (g.gateway.empty()) return "gateway";
        return g.port == 0 ? g.gateway : to_string(Endpoint{g.gateway, g.port});
    }
    std::string operator()(const UnitState& u) const { return u.unit; }
    std::string operator()(const TlsHandshake& t) const { return t.host + " as " + t.server_name; }
    std::string operator()(const PathTrace& p) const { return "path to " + p.host; }
    std::string operator()(const ZoneCheck& z) const { return z.zone; }
    std::string operator()(const HostHealth&) const { return "this computer"; }
    std::string operator()(const RouteVisibility& v) const { return "routes to " + several(v.prefixes); }
    std::string operator()(const LookingGlass& g) const { return "routes to " + several(g.prefixes); }
    std::string operator()(const ViewElsewhere& v) const {
        return v.what == ViewElsewhere::What::dns ? v.name : v.fetch.url;
    }
    std::string operator()(const StatusPage& p) const { return p.url; }

  private:
    static std::string several(const std::vector<std::string>& prefixes) {
        if (prefixes.empty()) return "its name servers";
        return prefixes.front() +
               (prefixes.size() == 1 ? "" : " and " + std::to_string(prefixes.size() - 1) + " more");
    }
};

}  // namespace

std::string label_of(const ProbeSpec& spec) {
    return std::visit(Labeler{}, spec.task);
}

std::string_view server_of(const ProbeSpec& spec) {
    const auto* query = std::get_if<DnsQuery>(&spec.task);
    return query ? std::string_view(query->server.name) : std::string_view{};
}

Picture::Picture(Watch watch) {
    replace(std::move(watch));
}

void Picture::replace(Watch watch) {
    std::vector<Track> tracks;
    tracks.reserve(watch.probes.size());
    for (ProbeSpec& spec : watch.probes) {
        const Track* known = find(spec.id);
        tracks.push_back(known ? *known : Track{});
        tracks.back().spec = std::move(spec);
    }
    watch.probes = {};
    watch_ = std::move(watch);
    tracks_ = std::move(tracks);
    index();
}

bool Picture::restore(std::vector<Track> tracks) {
    if (tracks.size() != tracks_.size()) return false;
    for (Position i = 0; i < tracks_.size(); ++i)
        tracks[i].spec = std::move(tracks_[i].spec);
    tracks_ = std::move(tracks);
    index();
    return true;
}

namespace {

bool is_page_over_tls(const ProbeSpec& spec) {
    const auto* fetch = std::get_if<HttpFetch>(&spec.task);
    return fetch && fetch->url.starts_with("https:") &&
           (spec.group == Group::controls || spec.group == Group::edge);
}

}  // namespace

void Picture::index() {
    index_.clear();
    by_subject_.clear();
    everybody_ = {};
    pages_over_tls_.clear();
    starved_ = 0;
    for (Position i = 0; i < tracks_.size(); ++i) {
        const Track& track = tracks_[i];
        const ProbeSpec& spec = track.spec;
        index_.emplace(spec.id.value, i);
        Members& subject = by_subject_[spec.subject.value];
        subject.positions.push_back(i);
        if (!spec.on_suspicion && spec.witness.empty()) subject.own.push_back(&track);
        if (!spec.witness.empty()) subject.witnesses.push_back(&track);
        const auto group = static_cast<std::size_t>(spec.group);
        subject.by_group[group].push_back(&track);
        everybody_.by_group[group].push_back(&track);
        if (is_page_over_tls(spec)) pages_over_tls_.push_back(&track);
        if (track.host_failures > 0) ++starved_;
    }
}

const Picture::Members& Picture::members(const SubjectId& subject) const {
    static const Members nobody;
    const auto it = by_subject_.find(subject.value);
    return it == by_subject_.end() ? nobody : it->second;
}

std::span<const Picture::Position> Picture::positions_of(const SubjectId& subject) const {
    return members(subject).positions;
}

Tracks Picture::of(const SubjectId& subject) const {
    return members(subject).own;
}

Tracks Picture::witnesses_of(const SubjectId& subject) const {
    return members(subject).witnesses;
}

Tracks Picture::of(const SubjectId& subject, Group group) const {
    return members(subject).by_group[static_cast<std::size_t>(group)];
}

std::optional<Picture::Position> Picture::position_of(const ProbeId& probe) const {
    const auto it = index_.find(probe.value);
    if (it == index_.end()) return std::nullopt;
    return it->second;
}

const Track* Picture::find(const ProbeId& probe) const {
    const auto position = position_of(probe);
    return position ? &tracks_[*position] : nullptr;
}

const Track* Picture::take(const Observation& observation, bool& turned) {
    const auto position = position_of(observation.probe);
    return position ? &take(*position, observation, observation.id, turned) : nullptr;
}

const Track& Picture::take(Position position, const Observation& observation, ObservationId id,
                           bool& turned) {
    Track& track = tracks_[position];
    const bool was_starved = track.host_failures > 0;
    turned = track.take(observation, id);
    if (track.host_failures > 0 && !was_starved) ++starved_;
    if (track.host_failures == 0 && was_starved) --starved_;
    return track;
}

}  // namespace sereno
