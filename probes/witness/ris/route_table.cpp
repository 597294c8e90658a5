#include "probes/witness/ris/route_table.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

namespace sereno {

namespace {

constexpr std::size_t most_collectors = 255;
constexpr int fewest_elsewhere = 3;                // fewer peers are no yardstick
constexpr Micros word_outlives_glass{60'000'000};  // a looking glass is a little late
constexpr Micros longest_gap{30'000'000};          // between two looks; beyond, nothing was steady
constexpr Micros given_up_after{604'800'000'000};  // what is gone for so long may have been retired
constexpr Micros recount_every{10'000'000};        // what was heard grows old
constexpr Micros usual_looked_at_every{60'000'000}, usual_after{3'600'000'000}, sweep_every{3'600'000'000};

using Seconds = std::uint32_t;
Seconds seconds(Stamp at) {
    return static_cast<Seconds>(
        std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count()));
}

/// One peer's word on one prefix. There are a hundred thousand of these.
struct Route {
    enum Has : std::uint8_t { unsure, yes, no };
    std::uint32_t origin = 0;
    Seconds when = 0;  ///< yes: of that word; else: until when it had it
    std::uint16_t peer = 0;
    std::uint8_t path_length = 0;
    Has has : 2 = unsure;
    bool live : 1 = false;  ///< its own word, not a looking glass's
};
static_assert(sizeof(Route) == 12);

struct Count {
    int have = 0, known = 0;
    Count operator-(const Count& other) const { return {have - other.have, known - other.known}; }
    [[nodiscard]] bool below(int permille) const {
        return std::int64_t{have} * 1000 < std::int64_t{known} * permille;
    }
    [[nodiscard]] bool above(int permille) const {
        return std::int64_t{have} * 1000 > std::int64_t{known} * permille;
    }
};

struct Usual {
    std::uint32_t origin = 0;
    int path_length = 0;
};

struct Watched {
    Prefix prefix;
    std::vector<std::string> owners;
    std::vector<Route> routes;  ///< by peer
    bool primed = false;
    int expected = 0;
    Stamp expected_at;
    int relations = 0;  ///< the same number: related

    // As last counted.
    Count count;
    std::string why;  ///< empty: the count can be believed

    // Survives what cannot be believed for a while.
    RouteSight::State settled = RouteSight::State::unknown;
    Stamp settled_since;
    std::optional<Stamp> below_since, above_since;
    std::optional<Stamp> gap_since;  ///< until it can be believed again
    bool doubted = false;            ///< what was settled may have changed in a long gap

    RouteSight::State shown = RouteSight::State::unknown, told = RouteSight::State::unknown;
    Stamp since;

