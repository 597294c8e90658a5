// One connection: reads requests, writes answers in order, or becomes an event stream. Asio only; what to
// answer is decided elsewhere.
#pragma once

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "agent/page/request.hpp"
#include "agent/page/response.hpp"
#include "agent/page/router.hpp"

namespace sereno {

class Server;

using PageSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Between requests it waits for readiness and holds no buffer: bytes are read into one that all sessions
/// share. Every state but `closed` has a deadline that the server's sweep enforces.
class Session : public std::enable_shared_from_this<Session> {
  public:
    Session(PageSocket socket, Server& server);

    void start();
    /// Ends now, whatever is under way. The server forgets it.
    void close();
    /// The server is gone: touch it no more.
    void orphan();

    /// Between two requests, nothing half read: may be closed to make room.
    [[nodiscard]] bool idle() const { return state_ == State::reading && !reader_.midway(); }
    [[nodiscard]] bool streaming() const { return state_ == State::streaming; }
    [[nodiscard]] Stamp since() const { return since_; }

    /// On an event stream: tell the viewer. While the last event has not gone out, only the newest version is
    /// kept.
    void announce(std::uint64_t version);
    /// What time demands: a timeout's answer, a heartbeat, the end.
    void check(Stamp now);

  private:
    enum class State { reading, answering, writing, streaming, draining, closed };

    void wait_readable();
    void on_readable(const boost::system::error_code& error);
    void drain(std::size_t bytes);
    void advance();
    void handle(const Request& request);
    void answer(const Response& response);
    void refuse(const Response& response);
    void write();
    void on_written(const boost::system::error_code& error);
    void open_events();
    void write_event();
    void abandon();
    void enter(State state, Micros patience);

    PageSocket socket_;
    Server* server_;
    RequestReader reader_;
    State state_ = State::reading;
    Stamp since_;              ///< when the state was entered
    Stamp deadline_;           ///< when it must have been left
    Ending ending_;            ///< of the request being answered
    std::uint64_t asked_ = 0;  ///< requests handled: an answer that comes after its 503 finds another number
    bool waiting_readable_ = false;
    std::size_t drained_ = 0;

    std::string head_;  ///< being written, or the events being written
    Body body_;         ///< being written

    bool event_in_flight_ = false;
    std::uint64_t announced_ = 0, sent_ = 0;  ///< versions
    Stamp next_heartbeat_;
};

}  // namespace sereno
