// Mail through the transfer client, against a server whose every reply the test decides. A real mail server
// is tests/alerting/channels' work.
#include <algorithm>
#include <map>
#include <optional>

#include "agent/loop/smtp_dialogue.hpp"
#include "agent/loop/transfer_client.hpp"
#include "run_until.hpp"
#include "stream_server.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using test::run_until;
using test::StreamServer;
using Act = StreamServer::Act;
using Then = StreamServer::Act::Then;

namespace {

/// Replies by the first word of the last line; "." is the end of the message, "" the greeting.
struct Replies {
    std::map<std::string, std::string> by_word{
        {"", "220 mail.example.org ESMTP\r\n"},
        {"EHLO", "250-mail.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n"},
        {"AUTH", "334 \r\n"},
        {"AG1lAHNlY3JldA==", "235 welcome\r\n"},  // me, secret
        {"MAIL", "250 ok\r\n"},
        {"RCPT", "250 ok\r\n"},
        {"DATA", "354 go on\r\n"},
        {".", "250 queued as 42\r\n"},
        {"QUIT", "221 bye\r\n"}};
    std::optional<std::string> hang_up_after;  // a word

    StreamServer::Handler handler() {
        return [this, in_message = false](const std::string& received) mutable -> Act {
            if (received.empty()) return reply("");
            if (in_message) {
                if (!received.ends_with("\r\n.\r\n")) return {};
                in_message = false;
                return reply(".");
            }
            if (!received.ends_with("\r\n")) return {};
            const auto begin = received.rfind('\n', received.size() - 2);
            const std::string line = received.substr(begin == std::string::npos ? 0 : begin + 1);
            const std::string word = line.substr(0, line.find_first_of(" \r"));
            in_message = word == "DATA" && by_word["DATA"].starts_with("354");
            return reply(word);
        };
    }
    Act reply(const std::string& word) {
        return {by_word[word], hang_up_after == word ? Then::close : Then::stay};
    }
};

struct Mailing {
    Loop loop;
    TransferClient client{loop};
    Replies replies;
    StreamServer server{loop, replies.handler()};

    Transfer transfer() {
        Transfer one;
        one.url = "smtp://mail.example.org:" + std::to_string(server.port()) + "/";
        one.address = "127.0.0.1";
        one.mail = std::make_unique<MailEnvelope>();
        one.mail->from = "sereno@example.org";
        one.mail->to = {"ana@example.org"};
        one.mail->message = "Subject: down\r\n\r\n.first\r\nlast\r\n";
        return one;
    }
    TransferResult send(Transfer one, Micros within = 5s) {
        std::optional<TransferResult> result;
        const auto handle = client.start(std::move(one), loop.now() + within,
                                         [&](TransferResult got) { result = std::move(got); });
        run_until(loop, [&] { return result.has_value(); });
        return result.value_or(TransferResult{});
    }
    [[nodiscard]] bool sent(const std::string& line) const {
        return server.received().find(line) != std::string::npos;
    }
};

}  // namespace

TEST_CASE("a mail is handed over and the server's last word reported") {
    Mailing test;
    const TransferResult result = test.send(test.transfer());
    INFO(result.detail);
    CHECK(result.failure == Failure::none);
    CHECK(result.reached == Stage::done);
    CHECK(result.status == 250);
    CHECK(result.body == "250 queued as 42");
    CHECK(result.connect > 0us);
    run_until(test.loop, [&] { return test.server.open() == 0; });
    CHECK(
        test.sent("MAIL FROM:<sereno@example.org>\r\nRCPT TO:<ana@example.org>\r\nDATA\r\n"
                  "Subject: down\r\n\r\n..first\r\nlast\r\n.\r\nQUIT\r\n"));
}

TEST_CASE("the password is offered when there is one, and a refused one is the server's answer") {
    Mailing test;
    const auto login = [&] {
        Transfer transfer = test.transfer();
        transfer.user = "me";
        transfer.password = "secret";
        return transfer;
    };
    CHECK(test.send(login()).status == 250);
    CHECK(test.sent("AUTH PLAIN"));
    test.replies.by_word["AG1lAHNlY3JldA=="] = "535 5.7.8 wrong\r\n";
    const TransferResult result = test.send(login());
    CHECK(result.failure == Failure::none);
    CHECK(result.reached == Stage::done);
    CHECK(result.status == 535);
    CHECK(result.body == "535 5.7.8 wrong");
    CHECK_FALSE(test.sent("MAIL FROM"));
}