    Usual usual;
    std::uint32_t candidate = 0;  ///< for the usual origin
    Stamp candidate_since, usual_looked_at;
};

struct Peer {
    std::uint8_t collector = 0;
    bool suspect = false;          ///< it lost prefixes of several owners
    bool alone = false;            ///< and others have them
    int lost = 0;                  ///< the first of the relations of which it did; 0: none yet
    bool counts = false;           ///< it says something of any prefix
    std::size_t references = 0;    ///< while sweeping
    const RisPeer* key = nullptr;  ///< null: free
};

/// By whom a peer is measured that lost a prefix: by those beyond suspicion, as long as they are the
/// majority. When most peers lost the prefixes of several owners, these are gone indeed.
struct Yardstick {
    int known = 0;
    Count trusted;
    void add(const Route& route, const Peer& peer) {
        ++known;
        if (peer.suspect) return;
        ++trusted.known;
        if (route.has == Route::yes) ++trusted.have;
    }
    Yardstick operator-(const Yardstick& other) const {
        return {known - other.known, trusted - other.trusted};
    }
    [[nodiscard]] bool says_kept() const {
        return trusted.known >= fewest_elsewhere && trusted.known * 2 > known && trusted.above(500);
    }
};

void hold(std::optional<Stamp>& since, bool holds_now, Stamp now) {
    if (!holds_now)
        since.reset();
    else if (!since)
        since = now;
}

/// Of those that have it: the most common origin (of equally common ones the lowest) and the median length.
Usual common(const std::vector<Route>& routes) {
    std::vector<std::uint32_t> origins;
    std::vector<int> lengths;
    for (const Route& route : routes) {
        if (route.has != Route::yes || route.origin == 0) continue;
        origins.push_back(route.origin);
        lengths.push_back(route.path_length);
    }
    if (origins.empty()) return {};
    std::sort(origins.begin(), origins.end());
    std::uint32_t best = 0;
    std::ptrdiff_t most = 0;
    for (auto first = origins.begin(); first != origins.end();) {
        const auto last = std::upper_bound(first, origins.end(), *first);
        if (last - first > most) {
            most = last - first;
            best = *first;
        }
        first = last;
    }
    const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>((lengths.size() - 1) / 2);
    std::nth_element(lengths.begin(), middle, lengths.end());
    return {best, *middle};
}

/// A session, whatever its AS: a looking glass takes that from paths, which route servers are not in.
RisPeer session(RisPeer peer) {
    peer.asn = 0;
    return peer;
}

}  // namespace

struct RouteTable::Impl {
    VisibilityRule rule;
    std::vector<Watched> watched;  // in order
    std::map<RisPeer, std::uint16_t> ids;
    std::vector<Peer> peers;
    std::vector<std::uint16_t> free_peers;
    std::map<std::string, std::uint8_t> collectors;
    std::size_t routes = 0;
    bool changed = true, related = false;
    Stamp now, counted_at, judged_at, swept_at;

    Watched* find(const Prefix& prefix) {
        const auto at = std::lower_bound(watched.begin(), watched.end(), prefix,
                                         [](const Watched& w, const Prefix& p) { return w.prefix < p; });
        return at != watched.end() && at->prefix == prefix ? &*at : nullptr;
    }

    // What is heard.

    std::optional<std::uint16_t> known(const RisPeer& peer) const {
        const auto at = ids.find(peer);
        return at == ids.end() ? std::nullopt : std::optional{at->second};
    }

    std::optional<std::uint16_t> interned(const RisPeer& peer) {
        if (const auto id = known(peer)) return id;
        const auto collector =
            collectors.size() < most_collectors
                ? collectors.try_emplace(peer.collector, static_cast<std::uint8_t>(collectors.size())).first
                : collectors.find(peer.collector);
        if (collector == collectors.end() || (free_peers.empty() && peers.size() == most_peers))
            return std::nullopt;
        if (free_peers.empty()) {
            free_peers.push_back(static_cast<std::uint16_t>(peers.size()));
            peers.emplace_back();
        }
        const std::uint16_t id = free_peers.back();
        free_peers.pop_back();
        const auto at = ids.emplace(peer, id).first;
        peers[id] = {.collector = collector->second, .key = &at->first};
        return id;
    }

    static std::vector<Route>::iterator place(Watched& w, std::uint16_t peer) {
        return std::lower_bound(w.routes.begin(), w.routes.end(), peer,
                                [](const Route& route, std::uint16_t id) { return route.peer < id; });
    }
    static Route* route(Watched& w, std::uint16_t peer) {
        const auto at = place(w, peer);
        return at != w.routes.end() && at->peer == peer ? &*at : nullptr;
    }
    /// Null: there are too many.
    Route* new_route(Watched& w, std::uint16_t peer) {
        if (routes == most_routes) return nullptr;
        ++routes;
        return &*w.routes.insert(place(w, peer), Route{.peer = peer});
    }

    void has(Watched& w, const RisPeer& peer, std::uint32_t origin, int path_length, bool live) {
        const auto id = interned(peer);
        if (!id) return;
        Route* found = route(w, *id);
        if (found == nullptr) found = new_route(w, *id);
        if (found == nullptr) return;
        *found = {.origin = origin,
                  .when = seconds(now),
                  .peer = *id,
                  .path_length = static_cast<std::uint8_t>(std::clamp(path_length, 0, 255)),
                  .has = Route::yes,
                  .live = live};
        changed = true;
    }

