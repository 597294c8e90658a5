// Asks probes in other networks.
#include "probes/kinds.hpp"
#include "probes/witness/globalping.hpp"
#include "probes/witness/witnesses.hpp"

namespace sereno {

namespace {

class ElsewhereRun final : public Attempt {
  public:
    ElsewhereRun(const ViewElsewhere& task, Begin begin) : Attempt(std::move(begin)), task_(task) {
        const Witnesses* witnesses = context().witnesses;
        const bool configured = witnesses != nullptr && witnesses->globalping != nullptr;
        fail(Stage::schedule, Failure::witness_unknown, configured ? "not asked" : "not configured");
    }

  private:
    ViewElsewhere task_;
};

}  // namespace

Run start(const ViewElsewhere& task, Begin begin) {
    return std::make_unique<ElsewhereRun>(task, std::move(begin));
}

}  // namespace sereno
