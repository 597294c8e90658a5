// The bodies of /api/v1/: the objects of agent/json, made safe to send.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/model/snapshot.hpp"
#include "agent/page/response.hpp"
#include "alerting/messages/words.hpp"

namespace sereno {

std::string status_text(const Snapshot& snapshot, const Words& words);
std::string decisions_text(const std::vector<DecisionRecord>& records, const Words& words,
                           Micros wall_offset);
std::string incidents_text(const std::vector<Incident>& incidents, const Words& words, Micros wall_offset);
std::string error_text(std::string_view what);

Response json_response(int status, std::string text);

/// The first value of `name` in a query, percent-decoded; a plus stays a plus, as in "+02:00".
/// Empty when there is none or when its escapes are broken.
std::optional<std::string> parameter(std::string_view query, std::string_view name);

}  // namespace sereno
