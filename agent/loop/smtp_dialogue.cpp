#include "agent/loop/smtp_dialogue.hpp"

#include <algorithm>

namespace sereno {

namespace {

constexpr std::size_t longest_reply_bytes = 16 * 1024;  // RFC 5321 allows 512 a line
constexpr std::size_t longest_line_kept = 500;

/// The code of "250 text" or "250-text"; 0 when it is something else.
int code_of(std::string_view line) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, digit)) return 0;
    if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return 0;
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    return code >= 200 && code < 600 ? code : 0;
}

}  // namespace

SmtpDialogue::SmtpDialogue(const MailEnvelope& envelope, bool eight_bit)
    : envelope_(envelope), eight_bit_(eight_bit) {}

std::string SmtpDialogue::start() {
    const bool has_eight_bit = std::any_of(envelope_.message.begin(), envelope_.message.end(),
                                           [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    return "MAIL FROM:<" + envelope_.from + ">" + (eight_bit_ && has_eight_bit ? " BODY=8BITMIME" : "") +
           "\r\n";
}

std::string SmtpDialogue::receive(std::string_view bytes) {
    if (ended()) return {};
    received_ += bytes;
    for (std::size_t end = 0; (end = received_.find('\n')) != std::string::npos;) {
        std::string line = received_.substr(0, end);
        received_.erase(0, end + 1);
        if (!line.empty() && line.back() == '\r') line.pop_back();
        const int code = code_of(line);
        if (code == 0) {
            malformed_ = true;
            last_line_ = line.substr(0, longest_line_kept);
            return finish();
        }
        if (line.size() > 3 && line[3] == '-') continue;  // more lines follow
        status_ = code;
        last_line_ = line.substr(0, longest_line_kept);
        return advance();  // the server may not say more before it is asked
    }
    if (received_.size() <= longest_reply_bytes) return {};
    malformed_ = true;
    return finish();
}

/// One whole reply has come.
std::string SmtpDialogue::advance() {
    const bool positive = status_ >= 200 && status_ < 300;
    switch (step_) {
        case Step::mail:
        case Step::recipient:
            if (!positive) return finish();
            if (recipient_ < envelope_.to.size()) {
                step_ = Step::recipient;
                return "RCPT TO:<" + envelope_.to[recipient_++] + ">\r\n";
            }
            step_ = Step::data;
            return "DATA\r\n";
        case Step::data:
            if (status_ != 354) {
                // Any 2xx here would read as accepted, though nothing was sent (RFC 5321 section 4.3.2).
                if (positive) malformed_ = true;
                return finish();
            }
            step_ = Step::message;
            return as_smtp_data(envelope_.message);
        default:
            return finish();
    }
}

std::string SmtpDialogue::finish() {
    step_ = Step::end;
    received_.clear();
    return "QUIT\r\n";
}

std::string as_smtp_data(std::string_view message) {
    std::string data;
    data.reserve(message.size() + message.size() / 32 + 8);
    bool line_begins = true;
    for (std::size_t i = 0; i < message.size(); ++i) {
        const char c = message[i];
        if (c == '\r' || c == '\n') {
            if (c == '\r' && i + 1 < message.size() && message[i + 1] == '\n') ++i;
            data += "\r\n";
            line_begins = true;
            continue;
        }
        if (line_begins && c == '.') data += '.';
        data += c;
        line_begins = false;
    }
    if (!line_begins) data += "\r\n";
    return data + ".\r\n";
}

bool is_mail_path(std::string_view address) {
    return address.size() <= 320 && std::none_of(address.begin(), address.end(), [](char c) {
               return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '<' || c == '>';
           });
}

}  // namespace sereno
