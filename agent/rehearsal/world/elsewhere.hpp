// Those who look from other networks: route collectors and their looking glass, and probes that resolve names
// and fetch pages. What they say follows from how the world is, unless they are told to lie. No I/O.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/rehearsal/plan.hpp"
#include "agent/rehearsal/world/conversation.hpp"
#include "agent/rehearsal/world/globalping_api.hpp"
#include "agent/rehearsal/world/ris_feed.hpp"

namespace sereno::rehearsal {

/// How the world is for everybody beyond this household.
struct Truth {
    WorldPlan plan;
    /// A node's condition as everybody meets it. Of a witness itself: what it was told to be.
    std::function<Condition(const std::string& node)> condition;
    /// Whether the next datagram to that lossy node is lost.
    std::function<bool(const std::string& node)> loses;
    std::function<Stamp()> calendar;  ///< what right clocks show
};

/// What one probe's test shows, as JSON text. A name fails when no server of its zone answers: nobody's
/// resolver out there remembers an answer.
std::string seen_elsewhere(const Truth& truth, const GlobalpingQuestion& question);

class Elsewhere {
  public:
    explicit Elsewhere(Truth truth);

    [[nodiscard]] HttpAnswer globalping(const HttpRequest& request);
    /// RIPEstat's looking glass.
    [[nodiscard]] HttpAnswer looking_glass(const HttpRequest& request) const;
    /// A connection to RIS Live.
    [[nodiscard]] std::unique_ptr<Conversation> ris_live() { return feed_.converse(); }
    /// The feed tells of what has changed since the last time.
    void tell_of_routes();

  private:
    [[nodiscard]] std::string eyes(const GlobalpingQuestion& question) const;
    /// Whether a witness shows this prefix.
    [[nodiscard]] bool shows(const std::string& witness, const std::string& prefix) const;
    [[nodiscard]] Stamp newest(const std::string& witness) const;

    Truth truth_;
    GlobalpingApi probes_;
    RisFeed feed_;
};

}  // namespace sereno::rehearsal
