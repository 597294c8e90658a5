#include "ris_server.hpp"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "agent/loop/address.hpp"
#include "agent/rehearsal/world/ripe.hpp"
#include "agent/rehearsal/world/web_socket.hpp"
#include "daemons.hpp"

namespace sereno::test {

namespace {

using rehearsal::ClientFrame;
using rehearsal::close_frame;
using rehearsal::first_control_frame;
using rehearsal::frame_head;
using rehearsal::ping_frame;
using rehearsal::pong_frame;
using rehearsal::take_frame;
using rehearsal::text_frame;

constexpr int listen_backlog = 16;
constexpr int patience_milliseconds = 50;
/// A client that sends more than this without an end of line or message is not one of ours.
constexpr std::size_t most_unread = std::size_t{1} << 20;

int listening(const Endpoint& at) {
    const auto address = socket_address(at);
    if (!address) throw std::runtime_error(to_string(at) + " is no address");
    const int fd = ::socket(address->family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(fd, address->get(), address->length) != 0 || ::listen(fd, listen_backlog) != 0) {
        ::close(fd);
        throw std::runtime_error("cannot listen on " + to_string(at));
    }
    return fd;
}

std::shared_ptr<void> tls_context(const Certificate& certificate) {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), certificate.key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("cannot use " + certificate.certificate);
    return context;
}

/// The text of a member of a message that a client of ours wrote: enough JSON for that.
std::string member(const std::string& text, const std::string& name) {
    const std::string key = "\"" + name + "\":\"";
    const auto at = text.find(key);
    if (at == std::string::npos) return {};
    return text.substr(at + key.size(), text.find('"', at + key.size()) - at - key.size());
}

}  // namespace

