// A miniature Internet on loopback: DNS, web, mail and SMS servers that speak their real protocols over real
// sockets and can be made to fail one by one. Knows nothing of timelines; a rehearsal or a test moves it.
//
//     World world{small_world()};
//     const std::string file = world.write_configuration(folder, AgentPace{});
//     ... start `sereno run --config file` ...
//     world.set("web:*", Condition::silent);
//     ... until world.texts() holds what is expected ...
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/probe_spec.hpp"
#include "agent/rehearsal/plan.hpp"

namespace sereno::rehearsal {

/// A mail that the world's SMTP server took responsibility for.
struct Mail {
    std::chrono::system_clock::time_point arrived;
    std::string from;
    std::vector<std::string> to;
    std::string message;  ///< RFC 5322 text as sent, dots unstuffed; at most 1 MiB
    std::string subject;  ///< decoded (RFC 2047), UTF-8
    std::string text;     ///< the text/plain body decoded, UTF-8, "\n" line ends
};
/// An SMS that the world's gateway answered with 201.
struct Text {
    std::chrono::system_clock::time_point arrived;
    std::string from, to, body;
    std::string sid;  ///< as answered, "SM..."
};

/// The rhythm of an agent under rehearsal, in real time.
struct AgentPace {
    Micros interval{1'000'000};
    Micros timeout{500'000};
    Micros retry_first{150'000}, retry_most{1'000'000};
    Micros declare_after{3'000'000}, local_after{1'500'000}, recover_after{5'000'000};
    Micros alert_retry_first{500'000}, alert_retry_most{2'000'000};
};

/// A pace at which a scenario minute is the agent's interval, at `speed` scenario seconds a real second.
/// Beyond 60 it is no faster than real sockets on a small machine allow.
AgentPace pace_for(int speed);

/// Every machine is a node with a name: "dns:a.ns.facebook.com", "resolver:system", "web:www.facebook.com",
/// "control:apple", "app:booking-bot", "gateway", "mail", "sms"; all but apps and "gateway" lie beyond
/// "router", which is no machine but cuts them all off, the gateway included, when it is silent. Each has an
/// IPv4 address of its own in 127.0.0.0/8; all share one unprivileged port. The servers run on a thread of
/// their own; every function may be called from any one thread at a time.
class World {
  public:
    /// Binds and starts everything, all of it well. Throws std::runtime_error when no free port is found.
    explicit World(WorldPlan plan);
    ~World();  ///< closes everything, joins the thread

    /// The names of all nodes, "router" last.
    [[nodiscard]] const std::vector<std::string>& nodes() const;

    /// Changes every node that `pattern` names ("*" stands for any run of characters), before it returns.
    /// Number of nodes changed: 0 when none has such a name.
    std::size_t set(const std::string& pattern, Condition condition);
    [[nodiscard]] Condition condition(const std::string& node) const;

    /// Where a node listens; empty for an unknown one and for "router".
    [[nodiscard]] Endpoint endpoint(const std::string& node) const;
    [[nodiscard]] std::uint16_t port() const;

    /// The resolvers' caches expire by this clock; until it is set, by real time. Called from the world's
    /// thread.
    void use_clock(std::function<Stamp()> clock);

    /// What has arrived so far, oldest first; at most the first 10,000 of each.
    [[nodiscard]] std::vector<Mail> mails() const;
    [[nodiscard]] std::vector<Text> texts() const;

    /// The CA that signed every certificate of this world, PEM.
    [[nodiscard]] const std::string& ca_certificate() const;

    /// Writes sereno.yaml, catalogue.yaml, ca.pem and secrets into `folder` (existing) and makes
    /// `folder`/data; gives the path of sereno.yaml. Every probe and channel of that agent ends in this
    /// world, its page listens on 127.0.0.1:`page_port` (0: any free port, which only its log tells).
    std::string write_configuration(const std::string& folder, const AgentPace& pace,
                                    std::uint16_t page_port) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A TCP port free on 127.0.0.1 at this moment.
std::uint16_t free_port();

}  // namespace sereno::rehearsal
