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
    bool known = false;            ///< false: it could not be asked or understood: `why`
    std::vector<PeerRoute> peers;  ///< with a route for exactly the prefix asked; of a covering one: none
    std::string covered_by;        ///< the covering prefix whose routes it told of instead; empty: none
    std::string why;
};

/// Reads the body of an answer about `prefix`. Takes only routes to that very prefix.
LookingGlassAnswer read_looking_glass(const std::string& body, const std::string& prefix);

/// At most four questions at a time; the same one asked again within 30 s gets the same answer.
class RipeStat {
  public:
    RipeStat(ProbeContext& context, Asker& asker, WitnessBoard& board, std::string base_url);
    ~RipeStat();
    /// `done` is called once, from the loop, not before look() returns. Destroying what it returns cancels.
    [[nodiscard]] std::unique_ptr<Asked> look(const std::string& prefix,
                                              std::function<void(const LookingGlassAnswer&)> done);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
