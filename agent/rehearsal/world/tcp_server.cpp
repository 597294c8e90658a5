#include "agent/rehearsal/world/tcp_server.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <set>

namespace sereno::rehearsal {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr int usual_backlog = 128;
constexpr std::size_t most_unsent_bytes = 1024 * 1024;

/// How many established connections wait to be accepted (tcp(7): tcpi_unacked of a listening socket).
unsigned waiting_to_be_accepted(int listener) {
    tcp_info info{};
    socklen_t size = sizeof info;
    return ::getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_unacked : 0;
}

/// One connection. Owned by the server's set while it lives and by its handlers while they are in flight.
class Connection : public std::enable_shared_from_this<Connection>, public Wire {
  public:
    using Ended = std::function<void(const std::shared_ptr<Connection>&)>;

    Connection(tcp::socket socket, std::shared_ptr<asio::ssl::context> tls,
               std::unique_ptr<Conversation> conversation, Ended ended)
        : tls_(std::move(tls)),
          stream_(std::move(socket), *tls_),
          conversation_(std::move(conversation)),
          idle_(stream_.get_executor()),
          ended_(std::move(ended)) {}

    void begin(bool tls_first) {
        watch_idleness();
        if (tls_first) return handshake(true);
        conversation_->begin(*this);
        read();
    }

    /// From now on nothing is read by the conversation and nothing leaves.
    void stall() { stalled_ = true; }

    void end() {
        if (over_) return;
        over_ = true;
        error_code ignored;
        idle_.cancel();
        stream_.lowest_layer().close(ignored);
        if (ended_) ended_(shared_from_this());
    }

    void send(std::string bytes) override {
        if (over_ || stalled_) return;
        unsent_bytes_ += bytes.size();
        if (unsent_bytes_ > most_unsent_bytes) return end();
        unsent_.push_back(std::move(bytes));
        if (unsent_.size() == 1) write();
    }
    void close() override {
        closing_ = true;
        settle();
    }
    void start_tls() override {
        tls_wanted_ = true;
        settle();
    }

  private:
    template <class Handler>
    void with_stream(Handler handler) {
        if (secure_)
            handler(stream_);
        else
            handler(stream_.next_layer());
    }

    void watch_idleness() {
        idle_.expires_after(std::chrono::seconds{conversation_->patience_seconds()});
        idle_.async_wait([weak = weak_from_this()](error_code error) {
            if (const auto self = weak.lock(); self && !error) self->end();
        });
    }

    void handshake(bool first) {
        stream_.async_handshake(asio::ssl::stream_base::server,
                                [self = shared_from_this(), first](error_code error) {
                                    if (self->over_) return;
                                    if (error) return self->end();
                                    self->secure_ = true;
                                    if (first)
                                        self->conversation_->begin(*self);
                                    else
                                        self->conversation_->secured();
                                    self->read();
                                });
    }

    void read() {
        with_stream([this](auto& stream) {
            stream.async_read_some(
                asio::buffer(incoming_),
                [self = shared_from_this()](error_code error, std::size_t n) { self->took(error, n); });
        });
    }

    void took(error_code error, std::size_t count) {
        if (over_) return;
        if (error) return end();
        if (!stalled_) conversation_->received({incoming_.data(), count});
        if (over_ || closing_) return;
        if (!tls_wanted_) return read();
        reading_stopped_ = true;
        settle();
    }

    void write() {
        with_stream([this](auto& stream) {
            asio::async_write(
                stream, asio::buffer(unsent_.front()),
                [self = shared_from_this()](error_code error, std::size_t) { self->wrote(error); });
        });
    }

    void wrote(error_code error) {
        if (over_) return;
        if (error) return end();
        unsent_bytes_ -= unsent_.front().size();
        unsent_.pop_front();
        if (!unsent_.empty()) return write();
        settle();
    }

    /// What waits for everything to have left: closing, and TLS on request.
    void settle() {
        if (over_ || stalled_ || !unsent_.empty()) return;
        if (closing_) return say_goodbye();
        if (tls_wanted_ && reading_stopped_) {
            tls_wanted_ = reading_stopped_ = false;
            handshake(false);
        }
    }

    void say_goodbye() {
        if (!secure_) {
            error_code ignored;
            stream_.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
            return linger();
        }
        stream_.async_shutdown([self = shared_from_this()](error_code) { self->end(); });
    }

    /// Closing with unread bytes would reset the connection and could swallow the answer: wait for the peer.
    void linger() {
        stream_.next_layer().async_read_some(asio::buffer(incoming_),
                                             [self = shared_from_this()](error_code error, std::size_t) {
                                                 if (error) return self->end();
                                                 if (!self->over_) self->linger();
                                             });
    }

