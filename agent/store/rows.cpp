#include "agent/store/rows.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "agent/json/json.hpp"

namespace sereno {

namespace {

using Signed = std::int64_t;

int permille(Signed value) {
    return static_cast<int>(std::clamp<Signed>(value, 0, 1000));
}

// A fact's values as JSON: a list of texts. What comes back may have been written by anyone.
constexpr std::size_t most_values = 32, longest_value = 255, longest_list = 1 << 16;

std::string pack_values(const std::vector<std::string>& values) {
    boost::json::array list;
    for (const std::string& value : values)
        list.emplace_back(value);
    return boost::json::serialize(list);
}

std::optional<std::vector<std::string>> unpack_values(const std::string& text) {
    // Names from the network need not be UTF-8.
    boost::json::parse_options options;
    options.max_depth = 2;
    options.allow_invalid_utf8 = true;
    boost::system::error_code error;
    if (text.size() > longest_list) return std::nullopt;
    const boost::json::value list = boost::json::parse(text, error, {}, options);
    if (error || !list.is_array()) return std::nullopt;
    const boost::json::array& items = list.get_array();
    if (items.empty() || items.size() > most_values) return std::nullopt;
    std::vector<std::string> values;
    for (const boost::json::value& item : items) {
        const boost::json::string* value = item.if_string();
        if (value == nullptr || value->size() > longest_value) return std::nullopt;
        values.emplace_back(value->data(), value->size());
    }
    return values;
}

}  // namespace

const std::string_view decision_columns =
    "sequence, at, since, subject, decision, cause, scope, confidence_permille, this_host_alone, incident, "
    "evidence, ruled_out, would_settle, shared_fate";

const std::string_view incident_columns =
    "id, kind, state, key, title, subjects, decision, cause, confidence_permille, this_host_alone, evidence, "
    "suspected, opened, recovering, closed, quiet";

const std::string_view message_columns =
    "id, incident, kind, person, language, channel, address, subject, body, created, state, attempts, "
    "next_try, "
    "done, last_word";

const std::string_view fact_columns = "kind, key, known_values, seen";

std::optional<DecisionRecord> decision_in(const Statement& row) {
    const auto decision = decision_from(row.text(4));
    const auto cause = cause_from(row.text(5));
    const auto scope = scope_from(row.text(6));
    auto evidence = unpack_evidence(row.text(10));
    auto ruled_out = unpack_alternatives(row.text(11));
    auto would_settle = unpack_rules(row.text(12));
    if (!decision || !cause || !scope || !evidence || !ruled_out || !would_settle) return std::nullopt;
    DecisionRecord record;
    record.sequence = static_cast<std::uint64_t>(row.integer(0));
    record.verdict.at = row.stamp(1);
    record.verdict.since = row.stamp(2);
    record.verdict.subject = SubjectId{row.text(3)};
    record.verdict.decision = *decision;
    record.verdict.cause = *cause;
    record.verdict.scope = *scope;
    record.verdict.confidence_permille = permille(row.integer(7));
    record.verdict.from_this_host_alone = row.integer(8) != 0;
    record.incident.value = static_cast<std::uint64_t>(row.integer(9));
    record.verdict.evidence = std::move(*evidence);
    record.verdict.ruled_out = std::move(*ruled_out);
    record.verdict.would_settle = std::move(*would_settle);
    record.verdict.shared_fate = row.text(13);
    return record;
}

std::optional<Incident> incident_in(const Statement& row) {
    const auto kind = incident_kind_from(row.text(1));
    const auto state = incident_state_from(row.text(2));
    auto subjects = unpack_subjects(row.text(5));
    const auto decision = decision_from(row.text(6));
    const auto cause = cause_from(row.text(7));
    auto evidence = unpack_evidence(row.text(10));
    if (!kind || !state || !subjects || !decision || !cause || !evidence) return std::nullopt;
    Incident incident;
    incident.id.value = static_cast<std::uint64_t>(row.integer(0));
    incident.kind = *kind;
    incident.state = *state;
    incident.key = row.text(3);
    incident.title = row.text(4);
    incident.subjects = std::move(*subjects);
    incident.decision = *decision;
    incident.cause = *cause;
    incident.confidence_permille = permille(row.integer(8));
    incident.from_this_host_alone = row.integer(9) != 0;
    incident.evidence = std::move(*evidence);
    incident.suspected = row.stamp(11);
    incident.opened = row.maybe_stamp(12);
    incident.recovering = row.maybe_stamp(13);
    incident.closed = row.maybe_stamp(14);
    incident.quiet = row.integer(15) != 0;
    return incident;
}

std::optional<OutboxMessage> message_in(const Statement& row) {
    const auto kind = alert_kind_from(row.text(2));
    const auto state = delivery_state_from(row.text(10));
    if (!kind || !state) return std::nullopt;
    OutboxMessage message;
    message.id.value = static_cast<std::uint64_t>(row.integer(0));
    message.incident.value = static_cast<std::uint64_t>(row.integer(1));
    message.kind = *kind;
    message.recipient = {row.text(3), row.text(4), row.text(5), row.text(6)};
    message.subject = row.text(7);
    message.body = row.text(8);
    message.created = row.stamp(9);
    message.state = *state;
    message.attempts = static_cast<int>(row.integer(11));
    message.next_try = row.stamp(12);
    message.done = row.maybe_stamp(13);
    message.last_word = row.text(14);
    return message;
}

std::optional<Fact> fact_in(const Statement& row) {
    const auto kind = fact_kind_from(row.text(0));
    auto values = unpack_values(row.text(2));
    if (!kind || !values) return std::nullopt;
    return Fact{*kind, row.text(1), std::move(*values), row.stamp(3)};
}

bool put_decision(Database& database, const DecisionRecord& record) {
    const Verdict& verdict = record.verdict;
    return database
        .prepared(
            "INSERT INTO decisions (sequence, at, since, subject, decision, cause, scope, "
            "confidence_permille,"
            " this_host_alone, incident, evidence, ruled_out, would_settle, shared_fate)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
            " ON CONFLICT (sequence) DO UPDATE SET at = excluded.at, since = excluded.since,"
            " subject = excluded.subject, decision = excluded.decision, cause = excluded.cause,"
            " scope = excluded.scope, confidence_permille = excluded.confidence_permille,"
            " this_host_alone = excluded.this_host_alone, incident = excluded.incident,"
            " evidence = excluded.evidence, ruled_out = excluded.ruled_out,"
            " would_settle = excluded.would_settle, shared_fate = excluded.shared_fate")
        .with(static_cast<Signed>(record.sequence), verdict.at, verdict.since, verdict.subject.value,
              to_string(verdict.decision), to_string(verdict.cause), to_string(verdict.scope),
              Signed{permille(verdict.confidence_permille)}, Signed{verdict.from_this_host_alone},
              static_cast<Signed>(record.incident.value), pack_evidence(verdict.evidence),
              pack_alternatives(verdict.ruled_out), pack_rules(verdict.would_settle), verdict.shared_fate)
        .run();
}

bool put_incident(Database& database, const Incident& incident) {
    return database
        .prepared(
            "INSERT INTO incidents (id, kind, state, key, title, subjects, decision, cause, "
            "confidence_permille,"
            " this_host_alone, evidence, suspected, opened, recovering, closed, quiet)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
            " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, state = excluded.state, key = "
            "excluded.key,"
            " title = excluded.title, subjects = excluded.subjects, decision = excluded.decision,"
            " cause = excluded.cause, confidence_permille = excluded.confidence_permille,"
            " this_host_alone = excluded.this_host_alone, evidence = excluded.evidence,"
            " suspected = excluded.suspected, opened = excluded.opened, recovering = excluded.recovering,"
            " closed = excluded.closed, quiet = excluded.quiet")
        .with(static_cast<Signed>(incident.id.value), to_string(incident.kind), to_string(incident.state),
              incident.key, incident.title, pack_subjects(incident.subjects), to_string(incident.decision),
              to_string(incident.cause), Signed{permille(incident.confidence_permille)},
              Signed{incident.from_this_host_alone}, pack_evidence(incident.evidence), incident.suspected,
              incident.opened, incident.recovering, incident.closed, Signed{incident.quiet})
        .run();
}

bool put_fact(Database& database, const Fact& fact) {
    return database
        .prepared(
            "INSERT INTO facts (kind, key, known_values, seen) VALUES (?,?,?,?)"
            " ON CONFLICT (kind, key) DO UPDATE SET known_values = excluded.known_values,"
            " seen = excluded.seen WHERE excluded.seen >= seen")
        .with(to_string(fact.kind), fact.key, pack_values(fact.values), fact.when)
        .run();
}

bool insert_message(Database& database, const OutboxMessage& message) {
    const Recipient& to = message.recipient;
    return database
        .prepared(
            "INSERT INTO messages (id, message_key, incident, kind, person, language, channel, address,"
            " subject, body, created, state, attempts, next_try, done, last_word)"
            " VALUES (nullif(?, 0),?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING")
        .with(static_cast<Signed>(message.id.value), message_key(message),
              static_cast<Signed>(message.incident.value), to_string(message.kind), to.person, to.language,
              to.channel, to.address, message.subject, message.body, message.created,
              to_string(message.state), Signed{message.attempts}, message.next_try, message.done,
              message.last_word)
        .run();
}

bool put_progress(Database& database, const OutboxMessage& message) {
    const Recipient& to = message.recipient;
    return database
        .prepared(
            "INSERT INTO messages (id, message_key, incident, kind, person, language, channel, address, "
            "subject,"
            " body, created, state, attempts, next_try, done, last_word)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
            " ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,"
            " next_try = excluded.next_try, done = excluded.done, last_word = excluded.last_word")
        .with(static_cast<Signed>(message.id.value), message_key(message),
              static_cast<Signed>(message.incident.value), to_string(message.kind), to.person, to.language,
              to.channel, to.address, message.subject, message.body, message.created,
              to_string(message.state), Signed{message.attempts}, message.next_try, message.done,
              message.last_word)
        .run();
}

}  // namespace sereno
