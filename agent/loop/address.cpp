#include "agent/loop/address.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <charconv>

namespace sereno {

namespace {

/// An interface's number; 0: there is none of this name.
unsigned interface_of(const std::string& zone) {
    if (const unsigned index = ::if_nametoindex(zone.c_str()); index != 0) return index;
    unsigned index = 0;
    const auto [end, error] = std::from_chars(zone.data(), zone.data() + zone.size(), index);
    return error == std::errc{} && end == zone.data() + zone.size() ? index : 0;
}

}  // namespace

std::optional<SocketAddress> socket_address(const Endpoint& endpoint) {
    SocketAddress address;
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    if (::inet_pton(AF_INET, endpoint.address.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        address.length = sizeof v4;
        return address;
    }
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    const auto percent = endpoint.address.find('%');
    if (::inet_pton(AF_INET6, endpoint.address.substr(0, percent).c_str(), &v6.sin6_addr) != 1)
        return std::nullopt;
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    address.length = sizeof v6;
    if (percent == std::string::npos) return address;
    v6.sin6_scope_id = interface_of(endpoint.address.substr(percent + 1));
    if (v6.sin6_scope_id == 0) return std::nullopt;
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
    return address_bits(text).bits == 32 || address_bits(text.substr(0, text.find('%'))).bits == 128;
}

AddressBits address_bits(const std::string& literal) {
    AddressBits address;
    if (::inet_pton(AF_INET, literal.c_str(), address.bytes.data()) == 1)
        address.bits = 32;
    else if (::inet_pton(AF_INET6, literal.c_str(), address.bytes.data()) == 1)
        address.bits = 128;
    return address;
}

std::optional<Prefix> read_prefix(std::string_view text) {
    const auto slash = text.find('/');
    const AddressBits address = address_bits(std::string{text.substr(0, slash)});
    if (address.bits == 0) return std::nullopt;
    int length = address.bits;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
        if (error != std::errc{} || end != digits.data() + digits.size() || length < 0 ||
            length > address.bits)
            return std::nullopt;
    }
    return prefix_of(address, length);
}

Prefix prefix_of(AddressBits address, int length) {
    for (int bit = length; bit < address.bits; ++bit)
        address.bytes[static_cast<std::size_t>(bit / 8)] &= static_cast<unsigned char>(~(0x80U >> (bit % 8)));
    return {address, length};
}

bool holds(const Prefix& prefix, const AddressBits& address) {
    return prefix.start.bits == address.bits && prefix_of(address, prefix.length).start == prefix.start;
}

std::string to_string(const Prefix& prefix) {
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(prefix.start.bits == 32 ? AF_INET : AF_INET6, prefix.start.bytes.data(), text, sizeof text);
    return std::string{text} + "/" + std::to_string(prefix.length);
}

}  // namespace sereno
