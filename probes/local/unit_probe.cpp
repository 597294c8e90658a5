// Is a systemd unit active? systemctl(1) knows; when it cannot be asked, that says nothing about the unit.
#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "probes/classify.hpp"
#include "probes/kinds.hpp"
#include "probes/local/child.hpp"

namespace sereno {

namespace {

/// The line of the output that is a unit's state (systemctl(1), is-active); warnings may stand around it.
std::string_view state_in(std::string_view output) {
    constexpr std::array<std::string_view, 9> states{"active",      "reloading",  "inactive",
                                                     "failed",      "activating", "deactivating",
                                                     "maintenance", "refreshing", "unknown"};
    while (!output.empty()) {
        const auto line = output.substr(0, output.find('\n'));
        for (const auto state : states)
            if (line == state) return state;
        output.remove_prefix(std::min(line.size() + 1, output.size()));
    }
    return {};
}

class UnitRun final : public Attempt {
  public:
    UnitRun(const UnitState& task, Begin begin) : Attempt(std::move(begin)), unit_(task.unit) {
        seen().address = unit_;
        child_.emplace(loop(), std::vector<std::string>{"systemctl", "is-active", "--", unit_},
                       [this](const Child::Ended& ended) { on_ended(ended); });
        if (const int error = child_->error(); error != 0) {
            child_.reset();
            not_started(error);
            return;
        }
        timer_ = loop().at(deadline(), [this] {
            child_.reset();
            fail(Stage::schedule, Failure::host_refused, "systemctl did not answer in time");
        });
    }

  private:
    void not_started(int error) {
        if (error == ENOENT)
            fail(Stage::schedule, Failure::host_refused, "systemctl is not installed on this host");
        else
            fail(Stage::schedule, local_failure(error), "systemctl: " + errno_text(error));
    }

    void on_ended(const Child::Ended& ended) {
        timer_.cancel();
        const std::string_view state = state_in(ended.output);
        if (state == "active" || state == "reloading" || state == "refreshing")
            pass(unit_ + " is " + std::string{state});
        else if (!state.empty())
            fail(Stage::content, Failure::unit_inactive, unit_ + " is " + std::string{state});
        else
            fail(Stage::schedule, Failure::host_refused,
                 "systemctl cannot tell (exit " + std::to_string(ended.exit_code) + "): " + ended.output);
    }

    std::string unit_;
    std::optional<Child> child_;
    Loop::Timer timer_;
};

}  // namespace

Run start(const UnitState& task, Begin begin) {
    return std::make_unique<UnitRun>(task, std::move(begin));
}

}  // namespace sereno
