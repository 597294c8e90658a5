// The world's protocols by plain calls: bytes in, bytes out, no socket.
#include <algorithm>

#include "agent/rehearsal/world/http_conversation.hpp"
#include "agent/rehearsal/world/mime.hpp"
#include "agent/rehearsal/world/pages.hpp"
#include "agent/rehearsal/world/sms_api.hpp"
#include "agent/rehearsal/world/smtp_conversation.hpp"
#include "catch.hpp"

using namespace sereno::rehearsal;

namespace {

struct Paper : Wire {
    std::string said;
    bool closed = false, tls = false;
    void send(std::string bytes) override { said += bytes; }
    void close() override { closed = true; }
    void start_tls() override { tls = true; }
    std::string take() { return std::exchange(said, {}); }
};

struct MailTalk {
    Condition condition = Condition::well;
    std::vector<SmtpMessage> mails;
    Paper wire;
    std::unique_ptr<Conversation> talk;

    explicit MailTalk(bool starttls = false)
        : talk(make_smtp_conversation({"mail.world.example", starttls, [this] { return condition; },
                                       [this](SmtpMessage m) { mails.push_back(std::move(m)); }})) {
        talk->begin(wire);
        wire.take();
    }
    std::string say(const std::string& text) {
        talk->received(text);
        return wire.take();
    }
};

std::string http(const HttpHandler& handler, const std::string& request) {
    Paper wire;
    const auto talk = make_http_conversation(handler);
    talk->begin(wire);
    for (const char c : request)
        talk->received({&c, 1});  // byte by byte, as slow networks deliver
    CHECK(wire.closed);
    return wire.said;
}

}  // namespace

TEST_CASE("a mail is stored with its dots unstuffed") {
    MailTalk mail;
    CHECK(mail.say("EHLO me\r\n").find("250 8BITMIME\r\n") != std::string::npos);
    CHECK(mail.say("MAIL FROM:<s@example.org> SIZE=10\r\nRCPT TO:<ana@example.org>\r\nDATA\r\n") ==
          "250 2.1.0 OK\r\n250 2.1.5 OK\r\n354 end with a dot on a line of its own\r\n");
    CHECK(mail.say("Subject: x\r\n\r\n..hidden\r\n...\r\nrest\r\n.").empty());
    CHECK(mail.say("\r\n") == "250 2.0.0 OK: stored\r\n");
    REQUIRE(mail.mails.size() == 1);
    CHECK(mail.mails[0].from == "s@example.org");
    CHECK(mail.mails[0].to == std::vector<std::string>{"ana@example.org"});
    CHECK(mail.mails[0].data == "Subject: x\r\n\r\n.hidden\r\n..\r\nrest\r\n");
    CHECK(mail.say("QUIT\r\n") == "221 2.0.0 bye\r\n");
    CHECK(mail.wire.closed);
}

TEST_CASE("the mail server keeps the order of commands") {
    MailTalk mail;
    CHECK(mail.say("MAIL FROM:<a@b>\r\n").starts_with("503"));
    mail.say("EHLO me\r\n");
    CHECK(mail.say("RCPT TO:<a@b>\r\n").starts_with("503"));
    CHECK(mail.say("DATA\r\n").starts_with("503"));
    CHECK(mail.say("MAIL FROM a@b\r\n").starts_with("501"));
    CHECK(mail.say("MAIL FROM:<a@b>\r\n").starts_with("250"));
    CHECK(mail.say("RCPT TO:<nobody>\r\n").starts_with("501"));
    CHECK(mail.say("RSET\r\n").starts_with("250"));
    CHECK(mail.say("RCPT TO:<a@b>\r\n").starts_with("503"));
    CHECK(mail.say("WHAT\r\n").starts_with("502"));
}

TEST_CASE("the mail server can be busy, refuse recipients, and bounds what it takes") {
    MailTalk mail;
    mail.say("EHLO me\r\n");
    mail.condition = Condition::busy;
    CHECK(mail.say("MAIL FROM:<a@b>\r\n").starts_with("451"));
    mail.condition = Condition::rejecting;
    CHECK(mail.say("MAIL FROM:<a@b>\r\n").starts_with("250"));
    CHECK(mail.say("RCPT TO:<a@b>\r\n").starts_with("550"));
    mail.condition = Condition::well;
    mail.say("RCPT TO:<a@b>\r\nDATA\r\n");
    const std::string line(998, 'x');
    for (std::size_t sent = 0; sent < most_mail_bytes + 2000; sent += line.size())
        mail.say(line + "\r\n");
    CHECK(mail.say(".\r\n").starts_with("552"));
    CHECK(mail.mails.empty());
    CHECK(mail.say(std::string(5000, 'x')).starts_with("500"));
    CHECK(mail.wire.closed);
}

