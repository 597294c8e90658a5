#include "alerting/channels/smtp.hpp"

#include "bench.hpp"
#include "catch.hpp"
#include "exim.hpp"
#include "socket_server.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

SmtpSettings settings_for(const Endpoint& server, MailSecurity security = MailSecurity::none) {
    SmtpSettings settings;
    settings.id = "mail";
    settings.host = server.address;
    settings.port = server.port;
    settings.security = security;
    settings.from = "sereno@shop.example";
    settings.timeout = Micros{10'000'000};
    return settings;
}

struct MailBench : ChannelBench {
    using ChannelBench::ChannelBench;
    DeliveryAttempt send(const SmtpSettings& settings, const OutboxMessage& message) {
        const auto channel = make_smtp_channel(loop, dns, transfers, resolvers, settings);
        return deliver(*channel, message);
    }
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a mail arrives as it was written, each letter of it") {
    const Exim exim;
    MailBench bench;
    const auto message = alert("mail", "ana@shop.example");
    const auto attempt = bench.send(settings_for(exim.endpoint()), message);
    INFO(attempt.word << "\n" << exim.log());
    REQUIRE(attempt.acceptance == Acceptance::accepted);
    CHECK(holds(attempt.word, "250 OK id="));
    const std::string text =
        decoded(exim.mails(1).at(0), "From To Subject Date Message-ID Auto-Submitted Content-Language");
    std::string body = message.body;
    for (auto at = body.find('\r'); at != std::string::npos; at = body.find('\r'))
        body.erase(at, 1);
    CHECK(text ==
          "From: sereno <sereno@shop.example>\n"
          "To: Ána Muñoz <ana@shop.example>\n"
          "Subject: " +
              message.subject +
              "\n"
              "Date: Mon, 04 Oct 2021 15:44:07 +0000\n"
              "Message-ID: <sereno.7.41.1633362247000000@shop.example>\n"
              "Auto-Submitted: auto-generated\n"
              "Content-Language: es\n" +
              body);
}

TEST_CASE("a mail server's refusals are told apart") {
    const Exim exim;
    MailBench bench;
    const auto settings = settings_for(exim.endpoint());
    const auto later = bench.send(settings, alert("mail", "later@shop.example"));
    CHECK(later.acceptance == Acceptance::temporary);
    CHECK(holds(later.word, "450 mailbox busy, try again"));
    const auto nobody = bench.send(settings, alert("mail", "nobody@shop.example"));
    CHECK(nobody.acceptance == Acceptance::permanent);
    CHECK(holds(nobody.word, "550 no such user here"));
    const auto heavy = bench.send(settings, alert("mail", "heavy@shop.example"));
    CHECK(heavy.acceptance == Acceptance::permanent);
    CHECK(holds(heavy.word, "554 not wanted here"));
}

TEST_CASE("login over STARTTLS and over TLS from the start, with a certificate that is checked") {
    Authority authority;
    const Exim::Options offer{authority.issue("localhost"), false, true};
    MailBench bench;
    SECTION("STARTTLS") {
        const Exim exim{offer};
        auto settings = settings_for(exim.endpoint(), MailSecurity::starttls);
        // The name in the certificate; its address is this loopback address only in our own DNS.
        const Nsd dns{"shop.example", "mail A " + exim.endpoint().address + "\n"};
        bench.resolvers = {{"nsd", dns.endpoint()}};
        settings.ca_bundle = authority.bundle();
        settings.user = "watchman";
        settings.password = "s3cret";

        settings.host = "mail.shop.example";
        const auto other_name = bench.send(settings, alert("mail", "ana@shop.example"));
        CHECK(other_name.acceptance == Acceptance::temporary);
        CHECK(holds(other_name.word, "certificate name"));
    }
    SECTION("the right name") {
        const Certificate certificate = authority.issue("mail.shop.example");
        const bool at_once = GENERATE(false, true);
        const Exim exim{{certificate, at_once, true}};
        const Nsd dns{"shop.example", "mail A " + exim.endpoint().address + "\n"};
        bench.resolvers = {{"nsd", dns.endpoint()}};
        auto settings = settings_for(exim.endpoint(), at_once ? MailSecurity::tls : MailSecurity::starttls);
        settings.host = "mail.shop.example";
        settings.ca_bundle = authority.bundle();
        settings.user = "watchman";
        settings.password = "s3cret";
        const auto taken = bench.send(settings, alert("mail", "ana@shop.example"));
        INFO(taken.word << "\n" << exim.log());
        CHECK(taken.acceptance == Acceptance::accepted);
        CHECK(exim.mails(1).size() == 1);
        CHECK(holds(exim.log(), "A=plain:watchman"));

        settings.password = "wr0ng-secret";
        const auto refused = bench.send(settings, alert("mail", "ana@shop.example"));
        CHECK(refused.acceptance == Acceptance::permanent);
        CHECK(holds(refused.word, "login refused: 535"));
        CHECK(!holds(refused.word, "wr0ng-secret"));

        settings.user.clear();
        settings.password.clear();
        const auto without = bench.send(settings, alert("mail", "ana@shop.example"));
        CHECK(without.acceptance == Acceptance::permanent);
        CHECK(holds(without.word, "550 log in first"));

        settings.ca_bundle.clear();  // Debian's bundle does not know the test's authority
        const auto unknown = bench.send(settings, alert("mail", "ana@shop.example"));
        CHECK(unknown.acceptance == Acceptance::temporary);
        CHECK(holds(unknown.word, "certificate untrusted"));
    }
}

