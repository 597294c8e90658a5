// The core's one entrance: events in, effects out. No I/O, no clock, no threads; the same events give the
// same effects.
#pragma once

#include <memory>
#include <vector>

#include "agent/model/effect.hpp"
#include "agent/model/event.hpp"

namespace sereno {

class Brain {
  public:
    /// Within this much time everything that was observed is in a published snapshot; news at once.
    static constexpr Micros longest_silence{21'000'000};

    Brain();
    ~Brain();
    Brain(Brain&&) noexcept;
    /// The first event must be ConfigChanged, the second Started.
    std::vector<Effect> on(const Event& event);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
