// Asks a vendor how it is.
#include "probes/kinds.hpp"
#include "probes/witness/status/status_pages.hpp"
#include "probes/witness/witnesses.hpp"

namespace sereno {

namespace {

class StatusRun final : public Attempt {
  public:
    StatusRun(const StatusPage& task, Begin begin) : Attempt(std::move(begin)), task_(task) {
        const Witnesses* witnesses = context().witnesses;
        const bool configured = witnesses != nullptr && witnesses->status_pages != nullptr;
        fail(Stage::schedule, Failure::witness_unknown, configured ? "not asked" : "not configured");
    }

  private:
    StatusPage task_;
};

}  // namespace

Run start(const StatusPage& task, Begin begin) {
    return std::make_unique<StatusRun>(task, std::move(begin));
}

}  // namespace sereno