    std::shared_ptr<asio::ssl::context> tls_;
    asio::ssl::stream<tcp::socket> stream_;
    std::unique_ptr<Conversation> conversation_;
    asio::steady_timer idle_;
    Ended ended_;
    std::array<char, 8192> incoming_{};
    std::deque<std::string> unsent_;
    std::size_t unsent_bytes_ = 0;
    bool secure_ = false, stalled_ = false, closing_ = false, over_ = false;
    bool tls_wanted_ = false, reading_stopped_ = false;
};

std::shared_ptr<asio::ssl::context> context_with(const std::optional<ServerIdentity>& identity) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    if (!identity) return context;
    context->use_certificate_chain(asio::buffer(identity->certificate));
    context->use_private_key(asio::buffer(identity->key), asio::ssl::context::pem);
    return context;
}

}  // namespace

struct TcpServer::Impl : std::enable_shared_from_this<TcpServer::Impl> {
    Impl(asio::io_context& context, const Endpoint& at, Tls when,
         const std::optional<ServerIdentity>& identity, ConversationFactory conversations)
        : endpoint(asio::ip::make_address(at.address), at.port),
          acceptor(context),
          tls(when),
          tls_context(context_with(identity)),
          factory(std::move(conversations)) {
        acceptor.open(endpoint.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(endpoint);
        acceptor.native_non_blocking(true);
        acceptor.listen(usual_backlog);
    }

    void accept() {
        acceptor.async_accept([self = shared_from_this(), turn = turn](error_code error, tcp::socket socket) {
            if (self->closed) return;
            if (!error) self->welcome(std::move(socket));
            if (self->turn == turn)
                self->accept();  // else: cancelled, although perhaps too late for this one
        });
    }

    void welcome(tcp::socket socket) {
        if (connections.size() >= most_connections || now == Reach::refusing) return;
        auto connection = std::make_shared<Connection>(std::move(socket), tls_context, factory(),
                                                       [weak = weak_from_this()](const auto& ended) {
                                                           if (const auto self = weak.lock())
                                                               self->connections.erase(ended);
                                                       });
        connections.insert(connection);
        if (now == Reach::black_hole) return connection->stall();
        connection->begin(tls == Tls::at_once);
    }

    void end_connections() {
        const auto all = std::exchange(connections, {});
        for (const auto& connection : all)
            connection->end();
    }

    void fill_queue() {
        error_code ignored;
        acceptor.listen(0, ignored);
        // One is enough for a backlog of 0; the bound only guards against a kernel that counts otherwise.
        for (int tries = 0; tries < 8 && waiting_to_be_accepted(acceptor.native_handle()) == 0; ++tries) {
            const int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            if (filler < 0) return;
            fillers.push_back(filler);
            // On loopback the handshake is over before connect() returns, although it says EINPROGRESS.
            (void)::connect(filler, endpoint.data(), static_cast<socklen_t>(endpoint.size()));
        }
    }

    /// Whoever connected just before the hole opened was cut off like everybody else.
    void empty_queue() {
        for (;;) {
            const int waiting = ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
            if (waiting < 0) return;
            ::close(waiting);
        }
    }

    void drop_fillers() {
        for (const int filler : fillers)
            ::close(filler);
        fillers.clear();
    }

    void change(Reach to) {
        if (to == now || closed) return;
        error_code ignored;
        if (now == Reach::black_hole) {
            drop_fillers();
            empty_queue();
            end_connections();
        }
        if (now == Reach::open) acceptor.cancel(ignored);
        ++turn;
        now = to;
        switch (to) {
            case Reach::open:
                acceptor.listen(usual_backlog, ignored);
                return accept();
            case Reach::black_hole:
                for (const auto& connection : connections)
                    connection->stall();
                return fill_queue();
            case Reach::refusing:
                // Linux lets a listener be shut down: it refuses from then on and keeps its port.
                ::shutdown(acceptor.native_handle(), SHUT_RDWR);
                return end_connections();
        }
    }

    void close() {
        closed = true;
        error_code ignored;
        acceptor.close(ignored);
        drop_fillers();
        end_connections();
    }

    tcp::endpoint endpoint;
    tcp::acceptor acceptor;
    Tls tls;
    std::shared_ptr<asio::ssl::context> tls_context;
    ConversationFactory factory;
    std::set<std::shared_ptr<Connection>> connections;
    std::vector<int> fillers;
    Reach now = Reach::open;
    unsigned turn = 0;  ///< counts changes, so that only the latest accept goes on
    bool closed = false;
};

TcpServer::TcpServer(asio::io_context& context, const Endpoint& endpoint, Tls tls,
                     const std::optional<ServerIdentity>& identity, ConversationFactory factory)
    : impl_(std::make_shared<Impl>(context, endpoint, tls, identity, std::move(factory))) {
    impl_->accept();
}

TcpServer::~TcpServer() {
    impl_->close();
}

void TcpServer::reach(Reach reach) {
    impl_->change(reach);
}

void TcpServer::present(const ServerIdentity& identity) {
    impl_->tls_context = context_with(identity);
}

}  // namespace sereno::rehearsal