    void lost(Watched& w, const RisPeer& peer) {
        const auto id = w.primed ? known(peer) : interned(peer);
        if (!id) return;
        Route* found = route(w, *id);
        // Only who had it can withdraw it. Once all who have it are known, this one did not: some routers
        // withdraw what they never announced.
        if (found == nullptr && !w.primed) found = new_route(w, *id);
        if (found == nullptr || found->has == Route::no) return;
        found->has = Route::no;
        found->when = seconds(now);
        found->live = true;
        changed = true;
    }

    /// What it said no longer counts.
    void doubt(Route& known_route) {
        if (known_route.has == Route::yes) known_route.when = seconds(now);
        known_route.has = Route::unsure;
        known_route.live = false;
        changed = true;
    }

    [[nodiscard]] bool is_fresh_word(const Route& known_route) const {
        return known_route.live &&
               known_route.when + std::chrono::floor<std::chrono::seconds>(word_outlives_glass).count() >
                   seconds(now);
    }

    // What follows from it.

    /// Before this, it is forgotten that somebody had the route. While it is withdrawn nothing is forgotten:
    /// a day later it would be as if nobody had ever had it.
    [[nodiscard]] Seconds horizon(const Watched& w) const {
        return seconds((w.settled == RouteSight::State::withdrawn ? w.settled_since : now) - rule.memory);
    }
    static bool remembers(const Route& known_route, Seconds horizon) {
        return known_route.has == Route::yes || known_route.when >= horizon;
    }

    /// Prefixes of one owner, or of one usual origin, get the same number, and so do those related to them.
    void relate() {
        if (related) return;
        related = true;
        std::vector<std::size_t> parent(watched.size());
        std::iota(parent.begin(), parent.end(), std::size_t{0});
        const auto root = [&](std::size_t i) {
            while (parent[i] != i)
                i = parent[i] = parent[parent[i]];
            return i;
        };
        std::map<std::string_view, std::size_t> of_owner;
        std::map<std::uint32_t, std::size_t> of_origin;
        for (std::size_t i = 0; i < watched.size(); ++i) {
            for (const std::string& owner : watched[i].owners)
                parent[root(i)] = root(of_owner.try_emplace(owner, i).first->second);
            if (watched[i].usual.origin != 0)
                parent[root(i)] = root(of_origin.try_emplace(watched[i].usual.origin, i).first->second);
        }
        for (std::size_t i = 0; i < watched.size(); ++i)
            watched[i].relations = static_cast<int>(root(i)) + 1;
    }

    /// Finds the peers that lost what others keep, of two owners or more.
    void find_lonely() {
        for (Peer& peer : peers)
            peer.alone = peer.suspect = peer.counts = false, peer.lost = 0;
        for (const Watched& w : watched)
            each_loss(w, [&](Peer& peer) { note_loss(peer, w.relations, peer.suspect); });
        for (Peer& peer : peers)
            peer.lost = 0;
        std::vector<Yardstick> of_collector(most_collectors);
        for (const Watched& w : watched)
            compare(w, of_collector);
        std::vector<Count> alone(most_collectors);
        for (const Peer& peer : peers) {
            if (!peer.counts) continue;
            ++alone[peer.collector].known;
            if (peer.alone) ++alone[peer.collector].have;
        }
        for (Peer& peer : peers)
            peer.alone = peer.alone || alone[peer.collector].above(500);
    }

    /// What is withdrawn comes back peer by peer: those who still lack it lost nothing alone, they are late.
    void each_loss(const Watched& w, const auto& visit) {
        if (w.settled == RouteSight::State::withdrawn) return;
        const Seconds oldest = horizon(w);
        for (const Route& known_route : w.routes)
            if (known_route.has == Route::no && remembers(known_route, oldest))
                visit(peers[known_route.peer]);
    }
    static void note_loss(Peer& peer, int relations, bool& of_two) {
        if (peer.lost == 0) peer.lost = relations;
        if (peer.lost != relations) of_two = true;
    }

