// The core's one entrance: events in, effects out. No I/O, no clock, no threads; the same events give the
// same effects.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent/brain_state.hpp"
#include "agent/model/effect.hpp"
#include "agent/model/event.hpp"

namespace sereno {

class Brain {
  public:
    /// Within this much time everything that was observed is in a published snapshot; news at once.
    static constexpr Micros longest_silence{21'000'000};

    /// nothing: decides the same without ever giving PublishSnapshot, which is most of the work of a replay.
    enum class Showing : std::uint8_t { snapshots, nothing };

    explicit Brain(Showing showing = Showing::snapshots);
    ~Brain();
    Brain(Brain&&) noexcept;
    Brain& operator=(Brain&&) noexcept;

    /// A brain that goes on where the one that gave `state` was; `configuration` is the last one it had.
    /// Empty when the two do not fit each other.
    static std::optional<Brain> resume(const ConfigChanged& configuration, BrainState state,
                                       Showing showing = Showing::snapshots);
    [[nodiscard]] BrainState state() const;
    /// Nobody is in doubt or ill, and no incident is unfinished.
    [[nodiscard]] bool quiet() const;

    /// The first event must be ConfigChanged, the second Started.
    std::vector<Effect> on(const Event& event);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
