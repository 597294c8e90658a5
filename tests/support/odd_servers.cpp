#include "odd_servers.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "daemons.hpp"

namespace sereno::test {

namespace {

sockaddr_in address_of(const Endpoint& endpoint) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    ::inet_pton(AF_INET, endpoint.address.c_str(), &address.sin_addr);
    return address;
}

int bound(int type, const Endpoint& endpoint) {
    const sockaddr_in address = address_of(endpoint);
    const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        ::close(fd);
        throw std::runtime_error("bind to " + to_string(endpoint) + ": " + ::strerror(error));
    }
    return fd;
}

int listening(const Endpoint& endpoint, int backlog) {
    const int fd = bound(SOCK_STREAM, endpoint);
    ::listen(fd, backlog);
    return fd;
}

/// True when `fd` can be read, false when told to stop.
bool readable_before(int stop, int fd) {
    std::array<pollfd, 2> both{pollfd{.fd = stop, .events = POLLIN, .revents = 0},
                               pollfd{.fd = fd, .events = POLLIN, .revents = 0}};
    while (::poll(both.data(), both.size(), -1) < 0)
        if (errno != EINTR) return false;
    return both[0].revents == 0;
}

void tell(int stop) {
    const std::uint64_t one = 1;
    if (::write(stop, &one, sizeof one) != sizeof one) ::abort();
}

}  // namespace

SilentUdp::SilentUdp() : endpoint_(free_endpoint()), fd_(bound(SOCK_DGRAM, endpoint_)) {}
SilentUdp::~SilentUdp() {
    ::close(fd_);
}

SilentTcp::SilentTcp() : endpoint_(free_endpoint()), fd_(listening(endpoint_, 16)) {}
SilentTcp::~SilentTcp() {
    ::close(fd_);
}

BlackHole::BlackHole() : endpoint_(free_endpoint()), fd_(listening(endpoint_, 0)) {
    const sockaddr_in address = address_of(endpoint_);
    // The kernel grants backlog + 1; the second may still find a place while the first is on its way.
    for (int i = 0; i < 3; ++i) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
        ::poll(&writable, 1, 50);
        taken_.push_back(fd);
    }
}

BlackHole::~BlackHole() {
    for (const int fd : taken_)
        ::close(fd);
    ::close(fd_);
}

ScriptedTcp::ScriptedTcp(std::function<void(int fd)> script)
    : endpoint_(free_endpoint()), fd_(listening(endpoint_, 16)), stop_(::eventfd(0, EFD_CLOEXEC)) {
    thread_ = std::thread([this, script = std::move(script)] {
        while (readable_before(stop_, fd_)) {
            const int connection = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) continue;
            script(connection);
            ::close(connection);
        }
    });
}

ScriptedTcp::~ScriptedTcp() {
    tell(stop_);
    thread_.join();
    ::close(fd_);
    ::close(stop_);
}

ScriptedUdp::ScriptedUdp(std::function<std::optional<Packet>(Packet)> script)
    : endpoint_(free_endpoint()), fd_(bound(SOCK_DGRAM, endpoint_)), stop_(::eventfd(0, EFD_CLOEXEC)) {
    thread_ = std::thread([this, script = std::move(script)] {
        while (readable_before(stop_, fd_)) {
            Packet packet(2048);
            sockaddr_in from{};
            socklen_t size = sizeof from;
            const auto length =
                ::recvfrom(fd_, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
            if (length < 0) continue;
            packet.resize(static_cast<std::size_t>(length));
            if (const auto answer = script(std::move(packet)))
                ::sendto(fd_, answer->data(), answer->size(), 0, reinterpret_cast<const sockaddr*>(&from),
                         size);
        }
    });
}

ScriptedUdp::~ScriptedUdp() {
    tell(stop_);
    thread_.join();
    ::close(fd_);
    ::close(stop_);
}

std::string read_some(int fd) {
    pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
    std::array<char, 4096> buffer;
    if (::poll(&readable, 1, 5000) != 1) return {};
    const auto size = ::read(fd, buffer.data(), buffer.size());
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string{};
}

void write_all(int fd, const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
        const auto size = ::send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (size <= 0) return;
        sent += static_cast<std::size_t>(size);
    }
}

void reset_on_close(int fd) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace sereno::test
