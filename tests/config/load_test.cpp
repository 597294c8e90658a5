// Whole configurations: the example, the default, and what a key becomes.
#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using test::Lines;

TEST_CASE("the example configuration loads without a complaint and says what it says") {
    const test::Variable password("SERENO_MAIL_PASSWORD", "mail-secret");
    const test::Variable token("SERENO_SMS_TOKEN", "sms-secret");
    const Loaded loaded = load_file("config/example.yaml");
    REQUIRE(test::lines(loaded.complaints) == Lines{});
    const Settings& settings = loaded.settings;
    CHECK(settings.team == "Corner Shop");
    CHECK(settings.language == "en");
    CHECK(settings.watch.platforms.size() == 3);
    CHECK(settings.watch.controls.size() == 6);
    CHECK(settings.watch.resolvers.size() == 3);
    CHECK(settings.system_resolvers.empty());
    CHECK(settings.ca_bundle == "/etc/ssl/certs/ca-certificates.crt");
    CHECK(settings.data_directory == "/var/lib/sereno");
    CHECK(settings.page == Endpoint{"127.0.0.1", 8484});
    CHECK(settings.page_enabled);
    CHECK(settings.alert_give_up == Micros(24h));
    REQUIRE(settings.watch.apps.size() == 3);
    CHECK(settings.watch.apps[0].id.value == "app:booking-bot");
    CHECK(settings.watch.apps[0].needs == std::vector{SubjectId("whatsapp")});
    CHECK(settings.watch.apps[0].restart_command ==
          std::vector<std::string>{"systemctl", "restart", "booking-bot"});
    REQUIRE(settings.channels.size() == 2);
    const auto& mail = std::get<SmtpConfig>(settings.channels[0].service);
    CHECK(mail.host == "smtp.example.org");
    CHECK(mail.port == 587);
    CHECK(mail.security == SmtpConfig::Security::starttls);
    CHECK(mail.password.value == "mail-secret");
    const auto& sms = std::get<RecipeConfig>(settings.channels[1].service);
    CHECK(sms.recipe.id == "twilio");
    CHECK(sms.secrets.at("token").value == "sms-secret");
    CHECK(sms.settings.at("from") == "+15005550006");
    CHECK(sms.base_url == "https://api.twilio.com");
    CHECK(settings.recipients == std::vector<Recipient>{{"Ana", "es", "mail", "ana@example.org"},
                                                        {"Ana", "es", "sms", "+34600111222"},
                                                        {"Tom", "en", "mail", "tom@example.org"}});
}

TEST_CASE("the example says what is missing to somebody who only copied it") {
    CHECK(test::lines(load_file("config/example.yaml").complaints).size() == 2);
}

