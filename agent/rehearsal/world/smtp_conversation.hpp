// A mail server's side of SMTP (RFC 5321) with STARTTLS (RFC 3207), PIPELINING, SIZE and 8BITMIME. Stores,
// relays nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/rehearsal/plan.hpp"
#include "agent/rehearsal/world/conversation.hpp"

namespace sereno::rehearsal {

struct SmtpMessage {
    std::string from;
    std::vector<std::string> to;
    std::string data;  ///< dots unstuffed, without the final dot
};
struct SmtpPolicy {
    std::string host = "mail.world.example";
    bool starttls = true;                       ///< offered, and asked for before MAIL (530)
    std::function<Condition()> condition;       ///< busy: 451 to MAIL; rejecting: 550 to RCPT
    std::function<void(SmtpMessage)> accepted;  ///< before the 250 leaves
};

inline constexpr std::size_t most_mail_bytes = 1024 * 1024;
inline constexpr std::size_t most_recipients = 100;

std::unique_ptr<Conversation> make_smtp_conversation(SmtpPolicy policy);

}  // namespace sereno::rehearsal
