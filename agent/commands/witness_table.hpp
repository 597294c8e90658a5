// How those who look from elsewhere are, for a terminal.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace sereno {

/// Times are texts already; nothing is escaped or trusted yet. Empty: nothing is known.
struct WitnessRow {
    std::string name, state, since, last_word, budget;
    std::string why;    ///< of one that cannot be heard
    std::string words;  ///< what it said last
    bool unknown = false;
};

/// Reads `witnesses` and `time` of a status (agent/json/json.hpp). Fails where that is not its shape.
boost::system::result<std::vector<WitnessRow>> witness_rows(const boost::json::value& status);

/// A line each, and below it what it says or why it cannot be heard. Whatever others wrote comes without
/// control characters.
void print_witnesses(std::ostream& out, const std::vector<WitnessRow>& rows);

/// Cells two spaces apart, padded by characters, not bytes.
void print_row(std::ostream& out, const std::vector<std::string>& cells,
               const std::vector<std::size_t>& widths);
/// How many characters valid UTF-8 has.
std::size_t characters(const std::string& text);

}  // namespace sereno
