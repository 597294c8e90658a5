#include "probes/classify.hpp"

#include <string.h>

#include <cerrno>

#include "agent/loop/socket_error.hpp"

namespace sereno {

Failure connect_failure(int error, RaisedBy by) {
    if (by == RaisedBy::a_router) return Failure::connect_unreachable;
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
        case EINVAL:  // a blackhole route in our own table
            return Failure::no_route;
        // ICMP's other words for "not this way" (ip(7), RFC 1122 section 3.2.2.1).
        case EPROTO:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
            return Failure::connect_unreachable;
        default:  // EAGAIN (no local port left) and whatever the kernel invents next: never the target's
                  // fault
            return Failure::host_resources;
    }
}

Failure local_failure(int error) {
    return host_failure(error).value_or(Failure::host_resources);
}

std::string errno_text(int error) {
    const char* name = ::strerrorname_np(error);
    return std::string{name != nullptr ? name : "unknown"} + " (errno " + std::to_string(error) + ")";
}

}  // namespace sereno
