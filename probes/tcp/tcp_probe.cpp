// Connects and closes. Resolves nothing: literal addresses, and "localhost" for programs on this host.
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
        connect_.emplace(loop(), *address, [this](const ConnectResult& result) { on_result(result); });
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
        if (result.error == 0)
            pass("connected");
        else
            fail(Stage::connect, connect_failure(result.error, result.by), errno_text(result.error));
    }

    std::optional<Connect> connect_;
    Loop::Timer timer_;
};

}  // namespace

Run start(const TcpConnect& task, Begin begin) {
    return std::make_unique<TcpRun>(task, std::move(begin));
}

}  // namespace sereno
