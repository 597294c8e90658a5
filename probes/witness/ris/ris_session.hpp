// One connection to RIS Live as a state machine without I/O: what to do next, and what came of it. Pure.
#pragma once

#include <bitset>
#include <cstdint>
#include <map>
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
    Micros pong_within{20'000'000};  ///< any word will do; an acknowledgement, too, comes within this
    Micros reconnect_first{30'000'000}, reconnect_most{600'000'000};  ///< doubled each time, with jitter
    Micros canary_silence{9'000'000'000};  ///< the beacons speak every two hours: silent for longer than
                                           ///< this, the feed is unknown
    Micros most_lag{300'000'000};          ///< between the times that messages bear and our wall clock; with
                                           ///< more, either way, the feed is unknown
    Micros alive{300'000'000};             ///< a connection that lasted so long was a good one: the next
                                           ///< starts from reconnect_first again
    Micros handshake_within{10'000'000};   ///< TCP, TLS and the upgrade together
    Micros look{1'000'000};                ///< between two looks at what has lasted long enough to be told
};

/// See the .cpp for the table of transitions.
class RisSession {
  public:
    enum class Do : std::uint8_t { nothing, connect, send, close };
    struct Action {
        Do what = Do::nothing;
        std::string text;  ///< of send
        Stamp wake;        ///< call next() again at the latest now, whatever happens; Stamp::max(): only then
    };
    /// `jitter_permille`: 0 to 1000; up to half as long again is waited before reconnecting. `beacons` are
    /// subscribed to before everything else; without them silence is not noticed.
    explicit RisSession(RisRhythm rhythm, int jitter_permille = 0, const std::vector<Prefix>& beacons = {});

    /// More to subscribe to; in this connection and each after it. Known already: nothing happens.
    void subscribe(const Prefix& prefix);
    /// What is to be done now. Called again after each event but updates, and at `wake`. After connect comes
    /// connected() or closed(), after send sent() or closed(), after close nothing.
    Action next(Stamp now);
    void connected(Stamp now);
    void sent(Stamp now);
    /// The connection failed or ended.
    void closed(Stamp now, const std::string& why);
    /// `wall_offset`: what the wall clock shows beyond `now` (Loop::wall_offset). Times of messages are
    /// compared with that clock.
    void heard(const RisMessage& message, Stamp now, Micros wall_offset = Micros{0});

    [[nodiscard]] bool is_connected() const { return state_ == State::live; }
    /// Everything asked for has been acknowledged, or refused.
    [[nodiscard]] bool follows_all() const { return is_connected() && followed_ == subscriptions_.size(); }
    /// The server acknowledged this one on this connection.
    [[nodiscard]] bool follows(const Prefix& prefix) const;
    /// Why the server would not follow it on this connection, or the last; empty: it did not say so. The
    /// next connection asks anew.
    [[nodiscard]] std::string refusal(const Prefix& prefix) const;
    /// Its words are of another time: it replays what was, or our clock is wrong. Collectors are late one by
    /// one, a feed is late in all: so the last word of each of the last three collectors that spoke is
    /// looked at, and while one of these is in time, the feed is. What bears no time says nothing of it.
    [[nodiscard]] bool is_out_of_time() const;
    /// Connected, makes sense, in time, and beacons speak; and the sessions of peers were not refused:
    /// without them a peer that went is taken for one that still has its routes.
    [[nodiscard]] bool can_be_believed() const;
    /// Why not; empty when it can.
    [[nodiscard]] std::string why() const;

  private:
    enum class State : std::uint8_t { idle, waiting, connecting, live };
    /// Without a prefix: which sessions of peers begin and end.
    struct Subscription {
        std::optional<Prefix> prefix;
        std::string refusal;
    };
    struct LastWord {
        std::string collector;
        Micros lag;  ///< when it was heard less the time it bears, but for the wall offset
    };
    static constexpr std::size_t sample = 100, collectors_looked_at = 3;

    Action next_live(Stamp now);
    Action send(std::string text, Stamp now);
    void end(Stamp now, std::string why);
    void answered(std::string refusal);
    void keep_time(const RisUpdate& update, Stamp now);
    [[nodiscard]] std::string fault(Stamp now) const;
    [[nodiscard]] Stamp wake() const;
    [[nodiscard]] bool peers_refused() const { return !subscriptions_.front().refusal.empty(); }
    [[nodiscard]] bool makes_no_sense() const { return senseless_.count() * 2 > sample; }
    [[nodiscard]] Micros lag() const;
    [[nodiscard]] std::string asked_for() const;

    RisRhythm rhythm_;
    int jitter_permille_;
    std::vector<Subscription> subscriptions_;
    std::map<Prefix, std::size_t> places_;  ///< in subscriptions_
    std::size_t beacons_;                   ///< they come first, behind the peers' sessions

    State state_ = State::idle;
    Micros delay_;  ///< before the next connection
    Stamp retry_at_;
    std::string why_, complaint_;  ///< of the last end; what the server said beside that

    // Of this connection.
    Stamp since_, heard_at_;
    std::size_t followed_ = 0;  ///< so many were acknowledged or refused
    bool asking_ = false;       ///< the one behind those was sent
    Stamp ask_at_, asked_at_;
    bool pinging_ = false;
    Stamp ping_at_, pinged_at_;
    bool sending_ = false;
    Stamp sending_since_;

    // Of the feed, whatever connection it comes by.
    Micros listened_{0};             ///< since a beacon was heard
    std::bitset<sample> senseless_;  ///< of the last messages, those that could not be understood
    std::size_t read_ = 0;
    std::string nonsense_;              ///< what the last of them was
    std::vector<LastWord> last_words_;  ///< the latest last, one a collector
    Micros wall_offset_{0};             ///< as of the last message
};

}  // namespace sereno