/// One connection. Blocking, but never longer than it takes to notice that the test is over.
class RisServer::Client {
  public:
    Client(RisServer& server, int fd) : server_(server), fd_(fd) {
        const timeval patience{.tv_sec = 0, .tv_usec = patience_milliseconds * 1000};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    ~Client() {
        if (tls_ != nullptr) SSL_free(tls_);
        ::close(fd_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] bool is_over() const { return over_; }
    void hang_up() { over_ = true; }

    bool shake_hands(SSL_CTX* context) {
        if (context == nullptr) return true;
        tls_ = SSL_new(context);
        SSL_set_fd(tls_, fd_);
        while (!server_.stopping_ && !has_left()) {
            const int result = SSL_accept(tls_);
            if (result == 1) return true;
            if (!try_again(result)) break;
        }
        over_ = true;
        return false;
    }

    /// Empty: none came.
    std::string read_request() {
        while (!over_ && !server_.stopping_) {
            if (const auto end = unread_.find("\r\n\r\n"); end != std::string::npos) {
                std::string request = unread_.substr(0, end + 4);
                unread_.erase(0, end + 4);
                return request;
            }
            read();
        }
        return {};
    }

    void write(std::string_view bytes) {
        while (!bytes.empty() && !over_ && !server_.stopping_) {
            const int size = tls_ != nullptr
                                 ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                 : static_cast<int>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
            if (size > 0)
                bytes.remove_prefix(static_cast<std::size_t>(size));
            else
                over_ = !try_again(size) || has_left();
        }
    }

    void frame(int opcode, std::string_view payload, bool last = true) {
        write(frame_head(opcode, last, payload.size()) + std::string{payload});
    }

    void text(std::string_view text, std::size_t fragment_bytes) {
        if (fragment_bytes == 0) return frame(text_frame, text);
        int opcode = text_frame;
        do {
            const auto part = text.substr(0, fragment_bytes);
            text.remove_prefix(part.size());
            frame(opcode, part, text.empty());
            opcode = 0;
        } while (!text.empty() && !over_);
    }

    void read() {
        std::array<char, 16384> bytes;
        const int size = tls_ != nullptr ? SSL_read(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                         : static_cast<int>(::recv(fd_, bytes.data(), bytes.size(), 0));
        if (size > 0)
            unread_.append(bytes.data(), static_cast<std::size_t>(size));
        else if (!try_again(size))
            over_ = true;
        if (unread_.size() > most_unread) over_ = true;
    }
    /// TLS may hold what poll(2) does not see.
    [[nodiscard]] bool holds_bytes() const { return tls_ != nullptr && SSL_pending(tls_) > 0; }

    std::optional<ClientFrame> next_frame() { return take_frame(unread_); }

    /// Closed or reset by the other side, whether its bytes were read or not.
    [[nodiscard]] bool has_left() const {
        pollfd watched{.fd = fd_, .events = POLLRDHUP, .revents = 0};
        return ::poll(&watched, 1, 0) == 1;
    }

  private:
    bool try_again(int result) const {
        if (tls_ == nullptr) return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
        const int error = SSL_get_error(tls_, result);
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    }

    RisServer& server_;
    int fd_;
    SSL* tls_ = nullptr;
    bool over_ = false;
    std::string unread_;
};

RisServer::RisServer(std::optional<Certificate> certificate, RisManners manners,
                     std::optional<Endpoint> listen)
    : endpoint_(listen ? *listen : free_endpoint()),
      tls_(certificate.has_value()),
      listener_(listening(endpoint_)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      manners_(std::move(manners)) {
    if (certificate) context_ = tls_context(*certificate);
    thread_ = std::thread([this] { serve(); });
}

RisServer::~RisServer() {
    stopping_ = true;
    order({});
    thread_.join();
    ::close(listener_);
    ::close(wake_);
}

std::string RisServer::url(const std::string& name) const {
    return (tls_ ? "wss://" : "ws://") +
           (name.empty() ? to_string(endpoint_) : name + ":" + std::to_string(endpoint_.port)) + "/v1/ws/";
}

void RisServer::serve() {
    sigset_t pipe;  // OpenSSL writes to whoever has left
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    std::array<pollfd, 2> watched{pollfd{.fd = listener_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = wake_, .events = POLLIN, .revents = 0}};
    while (!stopping_) {
        ::poll(watched.data(), watched.size(), -1);
        take_orders();
        if ((watched[0].revents & POLLIN) == 0) continue;
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        Client client(*this, fd);
        serve(client);
        const std::lock_guard lock(mutex_);
        has_client_ = false;
        orders_.clear();
        subscriptions_.clear();
    }
}

void RisServer::serve(Client& client) {
    std::array<pollfd, 3> watched{pollfd{.fd = listener_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = wake_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = client.fd(), .events = POLLIN, .revents = 0}};
    if (!manners().speaks) watched[2].events = POLLRDHUP;
    if (manners().speaks && !welcome(client)) return;
    while (!client.is_over() && !stopping_) {
        const RisManners now = manners();
        if (!now.reads) watched[2].events = POLLRDHUP;
        ::poll(watched.data(), watched.size(), client.holds_bytes() ? 0 : -1);
        if ((watched[0].revents & POLLIN) != 0) return;
        for (const Order& order : take_orders())
            if (order && !client.is_over()) order(client);
        done();
        if (watched[2].revents == 0 && !client.holds_bytes()) continue;
        if (!now.speaks || !now.reads) return;
        client.read();
        while (const auto frame = client.next_frame())
            answer(client, frame->opcode, frame->payload);
    }
}

bool RisServer::welcome(Client& client) {
    if (!client.shake_hands(static_cast<SSL_CTX*>(context_.get()))) return false;
    const std::string request = client.read_request();
    if (request.empty()) return false;
    const RisManners now = manners();
    {
        const std::lock_guard lock(mutex_);
        ++upgrades_;
        request_ = request;
        has_client_ = now.refusal.empty();
    }
    if (!now.refusal.empty()) {
        client.write(now.refusal);
        return false;
    }
    client.write(rehearsal::upgrade_answer(request));
    for (const std::string& text : now.after_upgrade)
        client.text(text, now.fragment_bytes);
    return true;
}

void RisServer::answer(Client& client, int opcode, const std::string& payload) {
    const RisManners now = manners();
    {
        const std::lock_guard lock(mutex_);
        if (opcode >= first_control_frame) ++control_frames_;
        if (opcode == text_frame) heard_.push_back(payload);
    }
    if (opcode == ping_frame) return client.frame(pong_frame, payload);
    if (opcode == close_frame) {
        client.frame(close_frame, payload);
        return client.hang_up();
    }
    if (opcode != text_frame) return;
    const std::string type = member(payload, "type");
    if (type == "ping" && now.pongs) return client.text(R"({"type":"pong","data":null})", now.fragment_bytes);
    if (type != "ris_subscribe") return;
    const std::string prefix = member(payload, "prefix");
    if (now.hates.contains(prefix))
        return client.text(R"({"type":"ris_error","data":{"message":"cannot follow )" + prefix + R"("}})",
                           now.fragment_bytes);
    {
        const std::lock_guard lock(mutex_);
        subscriptions_.insert(prefix);
    }
    if (now.acknowledges)
        client.text(R"({"type":"ris_subscribe_ok","data":{"subscription":{"prefix":")" + prefix +
                        R"("},"socketOptions":{"includeRaw":false,"acknowledge":true}}})",
                    now.fragment_bytes);
    for (const std::string& text : now.on_subscription)
        client.text(text, now.fragment_bytes);
}

