#include "probes/address.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include <memory>

namespace sereno {

std::optional<SocketAddress> socket_address(const Endpoint& endpoint) {
    // Numeric only, so it never asks anybody; unlike inet_pton it knows interface names ("%eth0").
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const std::string port = std::to_string(endpoint.port);
    if (::getaddrinfo(endpoint.address.c_str(), port.c_str(), &hints, &list) != 0) return std::nullopt;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, &::freeaddrinfo);
    SocketAddress address;
    ::memcpy(&address.storage, list->ai_addr, list->ai_addrlen);
    address.length = list->ai_addrlen;
    return address;
}

std::string address_text(const SocketAddress& address) {
    char text[INET6_ADDRSTRLEN] = "";
    const void* bytes =
        address.family() == AF_INET6
            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr)
            : &reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr;
    ::inet_ntop(address.family(), bytes, text, sizeof text);
    return text;
}

bool is_literal(const std::string& text) {
    return !text.empty() && socket_address({text, 0}).has_value();
}

}  // namespace sereno
