#include "probes/local/echo.hpp"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include <array>
#include <cerrno>
#include <utility>

namespace sereno {

namespace {

/// Replies read in one go; the loop comes back for more.
constexpr int most_at_once = 16;

/// Type, code, checksum, identifier, sequence number: the same layout in ICMP and ICMPv6 (RFC 792, RFC 4443).
/// The kernel fills in identifier and checksum, and hands us replies to this identifier only.
using Packet = std::array<unsigned char, 16>;

}  // namespace

Echo::Echo(Loop& loop, const SocketAddress& address, std::function<void(int)> answered)
    : loop_(loop), address_(address), answered_(std::move(answered)) {
    open();
}

void Echo::open() {
    const bool v6 = address_.family() == AF_INET6;
    socket_ = Fd{::socket(address_.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                          v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP))};
    if (!socket_.is_open() || ::connect(socket_.get(), address_.get(), address_.length) != 0) {
        error_ = errno;
        return;
    }
    watch_ =
        loop_.watch(socket_.get(), {.read = true, .write = false}, [this](Loop::Ready) { on_readable(); });
}

int Echo::send(int number) {
    if (error_ != 0) return error_;
    Packet packet{};
    packet[0] = address_.family() == AF_INET6 ? static_cast<unsigned char>(ICMP6_ECHO_REQUEST)
                                              : static_cast<unsigned char>(ICMP_ECHO);
    const std::uint16_t sequence = htons(static_cast<std::uint16_t>(number));
    ::memcpy(packet.data() + 6, &sequence, sizeof sequence);
    // What became of an earlier request (nobody answered the kernel's ARP) is told once at the next one's
    // expense; then the way is free again.
    if (::send(socket_.get(), packet.data(), packet.size(), 0) >= 0) return 0;
    return ::send(socket_.get(), packet.data(), packet.size(), 0) >= 0 ? 0 : errno;
}

void Echo::on_readable() {
    const auto reply = address_.family() == AF_INET6 ? static_cast<unsigned char>(ICMP6_ECHO_REPLY)
                                                     : static_cast<unsigned char>(ICMP_ECHOREPLY);
    for (int i = 0; i < most_at_once; ++i) {
        Packet packet{};
        const auto size = ::recv(socket_.get(), packet.data(), packet.size(), MSG_TRUNC);
        if (size < 0) return;
        if (size < 8 || packet[0] != reply) continue;
        std::uint16_t sequence = 0;
        ::memcpy(&sequence, packet.data() + 6, sizeof sequence);
        answered_(ntohs(sequence));
    }
}

}  // namespace sereno
