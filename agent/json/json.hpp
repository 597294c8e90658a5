// The model as JSON, one shape for the API, the database, `sereno decisions` and the rehearsal.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>
#include <string>

#include "agent/model/snapshot.hpp"
#include "alerting/messages/words.hpp"

namespace sereno {

/// `time` (UTC, RFC 3339), `subject`, `decision`, `cause`, `scope`, `confidence` (0..1), `since`, `alone`,
/// `incident` (number or null), `evidence[]` of `rule`, `group`, `weight`, `text`. Times are shifted by `wall_offset`.
boost::json::object decision_json(const DecisionRecord& record, const Words& words, Micros wall_offset);
boost::json::object incident_json(const Incident& incident, const Words& words, Micros wall_offset);
boost::json::object status_json(const Snapshot& snapshot, const Words& words);

/// For the database: exact, both ways.
std::string pack_evidence(const std::vector<Evidence>& evidence);
boost::system::result<std::vector<Evidence>> unpack_evidence(std::string_view text);
std::string pack_subjects(const std::vector<IncidentSubject>& subjects);
boost::system::result<std::vector<IncidentSubject>> unpack_subjects(std::string_view text);

}  // namespace sereno
