#include "sms_service.hpp"

#include <algorithm>
#include <sstream>

namespace sereno::test {

namespace {

std::string form_decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::map<std::string, std::string> form_in(const std::string& body) {
    std::map<std::string, std::string> form;
    std::istringstream pairs{body};
    for (std::string pair; std::getline(pairs, pair, '&');) {
        const auto equals = pair.find('=');
        form[form_decoded(pair.substr(0, equals))] =
            form_decoded(pair.substr(std::min(equals, pair.size() - 1) + 1));
    }
    return form;
}

// As documented under twilio.com/docs/usage/twilios-response: code, message, more_info, status.
std::string error(const std::string& status, int code, const std::string& message) {
    return http_answer(status, R"({"code": )" + std::to_string(code) + R"(, "message": ")" + message +
                                   R"(", "more_info": "https://www.twilio.com/docs/errors/)" +
                                   std::to_string(code) + R"(", "status": )" + status.substr(0, 3) + "}");
}

std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace

std::string http_answer(const std::string& status, const std::string& body, const std::string& type,
                        const std::string& more) {
    return "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

void SmsService::answer_with(std::string raw) {
    const std::lock_guard guard{mutex_};
    answers_.push_back(std::move(raw));
}

std::vector<SmsService::Request> SmsService::taken() const {
    const std::lock_guard guard{mutex_};
    return taken_;
}

void SmsService::serve(Conversation& talk) {
    std::istringstream head{talk.read_until("\r\n\r\n")};
    Request request;
    std::getline(head, request.line);
    for (std::string line; std::getline(head, line) && line != "\r";) {
        const auto colon = line.find(':');
        std::string name = line.substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        if (!line.empty() && line.back() == '\r') line.pop_back();
        request.headers[name] = line.substr(std::min(line.size(), colon + 2));
    }
    if (!request.line.empty() && request.line.back() == '\r') request.line.pop_back();
    request.form = form_in(talk.read_bytes(std::stoul("0" + request.headers["content-length"])));
    talk.write(respond(request));
}

std::string SmsService::respond(const Request& request) {
    const std::lock_guard guard{mutex_};
    if (!answers_.empty()) {
        const std::string raw = answers_.front();
        answers_.pop_front();
        return raw;
    }
    // "AC...1:0123..." in Base64 (RFC 7617).
    const std::string credentials =
        "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==";
    const auto header = request.headers.find("authorization");
    if (header == request.headers.end() || header->second != credentials)
        return error("401 UNAUTHORIZED", 20003, "Authenticate");
    if (request.line.substr(0, request.line.rfind(' ')) !=
        std::string{"POST /2010-04-01/Accounts/"} + account + "/Messages.json")
        return error("404 NOT FOUND", 20404, "The requested resource was not found");
    const auto form = [&](const std::string& key) {
        const auto found = request.form.find(key);
        return found == request.form.end() ? std::string{} : found->second;
    };
    // Twilio's magic numbers (twilio.com/docs/iam/test-credentials).
    if (form("To") == "+15005550001")
        return error("400 BAD REQUEST", 21211, "The 'To' number +15005550001 is not a valid phone number.");
    if (form("From").empty() == form("MessagingServiceSid").empty())
        return error("400 BAD REQUEST", 21603, "A 'From' phone number is required.");
    if (form("Body").empty()) return error("400 BAD REQUEST", 21602, "Message body is required.");
    if (characters(form("Body")) > 1'600)
        return error("400 BAD REQUEST", 21617,
                     "The concatenated message body exceeds the 1600 character limit");
    taken_.push_back(request);
    return http_answer("201 CREATED",
                       R"({"sid": "SM)" + std::string(31, '0') + std::to_string(taken_.size()) +
                           R"(", "status": "queued", "error_code": null, "num_segments": "1"})");
}

}  // namespace sereno::test
