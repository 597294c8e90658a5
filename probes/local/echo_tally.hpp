// How several echoes to one neighbour fared: which came back, how soon, and whether that is a good link.
// Pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "agent/model/time.hpp"

namespace sereno {

class EchoTally {
  public:
    static constexpr int most_echoes = 32;
    /// A good link answers within a few milliseconds, a sleepy one in hundreds.
    static constexpr Micros slow{200'000};

    /// `planned` echoes, at least 1 and at most most_echoes; an answer later than `lost_after` is none.
    EchoTally(int planned, Micros lost_after);

    /// The next echo leaves; its number, from 0. Call only while more() is true.
    int send(Stamp now);
    /// An answer to this number came. Numbers that were not sent and second answers are ignored.
    void answer(int number, Stamp now);
    /// This program itself came so late to what was due: that much of each round trip may be its own.
    void own_lateness(Micros late) { own_ = std::max(own_, late); }

    [[nodiscard]] bool more() const { return sent_ < planned_; }  ///< some are still to be sent
    [[nodiscard]] bool any() const { return came_ > 0; }          ///< something answered, however late
    /// All were sent and all answers are there.
    [[nodiscard]] bool complete() const { return !more() && came_ == planned_; }

    /// Some are missing, or half of them were slow.
    [[nodiscard]] bool weak() const;
    /// "4 of 5 echoes, 0.4 ms to 1.2 ms"
    [[nodiscard]] std::string text() const;

  private:
    struct Echo {
        Stamp sent;
        std::optional<Micros> took;
    };
    /// How many were answered in less than this.
    [[nodiscard]] int within(Micros limit) const;

    int planned_;
    Micros lost_after_;
    Micros own_{0};
    int sent_ = 0, came_ = 0;
    std::array<Echo, most_echoes> echoes_{};
};

}  // namespace sereno