TEST_CASE("the values that the example calls usual are the defaults") {
    const test::Variable password("SERENO_MAIL_PASSWORD", "x");
    const test::Variable token("SERENO_SMS_TOKEN", "x");
    const Settings example = load_file("config/example.yaml").settings;
    const Settings usual = default_settings();
    CHECK(example.watch.thresholds.failures == usual.watch.thresholds.failures);
    CHECK(example.watch.thresholds.declare_after == usual.watch.thresholds.declare_after);
    CHECK(example.watch.thresholds.declare_confirmed_after == usual.watch.thresholds.declare_confirmed_after);
    CHECK(example.witnesses.ris_live_url == usual.witnesses.ris_live_url);
    CHECK(example.witnesses.ripestat_url == usual.witnesses.ripestat_url);
    CHECK(example.witnesses.globalping_url == usual.witnesses.globalping_url);
    CHECK(example.witnesses.status_pages == usual.witnesses.status_pages);
    CHECK(example.watch.thresholds.local_after == usual.watch.thresholds.local_after);
    CHECK(example.watch.thresholds.recover_after == usual.watch.thresholds.recover_after);
    CHECK(example.watch.thresholds.retry_first == usual.watch.thresholds.retry_first);
    CHECK(example.watch.thresholds.retry_most == usual.watch.thresholds.retry_most);
    CHECK(example.alert_retry_first == usual.alert_retry_first);
    CHECK(example.alert_retry_most == usual.alert_retry_most);
    CHECK(example.alert_give_up == usual.alert_give_up);
    CHECK(example.page == usual.page);
    REQUIRE(example.watch.controls.size() == usual.watch.controls.size());
    for (std::size_t i = 0; i < usual.watch.controls.size(); ++i) {
        const Control& a = example.watch.controls[i];
        const Control& b = usual.watch.controls[i];
        CHECK(a.id == b.id);
        CHECK(a.operator_id == b.operator_id);
        CHECK(a.hosting == b.hosting);
        REQUIRE(a.fetch.has_value() == b.fetch.has_value());
        if (a.connect) CHECK(a.connect->endpoint == b.connect->endpoint);
        if (!a.fetch) continue;
        CHECK(a.fetch->url == b.fetch->url);
        CHECK(a.fetch->expected_status == b.fetch->expected_status);
        CHECK(a.fetch->contains == b.fetch->contains);
        CHECK(a.fetch->empty_body == b.fetch->empty_body);
    }
    for (std::size_t i = 0; i < usual.watch.resolvers.size(); ++i) {
        CHECK(example.watch.resolvers.at(i).server == usual.watch.resolvers[i].server);
        CHECK(example.watch.resolvers.at(i).operator_id == usual.watch.resolvers[i].operator_id);
    }
    REQUIRE(example.watch.platforms.size() == usual.watch.platforms.size());
    CHECK(example.as_origin_zone == usual.as_origin_zone);
    for (std::size_t i = 0; i < usual.watch.probes.size(); ++i) {
        CHECK(example.watch.probes.at(i).id == usual.watch.probes[i].id);
        CHECK(example.watch.probes.at(i).interval == usual.watch.probes[i].interval);
        CHECK(example.watch.probes.at(i).timeout == usual.watch.probes[i].timeout);
    }
}

TEST_CASE("an empty configuration is the default and complains of nothing") {
    CHECK(test::said("").empty());
    CHECK(test::said("# nothing yet\n").empty());
    CHECK(test::said("---\n").empty());
    const Settings settings = default_settings();
    CHECK(settings.team == "our team");
    CHECK(settings.recipients.empty());
    CHECK(settings.channels.empty());
    CHECK(settings.watch.thresholds.declare_permille == 900);
}

TEST_CASE("servers and ports of one's own replace the default ones") {
    const Loaded loaded = load_text(
        "resolvers:\n  system: [192.168.1.1, \"[::1]:5353\"]\n  public: [{name: lab, address: "
        "\"127.0.0.9:5399\"}]\n"
        "page: {listen: \"127.0.0.1:0\"}\n",
        "s");
    REQUIRE(test::lines(loaded.complaints).empty());
    CHECK(loaded.settings.system_resolvers == std::vector<Endpoint>{{"192.168.1.1", 53}, {"::1", 5353}});
    REQUIRE(loaded.settings.watch.resolvers.size() == 2);
    CHECK(loaded.settings.watch.resolvers[0].server == DnsServer{"system", {}, {}});
    CHECK(loaded.settings.watch.resolvers[1].server == DnsServer{"lab", {"127.0.0.9", 5399}, {}});
    CHECK(loaded.settings.page == Endpoint{"127.0.0.1", 0});
}

TEST_CASE("a resolver's page for DNS over HTTPS is encrypted") {
    const Settings usual = default_settings();
    CHECK(usual.watch.resolvers.at(1).server.https_url == "https://cloudflare-dns.com/dns-query");
    CHECK(usual.watch.resolvers.at(2).server.https_url == "https://dns.quad9.net/dns-query");
    CHECK(
        test::said("resolvers: {public: [{name: a, address: 192.0.2.1, https: \"http://a.example/\"}]}\n") ==
        Lines{"s:1:59: https 'http://a.example/' is not encrypted; write it as "
              "'https://dns.example.org/dns-query' (RFC 8484)"});
}

