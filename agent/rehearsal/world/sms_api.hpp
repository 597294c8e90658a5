// An SMS gateway that speaks as Twilio's Messages resource does: POST
// /2010-04-01/Accounts/{sid}/Messages.json with a form and HTTP Basic
// (twilio.com/docs/messaging/api/message-resource). Pure.
#pragma once

#include <functional>
#include <string>

#include "agent/rehearsal/plan.hpp"
#include "agent/rehearsal/world/http_conversation.hpp"

namespace sereno::rehearsal {

struct SmsAccount {
    std::string sid;  ///< "AC" and 32 hexadecimal digits
    std::string token;
};
struct SmsMessage {
    std::string from, to, body, sid;
};

/// 201 with the message, given to `accepted` before; 401 (20003) for a wrong login, 400 for what Twilio
/// refuses (21604 no To, 21602 no Body, 21603 no From, 21211 bad To, 21617 more than 1600 characters), 404
/// elsewhere, 405 for other methods; busy: 429 (20429); rejecting: 400 (21610).
HttpAnswer answer_sms(const SmsAccount& account, Condition condition, const HttpRequest& request,
                      const std::string& next_sid, const std::function<void(SmsMessage)>& accepted);

}  // namespace sereno::rehearsal
