// Values of the model with every member filled in at random, and whether two are the same: by the members
// they have, not by the text that is under test.
#pragma once

#include <algorithm>
#include <random>

#include <boost/mp11/algorithm.hpp>

#include "agent/recording/describe.hpp"
#include "agent/recording/kinds.hpp"
#include "agent/recording/names.hpp"

namespace sereno::test {

/// The same numbers everywhere, unlike std::*_distribution.
class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t below(std::uint64_t most) { return engine_() % most; }
    bool one_in(std::uint64_t most) { return below(most) == 0; }

  private:
    std::mt19937_64 engine_;
};

inline std::string random_text(Random& random) {
    static const std::vector<std::string> texts{"",
                                                "facebook",
                                                "\"quoted\\\"",
                                                "line\nline\ttab\r\x01\x1f",
                                                "naïve, 東京, 🌍",
                                                "\xff\xfe no UTF-8 \xc3",
                                                std::string("nul\0inside", 10),
                                                "2001:db8::1",
                                                "/a/b?c=d&e",
                                                "\x7f"};
    return texts[random.below(texts.size())];
}

template <class T>
void fill(T& value, Random& random, int depth = 0) {
    using namespace recording;
    if constexpr (std::is_same_v<T, bool>) {
        value = random.one_in(2);
    } else if constexpr (std::is_enum_v<T>) {
        static const auto all = [] {
            std::vector<T> list;
            for (int i = 0; i < 256; ++i)
                if (to_string(static_cast<T>(i)) != "?") list.push_back(static_cast<T>(i));
            return list;
        }();
        value = all[random.below(all.size())];
    } else if constexpr (std::is_integral_v<T>) {
        const T edges[] = {0, 1, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(),
                           static_cast<T>(random.below(100'000))};
        value = edges[random.below(5)];
    } else if constexpr (std::is_same_v<T, std::string>) {
        value = random_text(random);
    } else if constexpr (is_name<T> || is_number<T>) {
        fill(value.value, random, depth);
    } else if constexpr (std::is_same_v<T, Micros>) {
        const std::int64_t edges[] = {0, -1, 9'007'199'254'740'991, -9'007'199'254'740'991,
                                      static_cast<std::int64_t>(random.below(1'700'000'000'000'000))};
        value = Micros{edges[random.below(5)]};
    } else if constexpr (std::is_same_v<T, Stamp>) {
        Micros since{0};
        fill(since, random, depth);
        value = random.one_in(6) ? Stamp::min() : Stamp{since};
    } else if constexpr (is_optional<T>) {
        value.reset();
        if (random.one_in(2)) fill(value.emplace(), random, depth + 1);
    } else if constexpr (is_list<T>) {
        value.clear();
        const auto count = depth > 4 ? 0 : random.below(3);
        for (std::uint64_t i = 0; i < count; ++i)
            fill(value.emplace_back(), random, depth + 1);
    } else if constexpr (is_pair<T>) {
        fill(value.first, random, depth + 1);
        fill(value.second, random, depth + 1);
    } else if constexpr (is_map<T>) {
        value.clear();
        for (std::uint64_t i = random.below(3); i > 0; --i) {
            typename T::key_type key;
            fill(key, random, depth + 1);
            fill(value[key], random, depth + 1);
        }
    } else if constexpr (is_choice<T>) {
        boost::mp11::mp_with_index<std::variant_size_v<T>>(random.below(std::variant_size_v<T>), [&](auto i) {
            fill(value.template emplace<decltype(i)::value>(), random, depth + 1);
        });
    } else {
        boost::mp11::mp_for_each<Members<T>>(
            [&](auto member) { fill(value.*decltype(member)::pointer, random, depth + 1); });
    }
}

template <class T>
bool same(const T& a, const T& b) {
    using namespace recording;
    if constexpr (is_optional<T>) {
        return a.has_value() == b.has_value() && (!a || same(*a, *b));
    } else if constexpr (is_pair<T>) {
        return same(a.first, b.first) && same(a.second, b.second);
    } else if constexpr (is_list<T> || is_map<T>) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [](const auto& x, const auto& y) { return same(x, y); });
    } else if constexpr (is_choice<T>) {
        return a.index() == b.index() &&
               std::visit([&]<class One>(const One& x) { return same(x, std::get<One>(b)); }, a);
    } else if constexpr (boost::describe::has_describe_members<T>::value) {
        bool all = true;
        boost::mp11::mp_for_each<Members<T>>([&](auto member) {
            all = all && same(a.*decltype(member)::pointer, b.*decltype(member)::pointer);
        });
        return all;
    } else {
        return a == b;
    }
}

}  // namespace sereno::test