TEST_CASE("a refusal at each step is a whole answer, temporary or not") {
    const auto [word, reply, status] = GENERATE(table<std::string, std::string, int>({
        {"", "554 go away\r\n", 554},
        {"", "421 too busy\r\n", 421},
        {"MAIL", "452 disk full\r\n", 452},
        {"RCPT", "550-no such user\r\n550 here\r\n", 550},
        {"DATA", "451 later\r\n", 451},
        {".", "554 looks like spam\r\n", 554},
    }));
    Mailing test;
    test.replies.by_word[word] = reply;
    const TransferResult result = test.send(test.transfer());
    INFO(word << ": " << result.detail);
    CHECK(result.failure == Failure::none);
    CHECK(result.reached == Stage::done);
    CHECK(result.status == status);
    CHECK(result.body.starts_with(std::to_string(status)));
    CHECK(test.sent("Subject:") == (word == "."));
}

TEST_CASE("one refused recipient means that nobody gets the mail") {
    Mailing test;
    Transfer transfer = test.transfer();
    transfer.mail->to = {"ana@example.org", "bob@example.org"};
    CHECK(test.send(std::move(transfer)).status == 250);
    CHECK(test.sent("RCPT TO:<ana@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA"));
    test.replies.by_word["RCPT"] = "550 no\r\n";
    CHECK(test.send(test.transfer()).status == 550);
    CHECK_FALSE(test.sent("DATA"));
}

TEST_CASE("silence at any step ends at the deadline, and the loop goes on meanwhile") {
    const std::string word = GENERATE("", "EHLO", "MAIL", "RCPT", "DATA", ".");
    Mailing test;
    test.replies.by_word[word] = "";
    int ticks = 0;
    Loop::Timer ticking;
    Task tick = [&] {
        ++ticks;
        ticking = test.loop.after(5ms, tick);
    };
    tick();
    const Stamp begun = test.loop.now();
    const TransferResult result = test.send(test.transfer(), 200ms);
    CHECK(result.failure == Failure::http_timeout);
    CHECK(result.reached == Stage::http);
    CHECK(test.loop.now() - begun < 2s);
    CHECK(ticks > 2);  // not held up until the deadline
}

TEST_CASE("silence after QUIT delays nothing: the mail was taken") {
    Mailing test;
    test.replies.by_word["QUIT"] = "";
    const Stamp begun = test.loop.now();
    CHECK(test.send(test.transfer()).status == 250);
    CHECK(test.loop.now() - begun < 2s);
}

TEST_CASE("a server that hangs up is http_reset, also when it had said yes before") {
    const std::string word = GENERATE("", "EHLO", "MAIL", "DATA");
    Mailing test;
    test.replies.hang_up_after = word;
    const TransferResult result = test.send(test.transfer());
    INFO("'" << word << "' " << result.status << " " << result.body << " " << result.detail);
    CHECK(result.failure == Failure::http_reset);
}

TEST_CASE("what is no SMTP is http_malformed") {
    Mailing test;
    test.replies.by_word["MAIL"] = "HTTP/1.1 400 Bad Request\r\n";
    CHECK(test.send(test.transfer()).failure == Failure::http_malformed);
}

TEST_CASE("STARTTLS that is not offered is tls_handshake, and nothing is sent in the clear") {
    Mailing test;
    Transfer transfer = test.transfer();
    transfer.security = MailSecurity::starttls;
    transfer.user = "me";
    transfer.password = "secret";
    CHECK(test.send(std::move(transfer)).failure == Failure::tls_handshake);
    CHECK_FALSE(test.sent("AUTH"));
    CHECK_FALSE(test.sent("MAIL"));
}

TEST_CASE("TLS that stalls after STARTTLS is tls_timeout") {
    Mailing test;
    test.replies.by_word["EHLO"] = "250-mail.example.org\r\n250 STARTTLS\r\n";
    test.replies.by_word["STARTTLS"] = "220 go ahead\r\n";
    Transfer transfer = test.transfer();
    transfer.security = MailSecurity::starttls;
    CHECK(test.send(std::move(transfer), 300ms).failure == Failure::tls_timeout);
}

