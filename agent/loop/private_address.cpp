#include "agent/loop/private_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <span>

namespace sereno {

namespace {

using Bytes = std::array<unsigned char, 16>;

/// The first `bits` bits of `prefix`; of an IPv4 address the first four bytes count.
struct Network {
    Bytes prefix;
    int bits;
};

constexpr auto private_v4 = std::to_array<Network>({
    {{0}, 8},           // this network, RFC 791
    {{10}, 8},          // RFC 1918
    {{100, 64}, 10},    // shared by carriers, RFC 6598
    {{127}, 8},         // loopback
    {{169, 254}, 16},   // link-local, RFC 3927
    {{172, 16}, 12},    // RFC 1918
    {{192, 0, 0}, 24},  // protocol assignments, RFC 6890
    {{192, 168}, 16},   // RFC 1918
    {{198, 18}, 15},    // benchmarks, RFC 2544
    {{224}, 3},         // multicast, reserved, broadcast
});
constexpr auto documentation_v4 = std::to_array<Network>({
    {{192, 0, 2}, 24},     // RFC 5737
    {{198, 51, 100}, 24},  // RFC 5737
    {{203, 0, 113}, 24},   // RFC 5737
});
constexpr auto private_v6 = std::to_array<Network>({
    {{}, 127},           // unspecified and loopback
    {{0x01}, 64},        // discard only, RFC 6666
    {{0xfc}, 7},         // unique local, RFC 4193
    {{0xfe, 0x80}, 10},  // link-local
    {{0xfe, 0xc0}, 10},  // site-local, RFC 3879
    {{0xff}, 8},         // multicast
});
constexpr auto documentation_v6 = std::to_array<Network>({
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // RFC 3849
});
/// IPv6 addresses that stand for one in IPv4: `at` which byte it begins.
struct Embedding {
    Network network;
    std::size_t at;
};
constexpr auto embeddings = std::to_array<Embedding>({
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12},  // mapped
    {{{0, 0x64, 0xff, 0x9b}, 96}, 12},                       // NAT64, RFC 6052
    {{{0x20, 0x02}, 16}, 2},                                 // 6to4, RFC 3056
});

bool holds(const Network& network, const Bytes& address) {
    const auto whole = static_cast<std::size_t>(network.bits / 8);
    if (!std::equal(address.begin(), address.begin() + whole, network.prefix.begin())) return false;
    const int rest = network.bits % 8;
    return rest == 0 || (address[whole] ^ network.prefix[whole]) >> (8 - rest) == 0;
}

bool is_in(std::span<const Network> networks, const Bytes& address) {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const Network& network) { return holds(network, address); });
}

enum class Use { none, public_, private_, documentation };

Use use_of_v4(const Bytes& address) {
    if (is_in(private_v4, address)) return Use::private_;
    return is_in(documentation_v4, address) ? Use::documentation : Use::public_;
}

Use use_of_v6(const Bytes& address) {
    for (const Embedding& one : embeddings) {
        if (!holds(one.network, address)) continue;
        Bytes inner{};
        std::copy_n(address.begin() + one.at, sizeof(in_addr), inner.begin());
        return use_of_v4(inner);
    }
    if (is_in(private_v6, address)) return Use::private_;
    return is_in(documentation_v6, address) ? Use::documentation : Use::public_;
}

Use use_of(const std::string& literal) {
    Bytes address{};
    if (::inet_pton(AF_INET, literal.c_str(), address.data()) == 1) return use_of_v4(address);
    if (::inet_pton(AF_INET6, literal.c_str(), address.data()) == 1) return use_of_v6(address);
    return Use::none;
}

}  // namespace

bool is_private_address(const std::string& literal) {
    return use_of(literal) == Use::private_;
}

bool is_public_address(const std::string& literal) {
    return use_of(literal) == Use::public_;
}

}  // namespace sereno
