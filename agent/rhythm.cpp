#include "agent/rhythm.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace sereno {

namespace {

/// FNV-1a: stable across runs and machines, unlike std::hash.
std::uint64_t stable_hash(const std::string& text) {
    std::uint64_t hash = 14695981039346656037u;
    for (const unsigned char c : text)
        hash = (hash ^ c) * 1099511628211u;
    return hash;
}

}  // namespace

Micros phase_of_probe(const ProbeId& probe, std::size_t index, std::size_t count, Micros interval) {
    // Multiples of the golden section, modulo one, lie evenly for any number of neighbours (Knuth, The Art of
    // Computer Programming, volume 3, section 6.4: the theorem of three gaps).
    constexpr std::uint64_t golden_section = 0x9e3779b97f4a7c15;
    constexpr int fraction_bits = 20;
    const auto length = std::max<std::int64_t>(interval.count(), 1);
    const auto turn = static_cast<std::int64_t>((index * golden_section) >> (64 - fraction_bits));
    const auto slot = length / (2 * static_cast<std::int64_t>(std::max<std::size_t>(count, 1)));
    const auto jitter =
        slot > 1 ? static_cast<std::int64_t>(stable_hash(probe.value) % static_cast<std::uint64_t>(slot)) : 0;
    return Micros{((length >> fraction_bits) * turn +
                   (((length & ((1 << fraction_bits) - 1)) * turn) >> fraction_bits) + jitter) %
                  length};
}

}  // namespace sereno
