#include "agent/loop/private_address.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "agent/loop/address.hpp"

namespace sereno {

namespace {

using Bytes = std::array<unsigned char, 16>;

constexpr Prefix v4(Bytes start, int length) {
    return {{start, 32}, length};
}
constexpr Prefix v6(Bytes start, int length) {
    return {{start, 128}, length};
}

constexpr auto private_v4 = std::to_array<Prefix>({
    v4({0}, 8),           // this network, RFC 791
    v4({10}, 8),          // RFC 1918
    v4({100, 64}, 10),    // shared by carriers, RFC 6598
    v4({127}, 8),         // loopback
    v4({169, 254}, 16),   // link-local, RFC 3927
    v4({172, 16}, 12),    // RFC 1918
    v4({192, 0, 0}, 24),  // protocol assignments, RFC 6890
    v4({192, 168}, 16),   // RFC 1918
    v4({198, 18}, 15),    // benchmarks, RFC 2544
    v4({224}, 3),         // multicast, reserved, broadcast
});
constexpr auto documentation_v4 = std::to_array<Prefix>({
    v4({192, 0, 2}, 24),     // RFC 5737
    v4({198, 51, 100}, 24),  // RFC 5737
    v4({203, 0, 113}, 24),   // RFC 5737
});
constexpr auto private_v6 = std::to_array<Prefix>({
    v6({}, 127),           // unspecified and loopback
    v6({0x01}, 64),        // discard only, RFC 6666
    v6({0xfc}, 7),         // unique local, RFC 4193
    v6({0xfe, 0x80}, 10),  // link-local
    v6({0xfe, 0xc0}, 10),  // site-local, RFC 3879
    v6({0xff}, 8),         // multicast
});
constexpr auto documentation_v6 = std::to_array<Prefix>({
    v6({0x20, 0x01, 0x0d, 0xb8}, 32),  // RFC 3849
});
/// IPv6 addresses that stand for one in IPv4: `at` which byte it begins.
struct Embedding {
    Prefix prefix;
    std::size_t at;
};
constexpr auto embeddings = std::to_array<Embedding>({
    {v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96), 12},  // mapped
    {v6({0, 0x64, 0xff, 0x9b}, 96), 12},                       // NAT64, RFC 6052
    {v6({0x20, 0x02}, 16), 2},                                 // 6to4, RFC 3056
});

bool is_in(std::span<const Prefix> prefixes, const AddressBits& address) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](const Prefix& prefix) { return holds(prefix, address); });
}

enum class Use { none, public_, private_, documentation };

Use use_of_v4(const AddressBits& address) {
    if (is_in(private_v4, address)) return Use::private_;
    return is_in(documentation_v4, address) ? Use::documentation : Use::public_;
}

Use use_of_v6(const AddressBits& address) {
    for (const Embedding& one : embeddings) {
        if (!holds(one.prefix, address)) continue;
        AddressBits inner{.bits = 32};
        std::copy_n(address.bytes.begin() + one.at, inner.bits / 8, inner.bytes.begin());
        return use_of_v4(inner);
    }
    if (is_in(private_v6, address)) return Use::private_;
    return is_in(documentation_v6, address) ? Use::documentation : Use::public_;
}

Use use_of(const std::string& literal) {
    const AddressBits address = address_bits(literal);
    if (address.bits == 0) return Use::none;
    return address.bits == 32 ? use_of_v4(address) : use_of_v6(address);
}

}  // namespace

bool is_private_address(const std::string& literal) {
    return use_of(literal) == Use::private_;
}

bool is_public_address(const std::string& literal) {
    return use_of(literal) == Use::public_;
}

}  // namespace sereno
