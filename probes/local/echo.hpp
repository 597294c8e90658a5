// ICMP echo without privileges (ping sockets, net.ipv4.ping_group_range; Linux only).
#pragma once

#include <cstdint>
#include <functional>

#include "agent/loop/address.hpp"
#include "agent/loop/loop.hpp"
#include "probes/fd.hpp"

namespace sereno {

/// Sends echo requests to one address and calls `answered` with the number of each reply, from the loop. A
/// reply may come twice, or with a number that was never sent. `answered` must not destroy this object.
class Echo {
  public:
    Echo(Loop& loop, const SocketAddress& address, std::function<void(int number)> answered);

    /// Sends the request with this number, 0 to 65535. Returns 0 or the errno; EACCES, EPERM: the kernel
    /// allows this user no ping sockets, or a firewall of our own no echo.
    [[nodiscard]] int send(int number);

  private:
    void open();
    void on_readable();

    Loop& loop_;
    SocketAddress address_;
    std::function<void(int)> answered_;
    int error_ = 0;
    Fd socket_;
    Loop::Watch watch_;  ///< after the socket: it goes first
};

}  // namespace sereno