TEST_CASE("mail needs STARTTLS where it is offered, and nothing sent in clear behind it counts") {
    MailTalk mail(true);
    CHECK(mail.say("EHLO me\r\n").find("250-STARTTLS\r\n") != std::string::npos);
    CHECK(mail.say("MAIL FROM:<a@b>\r\n").starts_with("530"));
    CHECK(mail.say("STARTTLS\r\nEHLO injected\r\n") == "220 2.0.0 go ahead\r\n");
    CHECK(mail.wire.tls);
    CHECK(mail.say("NOOP\r\n").empty());
    mail.talk->secured();
    CHECK(mail.say("MAIL FROM:<a@b>\r\n").starts_with("503"));
    CHECK(mail.say("EHLO me\r\n").find("STARTTLS") == std::string::npos);
    CHECK(mail.say("MAIL FROM:<a@b>\r\n").starts_with("250"));
}

TEST_CASE("an HTTP request is read byte by byte and answered once") {
    std::string target, body;
    const HttpHandler handler = [&](const HttpRequest& request) {
        target = request.target;
        body = request.body;
        return HttpAnswer{200, "hello", "text/plain", {{"X-A", "b"}}};
    };
    const std::string answer =
        http(handler, "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\nX-A: b\r\n"));
    CHECK(answer.ends_with("\r\n\r\nhello"));
    CHECK(target == "/a?b=c");
    CHECK(body == "abc");
    CHECK(http(handler, "HEAD / HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"));
}

