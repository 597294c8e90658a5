#include <utility>

#include "probes/kinds.hpp"

namespace sereno {

namespace {

class NotYet final : public Attempt {
  public:
    explicit NotYet(Begin begin) : Attempt(std::move(begin)) {
        fail(Stage::schedule, Failure::address_unknown, "nothing is asked yet");
    }
};

}  // namespace

Run start(const PathTrace&, Begin begin) {
    return std::make_unique<NotYet>(std::move(begin));
}

}  // namespace sereno
