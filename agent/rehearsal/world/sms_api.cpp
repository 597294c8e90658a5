#include "agent/rehearsal/world/sms_api.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "agent/rehearsal/world/mime.hpp"

namespace sereno::rehearsal {

namespace {

namespace json = boost::json;

HttpAnswer refusal(int status, int code, std::string_view message) {
    const json::object body{{"code", code},
                            {"message", message},
                            {"more_info", "https://www.twilio.com/docs/errors/" + std::to_string(code)},
                            {"status", status}};
    return {status, json::serialize(body), "application/json", {}};
}

bool is_phone(std::string_view text) {
    return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
           std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool logged_in(const SmsAccount& account, const HttpRequest& request) {
    const auto header = request.headers.find("authorization");
    if (header == request.headers.end() || !header->second.starts_with("Basic ")) return false;
    return base64_decoded(std::string_view(header->second).substr(6)) == account.sid + ":" + account.token;
}

}  // namespace

HttpAnswer answer_sms(const SmsAccount& account, Condition condition, const HttpRequest& request,
                      const std::string& next_sid, const std::function<void(SmsMessage)>& accepted) {
    const std::string path = "/2010-04-01/Accounts/" + account.sid + "/Messages.json";
    if (request.target != path) return refusal(404, 20404, "The requested resource was not found");
    if (request.method != "POST") return refusal(405, 20004, "Method not allowed");
    if (!logged_in(account, request)) return refusal(401, 20003, "Authenticate");
    if (condition == Condition::busy) return refusal(429, 20429, "Too Many Requests");
    auto fields = form_fields(request.body);
    if (fields["To"].empty()) return refusal(400, 21604, "A 'To' phone number is required.");
    if (!is_phone(fields["To"])) return refusal(400, 21211, "Invalid 'To' Phone Number: " + fields["To"]);
    if (fields["From"].empty() && fields["MessagingServiceSid"].empty())
        return refusal(400, 21603, "A 'From' phone number is required.");
    if (fields["Body"].empty()) return refusal(400, 21602, "Message body is required.");
    if (characters(fields["Body"]) > 1600)
        return refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.");
    if (condition == Condition::rejecting)
        return refusal(400, 21610, "Attempt to send to unsubscribed recipient");

    SmsMessage message{fields["From"].empty() ? fields["MessagingServiceSid"] : fields["From"], fields["To"],
                       fields["Body"], next_sid};
    const json::object body{
        {"sid", message.sid},          {"account_sid", account.sid}, {"to", message.to},
        {"from", message.from},        {"body", message.body},       {"status", "queued"},
        {"direction", "outbound-api"}, {"num_segments", "1"},        {"error_code", nullptr},
        {"error_message", nullptr}};
    accepted(std::move(message));
    return {201, json::serialize(body), "application/json", {}};
}

}  // namespace sereno::rehearsal