RisManners RisServer::manners() const {
    const std::lock_guard lock(mutex_);
    return manners_;
}

void RisServer::behave(RisManners manners) {
    const std::lock_guard lock(mutex_);
    manners_ = std::move(manners);
}

void RisServer::order(Order order) {
    const std::lock_guard lock(mutex_);
    if (has_client_ && order) {
        orders_.push_back(std::move(order));
        busy_ = true;
    }
    const std::uint64_t one = 1;
    if (::write(wake_, &one, sizeof one) != sizeof one) ::abort();
}

std::deque<RisServer::Order> RisServer::take_orders() {
    std::uint64_t woken = 0;
    const std::lock_guard lock(mutex_);
    if (::read(wake_, &woken, sizeof woken) != sizeof woken) return {};  // nobody called
    return std::exchange(orders_, {});
}

void RisServer::done() {
    const std::lock_guard lock(mutex_);
    busy_ = !orders_.empty();
}

void RisServer::say(std::string text) {
    order([this, text = std::move(text)](Client& client) { client.text(text, manners().fragment_bytes); });
}

void RisServer::say_of(const std::string& prefix, std::string text) {
    order([this, prefix, text = std::move(text)](Client& client) {
        if (subscriptions().contains(prefix)) client.text(text, manners().fragment_bytes);
    });
}

void RisServer::flood(std::string text, std::size_t times) {
    frame(text_frame, std::move(text), times);
}

void RisServer::frame(int opcode, std::string payload, std::size_t times) {
    order([opcode, payload = std::move(payload), times](Client& client) {
        // In large writes: the client is to be the slower one.
        constexpr std::size_t at_once = 64;
        const std::string one = frame_head(opcode, true, payload.size()) + payload;
        std::string many;
        for (std::size_t left = times; left > 0 && !client.is_over();) {
            many.clear();
            for (std::size_t i = std::min(left, at_once); i > 0; --i, --left)
                many += one;
            client.write(many);
        }
    });
}

void RisServer::raw(std::string bytes) {
    order([bytes = std::move(bytes)](Client& client) { client.write(bytes); });
}

void RisServer::close(std::uint16_t code, const std::string& reason) {
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    payload += reason;
    order([payload = std::move(payload)](Client& client) {
        client.frame(close_frame, payload);
        client.hang_up();
    });
}

void RisServer::close_in_mid_frame(std::uint64_t announced, std::size_t sent) {
    order([announced, sent](Client& client) {
        client.write(frame_head(text_frame, true, announced) + std::string(sent, ' '));
        client.hang_up();
    });
}

void RisServer::hang_up() {
    order([](Client& client) { client.hang_up(); });
}

std::vector<std::string> RisServer::heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
}

std::size_t RisServer::heard(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(heard_.begin(), heard_.end(), [&](const std::string& text) {
        return text.find(part) != std::string::npos;
    }));
}

std::set<std::string> RisServer::subscriptions() const {
    const std::lock_guard lock(mutex_);
    return subscriptions_;
}

int RisServer::upgrades() const {
    const std::lock_guard lock(mutex_);
    return upgrades_;
}

std::string RisServer::request() const {
    const std::lock_guard lock(mutex_);
    return request_;
}

std::size_t RisServer::control_frames() const {
    const std::lock_guard lock(mutex_);
    return control_frames_;
}

bool RisServer::has_client() const {
    const std::lock_guard lock(mutex_);
    return has_client_;
}

bool RisServer::is_done() const {
    const std::lock_guard lock(mutex_);
    return !busy_;
}

namespace {

Stamp heard(std::chrono::minutes ago) {
    return Stamp{
        std::chrono::duration_cast<Micros>((std::chrono::system_clock::now() - ago).time_since_epoch())};
}

}  // namespace

std::string ris_announcement(const std::string& prefix, const std::string& peer,
                             const std::vector<std::uint32_t>& path, const std::string& collector,
                             std::chrono::minutes ago) {
    return rehearsal::ris_announcement(prefix, peer, path, collector, heard(ago));
}

std::string ris_withdrawal(const std::string& prefix, const std::string& peer, std::uint32_t peer_asn,
                           const std::string& collector) {
    return rehearsal::ris_withdrawal(prefix, peer, peer_asn, collector, heard({}));
}

}  // namespace sereno::test
