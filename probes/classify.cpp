#include "probes/classify.hpp"

#include <arpa/inet.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace sereno {

namespace {

enum class Reach : std::uint8_t { unspecified, loopback, site, global };

Reach reach_of_v4(std::uint32_t address) {
    const auto within = [address](std::uint32_t network, int length) {
        return (address ^ network) >> (32 - length) == 0;
    };
    if (within(0x00000000, 8)) return Reach::unspecified;  // RFC 1122 section 3.2.1.3
    if (within(0x7f000000, 8)) return Reach::loopback;
    // RFC 1918, RFC 6598 (carrier NAT), RFC 3927 (link-local).
    if (within(0x0a000000, 8) || within(0xac100000, 12) || within(0xc0a80000, 16) || within(0x64400000, 10) ||
        within(0xa9fe0000, 16))
        return Reach::site;
    return Reach::global;
}

std::optional<Reach> reach_of(const std::string& text) {
    in_addr v4{};
    if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return reach_of_v4(ntohl(v4.s_addr));
    in6_addr v6{};
    if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return std::nullopt;
    if (IN6_IS_ADDR_UNSPECIFIED(&v6)) return Reach::unspecified;
    if (IN6_IS_ADDR_LOOPBACK(&v6)) return Reach::loopback;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        std::uint32_t mapped = 0;
        ::memcpy(&mapped, v6.s6_addr + 12, sizeof mapped);
        return reach_of_v4(ntohl(mapped));
    }
    // RFC 4193 (unique local), RFC 4291 (link-local).
    if ((v6.s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_LINKLOCAL(&v6)) return Reach::site;
    return Reach::global;
}

}  // namespace

std::optional<Failure> host_failure(int error) {
    switch (error) {
        case EMFILE:
        case ENFILE:
        case ENOMEM:
        case ENOBUFS:
        case EADDRNOTAVAIL:
        case EAGAIN:  // connect(2): no free local port; fork(2): the process limit
            return Failure::host_resources;
        case EACCES:
        case EPERM:
            return Failure::host_refused;
        case ENETDOWN:
            return Failure::link_down;
        default:
            return std::nullopt;
    }
}

Failure connect_failure(int error, bool at_once) {
    if (const auto host = host_failure(error)) return *host;
    switch (error) {
        case ETIMEDOUT:
            return Failure::connect_timeout;
        case ECONNREFUSED:
            return Failure::connect_refused;
        case ECONNRESET:
        case ECONNABORTED:
        case EPIPE:
            return Failure::connect_reset;
        case ENETUNREACH:
        case EHOSTUNREACH:
        case EINVAL:  // a blackhole route
            return at_once ? Failure::no_route : Failure::connect_unreachable;
        case EAFNOSUPPORT:  // this host has no IPv6 at all
            return Failure::no_route;
        case EPROTO:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
            return Failure::connect_unreachable;
        default:
            return Failure::host_resources;
    }
}

Failure local_failure(int error) {
    return host_failure(error).value_or(Failure::host_resources);
}

Failure answers_failure(const std::vector<std::string>& answers, const DnsServer& server) {
    // The address behind "system" is known to the DNS client only; a resolver of one's own may well answer
    // with one's own addresses.
    const auto server_reach =
        server.endpoint.empty() ? Reach::loopback : reach_of(server.endpoint.address).value_or(Reach::global);
    const auto impossible = [server_reach](const std::string& answer) {
        const auto reach = reach_of(answer);
        return reach && (*reach == Reach::unspecified || (*reach != Reach::global && *reach < server_reach));
    };
    return std::any_of(answers.begin(), answers.end(), impossible) ? Failure::dns_bogus : Failure::none;
}

std::string errno_text(int error) {
    const char* name = ::strerrorname_np(error);
    return std::string{name != nullptr ? name : "unknown"} + " (errno " + std::to_string(error) + ")";
}

}  // namespace sereno
