// The listening socket and all connections: who may come in, who has waited too long, who is told of a
// change.
#pragma once

#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "agent/page/page.hpp"
#include "agent/page/session.hpp"

namespace sereno {

class Server : public std::enable_shared_from_this<Server> {
  public:
    using Deliver = std::function<void(const Response&)>;

    /// Throws std::runtime_error when it cannot listen.
    Server(Loop& loop, PageSettings settings, const MessageCatalogue& catalogue, PageHistory history);
    ~Server();

    void start();
    /// Ends every connection; no handler touches the server afterwards.
    void stop();
    void show(SnapshotPtr snapshot);
    [[nodiscard]] Endpoint endpoint() const { return endpoint_; }

    // For sessions.
    [[nodiscard]] const PageLimits& limits() const { return settings_.limits; }
    [[nodiscard]] Stamp now() const { return loop_.now(); }
    [[nodiscard]] Stamp wall_now() const { return loop_.now() + loop_.wall_offset(); }
    [[nodiscard]] std::span<char> scratch() { return scratch_; }
    [[nodiscard]] Outcome outcome(const Request& request);
    void ask_decisions(Stamp since, Deliver deliver);
    void ask_incidents(Deliver deliver);
    [[nodiscard]] bool admits_viewer() const;
    [[nodiscard]] std::uint64_t version() const { return display_.snapshot().version; }
    void forget(const Session& session);

  private:
    using Acceptor =
        boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

    void listen();
    void accept();
    void admit(PageSocket socket);
    void turn_away(PageSocket socket);
    [[nodiscard]] bool make_room();
    void arm_sweep();
    void sweep();

    Loop& loop_;
    PageSettings settings_;
    PageHistory history_;
    Display display_;
    Acceptor acceptor_;
    PageSocket incoming_;
    Endpoint endpoint_;
    std::vector<std::shared_ptr<Session>> sessions_;
    Loop::Timer sweep_timer_, accept_again_;
    Micros sweep_period_;
    std::array<char, 4096> scratch_{};
};

}  // namespace sereno
