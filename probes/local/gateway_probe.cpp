// Does the gateway answer, each time, and soon? ICMP echo where the kernel allows it, else TCP, where a
// refusal is an answer too. Meanwhile the neighbour table may already know that nobody is there.
#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "probes/classify.hpp"
#include "probes/kinds.hpp"
#include "probes/local/echo.hpp"
#include "probes/local/echo_tally.hpp"
#include "probes/local/routing.hpp"
#include "probes/tcp/connect.hpp"

namespace sereno {

namespace {

constexpr Micros look_again_after = std::chrono::milliseconds{250};
/// What a router most probably has an opinion on: its DNS forwarder, its web page. Not UDP, whose answer
/// would be an ICMP error: Linux sends one a second (icmp_ratelimit, icmp(7)), so that a good link would look
/// weak. Echo replies and TCP resets are not held back.
constexpr std::uint16_t dns_port = 53, web_port = 80;
constexpr std::uint16_t by_icmp = 0;

/// When everything happens; shorter for all alike where the time does not suffice.
struct Pace {
    Micros spacing{100'000};       ///< between two echoes
    Micros lost_after{1'000'000};  ///< an echo without an answer
    Micros patience{500'000};      ///< until the next way of asking is tried beside the one that is silent

    Pace(int echoes, int ways, Micros timeout) {
        const Micros all = spacing * (echoes - 1) + lost_after + patience * (ways - 1);
        const Micros room = timeout * 9 / 10;
        if (all <= room) return;
        for (Micros* span : {&spacing, &lost_after, &patience})
            *span = std::max(Micros{1'000}, *span * room.count() / all.count());
    }
};

/// One way of asking: echoes, or connections to one port.
struct Asker {
    Asker(std::uint16_t at_port, int echoes, Micros lost_after) : port(at_port), tally(echoes, lost_after) {}

    /// All were sent, and what has not been answered by now is lost.
    [[nodiscard]] bool over(Stamp now, Micros lost_after) const {
        return !tally.more() && now - last_sent >= lost_after;
    }

    std::uint16_t port;
    EchoTally tally;
    Stamp last_sent;
    std::string word;      ///< "tcp port 53 refused"
    bool limited = false;  ///< answers by errors that may be held back (see above): their number says nothing
    std::unique_ptr<Echo> echo;
    std::vector<std::unique_ptr<Connect>> connections;
};

std::vector<std::uint16_t> ways_of(const GatewayEcho& task) {
    if (task.port != 0) return {task.port};
    return {by_icmp, dns_port, web_port};
}

class GatewayRun final : public Attempt {
  public:
    GatewayRun(const GatewayEcho& task, Begin begin)
        : Attempt(std::move(begin)),
          gateway_(task.gateway),
          echoes_(std::clamp(task.echoes, 1, EchoTally::most_echoes)),
          ways_(ways_of(task)),
          pace_(echoes_, static_cast<int>(ways_.size()), deadline() - seen().started) {
        if (gateway_.empty() && !find_gateway()) return;
        seen().address = task.port != 0 ? to_string(Endpoint{gateway_, task.port}) : gateway_;
        if (!socket_address({gateway_, 0})) {
            fail(Stage::schedule, Failure::address_unknown, "'" + gateway_ + "' is not a literal address");
            return;
        }
        deadline_timer_ = loop().at(deadline(), [this] { judge(true); });
        look_at_ = seen().started + look_again_after;
        begin_next_way();
        step_at(seen().started + pace_.spacing);
    }

  private:
    bool find_gateway() {
        const RouteAnswer answer = default_route();
        if (answer.error != 0)
            fail(Stage::link, local_failure(answer.error), "routing table: " + errno_text(answer.error));
        else if (!answer.route)
            fail(Stage::link, Failure::no_route, "no default route");
        else if (answer.route->gateway.empty())
            fail(Stage::schedule, Failure::address_unknown, "the default route is a point-to-point link");
        else
            gateway_ = answer.route->gateway;
        return !gateway_.empty();
    }

    // ---- asking ----

    void step_at(Stamp due) {
        if (ended()) return;
        step_ = loop().at(due, [this, due] { step(due); });
    }

    void step(Stamp due) {
        const Stamp now = loop().now();
        for (const auto& asker : askers_)
            asker->tally.own_lateness(now - due);
        for (std::size_t i = 0; i < askers_.size(); ++i) {
            if (askers_[i]->tally.more()) ask(*askers_[i]);
            if (ended()) return;
            if (askers_[i]->tally.any()) break;  // those after it were for its silence
        }
        if (!anything() && now >= next_way_) begin_next_way();
        look_at_neighbour(now);
        judge(false);
        step_at(now + pace_.spacing);
    }

    void begin_next_way() {
        if (ended() || next_ == ways_.size()) return;
        next_way_ = loop().now() + pace_.patience;
        askers_.push_back(std::make_unique<Asker>(ways_[next_++], echoes_, pace_.lost_after));
        Asker& asker = *askers_.back();
        if (asker.port == by_icmp)
            asker.echo = std::make_unique<Echo>(loop(), *socket_address({gateway_, 0}),
                                                [this, &asker](int number) { answered(asker, number); });
        ask(asker);
    }

    void ask(Asker& asker) {
        const Stamp now = loop().now();
        const int number = asker.tally.send(now);
        asker.last_sent = now;
        if (!asker.echo) {
            asker.connections.push_back(std::make_unique<Connect>(
                loop(), *socket_address({gateway_, asker.port}),
                [this, &asker, number](const ConnectResult& result) { connected(asker, number, result); }));
            return;
        }
        const int error = asker.echo->send(number);
        // Ping sockets switched off, or a kernel without them. Anything else would hit TCP as well.
        const bool not_allowed = error == EACCES || error == EPERM || error == EPROTONOSUPPORT;
        if (not_allowed && number == 0) {
            askers_.pop_back();
            begin_next_way();
        } else if (error != 0) {
            failed_at_once(error);
        }
    }

    void connected(Asker& asker, int number, const ConnectResult& result) {
        const bool refused =
            result.error == ECONNREFUSED || result.error == ECONNRESET || said_by_gateway(result);
        if (result.error == 0 || refused) {
            if (!asker.tally.any()) {
                seen().connect = result.took;
                asker.word =
                    ", tcp port " + std::to_string(asker.port) + (refused ? " refused" : " accepted");
            }
            asker.limited = asker.limited || !result.icmp_from.empty();
            answered(asker, number);
            return;
        }
        // Not from the routing table but later: nobody answered the kernel's ARP requests.
        if (!result.at_once && (result.error == ETIMEDOUT || result.error == EHOSTUNREACH)) {
            if (!anything())
                silent("tcp port " + std::to_string(asker.port) + ": " + errno_text(result.error));
            return;
        }
        failed_at_once(result.error, result.by);
    }

    /// A firewall that rejects with another ICMP message than "port unreachable" is a sign of life too.
    [[nodiscard]] bool said_by_gateway(const ConnectResult& result) const {
        return !result.icmp_from.empty() && result.icmp_from.substr(0, result.icmp_from.find(' ')) ==
                                                gateway_.substr(0, gateway_.find('%'));
    }

    // ---- hearing ----

    void answered(Asker& asker, int number) {
        const Stamp now = loop().now();
        if (asker.port == by_icmp && !asker.tally.any()) seen().first_byte = now - seen().started;
        asker.tally.answer(number, now);
        // Not from within the callback of what this would destroy, and after a step that is overdue.
        if (asker.tally.complete()) soon_ = loop().after(Micros{0}, [this] { judge(false); });
    }

    [[nodiscard]] bool anything() const {
        return std::any_of(askers_.begin(), askers_.end(), [](const auto& a) { return a->tally.any(); });
    }

    /// The first way of asking that got any answer tells; those before it must have been silent to their end.
    void judge(bool at_deadline) {
        if (ended()) return;
        const Stamp now = loop().now();
        for (const auto& asker : askers_) {
            const EchoTally& tally = asker->tally;
            const bool over = at_deadline || asker->over(now, pace_.lost_after);
            if (tally.any()) {
                if (over || tally.complete()) report(*asker);
                return;
            }
            if (!over) return;
        }
        if (at_deadline || next_ == ways_.size()) silent(nobody_answered());
    }

    void report(const Asker& asker) {
        const std::string text = asker.tally.text() + asker.word;
        const bool weak = asker.tally.weak() && !asker.limited;
        stop();
        if (weak)
            fail(Stage::link, Failure::link_weak, text);
        else
            pass(text);
    }

    void failed_at_once(int error, RaisedBy by = RaisedBy::this_host) {
        stop();
        fail(Stage::link, connect_failure(error, by), errno_text(error));
    }

    void silent(const std::string& why) {
        stop();
        fail(Stage::link, Failure::gateway_silent, why);
    }

    std::string nobody_answered() const {
        const Neighbour state = neighbour(gateway_);
        return "none of " + std::to_string(echoes_) + " echoes was answered" +
               (state == Neighbour::sought || state == Neighbour::failed
                    ? ", and nobody on the link has its address"
                    : "");
    }

    /// An entry that failed long ago says nothing; our own packet, already sent when this looks, makes the
    /// kernel ask again, and then a failed entry is news.
    void look_at_neighbour(Stamp now) {
        if (ended() || anything() || now < look_at_) return;
        look_at_ = now + look_again_after;
        if (neighbour(gateway_) == Neighbour::failed)
            silent("nobody on the link has its address (neighbour entry FAILED)");
    }

    void stop() {
        deadline_timer_.cancel();
        step_.cancel();
        soon_.cancel();
        askers_.clear();
    }

    std::string gateway_;
    int echoes_;
    std::vector<std::uint16_t> ways_;
    Pace pace_;
    std::size_t next_ = 0;
    Stamp next_way_, look_at_;
    std::vector<std::unique_ptr<Asker>> askers_;
    Loop::Timer deadline_timer_, step_, soon_;
};

}  // namespace

Run start(const GatewayEcho& task, Begin begin) {
    return std::make_unique<GatewayRun>(task, std::move(begin));
}

}  // namespace sereno
