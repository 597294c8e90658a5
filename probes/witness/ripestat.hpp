// RIPEstat's looking glass: which peers of RIPE's route collectors have a route for exactly this prefix, now.
// https://stat.ripe.net/docs/02.data-api/looking-glass.html
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/witness.hpp"
#include "probes/witness/asker.hpp"
#include "probes/witness/board.hpp"

namespace sereno {

/// One peer of a route collector that has the route.
struct PeerRoute {
    std::string collector;  ///< "rrc00"
    std::string peer;       ///< its address, as RFC 5952 writes it
    std::uint32_t asn = 0;  ///< of the peer: the first of its path
    std::uint32_t origin = 0;
    int path_length = 0;  ///< ASes, an AS_SET as one
    bool operator==(const PeerRoute&) const = default;
};

struct LookingGlassAnswer {
    bool known = false;            ///< false: it could not be asked, understood or believed: `why`
    std::vector<PeerRoute> peers;  ///< with a route for exactly the prefix asked; of a covering one: none
    std::string covered_by;        ///< the covering prefix whose routes it told of instead; empty: none
    std::string why;
    Stamp when;  ///< when it was asked; set when known
    Stamp said;  ///< when the newest data were that it answers from; set when known
};

/// The origin AS of most of them; of equally many, the lower number. 0: nobody has it.
std::uint32_t most_common_origin(const std::vector<PeerRoute>& peers);

/// Reads the body of an answer about `prefix`. Takes only routes to that very prefix. Unknown is what says
/// that it failed: a `status` that is not "ok", a `status_code` other than 200, an error among its
/// `messages`. `clock`: when it answered, by the clock that `data.latest_time` is of, and `said` will be.
/// What is older than ten minutes then, or two minutes ahead, is unknown. So is an answer that names no such
/// time: collectors that stand still look the same day after day, and nothing else in it tells.
LookingGlassAnswer read_looking_glass(const std::string& body, const std::string& prefix, Stamp clock);

/// At most four questions at a time; the same one asked again within 30 s gets the same answer.
///
/// A looking glass that lost its own peers finds every prefix withdrawn. So an answer that could mean a
/// withdrawal, fewer than 5 peers or fewer than half of those remembered (FactKind::route), is known only
/// beside one about the yardstick, asked within a minute, in which at least 5 peers, and half of those
/// usual for it, have that prefix. The yardstick itself is held to the same numbers.
class RipeStat {
  public:
    /// The network of the RIPE NCC itself (AS3333), who runs the collectors: announced to everybody, without
    /// a break, and by an AS that no platform shares.
    static constexpr const char* usual_yardstick = "193.0.0.0/21";

    RipeStat(ProbeContext& context, Asker& asker, WitnessBoard& board, std::string base_url,
             const std::string& yardstick = usual_yardstick);
    ~RipeStat();
    /// `done` is called once, from the loop, not before look() returns. Destroying what it returns cancels.
    /// What was asked before `not_before` is asked anew.
    [[nodiscard]] std::unique_ptr<Asked> look(const std::string& prefix,
                                              std::function<void(const LookingGlassAnswer&)> done,
                                              Stamp not_before = {});

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
