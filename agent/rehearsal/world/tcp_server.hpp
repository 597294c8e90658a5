// A TCP listener that can vanish: open, a black hole, or refusing; in clear, with TLS, or with TLS on
// request.
#pragma once

#include <memory>
#include <optional>

#include "agent/model/probe_spec.hpp"
#include "agent/rehearsal/world/certificates.hpp"
#include "agent/rehearsal/world/conversation.hpp"

namespace boost::asio {
class io_context;
}

namespace sereno::rehearsal {

enum class Reach : std::uint8_t {
    open,
    /// As if packets were lost: a new connect() gets no answer until it times out, conversations under way
    /// stall.
    ///
    /// Without privileges that takes a trick. The listener stops accepting and shrinks its backlog to 0; then
    /// connections of its own fill the accept queue. With net.ipv4.tcp_abort_on_overflow=0, which is the
    /// default, Linux drops every further SYN. Leaving this state empties the queue.
    black_hole,
    refusing,  ///< connection refused; the port stays taken
};

class TcpServer {
  public:
    enum class Tls : std::uint8_t { never, at_once, on_request };
    static constexpr std::size_t most_connections = 256;  ///< further ones are closed at once

    /// Binds and listens. Throws boost::system::system_error when the address is taken. Runs on one thread.
    TcpServer(boost::asio::io_context& context, const Endpoint& endpoint, Tls tls,
              const std::optional<ServerIdentity>& identity, ConversationFactory factory);
    ~TcpServer();

    /// Takes effect before it returns. Stalled conversations end when the server is open again or refuses.
    void reach(Reach reach);
    /// The certificate of connections to come. Only where TLS was given one.
    void present(const ServerIdentity& identity);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno::rehearsal
