// The model as JSON, one shape for the API, the database, `sereno decisions` and the rehearsal.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/snapshot.hpp"
#include "alerting/messages/words.hpp"

namespace sereno {

/// All times are UTC, RFC 3339 with milliseconds, shifted by `wall_offset`. Every string is valid UTF-8.
/// Codes ("declare_outage") are stable; fields named text or ending in _text are sentences for people.

/// Exactly `time`, `subject`, `decision`, `cause`, `scope`, `confidence` (0..1), `since`, `alone`, `incident`
/// (number or null), `evidence[]` of `rule`, `group`, `weight` (milli-nats), `text`, and `facts` (an object)
/// where there are any.
boost::json::object decision_json(const DecisionRecord& record, const Words& words, Micros wall_offset);

/// `id`, `kind`, `state`, `state_text`, `key`, `title`, `headline`, `decision`, `cause`, `cause_text`,
/// `confidence`, `alone`, `quiet` (the vendor had announced work: nobody was told), `suspected`, `opened`,
/// `recovering`, `closed` (null until then), `duration_text` (once it is over), `subjects[]` of `subject`,
/// `name`, `decision`, `cause`, `since`, `over`; `evidence[]`.
boost::json::object incident_json(const Incident& incident, const Words& words, Micros wall_offset);

/// `version`, `time`, `started`, `language`, `headline` {`decision`, `cause`, `text`, `subjects[]`},
/// `subjects[]` {`id`, `name`, `role`, `operator`, `status_page`, `restart_command[]`, `verdict`,
/// `probes[]`}, `witnesses[]`, `incidents[]` and `recent_incidents[]` (as above, with `steps[]` of `id`,
/// `phase`, `text` and `restart_command[]`), `decisions[]`, `messages[]` (addresses masked, no bodies).
/// Verdicts carry what decisions do, less `time` and `incident`, plus `headline`, `cause_text`, `scope_text`
/// and `maintenance`. Probes: `id`, `kind`, `group`, `group_text`, `label`, `reached`, `reached_text`,
/// `failure`, `failure_text`, `ok` (these five null before the first answer), `time`, `milliseconds`
/// {`total`, `dns`, `connect`, `tls`, `first_byte`} (null: did not happen), `http_status`, `address`, `edge`,
/// `detail`, `failures_in_a_row`, `changed`, `fresh` (false: too old to count), `witness` (who said it; null:
/// this host looked itself), `said` (when a witness's word was true), `routes` {`prefixes`, `withdrawn`,
/// `peers_now`, `peers_known`}, `voices[]` {`name`, `asn`, `country`, `ok` (null: it could not say),
/// `failure`, `failure_text`, `http_status`, `words`}. Witnesses: `id`, `name`, `group`, `group_text`,
/// `state`, `state_text`, `why` (of unable), `since`, `last_word` (null: never), `words`, `budget` {`left`,
/// `limit`, `resets`} (null: no limit is known), `ill[]` and `well[]` (subjects).
boost::json::object status_json(const Snapshot& snapshot, const Words& words);

/// What the rehearsal shows of a message: exactly `at`, `channel`, `to` (the whole address), `kind`,
/// `incident`, `text` (for mail the subject, an empty line and the body).
boost::json::object message_json(const OutboxMessage& message, Micros wall_offset);

/// "a***@example.org", "+34***222"; enough to recognise one's own, not enough to write to.
std::string mask_address(std::string_view address);

/// The decision that stands above all others now, and whom it is about.
struct Headline {
    Decision decision = Decision::none;
    Cause cause = Cause::insufficient_evidence;
    std::vector<SubjectId> subjects;
    std::string text;
};
/// An outage before our own network before an app before mere doubt. Controls are never in a headline.
Headline headline_of(const Snapshot& snapshot, const Words& words);

/// One line of JSON with plain decimals (0.97, where boost::json::serialize writes 9.7E-1).
std::string json_text(const boost::json::value& value);

/// For the database: exact, both ways, for up to 1,000 items; later ones are left out. Unpacking refuses text
/// over 1 MiB, deeper than 8, incomplete, of wrong types or with names it does not know; it never throws.
std::string pack_evidence(const std::vector<Evidence>& evidence);
boost::system::result<std::vector<Evidence>> unpack_evidence(std::string_view text);
std::string pack_alternatives(const std::vector<Alternative>& alternatives);
boost::system::result<std::vector<Alternative>> unpack_alternatives(std::string_view text);
std::string pack_rules(const std::vector<RuleId>& rules);
boost::system::result<std::vector<RuleId>> unpack_rules(std::string_view text);
/// Subjects that an earlier version packed have no layers.
std::string pack_subjects(const std::vector<IncidentSubject>& subjects);
boost::system::result<std::vector<IncidentSubject>> unpack_subjects(std::string_view text);

}  // namespace sereno
