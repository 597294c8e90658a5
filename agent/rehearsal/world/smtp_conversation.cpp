#include "agent/rehearsal/world/smtp_conversation.hpp"

#include <algorithm>
#include <optional>

#include "agent/model/ascii.hpp"
#include "agent/rehearsal/world/dns_wire.hpp"

namespace sereno::rehearsal {

namespace {

constexpr std::size_t most_line_bytes = 2048;

/// The address in "FROM:<ana@example.org> SIZE=10"; empty when there are no angle brackets.
std::optional<std::string> path_of(std::string_view argument, std::string_view keyword) {
    if (!lower_ascii(argument.substr(0, keyword.size())).starts_with(keyword)) return std::nullopt;
    const std::size_t open = argument.find('<'), close = argument.find('>');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    return std::string(argument.substr(open + 1, close - open - 1));
}

class SmtpConversation : public Conversation {
  public:
    explicit SmtpConversation(SmtpPolicy policy) : policy_(std::move(policy)) {}

    void begin(Wire& wire) override {
        wire_ = &wire;
        say("220 " + policy_.host + " ESMTP");
    }

    void received(std::string_view bytes) override {
        if (over_) return;
        buffer_ += bytes;
        for (std::size_t end = buffer_.find('\n'); end != std::string::npos; end = buffer_.find('\n')) {
            std::string line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            if (!line.empty() && line.back() == '\r') line.pop_back();
            if (in_data_)
                data_line(line);
            else
                command(line);
            if (over_) return;
        }
        // A text line may hold up to 1000 bytes (RFC 5321 section 4.5.3.1.6), a command 512 and some
        // extensions.
        if (buffer_.size() > most_line_bytes) {
            say("500 5.5.6 line too long");
            hang_up();
        }
    }

    void secured() override {
        secure_ = true;
        over_ = false;
        greeted_ = false;
        reset();
    }

  private:
    void say(const std::string& reply) { wire_->send(reply + "\r\n"); }
    void hang_up() {
        over_ = true;
        buffer_.clear();
        wire_->close();
    }
    void reset() {
        from_.reset();
        to_.clear();
        data_.clear();
        too_big_ = false;
    }

    void command(const std::string& line) {
        const std::size_t space = line.find(' ');
        const std::string verb = lower_ascii(std::string_view(line).substr(0, space));
        const std::string argument = space == std::string::npos ? std::string{} : line.substr(space + 1);
        if (verb == "ehlo" || verb == "helo") return hello(verb == "ehlo");
        if (verb == "starttls") return starttls();
        if (verb == "mail") return mail(argument);
        if (verb == "rcpt") return rcpt(argument);
        if (verb == "data") return data();
        if (verb == "rset") {
            reset();
            return say("250 2.0.0 reset");
        }
        if (verb == "noop") return say("250 2.0.0 OK");
        if (verb == "vrfy") return say("252 2.1.5 send it and see");
        if (verb == "quit") {
            say("221 2.0.0 bye");
            return hang_up();
        }
        if (++nonsense_ > 20) {
            say("421 4.7.0 too many unknown commands");
            return hang_up();
        }
        say("502 5.5.1 command not known");
    }

    void hello(bool extended) {
        reset();
        greeted_ = true;
        if (!extended) return say("250 " + policy_.host);
        say("250-" + policy_.host);
        say("250-PIPELINING");
        say("250-SIZE " + std::to_string(most_mail_bytes));
        if (policy_.starttls && !secure_) say("250-STARTTLS");
        say("250 8BITMIME");
    }

    void starttls() {
        if (!policy_.starttls || secure_) return say("503 5.5.1 not now");
        say("220 2.0.0 go ahead");
        // Whatever was sent in clear behind the command must not count (RFC 3207 section 4.2).
        buffer_.clear();
        over_ = true;
        wire_->start_tls();
    }

    void mail(const std::string& argument) {
        if (!greeted_) return say("503 5.5.1 say EHLO first");
        if (policy_.starttls && !secure_) return say("530 5.7.0 say STARTTLS first");
        if (from_) return say("503 5.5.1 one at a time");
        const auto path = path_of(argument, "from:");
        if (!path) return say("501 5.5.4 MAIL FROM:<address>");
        if (policy_.condition() == Condition::busy) return say("451 4.3.2 try again later");
        from_ = *path;
        say("250 2.1.0 OK");
    }

    void rcpt(const std::string& argument) {
        if (!from_) return say("503 5.5.1 MAIL first");
        const auto path = path_of(argument, "to:");
        if (!path || path->find('@') == std::string::npos) return say("501 5.1.3 RCPT TO:<address>");
        if (policy_.condition() == Condition::rejecting) return say("550 5.1.1 no such user");
        if (to_.size() >= most_recipients) return say("452 4.5.3 too many recipients");
        to_.push_back(*path);
        say("250 2.1.5 OK");
    }

    void data() {
        if (to_.empty()) return say("503 5.5.1 RCPT first");
        in_data_ = true;
        say("354 end with a dot on a line of its own");
    }

    void data_line(std::string_view line) {
        if (line == ".") return end_of_data();
        if (line.starts_with('.')) line.remove_prefix(1);  // RFC 5321 section 4.5.2
        if (too_big_) return;
        if (data_.size() + line.size() + 2 > most_mail_bytes) {
            too_big_ = true;
            return;
        }
        data_.append(line).append("\r\n");
    }

    void end_of_data() {
        in_data_ = false;
        const bool too_big = too_big_;
        SmtpMessage message{from_.value_or(""), to_, std::move(data_)};
        reset();
        if (too_big) return say("552 5.3.4 message too big");
        policy_.accepted(std::move(message));
        say("250 2.0.0 OK: stored");
    }

    SmtpPolicy policy_;
    Wire* wire_ = nullptr;
    std::string buffer_, data_;
    std::optional<std::string> from_;
    std::vector<std::string> to_;
    bool greeted_ = false, secure_ = false, in_data_ = false, too_big_ = false, over_ = false;
    int nonsense_ = 0;
};

}  // namespace

std::unique_ptr<Conversation> make_smtp_conversation(SmtpPolicy policy) {
    return std::make_unique<SmtpConversation>(std::move(policy));
}

}  // namespace sereno::rehearsal
