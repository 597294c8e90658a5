// The vendors' status pages: one page is fetched once for all who want to know, and only when it has changed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/model/witness.hpp"
#include "probes/witness/asker.hpp"
#include "probes/witness/board.hpp"
#include "probes/witness/status/report.hpp"

namespace sereno {

struct StatusWord {
    StatusReport report;
    bool gone = false;  ///< the page did not answer: `report.why`
    Stamp when;         ///< when it was fetched
};

class StatusPages {
  public:
    /// A page fetched within this much time is not fetched again, whoever asks.
    static constexpr Micros shared_for{45'000'000};

    StatusPages(ProbeContext& context, Asker& asker, WitnessBoard& board);
    ~StatusPages();
    /// `done` is called once, from the loop, not before read() returns. Destroying what it returns cancels.
    [[nodiscard]] std::unique_ptr<Asked> read(const StatusPage& page,
                                              std::function<void(const StatusWord&)> done);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
