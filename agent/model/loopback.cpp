#include "agent/model/loopback.hpp"

#include <arpa/inet.h>

#include <string>

namespace sereno {

bool is_loopback(std::string_view host) {
    if (host == "localhost") return true;
    // inet_pton(3) would read no further than a zero byte.
    if (host.find('\0') != host.npos) return false;
    const std::string text{host};
    in_addr v4{};
    if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24U == 127;
    in6_addr v6{};
    return ::inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace sereno
