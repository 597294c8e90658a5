#include "json_service.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "agent/model/ascii.hpp"
#include "odd_servers.hpp"

namespace sereno::test {

namespace {

constexpr int patience_ms = 10'000;
constexpr std::size_t most_request_bytes = 1 << 20;

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

/// Something that many may wait for, and that stays true once it was said.
class Flag {
  public:
    Flag() : fd_(::eventfd(0, EFD_CLOEXEC)) {}
    ~Flag() { ::close(fd_); }
    Flag(const Flag&) = delete;
    Flag& operator=(const Flag&) = delete;
    void raise() const {
        const std::uint64_t one = 1;
        if (::write(fd_, &one, sizeof one) != sizeof one) ::abort();
    }
    [[nodiscard]] int fd() const { return fd_; }

  private:
    int fd_;
};

Context server_context(const Certificate& certificate) {
    Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), certificate.key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("cannot use " + certificate.certificate);
    return context;
}

/// One accepted connection: bytes in and out, with or without TLS, until the service stops.
class Wire {
  public:
    Wire(int fd, SSL_CTX* context, const Flag& stop)
        : fd_(fd), stop_(stop.fd()), ssl_(context != nullptr ? SSL_new(context) : nullptr, &SSL_free) {
        if (ssl_ != nullptr) SSL_set_fd(ssl_.get(), fd_);
    }
    ~Wire() {
        ssl_.reset();
        ::close(fd_);
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    bool accept() {
        if (ssl_ == nullptr) return true;
        return complete([this] { return SSL_accept(ssl_.get()); }) == 1;
    }

    std::string read() {
        std::array<char, 16384> buffer;
        const auto size = ssl_ != nullptr
                              ? complete([&] { return SSL_read(ssl_.get(), buffer.data(), buffer.size()); })
                              : plain(POLLIN, [&] { return ::read(fd_, buffer.data(), buffer.size()); });
        return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string{};
    }

    bool write(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::string_view piece = bytes.substr(0, 65536);
            const auto size =
                ssl_ != nullptr
                    ? complete(
                          [&] { return SSL_write(ssl_.get(), piece.data(), static_cast<int>(piece.size())); })
                    : plain(POLLOUT, [&] { return ::send(fd_, piece.data(), piece.size(), MSG_NOSIGNAL); });
            if (size <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(size));
        }
        return true;
    }

    void end(bool reset) {
        if (reset) return reset_on_close(fd_);
        if (ssl_ != nullptr) SSL_shutdown(ssl_.get());
        // Unread bytes would turn the close into a reset.
        ::shutdown(fd_, SHUT_WR);
        std::array<char, 4096> rest;
        while (wait_for(POLLIN) && ::read(fd_, rest.data(), rest.size()) > 0) {
        }
    }

    /// False: told to stop, or nothing in time.
    bool wait_for(short what) const {
        std::array<pollfd, 2> both{pollfd{.fd = stop_, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = fd_, .events = what, .revents = 0}};
        int ready = 0;
        do
            ready = ::poll(both.data(), both.size(), patience_ms);
        while (ready < 0 && errno == EINTR);
        return ready > 0 && both[0].revents == 0;
    }

