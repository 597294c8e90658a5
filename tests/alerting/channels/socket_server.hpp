// A server on 127.0.0.1 whose conversation is a function: for what no well-behaved server does.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "agent/model/probe_spec.hpp"

namespace sereno::test {

/// The other side of one connection; every read ends after five seconds at the latest.
class Conversation {
  public:
    explicit Conversation(int fd) : fd_(fd) {}
    /// Up to and including `end`, or what came before the connection ended.
    std::string read_until(const std::string& end);
    std::string read_bytes(std::size_t count);
    void write(const std::string& text);

  private:
    bool read_more();
    int fd_;
    std::string buffer_;
};

class SocketServer {
  public:
    /// `talk` runs on the server's thread, once a connection, which is closed when it returns.
    explicit SocketServer(std::function<void(Conversation&)> talk);
    ~SocketServer();
    SocketServer(const SocketServer&) = delete;
    SocketServer& operator=(const SocketServer&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] int connections() const { return connections_; }

  private:
    std::function<void(Conversation&)> talk_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace sereno::test
