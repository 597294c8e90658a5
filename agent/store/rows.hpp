// One row of a table to one object of the model, and back.
#pragma once

#include <optional>
#include <string_view>

#include "agent/model/fact.hpp"
#include "agent/model/message.hpp"
#include "agent/store/sqlite.hpp"

namespace sereno {

/// Columns in the order in which the read_ functions expect them.
extern const std::string_view decision_columns;
extern const std::string_view incident_columns;
extern const std::string_view message_columns;
extern const std::string_view fact_columns;

/// Empty when a value is not one that this version knows.
[[nodiscard]] std::optional<DecisionRecord> decision_in(const Statement& row);
[[nodiscard]] std::optional<Incident> incident_in(const Statement& row);
[[nodiscard]] std::optional<OutboxMessage> message_in(const Statement& row);
[[nodiscard]] std::optional<Fact> fact_in(const Statement& row);

/// Inserts or replaces by number.
[[nodiscard]] bool put_decision(Database& database, const DecisionRecord& record);
[[nodiscard]] bool put_incident(Database& database, const Incident& incident);
/// Inserts or replaces by kind and key, unless what is there was seen later.
[[nodiscard]] bool put_fact(Database& database, const Fact& fact);
/// Inserts under its number, or a new one when it has none, unless its message_key exists;
/// Database::changes() says which.
[[nodiscard]] bool insert_message(Database& database, const OutboxMessage& message);
/// Keeps the delivery's progress of a message by its number; inserts the message if the file does not know
/// it.
[[nodiscard]] bool put_progress(Database& database, const OutboxMessage& message);

}  // namespace sereno
