// Asks the looking glass about each prefix.
#include "probes/kinds.hpp"
#include "probes/witness/ripestat.hpp"
#include "probes/witness/witnesses.hpp"

namespace sereno {

namespace {

class LookingGlassRun final : public Attempt {
  public:
    LookingGlassRun(const LookingGlass& task, Begin begin) : Attempt(std::move(begin)), task_(task) {
        const Witnesses* witnesses = context().witnesses;
        const bool configured = witnesses != nullptr && witnesses->ripestat != nullptr;
        fail(Stage::schedule, Failure::witness_unknown, configured ? "not asked" : "not configured");
    }

  private:
    LookingGlass task_;
};

}  // namespace

Run start(const LookingGlass& task, Begin begin) {
    return std::make_unique<LookingGlassRun>(task, std::move(begin));
}

}  // namespace sereno
