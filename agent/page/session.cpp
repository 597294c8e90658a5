#include "agent/page/session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <exception>

#include "agent/page/server.hpp"

namespace sereno {

namespace asio = boost::asio;

namespace {

/// A peer that was refused may still be sending; closing on unread bytes would reset the connection and take
/// the answer with it (RFC 9112 section 9.6).
constexpr std::size_t most_drained_bytes = 256 * 1024;
constexpr Micros drain_time{2'000'000};
/// Events are small: a reader that does not read is noticed after some dozens, not after megabytes.
constexpr int event_buffer_bytes = 8 * 1024;

}  // namespace

Session::Session(PageSocket socket, Server& server) : socket_(std::move(socket)), server_(&server) {}

void Session::start() {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    enter(State::reading, server_->limits().header_time);
    wait_readable();
}

void Session::enter(State state, Micros patience) {
    state_ = state;
    since_ = server_->now();
    deadline_ = since_ + patience;
}

void Session::close() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (server_ != nullptr) server_->forget(*this);
}

void Session::orphan() {
    server_ = nullptr;
    close();
}

void Session::wait_readable() {
    if (waiting_readable_) return;
    waiting_readable_ = true;
    socket_.async_wait(PageSocket::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                           self->waiting_readable_ = false;
                           if (self->state_ != State::closed) self->on_readable(error);
                       });
}

void Session::on_readable(const boost::system::error_code& error) {
    if (error) return close();
    if (state_ == State::answering || state_ == State::writing) return;
    boost::system::error_code failed;
    const auto buffer = server_->scratch();
    const std::size_t bytes = socket_.read_some(asio::buffer(buffer.data(), buffer.size()), failed);
    if (failed == asio::error::would_block || failed == asio::error::try_again) return wait_readable();
    if (failed) return close();  // the end of the stream too: nobody waits for more

    if (state_ == State::streaming) return close();  // a viewer has nothing to say
    if (state_ == State::draining) return drain(bytes);
    if (!reader_.midway()) enter(State::reading, server_->limits().header_time);
    reader_.feed({buffer.data(), bytes});
    advance();
}

void Session::drain(std::size_t bytes) {
    drained_ += bytes;
    if (drained_ > most_drained_bytes) return close();
    wait_readable();
}

void Session::advance() {
    auto next = reader_.next();
    if (std::holds_alternative<RequestReader::Incomplete>(next)) return wait_readable();
    if (const auto* refusal = std::get_if<Refusal>(&next)) return refuse(refusal_response(*refusal));
    handle(std::get<Request>(next));
}

void Session::handle(const Request& request) {
    ending_ = {.head_only = request.method == Request::Method::head, .close = !request.keep_alive};
    enter(State::answering, server_->limits().answer_time);
    ++asked_;
    try {
        Outcome outcome = server_->outcome(request);
        if (auto* response = std::get_if<Response>(&outcome)) return answer(*response);
        if (std::holds_alternative<OpenEvents>(outcome)) return open_events();
        const auto deliver = [weak = weak_from_this(), number = asked_](const Response& response) {
            const auto self = weak.lock();
            if (self && self->state_ == State::answering && self->asked_ == number) self->answer(response);
        };
        if (const auto* ask = std::get_if<AskDecisions>(&outcome))
            server_->ask_decisions(ask->since, deliver);
        else
            server_->ask_incidents(deliver);
    } catch (const std::exception&) {
        refuse(text_response(500, "this answer could not be made; the log of memory and disk may say why"));
    }
}

void Session::answer(const Response& response) {
    head_ = head_of(response, ending_, server_->wall_now());
    body_ = ending_.head_only ? nullptr : response.body;
    write();
}

void Session::refuse(const Response& response) {
    ending_ = {.head_only = false, .close = true};
    answer(response);
}

void Session::write() {
    enter(State::writing, server_->limits().write_time);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head_),
                                                    body_ ? asio::buffer(*body_) : asio::const_buffer{}};
    asio::async_write(socket_, buffers,
                      [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                          if (self->state_ == State::writing) self->on_written(error);
                      });
}

void Session::on_written(const boost::system::error_code& error) {
    if (error) return close();
    head_ = {};
    body_ = nullptr;
    if (ending_.close) {
        boost::system::error_code ignored;
        socket_.shutdown(PageSocket::shutdown_send, ignored);
        enter(State::draining, drain_time);
        return wait_readable();
    }
    enter(State::reading, reader_.midway() ? server_->limits().header_time : server_->limits().idle_time);
    reader_.settle();
    advance();
}

void Session::open_events() {
    if (!server_->admits_viewer()) {
        Response full = text_response(503, "too many viewers already; reload to look");
        full.retry_seconds = 30;
        return answer(full);
    }
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::send_buffer_size(event_buffer_bytes), ignored);
    enter(State::streaming, server_->limits().write_time);
    next_heartbeat_ = since_ + server_->limits().heartbeat;
    announced_ = server_->version();
    head_ = event_stream_head(server_->wall_now()) + "retry: 3000\n\n";
    write_event();
    wait_readable();  // notices when the viewer leaves
}

void Session::announce(std::uint64_t version) {
    announced_ = version;
    if (!event_in_flight_) write_event();
}

void Session::write_event() {
    if (announced_ != sent_) {
        const std::string version = std::to_string(announced_);
        head_ += "id: " + version + "\nevent: snapshot\ndata: {\"version\":" + version + "}\n\n";
        sent_ = announced_;
    }
    if (head_.empty()) return;
    event_in_flight_ = true;
    deadline_ = server_->now() + server_->limits().write_time;
    asio::async_write(socket_, asio::buffer(head_),
                      [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                          self->event_in_flight_ = false;
                          if (self->state_ != State::streaming) return;
                          if (error) return self->close();
                          self->head_.clear();
                          self->next_heartbeat_ = self->server_->now() + self->server_->limits().heartbeat;
                          self->write_event();
                      });
}

void Session::check(Stamp now) {
    if (state_ == State::streaming) {
        if (event_in_flight_) {
            if (now >= deadline_) abandon();
        } else if (now >= next_heartbeat_) {
            head_ = ": still here\n\n";
            write_event();
        }
        return;
    }
    if (state_ == State::closed || now < deadline_) return;
    if (state_ == State::reading && reader_.midway())
        return refuse(text_response(408, "the request did not arrive in time"));
    if (state_ == State::answering) {
        Response late = text_response(503, "the database does not answer; the page itself does");
        late.retry_seconds = 10;
        return answer(late);
    }
    if (state_ == State::writing) return abandon();
    close();
}

void Session::abandon() {
    // Otherwise the kernel would go on offering what was sent to a peer that takes nothing.
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
}

}  // namespace sereno
