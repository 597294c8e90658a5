// Who is told what, and how far the telling came.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/incident.hpp"

namespace sereno {

enum class AlertKind : std::uint8_t { opened, recovered };
enum class DeliveryState : std::uint8_t { waiting, sent, failed };

/// One person on one channel.
struct Recipient {
    std::string person;    ///< "Ana"
    std::string language;  ///< "es"
    std::string channel;   ///< key under `channels:` in the configuration
    std::string address;   ///< "ana@example.org", "+34600111222"
    auto operator<=>(const Recipient&) const = default;
};

/// A message as it lies in the outbox: rendered once, stored before it leaves, never rendered again.
struct OutboxMessage {
    MessageId id;
    IncidentId incident;
    AlertKind kind = AlertKind::opened;
    Recipient recipient;
    std::string subject;  ///< for mail; empty for SMS
    std::string body;
    Stamp created;
    DeliveryState state = DeliveryState::waiting;
    int attempts = 0;
    Stamp next_try;             ///< no earlier attempt than this
    std::optional<Stamp> done;  ///< accepted or given up
    std::string last_word;      ///< what the server said last: "250 2.0.0 OK", "connection refused"
};

/// The key under which a message exists at most once, whatever crashes: "7/opened/mail/ana@example.org".
std::string message_key(const OutboxMessage& message);

std::string_view to_string(AlertKind kind);
std::string_view to_string(DeliveryState state);
std::optional<AlertKind> alert_kind_from(std::string_view text);
std::optional<DeliveryState> delivery_state_from(std::string_view text);

}  // namespace sereno
