#include "socket_server.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace sereno::test {

bool Conversation::read_more() {
    char bytes[4096];
    const auto size = ::recv(fd_, bytes, sizeof bytes, 0);
    if (size <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(size));
    return true;
}

std::string Conversation::read_until(const std::string& end) {
    std::size_t at = 0;
    while ((at = buffer_.find(end)) == std::string::npos)
        if (!read_more()) return std::exchange(buffer_, {});
    const std::string text = buffer_.substr(0, at + end.size());
    buffer_.erase(0, text.size());
    return text;
}

std::string Conversation::read_bytes(std::size_t count) {
    while (buffer_.size() < count && read_more()) {
    }
    const std::string text = buffer_.substr(0, count);
    buffer_.erase(0, text.size());
    return text;
}

void Conversation::write(const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
        const auto size = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (size <= 0) return;
        sent += static_cast<std::size_t>(size);
    }
}

SocketServer::SocketServer(std::function<void(Conversation&)> talk) : talk_(std::move(talk)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("cannot listen on 127.0.0.1");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
        while (!stopping_) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) continue;
            const timeval limit{5, 0};
            ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
            ++connections_;
            Conversation conversation{fd};
            if (!stopping_) talk_(conversation);
            ::close(fd);
        }
    });
}

SocketServer::~SocketServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);  // accept() returns
    thread_.join();
    ::close(listener_);
}

}  // namespace sereno::test
