// One packet with a limited number of hops, and what comes back for it, without privileges (ip(7) IP_RECVERR,
// ipv6(7) IPV6_RECVERR). Each hop has a socket of its own: routers need not quote more of a packet than its
// ports (RFC 792), so these alone must tell which one is meant.
#pragma once

#include <functional>
#include <vector>

#include "agent/loop/address.hpp"
#include "agent/loop/loop.hpp"
#include "agent/model/probe_spec.hpp"
#include "probes/fd.hpp"
#include "probes/path/tracer.hpp"

namespace sereno {

class HopSocket {
  public:
    /// `heard` is called from the loop, any number of times, never before send() returns; the socket may be
    /// destroyed from within it.
    HopSocket(Loop& loop, PathProtocol protocol, const SocketAddress& target,
              std::function<void(HopAnswer)> heard);

    /// Sends a UDP packet, or begins a new TCP connection in place of the one before. Returns 0, or the errno
    /// with which this host itself refused: nothing was sent then. `hop_limit` 0: as far as can be.
    [[nodiscard]] int send(int hop_limit);

  private:
    [[nodiscard]] int open(int hop_limit);
    void on_ready();
    [[nodiscard]] bool take_icmp();
    void tell(HopAnswer answer);

    Loop& loop_;
    PathProtocol protocol_;
    const SocketAddress& target_;
    std::function<void(HopAnswer)> heard_;
    Fd socket_;
    Loop::Watch watch_;  ///< after the socket: it goes first
};

/// What is sent by UDP: something that whoever serves this port is likely to answer. To 53 a DNS question, to
/// 443 a QUIC packet of a version that does not exist, which asks for the versions that do (RFC 9000 section
/// 6).
std::vector<unsigned char> path_payload(std::uint16_t port);

}  // namespace sereno
