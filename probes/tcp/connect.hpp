// One TCP connection attempt on the loop: opened, timed, closed.
#pragma once

#include <functional>
#include <string>

#include "agent/loop/address.hpp"
#include "agent/loop/loop.hpp"
#include "probes/classify.hpp"
#include "probes/fd.hpp"

namespace sereno {

struct ConnectResult {
    int error = 0;  ///< errno; 0: connected
    RaisedBy by = RaisedBy::this_host;
    std::string icmp_from;  ///< see Observation
    bool at_once = false;   ///< the call itself said so, before any packet left
    Micros took{0};
};

/// Calls `done` once, from the loop, not before the constructor returns, unless destroyed first. Has no
/// deadline but the kernel's: its owner destroys it.
class Connect {
  public:
    Connect(Loop& loop, const SocketAddress& address, std::function<void(ConnectResult)> done);

  private:
    void begin(const SocketAddress& address);
    void on_ready();
    void report_soon(int error);

    Loop& loop_;
    std::function<void(ConnectResult)> done_;
    Stamp started_;
    std::string target_;
    Fd socket_;
    Loop::Watch watch_;  ///< after the socket: it goes first
    Loop::Timer soon_;
};

/// Does `error`, with which a connection attempt to this IPv6 address ended at once, mean that this network
/// offers no IPv6 (no route, no address, switched off)? Nothing is broken then. A lack of free ports says
/// EADDRNOTAVAIL too, and is another matter.
bool lacks_ipv6(const SocketAddress& address, int error);

}  // namespace sereno
