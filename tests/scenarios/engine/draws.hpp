// Chance that is the same on every machine: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
// Number Generators, OOPSLA 2014). Integers only.
#pragma once

#include <cstdint>
#include <string_view>

namespace sereno::scenario {

class Draws {
  public:
    explicit Draws(std::uint64_t seed) : state_(seed) {}
    /// What is drawn for one thing at one time does not depend on what else is drawn.
    Draws(std::uint64_t seed, std::string_view what, std::int64_t when) : state_(seed) {
        for (const unsigned char c : what)
            state_ = (state_ ^ c) * 1099511628211u;
        state_ ^= static_cast<std::uint64_t>(when) * 0x9e3779b97f4a7c15u;
    }

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15u;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    /// 0 to `count` - 1; `count` is above 0. The bias of the remainder is far below what is measured.
    std::int64_t below(std::int64_t count) {
        return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(count));
    }
    /// Both ends belong to it.
    std::int64_t between(std::int64_t least, std::int64_t most) { return least + below(most - least + 1); }
    bool happens(int permille) { return below(1000) < permille; }

  private:
    std::uint64_t state_;
};

}  // namespace sereno::scenario