TEST_CASE("a mail under way survives other transfers that start meanwhile") {
    Mailing test;
    std::optional<TransferResult> mail;
    const auto handle = test.client.start(test.transfer(), test.loop.now() + 5s,
                                          [&](TransferResult got) { mail = std::move(got); });
    const StreamServer web(test.loop, [](const std::string& received) -> Act {
        if (received.empty()) return {};
        return {"HTTP/1.1 204 No Content\r\n\r\n", Then::close};
    });
    std::vector<std::unique_ptr<TransferHandle>> fetches;
    int fetched = 0;
    Loop::Timer next;
    Task fetch = [&] {
        Transfer one;
        one.url = "http://www.example.org:" + std::to_string(web.port()) + "/";
        one.address = "127.0.0.1";
        fetches.push_back(
            test.client.start(std::move(one), test.loop.now() + 5s, [&](TransferResult) { ++fetched; }));
        if (fetches.size() < 20) next = test.loop.after(100us, fetch);
    };
    fetch();
    run_until(test.loop, [&] { return mail.has_value() && fetched == 20; });
    REQUIRE(mail);
    CHECK(mail->status == 250);
}

TEST_CASE("a long message is sent whole although the server reads slowly") {
    Mailing test;
    Transfer transfer = test.transfer();
    transfer.mail->message.clear();
    for (int i = 0; i < 100'000; ++i)
        transfer.mail->message += ".line " + std::to_string(i) + "\r\n";
    const std::string as_sent = as_smtp_data(transfer.mail->message);
    CHECK(test.send(std::move(transfer)).status == 250);
    CHECK(test.sent(as_sent));
}

TEST_CASE("addresses that could smuggle commands are refused") {
    Mailing test;
    const std::string bad = GENERATE("a@b>\r\nRCPT TO:<c@d", "a b@c", "<a@b>", "");
    Transfer transfer = test.transfer();
    transfer.mail->to = {bad};
    CHECK(test.send(std::move(transfer)).failure == Failure::host_refused);
    CHECK(test.server.accepted() == 0);
}

TEST_CASE("a message cannot end early and every line ends in CRLF") {
    CHECK(as_smtp_data("") == ".\r\n");
    CHECK(as_smtp_data("a") == "a\r\n.\r\n");
    CHECK(as_smtp_data("a\r\n.\r\nMAIL") == "a\r\n..\r\nMAIL\r\n.\r\n");
    CHECK(as_smtp_data("a\n.\nb\r.\rc\r\n") == "a\r\n..\r\nb\r\n..\r\nc\r\n.\r\n");
    CHECK(as_smtp_data(".a\r\n..b\r\nc.\r\n") == "..a\r\n...b\r\nc.\r\n.\r\n");
}

TEST_CASE("8BITMIME is announced when the message needs it and the server has it") {
    MailEnvelope envelope{.from = "a@b", .to = {"c@d"}, .message = "caf\xc3\xa9"};
    CHECK(SmtpDialogue(envelope, true).start() == "MAIL FROM:<a@b> BODY=8BITMIME\r\n");
    CHECK(SmtpDialogue(envelope, false).start() == "MAIL FROM:<a@b>\r\n");
    envelope.message = "cafe";
    CHECK(SmtpDialogue(envelope, true).start() == "MAIL FROM:<a@b>\r\n");
}

TEST_CASE("replies are understood however the bytes are cut, and an endless one is not") {
    const MailEnvelope envelope{.from = "a@b", .to = {"c@d"}, .message = "x"};
    SmtpDialogue dialogue(envelope, false);
    CHECK(dialogue.receive("2").empty());
    CHECK(dialogue.receive("50-first\r\n250 second\r").empty());
    CHECK(dialogue.receive("\n") == "RCPT TO:<c@d>\r\n");
    CHECK(dialogue.last_line() == "250 second");
    CHECK(dialogue.receive(std::string(20'000, '2')) == "QUIT\r\n");
    CHECK(dialogue.ended());
    CHECK(dialogue.malformed());
    CHECK(dialogue.receive("250 ok\r\n").empty());
}

TEST_CASE("a server that answers DATA with success before anything was sent has taken nothing") {
    const MailEnvelope envelope{"a@b", {"c@d"}, "x\r\n"};
    SmtpDialogue dialogue(envelope, false);
    (void)dialogue.start();
    CHECK(dialogue.receive("250 ok\r\n") == "RCPT TO:<c@d>\r\n");
    CHECK(dialogue.receive("250 ok\r\n") == "DATA\r\n");
    (void)dialogue.receive("250 ok\r\n");
    CHECK(dialogue.ended());
    CHECK(dialogue.malformed());
}
