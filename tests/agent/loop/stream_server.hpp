// A TCP server that does exactly what a test says, on the loop of the test.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <string>

#include "agent/loop/loop.hpp"
#include "agent/model/probe_spec.hpp"
#include "catch.hpp"

namespace sereno::test {

class StreamServer {
  public:
    /// What to do with a connection now.
    struct Act {
        std::string send;
        enum class Then { stay, close, reset } then = Then::stay;
    };
    /// Called when a connection was accepted (with nothing) and whenever more has come (with all of it so
    /// far).
    using Handler = std::function<Act(const std::string& received)>;

    StreamServer(Loop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        socklen_t size = sizeof address;
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* raw = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_, raw, size) == 0);
        REQUIRE(::getsockname(listener_, raw, &size) == 0);
        REQUIRE(::listen(listener_, 64) == 0);
        port_ = ntohs(address.sin_port);
        watch_ = loop_.watch(listener_, {.read = true}, [this](Loop::Ready) { accept_one(); });
    }
    ~StreamServer() {
        for (auto& [fd, connection] : connections_) {
            connection.watch = Loop::Watch{};
            ::close(fd);
        }
        watch_ = Loop::Watch{};
        ::close(listener_);
    }
    StreamServer(const StreamServer&) = delete;
    StreamServer& operator=(const StreamServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] int accepted() const { return accepted_; }
    [[nodiscard]] std::size_t open() const { return connections_.size(); }
    /// All that the last connection sent.
    [[nodiscard]] const std::string& received() const { return received_; }

  private:
    struct Connection {
        Loop::Watch watch;
        std::string received;
    };

    void accept_one() {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        ++accepted_;
        connections_[fd].watch = loop_.watch(fd, {.read = true}, [this, fd](Loop::Ready) { read(fd); });
        act(fd, handler_({}));
    }

    void read(int fd) {
        char buffer[65536];
        const auto size = ::read(fd, buffer, sizeof buffer);
        if (size <= 0) return end(fd, false);
        std::string& received = connections_[fd].received;
        received.append(buffer, static_cast<std::size_t>(size));
        received_ = received;
        act(fd, handler_(received));
    }

    void act(int fd, const Act& what) {
        for (std::size_t sent = 0; sent < what.send.size();) {
            const auto size = ::send(fd, what.send.data() + sent, what.send.size() - sent, MSG_NOSIGNAL);
            if (size <= 0) break;  // the buffer holds more than any test sends at once
            sent += static_cast<std::size_t>(size);
        }
        if (what.then != Act::Then::stay) end(fd, what.then == Act::Then::reset);
    }

    void end(int fd, bool reset) {
        const linger at_once{1, 0};
        if (reset) ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        connections_.erase(fd);
        ::close(fd);
    }

    Loop& loop_;
    Handler handler_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    Loop::Watch watch_;
    std::map<int, Connection> connections_;
    std::string received_;
    int accepted_ = 0;
};

}  // namespace sereno::test
