// Does the gateway answer anything at all? ICMP echo where the kernel allows it, else TCP, where a refusal is
// an answer too. Meanwhile the neighbour table may already know that nobody is there.
#include <cerrno>
#include <optional>
#include <utility>

#include "probes/classify.hpp"
#include "probes/kinds.hpp"
#include "probes/local/echo.hpp"
#include "probes/local/routing.hpp"
#include "probes/tcp/connect.hpp"

namespace sereno {

namespace {

constexpr Micros look_again_after = std::chrono::milliseconds{250};
/// What a router most probably has an opinion on: its DNS forwarder, its web page.
constexpr std::uint16_t first_port = 53, second_port = 80;

class GatewayRun final : public Attempt {
  public:
    GatewayRun(const GatewayEcho& task, Begin begin) : Attempt(std::move(begin)), gateway_(task.gateway) {
        if (gateway_.empty() && !find_gateway()) return;
        seen().address = task.port != 0 ? to_string(Endpoint{gateway_, task.port}) : gateway_;
        if (!socket_address({gateway_, 0})) {
            fail(Stage::schedule, Failure::address_unknown, "'" + gateway_ + "' is not a literal address");
            return;
        }
        deadline_timer_ = loop().at(deadline(), [this] { silent("no answer"); });
        look_at_neighbour_later();
        if (task.port != 0)
            connect(first_, task.port);
        else
            ping();
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

    void ping() {
        echo_.emplace(loop(), *socket_address({gateway_, 0}), [this] {
            seen().first_byte = since(seen().started);
            answered("icmp echo answered");
        });
        const int error = echo_->error();
        if (error == 0) return;
        echo_.reset();
        // Ping sockets switched off, or a kernel without them. Anything else would hit TCP as well.
        if (error != EACCES && error != EPERM && error != EPROTONOSUPPORT) {
            failed_at_once(error);
            return;
        }
        connect(first_, first_port);
        second_timer_ = loop().at(seen().started + (deadline() - seen().started) / 2,
                                  [this] { connect(second_, second_port); });
    }

    void connect(std::optional<Connect>& connection, std::uint16_t port) {
        connection.emplace(loop(), *socket_address({gateway_, port}),
                           [this, port](const ConnectResult& result) { on_connected(port, result); });
    }

    void on_connected(std::uint16_t port, const ConnectResult& result) {
        const std::string what = "tcp port " + std::to_string(port);
        switch (result.error) {
            case 0:
            case ECONNREFUSED:
            case ECONNRESET:
                seen().connect = result.took;
                answered(what + (result.error == 0 ? " accepted" : " refused"));
                return;
            // Not from the routing table but later: nobody answered the kernel's ARP requests.
            case ETIMEDOUT:
            case EHOSTUNREACH:
                if (!result.at_once) {
                    silent(what + ": " + errno_text(result.error));
                    return;
                }
                break;
            default:
                break;
        }
        failed_at_once(result.error);
    }

    void failed_at_once(int error) {
        stop();
        fail(Stage::link, connect_failure(error, RaisedBy::this_host), errno_text(error));
    }

    void answered(const std::string& how) {
        stop();
        pass(how);
    }

    void silent(const std::string& why) {
        stop();
        fail(Stage::link, Failure::gateway_silent, why);
    }

    /// An entry that failed long ago says nothing; our own packet, already sent when this looks, makes the
    /// kernel ask again, and then a failed entry is news.
    void look_at_neighbour_later() {
        neighbour_timer_ = loop().after(look_again_after, [this] {
            if (neighbour_failed(gateway_))
                silent("nobody on the link has its address (neighbour entry FAILED)");
            else
                look_at_neighbour_later();
        });
    }

    void stop() {
        deadline_timer_.cancel();
        neighbour_timer_.cancel();
        second_timer_.cancel();
        echo_.reset();
        first_.reset();
        second_.reset();
    }

    std::string gateway_;
    std::optional<Echo> echo_;
    std::optional<Connect> first_, second_;
    Loop::Timer deadline_timer_, neighbour_timer_, second_timer_;
};

}  // namespace

Run start(const GatewayEcho& task, Begin begin) {
    return std::make_unique<GatewayRun>(task, std::move(begin));
}

}  // namespace sereno
