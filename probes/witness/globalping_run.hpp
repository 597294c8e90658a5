// One measurement of Globalping: asked for, then looked at until it is finished.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "probes/witness/globalping.hpp"
#include "probes/witness/globalping_message.hpp"

namespace sereno {

/// Where the service is, and who asks.
struct GlobalpingApi {
    std::string base;                  ///< ends with '/'
    std::vector<std::string> headers;  ///< with the token, if there is one
};

class GlobalpingRun {
  public:
    /// Both are called from the loop, once, in this order, `ended` at the latest at the deadline, with what
    /// came until then. From `ended` the run may be destroyed, which else cancels.
    struct Callbacks {
        std::function<void(const Answer&, const GlobalpingCreated&)> created;
        std::function<void(Elsewhere)> ended;
    };
    GlobalpingRun(Loop& loop, Asker& asker, const GlobalpingApi& api, const ViewElsewhere& task,
                  GlobalpingRequest request, Stamp deadline, Callbacks callbacks);
    /// Somebody has more time.
    void extend(Stamp deadline);
    [[nodiscard]] Elsewhere so_far() const;

  private:
    void on_created(const Answer& answer);
    void look_in(Micros pause);
    void look();
    void on_look(const Answer& answer);
    void end();
    [[nodiscard]] Micros time_left() const;

    Loop& loop_;
    Asker& asker_;
    const GlobalpingApi& api_;
    ViewElsewhere task_;
    GlobalpingRequest request_;
    Stamp deadline_, began_;
    Callbacks callbacks_;
    std::string id_, why_;
    GlobalpingMeasured seen_;
    Micros pause_;
    int failed_looks_ = 0;
    std::unique_ptr<Asked> asked_;
    Loop::Timer pause_timer_, deadline_timer_;
};

}  // namespace sereno
