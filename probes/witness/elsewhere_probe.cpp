// Asks probes in other networks. Each is a voice; the observation ends as most of those that speak do.
#include <utility>

#include "probes/kinds.hpp"
#include "probes/witness/globalping.hpp"
#include "probes/witness/voices.hpp"
#include "probes/witness/witnesses.hpp"

namespace sereno {

namespace {

class ElsewhereRun final : public Attempt {
  public:
    ElsewhereRun(const ViewElsewhere& task, Begin begin) : Attempt(std::move(begin)) {
        const Witnesses* witnesses = context().witnesses;
        if (witnesses == nullptr || witnesses->globalping == nullptr) {
            fail(Stage::schedule, Failure::witness_unknown, "Globalping is not configured");
            return;
        }
        asked_ = witnesses->globalping->view(task, deadline(),
                                             [this](const Elsewhere& elsewhere) { on_answer(elsewhere); });
    }

  private:
    void on_answer(const Elsewhere& elsewhere) {
        Observation& o = seen();
        o.voices = elsewhere.voices;
        o.answers = elsewhere.addresses;
        o.said = elsewhere.when;
        const Majority majority = majority_of(elsewhere.voices);
        o.http_status = majority.http_status;
        const std::string summary = elsewhere.voices.empty() ? elsewhere.why : summary_of(elsewhere.voices);
        if (majority.failure == Failure::none) return pass(summary);
        fail(majority.reached, majority.failure,
             majority.words.empty() ? summary : summary + ": " + majority.words);
    }

    std::unique_ptr<Asked> asked_;
};

}  // namespace

Run start(const ViewElsewhere& task, Begin begin) {
    return std::make_unique<ElsewhereRun>(task, std::move(begin));
}

}  // namespace sereno
