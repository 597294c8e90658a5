// Which hops are asked when, and what their answers add up to. No sockets and no clock in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/model/time.hpp"

namespace sereno {

/// What came back for one packet.
struct HopAnswer {
    enum class Kind : std::uint8_t {
        passed_on,    ///< a router threw it away because its hop limit was used up: it came that far
        unreachable,  ///< somebody else than the target says that there is no way on
        arrived,      ///< the target itself said something, whatever it was
        not_sent,     ///< this host finds no neighbour to hand it to (ARP, neighbour discovery)
    };
    Kind kind = Kind::passed_on;
    std::string from;
    std::string words;  ///< of unreachable: "203.0.113.9 host unreachable"
};

struct Hop {
    std::string address;  ///< empty: silence
    Micros took{0};
    bool operator==(const Hop&) const = default;
};

/// What a trace found out.
struct Trace {
    std::vector<Hop> hops;  ///< of the first hop and on, up to the last one that answered
    bool arrived = false;
    bool arrival_counted = false;  ///< the target is the last of `hops`; else how far away it is is not known
    Micros target_took{0};         ///< of the target's answer, when it arrived
    std::string refused_by, refusal;  ///< who said unreachable, and in which words; empty: nobody
    std::string back_to;        ///< the way goes in circles: after the last of `hops` comes this one again
    bool no_neighbour = false;  ///< this host could not even hand the packets to the first hop
};

/// Asks several hops at once, and the target itself with a full hop limit from the beginning, so that silent
/// routers on the way do not hide that it answers. Goes on as long as hops answer, but no more than `ahead`
/// silent ones beyond the last that did.
class Tracer {
  public:
    struct Plan {
        int most_hops = 30;
        int ahead = 5;  ///< hops asked at once, and silent hops in a row after which the way has ended
        int tries = 3;  ///< packets for each hop that stays silent
        Micros wait{
            650'000};  ///< between them; shorter as soon as the target's own answer shows how fast all is
    };
    /// The place among the hops of what is sent with a full hop limit.
    static constexpr int target = 0;

    explicit Tracer(Plan plan);

    /// To which hops a packet must be sent now, `target` among them. Each counts as sent at `now`.
    [[nodiscard]] std::vector<int> due(Stamp now);
    /// When to ask due() again if nothing is heard; empty: never.
    [[nodiscard]] std::optional<Stamp> next_due() const;
    /// An answer to what was sent to `hop`. The first one of a hop counts.
    void heard(int hop, HopAnswer answer, Stamp now);
    /// Nothing more is to be sent or to be waited for.
    [[nodiscard]] bool finished() const;
    /// Is an answer of this hop still of use?
    [[nodiscard]] bool wants(int hop) const;
    /// What is known by now.
    [[nodiscard]] Trace trace() const;

  private:
    struct Place {
        int sent = 0;
        Stamp sent_at;
        bool settled = false;  ///< answered, or given up
        std::optional<HopAnswer> answer;
        Micros took{0};
    };
    [[nodiscard]] Micros patience() const;
    [[nodiscard]] int furthest_wanted() const;
    void notice_circle(int hop);

    Plan plan_;
    std::vector<Place> places_;  ///< by hop; the target's own first
    int next_ = 1;               ///< the first hop not asked yet
    int furthest_ = 0;           ///< that answered
    int end_;                    ///< hops beyond this one tell nothing new
    int circle_ = 0;             ///< the hop at which an earlier address came back; 0: none
};

}  // namespace sereno
