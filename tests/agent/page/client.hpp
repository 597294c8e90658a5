// A plain blocking HTTP client that can misbehave, and a page served from a thread of its own.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include "agent/page/page.hpp"
#include "catch.hpp"
#include "scenes.hpp"

namespace sereno {

/// The page and its loop; show() and stopping go through the loop.
class Served {
  public:
    explicit Served(PageSettings settings = {}, PageHistory history = {}) {
        settings.listen.port = 0;
        settings.team = "Corner Shop";
        page_ = std::make_unique<Page>(loop_, settings, scenes::messages(), std::move(history));
        endpoint_ = page_->endpoint();
        thread_ = std::thread{[this] { loop_.run(); }};
    }
    ~Served() {
        loop_.post([this] {
            page_.reset();
            loop_.stop();
        });
        thread_.join();
    }

    /// Returns once it is shown.
    void show(std::string_view scene, std::uint64_t version) {
        show(scenes::make(scene, version, loop_.now()));
    }
    void show(SnapshotPtr snapshot) {
        on_loop([&] { page_->show(snapshot); });
    }
    template <class Task>
    void on_loop(Task task) {
        std::promise<void> done;
        loop_.post([&] {
            task();
            done.set_value();
        });
        done.get_future().wait();
    }
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] std::string url() const { return page_->url(); }
    Loop& loop() { return loop_; }

  private:
    Loop loop_;
    std::unique_ptr<Page> page_;
    Endpoint endpoint_;
    std::thread thread_;
};

struct Reply {
    int status = 0;
    std::string head, body;
    [[nodiscard]] std::string field(const std::string& name) const {
        const std::size_t at = head.find("\r\n" + name + ": ");
        if (at == std::string::npos) return "";
        const std::size_t start = at + name.size() + 4;
        return head.substr(start, head.find("\r\n", start) - start);
    }
};

class Client {
  public:
    /// `receive_buffer`: bytes; 0: the system's default.
    explicit Client(const Served& served, int receive_buffer = 0)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        REQUIRE(fd_ >= 0);
        if (receive_buffer > 0)
            ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        const timeval patience{5, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(served.endpoint().port);
        ::inet_pton(AF_INET, served.endpoint().address.c_str(), &address.sin_addr);
        REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)), left_(std::move(other.left_)) {}
    ~Client() {
        if (fd_ >= 0) ::close(fd_);
    }

    /// False when the peer has gone.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void get(const std::string& path, const std::string& fields = "", const std::string& method = "GET") {
        send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
    }

    /// One answer; status 0 when the connection ended without one. `no_body`: as for HEAD.
    Reply read(bool no_body = false) {
        Reply reply;
        const auto head = until("\r\n\r\n");
        if (!head) return reply;
        reply.head = *head;
        reply.status = std::stoi(reply.head.substr(9, 3));
        const std::string length = reply.field("Content-Length");
        if (no_body || length.empty()) return reply;
        while (left_.size() < std::stoul(length))
            if (!more()) return {};
        reply.body = left_.substr(0, std::stoul(length));
        left_.erase(0, reply.body.size());
        return reply;
    }
    /// Everything up to and with `mark`; empty when the connection ended or five seconds passed before.
    std::optional<std::string> until(const std::string& mark) {
        std::size_t at;
        while ((at = left_.find(mark)) == std::string::npos)
            if (!more()) return std::nullopt;
        std::string text = left_.substr(0, at + mark.size());
        left_.erase(0, text.size());
        return text;
    }
    /// True when the peer closes, orderly or not, without another byte.
    bool closed() {
        char byte;
        if (!left_.empty()) return false;
        const ssize_t size = ::recv(fd_, &byte, 1, 0);
        return size == 0 || (size < 0 && errno == ECONNRESET);
    }
    /// True once something can be read; false when nothing came for so long.
    bool readable(std::chrono::milliseconds patience) {
        pollfd state{fd_, POLLIN, 0};
        return ::poll(&state, 1, static_cast<int>(patience.count())) > 0;
    }
    /// True when the peer has closed or reset, although it may have left bytes to read. Reads nothing.
    bool gone() {
        pollfd state{fd_, POLLRDHUP, 0};
        return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
    }

  private:
    bool more() {
        char buffer[4096];
        const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
        if (size <= 0) return false;
        left_.append(buffer, static_cast<std::size_t>(size));
        return true;
    }

    int fd_;
    std::string left_;
};

}  // namespace sereno
