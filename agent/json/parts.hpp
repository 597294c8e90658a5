// Pieces that several objects share. Internal to agent/json.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string_view>

#include "alerting/messages/words.hpp"

namespace sereno::json_parts {

boost::json::string string(std::string_view text);  ///< made valid UTF-8
boost::json::value time(std::optional<Stamp> at, Micros wall_offset);
double confidence(int permille);  ///< 0..1
/// Other explanations, and what could settle the matter.
boost::json::array ruled_out(const Verdict& verdict, const Words& words);
boost::json::array would_settle(const Verdict& verdict, const Words& words);
/// On what it rests together with strangers, or null.
boost::json::value shared_fate(const Verdict& verdict);
boost::json::array evidence(const std::vector<Evidence>& evidence, const Words& words);

}  // namespace sereno::json_parts
