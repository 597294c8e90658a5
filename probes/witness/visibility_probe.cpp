// Reads the live feed: nobody is asked.
#include "probes/kinds.hpp"
#include "probes/witness/ris/ris_live.hpp"
#include "probes/witness/witnesses.hpp"

namespace sereno {

namespace {

class VisibilityRun final : public Attempt {
  public:
    VisibilityRun(const RouteVisibility& task, Begin begin) : Attempt(std::move(begin)), task_(task) {
        const Witnesses* witnesses = context().witnesses;
        const bool configured = witnesses != nullptr && witnesses->ris_live != nullptr;
        fail(Stage::schedule, Failure::witness_unknown, configured ? "not asked" : "not configured");
    }

  private:
    RouteVisibility task_;
};

}  // namespace

Run start(const RouteVisibility& task, Begin begin) {
    return std::make_unique<VisibilityRun>(task, std::move(begin));
}

}  // namespace sereno
