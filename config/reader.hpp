// YAML as a tree that remembers where everything stood and what exactly was written. Stricter than YAML 1.2:
// no duplicate keys, aliases, tags or complex keys; bounded in size, depth and number of values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/complaints.hpp"

namespace sereno {

struct Node {
    enum class Kind : std::uint8_t { null, scalar, list, map };
    Kind kind = Kind::null;
    Place place;              ///< a null has the place of its key or list
    std::string text;         ///< of a scalar, unquoted, nothing interpreted
    bool plain = false;       ///< a scalar written without quotes
    std::vector<Node> keys;   ///< of a map: scalars, each different, one for each item
    std::vector<Node> items;  ///< of a list, or the values of a map
    /// The value under a key of a map; null when there is none.
    [[nodiscard]] const Node* find(std::string_view key) const;
};

/// "a list", for complaints.
std::string_view to_string(Node::Kind kind);

inline constexpr std::size_t most_config_bytes = 1024 * 1024;
inline constexpr std::size_t most_config_depth = 24;
inline constexpr std::size_t most_config_values = 50'000;

/// The documents in `text`, which came from the file numbered `file`. What breaks a rule is complained of;
/// after a syntax error or beyond a bound nothing is returned.
std::vector<Node> read_yaml(std::string_view text, int file, Complaints& complaints);

/// As read_yaml, for a file that must hold at most one document. Without one: a null at line 1.
Node read_document(std::string_view text, int file, Complaints& complaints);

}  // namespace sereno
