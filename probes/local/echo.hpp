// ICMP echo without privileges (ping sockets, net.ipv4.ping_group_range; Linux only).
#pragma once

#include <cstdint>
#include <functional>

#include "agent/loop/loop.hpp"
#include "probes/address.hpp"
#include "probes/fd.hpp"

namespace sereno {

/// Sends an echo request at once and another each second, and calls `answered` once, from the loop, at the
/// first reply. Has no deadline: its owner destroys it.
class Echo {
  public:
    Echo(Loop& loop, const SocketAddress& address, std::function<void()> answered);

    /// The errno that kept it from starting; 0: it runs. EACCES: the kernel allows this user no ping sockets.
    [[nodiscard]] int error() const { return error_; }

  private:
    void open();
    void send();
    void on_readable();

    Loop& loop_;
    SocketAddress address_;
    std::function<void()> answered_;
    int error_ = 0;
    std::uint16_t sequence_ = 0;
    Fd socket_;
    Loop::Watch watch_;  ///< after the socket: it goes first
    Loop::Timer again_;
};

}  // namespace sereno
