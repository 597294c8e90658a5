// Who still has a route for exactly these prefixes? Follows announcements and withdrawals peer by peer. Pure:
// no sockets, no clock.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/time.hpp"
#include "probes/witness/ripestat.hpp"
#include "probes/witness/ris/ris_message.hpp"

namespace sereno {

/// The rule of visibility. V is the peers that have the route now out of those that had it within `memory`.
struct VisibilityRule {
    int down_below_permille = 500;
    Micros down_for{120'000'000};
    int up_above_permille = 800;
    Micros up_for{60'000'000};
    int fewest_peers = 5;  ///< known: with fewer of them nothing is said
    Micros memory{86'400'000'000};
};

struct RouteSight {
    /// Withdrawn for more than a week is unknown: it may have been given up.
    enum class State : std::uint8_t { unknown, visible, withdrawn } state = State::unknown;
    int peers_now = 0, peers_known = 0;
    Stamp since;                                 ///< of the state
    std::uint32_t origin = 0, usual_origin = 0;  ///< most common now, and before
    int path_length = 0, usual_path_length = 0;  ///< median now, and before
    std::string why;                             ///< of unknown
};

/// Peers are counted once a session. What one said before its own session failed is not counted until it
/// says it anew. One that lost prefixes of several unrelated owners which the others still have, or most of
/// whose collector did, is left out of the count as long as it stands so alone: that is its fault, not the
/// prefix's. Two prefixes are related when they have an owner or a usual origin in common.
class RouteTable {
  public:
    static constexpr std::size_t most_prefixes = 512, most_peers = 4096, most_routes = 400'000;

    explicit RouteTable(VisibilityRule rule = {});
    ~RouteTable();

    /// `owner`: prefixes of one owner may fall together; "beacon" is one. The same prefix again: one more
    /// owner. At most `most_prefixes`; beyond, false.
    bool watch(const Prefix& prefix, const std::string& owner);
    [[nodiscard]] bool watches(const Prefix& prefix) const;
    [[nodiscard]] std::vector<Prefix> watched() const;

    /// An earlier run of this program saw `peers` peers with it at `when` (FactKind::route): so many are
    /// missing when they do not show up, as after a restart amid an outage. To be said when it is watched.
    void expect(const Prefix& prefix, int peers, std::uint32_t origin, Stamp when);

    /// True when a watched prefix was spoken of.
    bool on(const RisUpdate& update, Stamp now);
    void on(const RisPeerState& state, Stamp now);
    /// A looking glass was asked: these have it now. Replaces what was known of who has it, but for what
    /// peers said themselves within the last minute; keeps who had it.
    void prime(const Prefix& prefix, const std::vector<PeerRoute>& peers, Stamp now);
    /// Messages may have been missed: nothing is known until primed again. Who had it is kept. After more
    /// than `down_for`, nor is the state, until a threshold has held anew.
    void forget_present(Stamp now);
    /// Durations are noticed here; at least once a second while connected. The prefixes whose state changed.
    std::vector<Prefix> tick(Stamp now);

    [[nodiscard]] RouteSight sight(const Prefix& prefix) const;
    /// In about how many bytes all this lies.
    [[nodiscard]] std::size_t memory_bytes() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