    /// Each peer that lost this prefix is compared with those of other collectors; where there is only one
    /// collector, with all.
    void compare(const Watched& w, std::vector<Yardstick>& of_collector) {
        const Seconds oldest = horizon(w);
        std::fill(of_collector.begin(), of_collector.end(), Yardstick{});
        Yardstick all;
        for (const Route& known_route : w.routes) {
            if (known_route.has == Route::unsure || !remembers(known_route, oldest)) continue;
            Peer& peer = peers[known_route.peer];
            peer.counts = true;
            all.add(known_route, peer);
            of_collector[peer.collector].add(known_route, peer);
        }
        each_loss(w, [&](Peer& peer) {
            const Yardstick elsewhere = all - of_collector[peer.collector];
            const bool kept = elsewhere.known < fewest_elsewhere ? all.says_kept() : elsewhere.says_kept();
            if (kept) note_loss(peer, w.relations, peer.alone);
        });
    }

    void recount() {
        relate();
        find_lonely();
        std::map<int, int> widest;  // by family: of how many peers anything is known
        for (const Watched& w : watched)
            widest[w.prefix.start.bits] =
                std::max(widest[w.prefix.start.bits], static_cast<int>(w.routes.size()));
        for (Watched& w : watched)
            count(w, widest[w.prefix.start.bits]);
        changed = false;
        counted_at = now;
    }

    void count(Watched& w, int widest) const {
        const Seconds oldest = horizon(w);
        int all = 0, sure = 0;
        w.count = {};
        for (const Route& known_route : w.routes) {
            if (!remembers(known_route, oldest)) continue;
            ++all;
            if (known_route.has == Route::unsure) continue;
            ++sure;
            if (peers[known_route.peer].alone) continue;
            ++w.count.known;
            if (known_route.has == Route::yes) ++w.count.have;
        }
        const int expected = seconds(w.expected_at) >= oldest ? w.expected : 0;
        w.count.known += std::max(0, expected - all);
        // Those who speak unasked are those whose routes change: a few of them are no sample of all.
        const int wanted = w.primed ? all : std::max({all, expected, widest});
        w.why.clear();
        if (sure * 2 < wanted)
            w.why = std::to_string(sure) + " of " + std::to_string(wanted) +
                    " peers have said whether they have it";
        else if (all == 0 && expected == 0)
            w.why = w.primed ? "no peer has a route for exactly this prefix" : "no peer has spoken of it yet";
        else if (w.count.known < rule.fewest_peers)
            w.why = "only " + std::to_string(w.count.known) + " of " +
                    std::to_string(std::max(all, expected)) + " peers can be counted, fewer than " +
                    std::to_string(rule.fewest_peers);
    }

    void judge(Watched& w) {
        using State = RouteSight::State;
        const bool believed = w.why.empty();
        const bool below = believed && w.count.below(rule.down_below_permille);
        const bool above = believed && w.count.above(rule.up_above_permille);
        hold(w.below_since, below, now);
        hold(w.above_since, above, now);
        if (believed) end_gap(w);
        const bool down = below && now - *w.below_since >= rule.down_for;
        const bool up = above && (w.settled == State::unknown || now - *w.above_since >= rule.up_for);
        const State settled = down ? State::withdrawn : up ? State::visible : w.settled;
        if (down || up) w.doubted = false;
        if (settled != w.settled) {
            w.settled = settled;
            w.settled_since = now;
            changed = true;  // what is forgotten, and who is alone, depends on it
        }
        const State shown = believed && !w.doubted && !given_up(w) ? w.settled : State::unknown;
        if (shown != w.shown) {
            w.shown = shown;
            w.since = now;
        }
        if (above && w.settled == State::visible) note_usual(w);
    }

    /// In a gap long enough for the state to change and be noticed, it may have.
    void end_gap(Watched& w) const {
        if (w.gap_since && now - *w.gap_since > rule.down_for && w.settled != RouteSight::State::unknown)
            w.doubted = true;
        w.gap_since.reset();
    }

