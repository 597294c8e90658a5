// Collects everything that is wrong, so that a person mends a file once and not ten times.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace sereno {

/// Where something stands: a file by its number in Complaints, line and column from 1. Line 0: the file as a
/// whole.
struct Place {
    int file = 0;
    int line = 0, column = 0;
    auto operator<=>(const Place&) const = default;
};

class Complaints {
  public:
    static constexpr std::size_t most = 500;  ///< more are counted and not kept

    /// Numbers a file; complaints about it are sorted behind those about files opened before it.
    int open(std::string file);
    void refuse(Place place, std::string message);
    void warn(Place place, std::string message);

    [[nodiscard]] bool refused() const { return refused_; }
    /// True when further complaints are only counted: their words are not worth finding.
    [[nodiscard]] bool full() const { return kept_.size() >= most; }
    /// In the order of their places; several at one place in the order in which they were made.
    [[nodiscard]] std::vector<Complaint> sorted() const;

  private:
    void keep(Place place, std::string message, bool warning);

    struct Kept {
        Place place;
        std::string message;
        bool warning;
    };
    std::vector<std::string> files_;
    std::vector<Kept> kept_;
    std::size_t dropped_ = 0;
    bool refused_ = false;
};

/// The user's text in single quotes: control characters shown as \xNN, cut after 60 bytes.
std::string quoted(std::string_view text);

/// The word of `known` that `word` was most likely meant to be; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// "; did you mean 'x'?" or, when nothing is near, "; known here: a, b, c".
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

/// "a, b, c"
std::string joined(const std::vector<std::string>& words);

}  // namespace sereno
