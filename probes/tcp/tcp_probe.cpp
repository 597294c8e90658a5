// Connects and closes. Resolves nothing: literal addresses, and "localhost" for programs on this host.
#include <cerrno>
#include <optional>
#include <utility>

#include "probes/classify.hpp"
#include "probes/kinds.hpp"
#include "probes/tcp/connect.hpp"

namespace sereno {

namespace {

class TcpRun final : public Attempt {
  public:
    TcpRun(const TcpConnect& task, Begin begin) : Attempt(std::move(begin)) {
        Endpoint endpoint = task.endpoint;
        if (endpoint.address == "localhost") endpoint.address = "127.0.0.1";  // RFC 6761 section 6.3
        seen().address = to_string(endpoint);
        const auto address = socket_address(endpoint);
        if (!address) {
            fail(Stage::schedule, Failure::address_unknown,
                 "'" + endpoint.address + "' is not a literal address");
            return;
        }
        asks_for_ipv6_ = seen().group == Group::network && address->family() == AF_INET6;
        target_ = *address;
        connect_.emplace(loop(), target_, [this](const ConnectResult& result) { on_result(result); });
        timer_ = loop().at(deadline(), [this] {
            connect_.reset();
            seen().connect = since(seen().started);
            fail(Stage::connect, Failure::connect_timeout, "no answer to the connection attempt");
        });
    }

  private:
    void on_result(const ConnectResult& result) {
        timer_.cancel();
        seen().connect = result.took;
        seen().icmp_from = result.icmp_from;
        if (result.error == 0) return pass("connected");
        fail(Stage::connect,
             has_no_ipv6(result) ? Failure::no_ipv6 : connect_failure(result.error, result.by),
             errno_text(result.error));
    }

    [[nodiscard]] bool has_no_ipv6(const ConnectResult& result) const {
        return asks_for_ipv6_ && result.at_once && lacks_ipv6(target_, result.error);
    }

    SocketAddress target_;
    bool asks_for_ipv6_ = false;  ///< only in order to see whether it works here
    std::optional<Connect> connect_;
    Loop::Timer timer_;
};

}  // namespace

Run start(const TcpConnect& task, Begin begin) {
    return std::make_unique<TcpRun>(task, std::move(begin));
}

}  // namespace sereno
