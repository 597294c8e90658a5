#include "probes/witness/usual_route.hpp"

#include <algorithm>
#include <charconv>

namespace sereno {

namespace {

template <class Number>
Number number_of(const std::string& text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : Number{};
}

}  // namespace

UsualRoute usual_route(const Remembered& remembered, const std::string& prefix, Stamp now) {
    const Fact* fact = remembered.find(FactKind::route, prefix);
    if (fact == nullptr || fact->values.empty() || now - fact->when > UsualRoute::valid_for) return {};
    return {.peers = std::max(number_of<int>(fact->values.front()), 0),
            .origin = fact->values.size() < 2 ? 0 : number_of<std::uint32_t>(fact->values[1]),
            .when = fact->when};
}

void keep_usual_route(Remembered& remembered, const std::string& prefix, int peers, std::uint32_t origin,
                      Stamp now) {
    remembered.keep(FactKind::route, prefix, {std::to_string(peers), std::to_string(origin)}, now);
}

}  // namespace sereno
