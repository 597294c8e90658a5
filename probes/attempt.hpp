// What every probe's run has in common: the observation being filled in, its deadline, and a sink that is
// called once.
#pragma once

#include <string>

#include "probes/probe.hpp"

namespace sereno {

/// With what a run begins.
struct Begin {
    ProbeContext& context;
    const ProbeSpec& spec;
    Stamp scheduled;
    ObservationSink sink;
};

/// Base of the runs. A kind starts its work in its constructor and ends with exactly one call of pass() or
/// fail(), at any time, also from the constructor: the sink hears of it by post.
class Attempt : public ProbeRun {
  public:
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

  protected:
    explicit Attempt(Begin begin);

    /// The attempt came all the way. `detail` is cut to 200 bytes and made printable.
    void pass(std::string_view detail = {});
    /// The attempt ended with `failure` while `stage` was running. Later calls of either are ignored.
    void fail(Stage stage, Failure failure, std::string_view detail);
    [[nodiscard]] bool ended() const { return ended_; }

    /// What has been seen so far; fill in addresses and phases before the end.
    [[nodiscard]] Observation& seen();
    [[nodiscard]] ProbeContext& context() const { return context_; }
    [[nodiscard]] Loop& loop() const { return context_.loop; }
    [[nodiscard]] Stamp deadline() const { return deadline_; }
    [[nodiscard]] Micros since(Stamp begin) const { return context_.loop.now() - begin; }

  private:
    struct Delivery {
        ObservationSink sink;
        Observation observation;
    };
    void end(Stage reached, Failure failure, std::string_view detail);

    ProbeContext& context_;
    Stamp deadline_;
    bool ended_ = false;
    std::shared_ptr<Delivery> delivery_;  ///< shared with nobody but looked at weakly by the posted call
};

/// Printable ASCII only, control characters as spaces, no spaces at the ends, at most `most` bytes.
std::string plain_text(std::string_view text, std::size_t most);

}  // namespace sereno
