// Tells which message of the agent's outbox it was that arrived somewhere. Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/model/message.hpp"

namespace sereno::rehearsal {

/// One mail or SMS as it lay in the world's mailbox.
struct Arrival {
    std::string channel;  ///< "mail", "sms"
    std::string to;
    std::string text;  ///< without transfer encodings
};

/// For each arrival the message it was, or null. A message that arrived twice is found twice. The same text
/// to the same address decides; without one, the earliest message to that address that no earlier arrival
/// was.
std::vector<const OutboxMessage*> messages_of(const std::vector<Arrival>& arrivals,
                                              const std::vector<OutboxMessage>& outbox);

}  // namespace sereno::rehearsal
