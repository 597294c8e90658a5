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
};

/// Never asks more than the limits allow that it reads at run time; what is left is remembered across
/// restarts (FactKind::budget). When little is left it keeps some for what is not in doubt yet. The same
/// question within 30 s gets the same answer.
class Globalping {
  public:
    Globalping(ProbeContext& context, Asker& asker, WitnessBoard& board, std::string base_url,
               std::string token);
    ~Globalping();
    /// `done` is called once, from the loop, not before view() returns, at the latest at `deadline`.
    /// Destroying what it returns cancels.
    [[nodiscard]] std::unique_ptr<Asked> view(const ViewElsewhere& task, Stamp deadline,
                                              std::function<void(const Elsewhere&)> done);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
