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
    const auto slot = interval.count() / static_cast<std::int64_t>(std::max<std::size_t>(count, 1));
    const auto jitter =
        slot > 1 ? static_cast<std::int64_t>(stable_hash(probe.value) % static_cast<std::uint64_t>(slot)) : 0;
    return Micros{(slot * static_cast<std::int64_t>(index) + jitter) %
                  std::max<std::int64_t>(interval.count(), 1)};
}

}  // namespace sereno