TEST_CASE("where STARTTLS is wanted and not on offer, nothing is sent in the clear") {
    const Exim exim;
    MailBench bench;
    auto settings = settings_for(exim.endpoint(), MailSecurity::starttls);
    settings.user = "watchman";
    settings.password = "s3cret";
    const auto attempt = bench.send(settings, alert("mail", "ana@shop.example"));
    CHECK(attempt.acceptance == Acceptance::temporary);
    CHECK(!holds(exim.log(), "<="));
}

TEST_CASE("a server that is gone, silent or hangs up is tried again later") {
    MailBench bench;
    SECTION("nobody listens") {
        const auto attempt = bench.send(settings_for(free_endpoint()), alert("mail", "ana@shop.example"));
        CHECK(attempt.acceptance == Acceptance::temporary);
        CHECK(holds(attempt.word, "connect refused"));
    }
    SECTION("it hangs up after the message") {
        std::string got;
        {
            SocketServer server{[&](Conversation& talk) {
                talk.write("220 here\r\n");
                talk.read_until("\r\n");
                talk.write("250 hello\r\n");
                for (const char* reply : {"250 ok\r\n", "250 ok\r\n", "354 go on\r\n"}) {
                    talk.read_until("\r\n");
                    talk.write(reply);
                }
                got = talk.read_until("\r\n.\r\n");
            }};
            const auto attempt =
                bench.send(settings_for({"127.0.0.1", server.port()}), alert("mail", "ana@shop.example"));
            CHECK(attempt.acceptance == Acceptance::temporary);
            CHECK(holds(attempt.word, "answer reset"));
        }
        CHECK(holds(got, "Subject: "));
    }
    SECTION("it says it is closing, with 421") {
        SocketServer server{[](Conversation& talk) {
            talk.write("421 too busy\r\n");
            talk.read_until("\r\n");
        }};
        const auto attempt =
            bench.send(settings_for({"127.0.0.1", server.port()}), alert("mail", "ana@shop.example"));
        CHECK(attempt.acceptance == Acceptance::temporary);
        CHECK(holds(attempt.word, "421 too busy"));
    }
    SECTION("it never says a word") {
        SocketServer server{[](Conversation& talk) { talk.read_until("never"); }};
        auto settings = settings_for({"127.0.0.1", server.port()});
        settings.timeout = Micros{400'000};
        const Stamp begin = bench.loop.now();
        const auto attempt = bench.send(settings, alert("mail", "ana@shop.example"));
        CHECK(attempt.acceptance == Acceptance::temporary);
        CHECK(holds(attempt.word, "timeout"));
        CHECK(bench.loop.now() - begin < Micros{3'000'000});
    }
}

TEST_CASE("while DNS is broken mail goes to the address that answered last") {
    const Exim exim;
    MailBench bench;
    auto settings = settings_for(exim.endpoint());
    settings.host = "mail.shop.example";
    settings.timeout = Micros{3'000'000};
    auto dns = std::make_unique<Nsd>("shop.example", "mail A " + exim.endpoint().address + "\n");
    const auto channel =
        make_smtp_channel(bench.loop, bench.dns, bench.transfers, {{"nsd", dns->endpoint()}}, settings);
    REQUIRE(bench.deliver(*channel, alert("mail", "ana@shop.example")).acceptance == Acceptance::accepted);
    dns.reset();
    CHECK(bench.deliver(*channel, alert("mail", "ana@shop.example")).acceptance == Acceptance::accepted);
    CHECK(exim.mails(2).size() == 2);

    const auto fresh =
        make_smtp_channel(bench.loop, bench.dns, bench.transfers, {{"gone", free_endpoint()}}, settings);
    const auto attempt = bench.deliver(*fresh, alert("mail", "ana@shop.example"));
    CHECK(attempt.acceptance == Acceptance::temporary);
    CHECK(holds(attempt.word, "the server's name does not resolve"));
}

TEST_CASE("a name with several addresses is tried at each until one answers") {
    const Exim exim;
    Endpoint dead = free_endpoint();
    const Nsd dns{"shop.example", "mail A " + dead.address + "\nmail A " + exim.endpoint().address + "\n"};
    MailBench bench{{{"nsd", dns.endpoint()}}};
    auto settings = settings_for(exim.endpoint());
    settings.host = "mail.shop.example";
    for (int i = 1; i <= 4; ++i)  // the order of the answer turns
        CHECK(bench.send(settings, alert("mail", "ana@shop.example")).acceptance == Acceptance::accepted);
    CHECK(exim.mails(4).size() == 4);
}

TEST_CASE("what is no address is refused without a connection") {
    SocketServer server{[](Conversation&) {}};
    MailBench bench;
    const auto attempt =
        bench.send(settings_for({"127.0.0.1", server.port()}), alert("mail", "ana@x>\r\nRCPT TO:<b@y"));
    CHECK(attempt.acceptance == Acceptance::permanent);
    CHECK(holds(attempt.word, "is no mail address"));
    CHECK(server.connections() == 0);
}

TEST_CASE("destroying what send() returned ends it without a word") {
    SocketServer server{[](Conversation& talk) { talk.read_until("never"); }};
    MailBench bench;
    const auto channel = make_smtp_channel(bench.loop, bench.dns, bench.transfers, {},
                                           settings_for({"127.0.0.1", server.port()}));
    bool called = false;
    auto sending = channel->send(alert("mail", "ana@shop.example"), [&](auto&&) { called = true; });
    bench.settle = bench.loop.after(Micros{100'000}, [&] {
        sending.reset();
        bench.settle = bench.loop.after(Micros{100'000}, [&] { bench.loop.stop(); });
    });
    bench.loop.run();
    CHECK(!called);
    CHECK(server.connections() == 1);
}