TEST_CASE("requests that break the rules or the bounds are refused") {
    const HttpHandler handler = [](const HttpRequest&) { return HttpAnswer{}; };
    CHECK(http(handler, "NONSENSE\r\n\r\n").starts_with("HTTP/1.1 400"));
    CHECK(http(handler, "GET / FTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400"));
    CHECK(http(handler, "GET / HTTP/1.1\r\nno colon\r\n\r\n").starts_with("HTTP/1.1 400"));
    CHECK(http(handler, "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n").starts_with("HTTP/1.1 400"));
    CHECK(http(handler, "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n").starts_with("HTTP/1.1 413"));
    CHECK(http(handler, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").starts_with("HTTP/1.1 411"));
    CHECK(http(handler, "GET / HTTP/1.1\r\nA: " + std::string(20000, 'x')).starts_with("HTTP/1.1 431"));
}

TEST_CASE("a front end in trouble answers as Meta's edge did") {
    const PagePlan page{.host = "www.facebook.com", .edge = "meta"};
    const HttpRequest landing{"GET", "/", {}, {}}, deeper{"GET", "/login", {}, {}};
    const HttpAnswer answer = answer_front_end(page, Condition::error_503, landing);
    CHECK(answer.status == 503);
    CHECK(answer.headers[0] == std::pair<std::string, std::string>{"Server", "proxygen-bolt"});
    CHECK(answer.headers[1].first == "Proxy-Status");
    CHECK(answer_front_end(page, Condition::error_500, landing).status == 500);
    CHECK(answer_front_end(page, Condition::login_broken, landing).status == 200);
    CHECK(answer_front_end(page, Condition::login_broken, deeper).status == 500);
    CHECK(answer_front_end(page, Condition::well, deeper).status == 200);
}

TEST_CASE("each company's front ends are known by their headers, well or not") {
    const HttpRequest landing{"GET", "/", {}, {}};
    const auto has = [&](const std::string& edge, Condition condition, const std::string& name) {
        const auto headers =
            answer_front_end({.host = "www.shop.example", .edge = edge}, condition, landing).headers;
        return std::any_of(headers.begin(), headers.end(),
                           [&](const auto& one) { return one.first == name; });
    };
    for (const Condition condition : {Condition::well, Condition::error_503, Condition::error_500}) {
        CHECK(has("fastly", condition, "X-Served-By"));
        CHECK(has("cloudflare", condition, "CF-RAY"));
        CHECK_FALSE(has("", condition, "X-Served-By"));
        CHECK(has("", condition, "Server"));
    }
    CHECK_FALSE(has("fastly", Condition::error_503, "Proxy-Status"));
}

TEST_CASE("dates are written as RFC 9110 wants them") {
    CHECK(http_date_text(*sereno::parse_rfc3339("2021-10-04T15:39:07Z")) == "Mon, 04 Oct 2021 15:39:07 GMT");
    CHECK(http_date_text(*sereno::parse_rfc3339("2083-01-01T00:00:00Z")) == "Fri, 01 Jan 2083 00:00:00 GMT");
    Paper wire;
    const auto talk = make_http_conversation([](const HttpRequest&) { return HttpAnswer{}; },
                                             [] { return *sereno::parse_rfc3339("2021-10-04T15:39:07Z"); });
    talk->begin(wire);
    talk->received("GET / HTTP/1.1\r\n\r\n");
    CHECK(wire.said.find("\r\nDate: Mon, 04 Oct 2021 15:39:07 GMT\r\n") != std::string::npos);
}

TEST_CASE("the SMS gateway takes a message as Twilio's Messages resource does") {
    const SmsAccount account{"AC00000000000000000000000000000000", "secret"};
    std::vector<SmsMessage> taken;
    const auto ask = [&](const HttpRequest& request, Condition condition = Condition::well) {
        return answer_sms(account, condition, request, "SM1",
                          [&](SmsMessage m) { taken.push_back(std::move(m)); });
    };
    HttpRequest request{
        "POST", "/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json", {}, {}};
    // "AC0...0:secret"
    request.headers["authorization"] = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpzZWNyZXQ=";
    request.body = "To=%2B34600111222&From=%2B15005550006&Body=Hola+Mar%C3%ADa%21";

    SECTION("accepted") {
        const HttpAnswer answer = ask(request);
        CHECK(answer.status == 201);
        CHECK(answer.body.find("\"sid\":\"SM1\"") != std::string::npos);
        CHECK(answer.body.find("\"status\":\"queued\"") != std::string::npos);
        REQUIRE(taken.size() == 1);
        CHECK(taken[0].to == "+34600111222");
        CHECK(taken[0].from == "+15005550006");
        CHECK(taken[0].body == "Hola María!");
        return;
    }
    SECTION("a wrong login") {
        request.headers["authorization"] = "Basic eDp5";
        CHECK(ask(request).status == 401);
    }
    SECTION("no recipient") {
        request.body = "From=%2B15005550006&Body=x";
        CHECK(ask(request).body.find("21604") != std::string::npos);
    }
    SECTION("no number") {
        request.body = "To=ana&From=%2B15005550006&Body=x";
        CHECK(ask(request).body.find("21211") != std::string::npos);
    }
    SECTION("no text") {
        request.body = "To=%2B34600111222&From=%2B15005550006&Body=";
        CHECK(ask(request).body.find("21602") != std::string::npos);
    }
    SECTION("too long") {
        request.body = "To=%2B34600111222&From=%2B15005550006&Body=" + std::string(1601, 'x');
        CHECK(ask(request).body.find("21617") != std::string::npos);
    }
    SECTION("busy") {
        CHECK(ask(request, Condition::busy).status == 429);
    }
    SECTION("rejecting") {
        CHECK(ask(request, Condition::rejecting).status == 400);
    }
    SECTION("another path") {
        request.target = "/2010-04-01/Accounts/ACother/Messages.json";
        CHECK(ask(request).status == 404);
    }
    SECTION("another method") {
        request.method = "GET";
        CHECK(ask(request).status == 405);
    }
    CHECK(taken.empty());
}

TEST_CASE("mails are read for people whatever they are wrapped in") {
    SECTION("base64 and an encoded subject that was folded") {
        const ReadMail read = read_mail(
            "Subject: =?UTF-8?B?Q2HDrWRh?=\r\n =?UTF-8?Q?_de_Meta?=\r\nContent-Type: text/plain; "
            "charset=utf-8\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\nSG9sYSBNYXLDrWEK\r\n");
        CHECK(read.subject == "Caída de Meta");
        CHECK(read.text == "Hola María");
    }
    SECTION("quoted-printable") {
        CHECK(read_mail("Content-Transfer-Encoding: quoted-printable\r\n\r\nMar=C3=ADa =\r\nsays 1=3D1\r\n")
                  .text == "María says 1=1");
    }
    SECTION("the plain part of several") {
        CHECK(read_mail("Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: "
                        "text/html\r\n\r\n"
                        "<p>no\r\n--b\r\nContent-Type: text/plain\r\n\r\nyes\r\n--b--\r\n")
                  .text == "yes");
    }
    SECTION("nonsense stays as it stands") {
        CHECK(read_mail("").text.empty());
        CHECK(encoded_words_decoded("a =?x") == "a =?x");
        CHECK(encoded_words_decoded("=?UTF-8?Q?") == "=?UTF-8?Q?");
        CHECK(quoted_printable_decoded("100 =% =4") == "100 =% =4");
    }
}
