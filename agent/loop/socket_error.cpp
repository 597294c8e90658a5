#include "agent/loop/socket_error.hpp"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <linux/errqueue.h>

#include <cerrno>
#include <cstring>

namespace sereno {

namespace {

std::string address_text(const sockaddr_storage& address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address.ss_family == AF_INET)
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
    else if (address.ss_family == AF_INET6)
        ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
    return text;
}

/// The ICMP message of one error queue entry, if it is one.
std::optional<IcmpError> read_entry(const cmsghdr* entry) {
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
    return IcmpError{.from = address_text(offender),
                     .v6 = v6,
                     .type = error.ee_type,
                     .code = error.ee_code,
                     .error = static_cast<int>(error.ee_errno)};
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

std::optional<IcmpError> next_icmp_error(int fd) {
    alignas(cmsghdr) char control[512];
    char payload[64];
    for (int entries = 0; entries < 8; ++entries) {
        iovec data{payload, sizeof payload};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        if (::recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
        for (const cmsghdr* entry = CMSG_FIRSTHDR(&message); entry != nullptr;
             entry = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(entry)))
            if (auto found = read_entry(entry)) return found;
    }
    return std::nullopt;
}

bool is_own_error(int fd, const IcmpError& error) {
    sockaddr_storage here{};
    socklen_t here_size = sizeof here;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &here_size) != 0) return true;
    return error.from == address_text(here);
}

bool is_hop_limit_exceeded(const IcmpError& error) {
    return error.type == (error.v6 ? ICMP6_TIME_EXCEEDED : ICMP_TIME_EXCEEDED);
}

bool is_too_big(const IcmpError& error) {
    return error.v6 ? error.type == ICMP6_PACKET_TOO_BIG
                    : error.type == ICMP_DEST_UNREACH && error.code == ICMP_FRAG_NEEDED;
}

std::optional<IcmpError> icmp_from_elsewhere(int fd) {
    for (int entries = 0; entries < 8; ++entries) {
        auto found = next_icmp_error(fd);
        if (!found || !is_own_error(fd, *found)) return found;
    }
    return std::nullopt;
}

std::string to_string(const IcmpError& error) {
    const auto named = [&]() -> const char* {
        if (error.v6) {
            if (error.type == ICMP6_TIME_EXCEEDED) return "hop limit exceeded";
            if (error.type == ICMP6_PACKET_TOO_BIG) return "packet too big";
            if (error.type != ICMP6_DST_UNREACH) return nullptr;
            switch (error.code) {
                case ICMP6_DST_UNREACH_NOROUTE:
                    return "no route";
                case ICMP6_DST_UNREACH_ADMIN:
                    return "administratively prohibited";
                case ICMP6_DST_UNREACH_ADDR:
                    return "address unreachable";
                case ICMP6_DST_UNREACH_NOPORT:
                    return "port unreachable";
                default:
                    return nullptr;
            }
        }
        if (error.type == ICMP_TIME_EXCEEDED) return "time to live exceeded";
        if (error.type != ICMP_DEST_UNREACH) return nullptr;
        switch (error.code) {
            case ICMP_NET_UNREACH:
                return "network unreachable";
            case ICMP_HOST_UNREACH:
                return "host unreachable";
            case ICMP_PROT_UNREACH:
                return "protocol unreachable";
            case ICMP_PORT_UNREACH:
                return "port unreachable";
            case ICMP_FRAG_NEEDED:
                return "fragmentation needed";
            case ICMP_NET_ANO:
            case ICMP_HOST_ANO:
            case ICMP_PKT_FILTERED:
                return "administratively prohibited";
            default:
                return nullptr;
        }
    };
    if (const char* name = named()) return error.from + " " + name;
    return error.from + " ICMP type " + std::to_string(error.type) + " code " + std::to_string(error.code);
}

}  // namespace sereno