    /// Else what its owner retired would be an outage for ever.
    [[nodiscard]] bool given_up(const Watched& w) const {
        return w.settled == RouteSight::State::withdrawn && now - w.settled_since > given_up_after;
    }

    void note_usual(Watched& w) {
        if (now - w.usual_looked_at < usual_looked_at_every) return;
        w.usual_looked_at = now;
        const Usual found = common(w.routes);
        if (found.origin == 0) return;
        if (w.usual.path_length == 0 && (w.usual.origin == 0 || w.usual.origin == found.origin)) {
            related = related && w.usual.origin == found.origin;
            w.usual = found;
        }
        if (w.candidate != found.origin) {
            w.candidate = found.origin;
            w.candidate_since = now;
        }
        if (now - w.candidate_since < usual_after) return;
        related = related && w.usual.origin == found.origin;
        w.usual = found;
        w.candidate_since = now;
    }

    void settle() {
        if (now - judged_at > longest_gap)
            for (Watched& w : watched) {
                w.below_since.reset();
                w.above_since.reset();
                if (!w.gap_since) w.gap_since = judged_at;
            }
        judged_at = now;
        if (changed || now - counted_at >= recount_every) recount();
        for (Watched& w : watched)
            judge(w);
    }

    void sweep() {
        if (now - swept_at < sweep_every) return;
        swept_at = now;
        for (Peer& peer : peers)
            peer.references = 0;
        for (Watched& w : watched) {
            const Seconds oldest = horizon(w);
            routes -= std::erase_if(
                w.routes, [&](const Route& known_route) { return !remembers(known_route, oldest); });
            for (const Route& known_route : w.routes)
                ++peers[known_route.peer].references;
        }
        for (std::size_t id = 0; id < peers.size(); ++id) {
            if (peers[id].key == nullptr || peers[id].references != 0) continue;
            ids.erase(ids.find(*peers[id].key));
            peers[id].key = nullptr;
            free_peers.push_back(static_cast<std::uint16_t>(id));
        }
    }

