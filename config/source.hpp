// The text of a file as a person sees it in an editor: lines and columns from 1, columns in characters.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/complaints.hpp"

namespace sereno {

/// Does not own the text. A spot is a line from 0 and a column from 0 in bytes, as yaml-cpp counts; one that
/// lies outside is moved to the nearest that does not.
class Source {
  public:
    struct Spot {
        int line = 0, column = 0;
    };
    Source(std::string_view text, int file);

    [[nodiscard]] Place at(Spot spot) const;
    /// What the file holds from there on.
    [[nodiscard]] std::string_view from(Spot spot) const;
    /// The last line, no later than the spot's, that is a '-' with nothing behind it.
    [[nodiscard]] std::optional<Place> empty_item_before(Spot spot) const;
    /// Complains of what keeps it from being text at all: control characters, anything but UTF-8 (RFC 3629).
    bool check(Complaints& complaints) const;

  private:
    [[nodiscard]] std::size_t offset_of(Spot spot) const;
    [[nodiscard]] Place at_offset(std::size_t offset) const;
    [[nodiscard]] std::string_view line(std::size_t number) const;
    [[nodiscard]] int characters(std::size_t start, std::size_t bytes) const;

    std::string_view text_;
    int file_;
    std::vector<std::size_t> starts_;  ///< of each line
};

}  // namespace sereno
