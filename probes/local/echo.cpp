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

constexpr Micros between_requests = std::chrono::seconds{1};

/// Type, code, checksum, identifier, sequence number: the same layout in ICMP and ICMPv6 (RFC 792, RFC 4443).
/// The kernel fills in identifier and checksum, and hands us replies to this identifier only.
using Packet = std::array<unsigned char, 16>;

}  // namespace

Echo::Echo(Loop& loop, const SocketAddress& address, std::function<void()> answered)
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
    send();
}

void Echo::send() {
    Packet packet{};
    packet[0] = address_.family() == AF_INET6 ? static_cast<unsigned char>(ICMP6_ECHO_REQUEST)
                                              : static_cast<unsigned char>(ICMP_ECHO);
    const std::uint16_t sequence = htons(++sequence_);
    ::memcpy(packet.data() + 6, &sequence, sizeof sequence);
    // A later request that cannot be sent is a lost one; the first one's error is told.
    if (::send(socket_.get(), packet.data(), packet.size(), 0) < 0 && sequence_ == 1) {
        error_ = errno;
        watch_ = {};
        return;
    }
    again_ = loop_.after(between_requests, [this] { send(); });
}

void Echo::on_readable() {
    Packet packet{};
    const auto size = ::recv(socket_.get(), packet.data(), packet.size(), MSG_TRUNC);
    if (size < 8) return;
    const bool v6 = address_.family() == AF_INET6;
    if (packet[0] !=
        (v6 ? static_cast<unsigned char>(ICMP6_ECHO_REPLY) : static_cast<unsigned char>(ICMP_ECHOREPLY)))
        return;
    watch_ = {};
    again_.cancel();
    const auto answered = std::move(answered_);
    answered();
}

}  // namespace sereno