    [[nodiscard]] std::string why(const Watched& w) const {
        if (!w.why.empty()) return w.why;
        const std::string counted =
            std::to_string(w.count.have) + " of " + std::to_string(w.count.known) + " peers have it";
        if (given_up(w)) return "withdrawn for a week: perhaps given up";
        return w.below_since || w.above_since ? counted + ", but not yet for long"
                                              : counted + ": neither here nor gone";
    }
};

RouteTable::RouteTable(VisibilityRule rule) : impl_(std::make_unique<Impl>()) {
    impl_->rule = rule;
}
RouteTable::~RouteTable() = default;

bool RouteTable::watch(const Prefix& prefix, const std::string& owner) {
    Watched* known = impl_->find(prefix);
    if (known == nullptr) {
        if (impl_->watched.size() == most_prefixes) return false;
        const auto at = std::lower_bound(impl_->watched.begin(), impl_->watched.end(), prefix,
                                         [](const Watched& w, const Prefix& p) { return w.prefix < p; });
        known = &*impl_->watched.insert(at, Watched{.prefix = prefix});
    }
    if (std::find(known->owners.begin(), known->owners.end(), owner) == known->owners.end())
        known->owners.push_back(owner);
    impl_->related = false;
    impl_->changed = true;
    return true;
}

bool RouteTable::watches(const Prefix& prefix) const {
    return impl_->find(prefix) != nullptr;
}

std::vector<Prefix> RouteTable::watched() const {
    std::vector<Prefix> prefixes;
    for (const Watched& w : impl_->watched)
        prefixes.push_back(w.prefix);
    return prefixes;
}

void RouteTable::expect(const Prefix& prefix, int peers, std::uint32_t origin, Stamp when) {
    Watched* w = impl_->find(prefix);
    if (w == nullptr || peers <= 0 || when < w->expected_at) return;
    w->expected = std::min(peers, static_cast<int>(most_peers));
    w->expected_at = when;
    if (w->usual.origin == 0) w->usual.origin = origin;
    impl_->related = false;
    impl_->changed = true;
}

bool RouteTable::on(const RisUpdate& update, Stamp now) {
    impl_->now = now;
    const RisPeer peer = session(update.peer);
    bool spoken_of = false;
    for (const Prefix& prefix : update.withdrawn)
        if (Watched* w = impl_->find(prefix)) {
            impl_->lost(*w, peer);
            spoken_of = true;
        }
    // Second: one that stands in both is announced (RFC 4271 section 4.3).
    for (const Prefix& prefix : update.announced)
        if (Watched* w = impl_->find(prefix)) {
            impl_->has(*w, peer, update.origin, update.path_length, true);
            spoken_of = true;
        }
    return spoken_of;
}

void RouteTable::on(const RisPeerState& state, Stamp now) {
    impl_->now = now;
    const auto id = impl_->known(session(state.peer));
    if (!id) return;
    // A session that ended says nothing any more; one that begins says everything anew.
    for (Watched& w : impl_->watched)
        if (Route* route = Impl::route(w, *id)) impl_->doubt(*route);
}

void RouteTable::prime(const Prefix& prefix, const std::vector<PeerRoute>& peers, Stamp now) {
    impl_->now = now;
    Watched* w = impl_->find(prefix);
    if (w == nullptr) return;
    w->primed = true;
    impl_->changed = true;
    for (Route& route : w->routes) {
        if (impl_->is_fresh_word(route)) continue;
        if (route.has == Route::yes) route.when = seconds(now);
        route.has = Route::no;
        route.live = false;
    }
    for (const PeerRoute& one : peers) {
        const RisPeer peer{.collector = one.collector, .address = one.peer};
        const auto id = impl_->known(peer);
        const Route* route = id ? Impl::route(*w, *id) : nullptr;
        if (route != nullptr && impl_->is_fresh_word(*route)) continue;
        impl_->has(*w, peer, one.origin, one.path_length, false);
    }
}

void RouteTable::forget_present(Stamp now) {
    impl_->now = now;
    for (Watched& w : impl_->watched) {
        w.primed = false;
        if (!w.gap_since) w.gap_since = now;
        for (Route& route : w.routes)
            impl_->doubt(route);
    }
    impl_->changed = true;
}

std::vector<Prefix> RouteTable::tick(Stamp now) {
    impl_->now = now;
    impl_->settle();
    impl_->sweep();
    std::vector<Prefix> changed;
    for (Watched& w : impl_->watched) {
        if (w.shown == w.told) continue;
        w.told = w.shown;
        changed.push_back(w.prefix);
    }
    return changed;
}

RouteSight RouteTable::sight(const Prefix& prefix) const {
    if (impl_->changed) impl_->settle();
    const Watched* w = impl_->find(prefix);
    if (w == nullptr) return {.why = "nobody watches it"};
    const Usual present = common(w->routes);
    RouteSight sight{.state = w->shown,
                     .peers_now = w->count.have,
                     .peers_known = w->count.known,
                     .since = w->since,
                     .origin = present.origin,
                     .usual_origin = w->usual.origin,
                     .path_length = present.path_length,
                     .usual_path_length = w->usual.path_length};
    if (w->shown == RouteSight::State::unknown) sight.why = impl_->why(*w);
    return sight;
}

std::size_t RouteTable::memory_bytes() const {
    constexpr std::size_t node = 48;  // what a tree or the heap adds to each
    std::size_t bytes = sizeof(Impl) + impl_->watched.capacity() * sizeof(Watched) +
                        impl_->peers.capacity() * sizeof(Peer) +
                        impl_->free_peers.capacity() * sizeof(std::uint16_t) +
                        impl_->ids.size() * (sizeof(RisPeer) + node) + impl_->collectors.size() * (48 + node);
    for (const Watched& w : impl_->watched)
        bytes += w.routes.capacity() * sizeof(Route) + w.owners.capacity() * sizeof(std::string);
    return bytes;
}

}  // namespace sereno
