// One connection to RIS Live as a state machine without I/O: what to do next, and what came of it. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/time.hpp"
#include "probes/witness/ris/ris_message.hpp"

namespace sereno {

/// Etiquette, as the manual and its users have it.
struct RisRhythm {
    Micros between_subscriptions{200'000};
    Micros ping{40'000'000};
    Micros pong_within{20'000'000};
    Micros reconnect_first{30'000'000}, reconnect_most{600'000'000};  ///< doubled each time, with jitter
    Micros canary_silence{9'000'000'000};  ///< the beacons speak every two hours: silent for longer than
                                           ///< this, the feed is unknown
};

/// See the .cpp for the table of transitions.
class RisSession {
  public:
    enum class Do : std::uint8_t { nothing, connect, send, close };
    struct Action {
        Do what = Do::nothing;
        std::string text;  ///< of send
        Stamp wake;        ///< call next() again at the latest now, whatever happens
    };
    /// `jitter_permille`: 0 to 1000, stable for this host.
    RisSession(RisRhythm rhythm, int jitter_permille);

    /// More to subscribe to; in this connection and each after it.
    void subscribe(const Prefix& prefix);
    /// What is to be done now. Called again after each event and at `wake`.
    Action next(Stamp now);
    void connected(Stamp now);
    void sent(Stamp now);
    /// The connection failed or ended.
    void closed(Stamp now, std::string why);
    void heard(const RisMessage& message, Stamp now);
    /// A beacon's prefix was spoken of.
    void canary(Stamp now);

    [[nodiscard]] bool is_connected() const;
    /// Everything asked for has been subscribed to, and the feed is alive.
    [[nodiscard]] bool can_be_believed(Stamp now) const;
    /// Why not.
    [[nodiscard]] std::string why(Stamp now) const;

  private:
    // Yours to design.
};

}  // namespace sereno