TEST_CASE("private answers are suspect unless a lab says that they are real") {
    CHECK_FALSE(default_settings().private_answers);
    CHECK(load_text("resolvers: {private_answers: accept}\n", "s").settings.private_answers);
    CHECK(test::said("resolvers: {private_answers: yes}\n").size() == 1);
}

TEST_CASE("a mail server without a port has that of its security") {
    const auto port = [](const std::string& security) {
        const Loaded loaded =
            load_text("channels: {m: {kind: smtp, server: \"[::1]\", security: " + security +
                          ", from: a@example.org}}\n",
                      "s");
        REQUIRE(loaded.ok());
        return std::get<SmtpConfig>(loaded.settings.channels.at(0).service).port;
    };
    CHECK(port("starttls") == 587);
    CHECK(port("tls") == 465);
    CHECK(port("none") == 25);
}

TEST_CASE("the page can be switched off") {
    const Loaded loaded = load_text("page: off\n", "s");
    REQUIRE(loaded.complaints.empty());
    CHECK_FALSE(loaded.settings.page_enabled);
}

TEST_CASE("when only one end of the retries is given, the other's default gives way") {
    const Loaded loaded = load_text("decision: {retry_most: 200ms}\nalerts: {retry_first: 10min}\n", "s");
    REQUIRE(loaded.complaints.empty());
    CHECK(loaded.settings.watch.thresholds.retry_first == Micros(200ms));
    CHECK(loaded.settings.watch.thresholds.retry_most == Micros(200ms));
    CHECK(loaded.settings.alert_retry_most == Micros(10min));
}

TEST_CASE("paths start at the folder of the file that names them") {
    CHECK(load_text("data: state\n", "/etc/sereno/sereno.yaml").settings.data_directory ==
          "/etc/sereno/state");
    CHECK(load_text("data: state\n", "sereno.yaml").settings.data_directory == "state");
}

TEST_CASE("what is said of witnesses is what is asked") {
    const test::Variable token("SERENO_GLOBALPING_TOKEN", "gp-secret");
    const Loaded loaded = load_text(
        "witnesses:\n"
        "  ris_live: {url: \"wss://RIS.example:8443\"}\n"
        "  ripestat: {url: \"https://stat.example/mirror\"}\n"
        "  globalping: {token: {env: SERENO_GLOBALPING_TOKEN}}\n"
        "  contact: ops@example.org\n",
        "s");
    REQUIRE(test::lines(loaded.complaints) == Lines{});
    const WitnessSettings& asked = loaded.settings.witnesses;
    CHECK(asked.ris_live_url == "wss://ris.example:8443/");
    CHECK(asked.ripestat_url == "https://stat.example/mirror/");
    CHECK(asked.globalping_url == "https://api.globalping.io/");
    CHECK(asked.globalping_token == "gp-secret");
    CHECK(asked.status_pages);
    CHECK(asked.contact == "ops@example.org");

    const WitnessSettings nobody = load_text("witnesses: none\n", "s").settings.witnesses;
    CHECK(nobody.ris_live_url.empty());
    CHECK(nobody.ripestat_url.empty());
    CHECK(nobody.globalping_url.empty());
    CHECK_FALSE(nobody.status_pages);
}

TEST_CASE("who decides sooner than usual does so with a witness too") {
    const auto confirmed = [](const std::string& text) {
        return load_text(text, "s").settings.watch.thresholds.declare_confirmed_after;
    };
    CHECK(confirmed("decision: {declare_after: 2s}\n") == Micros(2s));
    CHECK(confirmed("decision: {declare_after: 5min}\n") == Micros(10s));
    CHECK(confirmed("decision: {declare_confirmed_after: 30s}\n") == Micros(30s));
}
