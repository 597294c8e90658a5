// DNS over TCP (RFC 7766): messages behind a length of two bytes.
#pragma once

#include <functional>
#include <string>

#include "agent/rehearsal/world/conversation.hpp"

namespace sereno::rehearsal {

/// Answers one query, now or later, at most once. An empty reply: none.
using DnsHandler = std::function<void(std::string query, std::function<void(std::string)> reply)>;

std::unique_ptr<Conversation> make_dns_conversation(DnsHandler handler);

}  // namespace sereno::rehearsal
