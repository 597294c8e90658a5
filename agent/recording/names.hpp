// The names of enumerators that only recordings write out, and the way back for all.
#pragma once

#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/model/snapshot.hpp"
#include "agent/model/watch.hpp"

namespace sereno {

std::string_view to_string(RecordType type);  ///< "aaaa"; "?" for what is none, as with all of these
std::string_view to_string(DnsTransport transport);
std::string_view to_string(Family family);
std::string_view to_string(HttpVersion version);
std::string_view to_string(PathProtocol protocol);
std::string_view to_string(JsonRule::Is is);
std::string_view to_string(ViewElsewhere::What what);

/// The enumerator that to_string() gives this name. Enumerators are looked for from 0 to 255.
template <class Enum>
std::optional<Enum> enumerator_from(std::string_view name) {
    static const auto names = [] {
        std::vector<std::pair<std::string_view, Enum>> list;
        for (int i = 0; i < 256; ++i) {
            const auto value = static_cast<Enum>(i);
            if (const std::string_view text = to_string(value); text != "?") list.emplace_back(text, value);
        }
        return list;
    }();
    for (const auto& [text, value] : names)
        if (text == name) return value;
    return std::nullopt;
}

}  // namespace sereno
