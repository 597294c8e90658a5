#include "probes/path/hop_socket.hpp"

#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <utility>

#include "agent/loop/socket_error.hpp"

namespace sereno {

namespace {

constexpr std::size_t quic_least_bytes = 1200;  // RFC 9000 section 14.1: shorter ones get no answer

std::uint16_t port_of(const SocketAddress& address) {
    return ntohs(address.family() == AF_INET6
                     ? reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_port
                     : reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

void limit_hops(int fd, int family, int hops) {
    if (family == AF_INET6)
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof hops);
    else
        ::setsockopt(fd, IPPROTO_IP, IP_TTL, &hops, sizeof hops);
}

/// Where packets get to is asked, not how long they may be.
void allow_fragments(int fd, int family) {
    const int never = IP_PMTUDISC_DONT, never_v6 = IPV6_PMTUDISC_DONT;
    if (family == AF_INET6)
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &never_v6, sizeof never_v6);
    else
        ::setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof never);
}

/// The error that waits on the socket, which is cleared by that.
int pending_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

}  // namespace

HopSocket::HopSocket(Loop& loop, PathProtocol protocol, const SocketAddress& target,
                     std::function<void(HopAnswer)> heard)
    : loop_(loop), protocol_(protocol), target_(target), heard_(std::move(heard)) {}

int HopSocket::send(int hop_limit) {
    const bool tcp = protocol_ == PathProtocol::tcp;
    if (tcp || !socket_.is_open()) {
        watch_ = {};
        if (const int error = open(hop_limit); error != 0) {
            socket_.reset();
            return error;
        }
        watch_ =
            loop_.watch(socket_.get(), {.read = !tcp, .write = tcp}, [this](Loop::Ready) { on_ready(); });
    }
    if (tcp) return 0;
    (void)pending_error(socket_.get());  // else an answer just come would be taken for a refusal to send
    const auto payload = path_payload(port_of(target_));
    if (::send(socket_.get(), payload.data(), payload.size(), MSG_NOSIGNAL) >= 0) return 0;
    // Lost, like many a packet; there are more tries. Without a carrier the queue takes none (ENOBUFS).
    const bool lost = errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED || errno == ENOBUFS;
    return lost ? 0 : errno;
}

int HopSocket::open(int hop_limit) {
    const int family = target_.family();
    const bool tcp = protocol_ == PathProtocol::tcp;
    socket_ = Fd{::socket(family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket_.is_open()) return errno;
    report_icmp(socket_.get(), family);
    if (!tcp) allow_fragments(socket_.get(), family);
    if (hop_limit > 0) limit_hops(socket_.get(), family, hop_limit);
    if (::connect(socket_.get(), target_.get(), target_.length) == 0 || errno == EINPROGRESS) return 0;
    return errno == ECONNREFUSED ? 0 : errno;  // TCP on this very host: the watch tells
}

void HopSocket::on_ready() {
    if (take_icmp()) return;
    const int error = pending_error(socket_.get());
    if (protocol_ == PathProtocol::tcp) {
        // Without an ICMP message a refusal is a reset: somebody is there.
        const bool silence = error == ETIMEDOUT;
        if (error == EHOSTUNREACH || error == ENETUNREACH) return tell({.kind = HopAnswer::Kind::not_sent});
        if (!silence) return tell({.kind = HopAnswer::Kind::arrived, .from = address_text(target_)});
        watch_ = {};  // else it would be ready for ever
        return;
    }
    std::array<char, 64> answer;
    if (::recv(socket_.get(), answer.data(), answer.size(), MSG_DONTWAIT) >= 0)
        return tell({.kind = HopAnswer::Kind::arrived, .from = address_text(target_)});
    if (error == EHOSTUNREACH) tell({.kind = HopAnswer::Kind::not_sent});
}

/// Tells of the first ICMP error that means something. False: there was none.
bool HopSocket::take_icmp() {
    while (const auto icmp = next_icmp_error(socket_.get())) {
        if (is_too_big(*icmp)) continue;
        HopAnswer answer{.from = icmp->from};
        if (is_own_error(socket_.get(), *icmp)) {
            answer.kind = HopAnswer::Kind::not_sent;
        } else if (is_hop_limit_exceeded(*icmp)) {
            answer.kind = HopAnswer::Kind::passed_on;
        } else if (icmp->from == address_text(target_)) {
            answer.kind = HopAnswer::Kind::arrived;
        } else {
            answer.kind = HopAnswer::Kind::unreachable;
            answer.words = to_string(*icmp);
        }
        tell(std::move(answer));
        return true;
    }
    return false;
}

void HopSocket::tell(HopAnswer answer) {
    watch_ = {};
    const auto heard = heard_;  // it may destroy this
    heard(std::move(answer));
}

std::vector<unsigned char> path_payload(std::uint16_t port) {
    switch (port) {
        case 53:  // the name servers of ".", without recursion (RFC 1035 section 4.1)
            return {0x5e, 0x0e, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1};
        case 443: {  // a long header of a version kept free for this (RFC 8999 section 5.1, RFC 9000 section
                     // 15)
            std::vector<unsigned char> packet{0xc0, 0x5a, 0x5a, 0x5a, 0x5a, 8,   's', 'e', 'r', 'e', 'n', 'o',
                                              'p',  '1',  8,    's',  'e',  'r', 'e', 'n', 'o', 'p', '2'};
            packet.resize(quic_least_bytes);
            return packet;
        }
        default:
            return {'s', 'e', 'r', 'e', 'n', 'o', ' ', 'p', 'a', 't', 'h'};
    }
}

}  // namespace sereno
