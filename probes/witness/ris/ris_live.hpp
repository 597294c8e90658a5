// RIPE's live feed of BGP messages, over WebSocket and TLS: who can still reach a prefix, seen by hundreds of
// networks. https://ris-live.ripe.net/manual/
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/witness.hpp"
#include "probes/witness/board.hpp"
#include "probes/witness/ripestat.hpp"
#include "probes/witness/ris/ris_session.hpp"
#include "probes/witness/ris/route_table.hpp"

namespace sereno {

/// Connects when the first prefix is watched, and again whenever the connection is lost. On each connection
/// the prefixes are primed from what `glass` is asked once they are subscribed to, at most 4 at a time, and
/// until then nothing is said of them; without a glass, not before at least half of the peers that had them
/// within a day have spoken again by themselves. A feed that was behind may have skipped what lay between:
/// once it has caught up, the glass is asked about each prefix again.
class RisLive {
  public:
    struct Settings {
        std::string url;     ///< wss://; ws:// only to a loopback address
        std::string client;  ///< "sereno/0.1 ops@example.org"
        RisRhythm rhythm;
        VisibilityRule rule;
        /// RIPE's own prefixes (AS12654), announced and withdrawn by turns every two hours, so that a silent
        /// feed is told from a quiet world. https://ris.ripe.net/docs/routing-beacons/
        std::vector<std::string> beacons{"84.205.64.0/24", "84.205.65.0/24", "84.205.67.0/24",
                                         "84.205.69.0/24"};
        /// Followed beside those that are watched, so that a peer that loses everything is known by that
        /// even while one owner is watched only (see RouteTable). Not the beacons: withdrawn for half of
        /// the day, they would say nothing of a peer just then. These are the RIPE NCC's own (AS3333),
        /// announced without a break, one of each family, as peers are by family.
        std::vector<std::string> yardsticks{RipeStat::usual_yardstick, "2001:67c:2e8::/48"};
    };
    /// What came of it since the start.
    struct Counters {
        std::uint64_t connections = 0, messages = 0, malformed = 0, bytes = 0;
    };

    /// All it is given must outlive it. `glass` may be null.
    RisLive(ProbeContext& context, RipeStat* glass, WitnessBoard& board, Settings settings);
    ~RisLive();
    RisLive(const RisLive&) = delete;
    RisLive& operator=(const RisLive&) = delete;

    /// `prefix`: as text. False when it is none, or there are too many.
    bool watch(const std::string& prefix, const std::string& owner);
    /// Unknown, with the reason, as long as the feed cannot be believed.
    [[nodiscard]] RouteSight sight(const std::string& prefix) const;
    /// When the feed was last heard; zero: never.
    [[nodiscard]] Stamp heard() const;
    [[nodiscard]] Counters counters() const;
    /// Told of a prefix that became withdrawn or visible.
    void on_change(std::function<void(const std::string& prefix)> callback);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
