#include "agent/loop/socket_error.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/errqueue.h>

#include <cerrno>
#include <cstring>

namespace sereno {

namespace {

/// True when both hold the same address; ports do not matter.
bool same_address(const sockaddr_storage& a, const sockaddr_storage& b) {
    if (a.ss_family != b.ss_family) return false;
    if (a.ss_family == AF_INET)
        return reinterpret_cast<const sockaddr_in&>(a).sin_addr.s_addr ==
               reinterpret_cast<const sockaddr_in&>(b).sin_addr.s_addr;
    return std::memcmp(&reinterpret_cast<const sockaddr_in6&>(a).sin6_addr,
                       &reinterpret_cast<const sockaddr_in6&>(b).sin6_addr, sizeof(in6_addr)) == 0;
}

/// The machine that sent the ICMP message of one error queue entry, if it is one.
std::optional<sockaddr_storage> offender_of(const cmsghdr* entry) {
    const bool v4 = entry->cmsg_level == IPPROTO_IP && entry->cmsg_type == IP_RECVERR;
    const bool v6 = entry->cmsg_level == IPPROTO_IPV6 && entry->cmsg_type == IPV6_RECVERR;
    const std::size_t address_size = v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if ((!v4 && !v6) || entry->cmsg_len < CMSG_LEN(sizeof(sock_extended_err) + address_size))
        return std::nullopt;
    sock_extended_err error{};
    std::memcpy(&error, CMSG_DATA(entry), sizeof error);
    if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6) return std::nullopt;
    sockaddr_storage offender{};
    std::memcpy(&offender, CMSG_DATA(entry) + sizeof error, address_size);  // SO_EE_OFFENDER
    if (offender.ss_family == AF_UNSPEC) return std::nullopt;
    return offender;
}

}  // namespace

std::optional<Failure> host_failure(int error) {
    switch (error) {
        case EMFILE:
        case ENFILE:
        case ENOMEM:
        case ENOBUFS:
        case EADDRNOTAVAIL:
            return Failure::host_resources;
        case EACCES:
        case EPERM:
            return Failure::host_refused;
        case ENETDOWN:
            return Failure::link_down;
        case EAFNOSUPPORT:
            return Failure::no_route;  // no IPv6 in this kernel
        default:
            return std::nullopt;
    }
}

void report_icmp(int fd, int family) {
    const int on = 1;
    if (family == AF_INET6)
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
    else
        ::setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
}

bool router_said_so(int fd) {
    sockaddr_storage here{};
    socklen_t here_size = sizeof here;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &here_size) != 0) return false;
    for (int entries = 0; entries < 8; ++entries) {
        alignas(cmsghdr) char control[512];
        char payload[64];
        iovec data{payload, sizeof payload};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        if (::recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return false;
        for (const cmsghdr* entry = CMSG_FIRSTHDR(&message); entry != nullptr;
             entry = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(entry))) {
            const auto offender = offender_of(entry);
            // Without an answer to ARP the kernel sends the ICMP message itself, from our own address.
            if (offender && !same_address(*offender, here)) return true;
        }
    }
    return false;
}

}  // namespace sereno
