#include "alerting/channels/smtp.hpp"

#include <utility>

#include "alerting/channels/mime.hpp"
#include "alerting/channels/reach.hpp"
#include "alerting/channels/word.hpp"

namespace sereno {

namespace {

// The same for every attempt at a message, so that the reader's mail program can recognise a duplicate.
std::string message_id_of(const OutboxMessage& message, const std::string& from) {
    return "sereno." + std::to_string(message.incident.value) + "." + std::to_string(message.id.value) + "." +
           std::to_string(message.created.time_since_epoch().count()) + from.substr(from.find('@'));
}

// RFC 5321 section 4.2.1: 2 done, 4 try again, 5 never.
DeliveryAttempt attempt_of(const TransferResult& result, const std::string& password) {
    if (result.failure != Failure::none)
        return {Acceptance::temporary, tidy_word(failure_word(result), password), {}};
    std::string reply = result.body.empty() ? std::to_string(result.status) : result.body;
    if (result.status == 250) return {Acceptance::accepted, tidy_word(reply, password), {}};
    // RFC 4954 section 6: 535 wrong, 534 and 538 another mechanism needed, 530 none given.
    if (result.status == 535 || result.status == 534 || result.status == 538 || result.status == 530)
        return {Acceptance::permanent, tidy_word("login refused: " + reply, password), {}};
    if (result.status >= 500 && result.status < 600)
        return {Acceptance::permanent, tidy_word("refused: " + reply, password), {}};
    return {Acceptance::temporary, tidy_word("not taken: " + reply, password), {}};
}

class SmtpChannel : public Channel {
  public:
    SmtpChannel(Loop& loop, DnsClient& dns, TransferClient& transfers, std::vector<DnsServer> resolvers,
                SmtpSettings settings)
        : loop_(loop),
          settings_(std::move(settings)),
          reach_(loop, dns, transfers, std::move(resolvers), settings_.host, settings_.timeout) {}

    const std::string& id() const override { return settings_.id; }

    std::unique_ptr<Sending> send(const OutboxMessage& message,
                                  std::function<void(DeliveryAttempt)> done) override {
        const std::string& to = message.recipient.address;
        if (!is_mail_address(to)) return refuse("'" + to + "' is no mail address", std::move(done));
        if (!is_mail_address(settings_.from))
            return refuse("'" + settings_.from + "' is no mail address to send from", std::move(done));
        const auto make = [this, to, text = text_of(message)] {
            Transfer transfer = transfer_to_server();
            transfer.mail = std::make_unique<MailEnvelope>(MailEnvelope{settings_.from, {to}, text});
            return transfer;
        };
        return reach_.start(make, [this, done = std::move(done)](const TransferResult& result) {
            done(attempt_of(result, settings_.password));
        });
    }

  private:
    std::string text_of(const OutboxMessage& message) const {
        Mail mail;
        mail.from_address = settings_.from;
        mail.to_name = message.recipient.person;
        mail.to_address = message.recipient.address;
        mail.subject = message.subject;
        mail.body = message.body;
        mail.language = message.recipient.language;
        mail.message_id = message_id_of(message, settings_.from);
        mail.date = message.created + loop_.wall_offset();
        return compose(mail);
    }

    Transfer transfer_to_server() const {
        const bool v6 = settings_.host.find(':') != std::string::npos;
        Transfer transfer;
        transfer.url = std::string{settings_.security == MailSecurity::tls ? "smtps://" : "smtp://"} +
                       (v6 ? "[" + settings_.host + "]" : settings_.host) + ":" +
                       std::to_string(settings_.port);
        transfer.user = settings_.user;
        transfer.password = settings_.password;
        transfer.ca_bundle = settings_.ca_bundle;
        transfer.security = settings_.security;
        return transfer;
    }

    std::unique_ptr<Sending> refuse(const std::string& why, std::function<void(DeliveryAttempt)> done) {
        struct Refusal : Sending {
            Loop::Timer timer;
        };
        auto refusal = std::make_unique<Refusal>();
        refusal->timer =
            loop_.after(Micros{0}, [done = std::move(done), word = tidy_word(why, settings_.password)] {
                done({Acceptance::permanent, word, Micros{0}});
            });
        return refusal;
    }

    Loop& loop_;
    SmtpSettings settings_;
    Reach reach_;
};

}  // namespace

std::unique_ptr<Channel> make_smtp_channel(Loop& loop, DnsClient& dns, TransferClient& transfers,
                                           std::vector<DnsServer> resolvers, SmtpSettings settings) {
    return std::make_unique<SmtpChannel>(loop, dns, transfers, std::move(resolvers), std::move(settings));
}

}  // namespace sereno