  private:
    template <class Call>
    int complete(const Call& call) {
        for (;;) {
            ERR_clear_error();
            const int result = call();
            if (result > 0) return result;
            const int error = SSL_get_error(ssl_.get(), result);
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return -1;
            if (!wait_for(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) return -1;
        }
    }

    template <class Call>
    ssize_t plain(short what, const Call& call) const {
        for (;;) {
            const ssize_t result = call();
            if (result >= 0 || (errno != EAGAIN && errno != EINTR)) return result;
            if (!wait_for(what)) return -1;
        }
    }

    int fd_, stop_;
    Session ssl_;
};

std::string_view next_line(std::string_view& text) {
    const auto end = std::min(text.find("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    return line;
}

JsonService::Request read_head(std::string_view head) {
    JsonService::Request request;
    std::string_view first = next_line(head);
    const auto blank = std::min(first.find(' '), first.size());
    request.method = first.substr(0, blank);
    first.remove_prefix(std::min(blank + 1, first.size()));
    request.path = first.substr(0, first.find(' '));
    while (!head.empty()) {
        const std::string_view line = next_line(head);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        std::string_view value = line.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        request.headers.emplace_back(lower_ascii(line.substr(0, colon)), value);
    }
    return request;
}

std::optional<JsonService::Request> read_request(Wire& wire) {
    std::string received;
    std::size_t head = std::string::npos;
    const auto more = [&] {
        const std::string bytes = wire.read();
        received += bytes;
        return !bytes.empty() && received.size() <= most_request_bytes;
    };
    while ((head = received.find("\r\n\r\n")) == std::string::npos)
        if (!more()) return std::nullopt;
    JsonService::Request request = read_head(std::string_view{received}.substr(0, head));
    const std::string length = request.header("content-length");
    std::size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    while (received.size() < head + 4 + size)
        if (!more()) return std::nullopt;
    request.body = received.substr(head + 4, size);
    return request;
}

std::string bytes_of(const JsonService::Reply& reply) {
    if (!reply.raw.empty()) return reply.raw;
    std::string bytes = "HTTP/1.1 " + std::to_string(reply.status) + " As scripted\r\nConnection: close\r\n";
    bool typed = false;
    for (const auto& [name, value] : reply.headers) {
        bytes += name + ": " + value + "\r\n";
        typed = typed || lower_ascii(name) == "content-type";
    }
    if (!typed) bytes += "Content-Type: application/json\r\n";
    if (reply.status != 304)
        bytes +=
            "Content-Length: " + std::to_string(reply.content_length.value_or(reply.body.size())) + "\r\n";
    return bytes + "\r\n" + reply.body;
}

/// False: told to stop.
bool pause(const Flag& stop, std::chrono::milliseconds time) {
    pollfd stopping{.fd = stop.fd(), .events = POLLIN, .revents = 0};
    return ::poll(&stopping, 1, static_cast<int>(time.count())) == 0;
}

bool wait_until(const Flag& raised, const Flag& stop) {
    std::array<pollfd, 2> both{pollfd{.fd = stop.fd(), .events = POLLIN, .revents = 0},
                               pollfd{.fd = raised.fd(), .events = POLLIN, .revents = 0}};
    while (::poll(both.data(), both.size(), -1) < 0 && errno == EINTR) {
    }
    return both[0].revents == 0;
}

}  // namespace

struct JsonService::Impl {
    Impl(Script answers, Context tls) : script(std::move(answers)), context(std::move(tls)) {
        listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        socklen_t size = sizeof address;
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* raw = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener, raw, size) != 0 || ::getsockname(listener, raw, &size) != 0 ||
            ::listen(listener, 64) != 0)
            throw std::runtime_error("cannot listen on 127.0.0.1");
        endpoint = {"127.0.0.1", ntohs(address.sin_port)};
        acceptor = std::thread([this] { accept_all(); });
    }
    ~Impl() {
        stop.raise();
        acceptor.join();
        for (std::thread& one : serving)
            one.join();
        ::close(listener);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void accept_all() {
        // OpenSSL writes to connections that are gone; threads inherit this.
        sigset_t broken_pipe;
        sigemptyset(&broken_pipe);
        sigaddset(&broken_pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
        std::array<pollfd, 2> both{pollfd{.fd = stop.fd(), .events = POLLIN, .revents = 0},
                                   pollfd{.fd = listener, .events = POLLIN, .revents = 0}};
        while (::poll(both.data(), both.size(), -1) >= 0 || errno == EINTR) {
            if (both[0].revents != 0) return;
            const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd >= 0) serving.emplace_back([this, fd] { serve(fd); });
        }
    }

    void serve(int fd) {
        Wire wire(fd, context.get(), stop);
        if (!wire.accept()) return;
        const auto request = read_request(wire);
        if (!request) return;
        const Reply reply = [&] {
            const std::lock_guard lock(mutex);
            log.push_back(*request);
            return script(*request);
        }();
        if (reply.hold && !wait_until(released, stop)) return;
        if (reply.delay.count() > 0 && !pause(stop, reply.delay)) return;
        if (reply.how == Reply::How::silence) return static_cast<void>(wait_until(stop, stop));
        if (reply.how == Reply::How::hang_up) return;
        if (wire.write(bytes_of(reply))) wire.end(reply.how == Reply::How::reset);
    }

    Script script;
    Context context;
    Endpoint endpoint;
    int listener = -1;
    Flag stop, released;
    mutable std::mutex mutex;
    std::vector<Request> log;
    std::list<std::thread> serving;  // of the acceptor, until it has ended
    std::thread acceptor;
};

std::string JsonService::Request::header(std::string_view name) const {
    const auto found =
        std::find_if(headers.begin(), headers.end(), [&](const auto& one) { return one.first == name; });
    return found == headers.end() ? std::string{} : found->second;
}

JsonService::JsonService(Script script)
    : impl_(std::make_unique<Impl>(std::move(script), Context(nullptr, &SSL_CTX_free))) {}
JsonService::JsonService(Script script, const Certificate& certificate)
    : impl_(std::make_unique<Impl>(std::move(script), server_context(certificate))) {}
JsonService::~JsonService() = default;

const Endpoint& JsonService::endpoint() const {
    return impl_->endpoint;
}

std::string JsonService::url(const std::string& path, const std::string& host) const {
    return std::string{impl_->context != nullptr ? "https" : "http"} + "://" + host + ":" +
           std::to_string(impl_->endpoint.port) + path;
}

std::vector<JsonService::Request> JsonService::requests() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->log;
}

void JsonService::release() {
    impl_->released.raise();
}

JsonService::Reply JsonService::gzipped(std::string_view body, std::size_t missing_bytes) {
    Reply reply;
    reply.body = gzip(body);
    reply.body.resize(reply.body.size() - std::min(missing_bytes, reply.body.size()));
    reply.headers = {{"Content-Encoding", "gzip"}};
    return reply;
}

JsonService::Reply JsonService::status_only(int status,
                                            std::vector<std::pair<std::string, std::string>> headers) {
    Reply reply;
    reply.status = status;
    reply.headers = std::move(headers);
    return reply;
}

}  // namespace sereno::test
