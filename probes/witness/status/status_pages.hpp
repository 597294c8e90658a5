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
    struct Pace {
        Micros shared_for{45'000'000};       ///< a page is not fetched again sooner, whoever asks
        Micros believed_for{3'600'000'000};  ///< "not modified" counts this long after a whole page: words
                                             ///< about dates grow old too
    };

    /// All must outlive it. Where a page asks to be left alone (Retry-After), that is longer than the pace.
    StatusPages(ProbeContext& context, Asker& asker, WitnessBoard& board);
    StatusPages(ProbeContext& context, Asker& asker, WitnessBoard& board, Pace pace);
    ~StatusPages();
    /// `done` is called once, from the loop, not before read() returns. Destroying what it returns cancels.
    [[nodiscard]] std::unique_ptr<Asked> read(const StatusPage& page,
                                              std::function<void(const StatusWord&)> done);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
