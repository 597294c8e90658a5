// Globalping: asks probes in other people's networks to resolve a name or fetch a page.
// https://globalping.io/docs/api.globalping.io
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/witness.hpp"
#include "probes/witness/asker.hpp"
#include "probes/witness/board.hpp"

namespace sereno {

struct Elsewhere {
    std::vector<Voice> voices;  ///< one a network, each in another AS; empty: nobody could be asked: `why`
    Stamp when;                 ///< of the measurement
    std::string why;
    std::vector<std::string> addresses;  ///< to which the name leads there, at most 16
};

/// Never asks more than the limits allow that it reads at run time; what is left is remembered across
/// restarts (FactKind::budget). When little is left it keeps some for what is not in doubt yet (Budget). The
/// same question within 30 s, or while it is being asked, gets the same answer; one that may not be asked
/// again yet gets the last answer for 20 minutes: `when` says how old it is.
class Globalping {
  public:
    /// `base_url`: "https://api.globalping.io/". All must outlive it.
    Globalping(ProbeContext& context, Asker& asker, WitnessBoard& board, std::string base_url,
               std::string token);
    ~Globalping();
    /// `done` is called once, from the loop, not before view() returns, at the latest at `deadline`, then
    /// with what has come so far. A page that does not answer takes the probes 10 s. Destroying what it
    /// returns cancels.
    [[nodiscard]] std::unique_ptr<Asked> view(const ViewElsewhere& task, Stamp deadline,
                                              std::function<void(const Elsewhere&)> done);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
