// The channel of old, `kind: twilio`, on the engine that runs every recipe.
#include <algorithm>

#include "alerting/recipes.hpp"
#include "config/recipes.hpp"
#include "tests/alerting/channels/bench.hpp"

#include "catch.hpp"
#include "certificates.hpp"
#include "sms_service.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

const std::string ana = "+34600111222";

const Recipe& twilio() {
    const auto& all = builtin_recipes();
    return *std::find_if(all.begin(), all.end(), [](const Recipe& one) { return one.id == "twilio"; });
}

struct SmsBench : ChannelBench {
    RecipeChannelSettings settings;
    explicit SmsBench(const std::string& base_url) {
        settings.id = "sms";
        settings.service.recipe = twilio();
        settings.service.base_url = base_url;
        settings.service.settings = {{"account", SmsService::account}, {"from", "+15005550006"}};
        settings.service.secrets = {{"token", SmsService::token}};
        settings.timeout = Micros{5'000'000};
    }
    std::unique_ptr<Channel> channel() {
        return make_recipe_channel(loop, dns, transfers, resolvers, settings);
    }
    DeliveryAttempt send(const OutboxMessage& message) { return deliver(*channel(), message); }
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string error_json(int status, int code, const std::string& message) {
    return R"({"code":)" + std::to_string(code) + R"(,"message":")" + message +
           R"(","more_info":"https://www.twilio.com/docs/errors/)" + std::to_string(code) + R"(","status":)" +
           std::to_string(status) + "}";
}

}  // namespace

TEST_CASE("an SMS arrives as it was written and is accepted with its sid") {
    SmsService service;
    SmsBench bench{service.base_url()};
    const auto message = alert("sms", ana);
    const auto attempt = bench.send(message);
    INFO(attempt.word);
    REQUIRE(attempt.acceptance == Acceptance::accepted);
    CHECK(attempt.word == "201 SM00000000000000000000000000000001");
    const auto taken = service.taken();
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].form ==
          std::map<std::string, std::string>{{"To", ana}, {"From", "+15005550006"}, {"Body", message.body}});
    CHECK(taken[0].headers.at("content-type") == "application/x-www-form-urlencoded");
}

TEST_CASE("a messaging service sends instead of a number") {
    SmsService service;
    SmsBench bench{service.base_url()};
    const std::string sender = "MG00000000000000000000000000000009";
    bench.settings.service.settings["from"] = sender;
    CHECK(bench.send(alert("sms", ana)).acceptance == Acceptance::accepted);
    REQUIRE(service.taken().size() == 1);
    CHECK(service.taken()[0].form.at("MessagingServiceSid") == sender);
    CHECK(service.taken()[0].form.count("From") == 0);
}

TEST_CASE("a text longer than the service takes is cut between two characters") {
    SmsService service;
    SmsBench bench{service.base_url()};
    OutboxMessage message = alert("sms", ana);
    message.body.clear();
    for (int i = 0; i < 1'600; ++i)
        message.body += "é";
    CHECK(bench.send(message).acceptance == Acceptance::accepted);
    CHECK(service.taken()[0].form.at("Body") == message.body);
    message.body += "ñ";
    CHECK(bench.send(message).acceptance == Acceptance::accepted);
    const std::string cut = service.taken()[1].form.at("Body");
    CHECK(cut == message.body.substr(0, 2 * 1'599) + "…");
}

TEST_CASE("a refusal that will not change is permanent, with the service's code and words") {
    SmsService service;
    SmsBench bench{service.base_url()};
    SECTION("wrong token") {
        bench.settings.service.secrets["token"] = "wrong-token";
        const auto attempt = bench.send(alert("sms", ana));
        CHECK(attempt.acceptance == Acceptance::permanent);
        CHECK(attempt.word == "401 20003 Authenticate");
    }
    SECTION("wrong account") {
        bench.settings.service.settings["account"] = "AC2/../x";
        const auto attempt = bench.send(alert("sms", ana));
        CHECK(attempt.acceptance == Acceptance::permanent);
        CHECK(service.taken().empty());
    }
    SECTION("no such number") {
        const auto attempt = bench.send(alert("sms", "+15005550001"));
        CHECK(attempt.acceptance == Acceptance::permanent);
        CHECK(attempt.word == "400 21211 The 'To' number +15005550001 is not a valid phone number.");
    }
    SECTION("forbidden region") {
        service.answer_with(
            http_answer("403 FORBIDDEN", error_json(403, 21408, "Permission to send not enabled")));
        CHECK(bench.send(alert("sms", ana)).acceptance == Acceptance::permanent);
    }
}

TEST_CASE("trouble that passes is temporary, and the wait that is asked for is told") {
    SmsService service;
    SmsBench bench{service.base_url()};
    SECTION("too many requests") {
        service.answer_with(http_answer("429 TOO MANY REQUESTS", error_json(429, 20429, "Too many requests"),
                                        "application/json", "Retry-After: 17\r\n"));
        const auto attempt = bench.send(alert("sms", ana));
        CHECK(attempt.acceptance == Acceptance::temporary);
        CHECK(attempt.retry_after == Micros{17'000'000});
        CHECK(attempt.word == "429 20429 Too many requests");
    }
    SECTION("too many requests, said with 400") {
        service.answer_with(http_answer("400 BAD REQUEST", error_json(400, 20429, "Too many requests")));
        CHECK(bench.send(alert("sms", ana)).acceptance == Acceptance::temporary);
    }
    SECTION("an absurd or unreadable wait") {
        const std::string wait = GENERATE("99999999999", "soon", "-5", "9999999999999999999999");
        service.answer_with(http_answer("503 SERVICE UNAVAILABLE", "{}", "application/json",
                                        "Retry-After: " + wait + "\r\n"));
        const auto attempt = bench.send(alert("sms", ana));
        CHECK(attempt.acceptance == Acceptance::temporary);
        CHECK(attempt.retry_after >= Micros{0});
        CHECK(attempt.retry_after <= Micros{86'400'000'000});
    }
    SECTION("an error of the service's own") {
        service.answer_with(
            http_answer("500 INTERNAL SERVER ERROR", error_json(500, 20500, "Internal error")));
        const auto attempt = bench.send(alert("sms", ana));
        CHECK(attempt.acceptance == Acceptance::temporary);
        CHECK(holds(attempt.word, "500 20500"));
    }
    SECTION("a page instead of JSON, whatever its status") {
        const std::string status = GENERATE("200 OK", "404 NOT FOUND", "403 FORBIDDEN", "502 BAD GATEWAY");
        service.answer_with(
            http_answer(status, "<html><b>Please log in to the Wi-Fi</b></html>", "text/html"));
        const auto attempt = bench.send(alert("sms", ana));
        CHECK(attempt.acceptance == Acceptance::temporary);
        CHECK(attempt.word == "answered " + status.substr(0, 3) + " without readable JSON");
    }
    SECTION("JSON that ends too early") {
        service.answer_with(
            http_answer("201 CREATED", R"({"sid": "SM00000000000000000000000000000001", "sta)"));
        CHECK(bench.send(alert("sms", ana)).acceptance == Acceptance::temporary);
    }
    SECTION("an answer that ends too early") {
        const std::string whole = http_answer("201 CREATED", R"({"sid": "SM1", "status": "queued"})");
        service.answer_with(whole.substr(0, whole.size() - 5));
        CHECK(bench.send(alert("sms", ana)).acceptance == Acceptance::temporary);
    }
    SECTION("200, or 201 without a sid") {
        service.answer_with(http_answer("200 OK", R"({"status": "queued"})"));
        CHECK(bench.send(alert("sms", ana)).word == "answered what is not understood: 200");
        service.answer_with(http_answer("201 CREATED", R"({"sid": null})"));
        CHECK(bench.send(alert("sms", ana)).acceptance == Acceptance::temporary);
        service.answer_with(http_answer("200 OK", R"({"sid": "SM1"})"));
        CHECK(bench.send(alert("sms", ana)).acceptance == Acceptance::temporary);
    }
    SECTION("taken and failed in one breath") {
        service.answer_with(
            http_answer("201 CREATED", R"({"sid": "SM1", "status": "failed", "error_code": 30008})"));
        const auto attempt = bench.send(alert("sms", ana));
        CHECK(attempt.acceptance == Acceptance::temporary);
        CHECK(attempt.word == "taken, but failed: 201 SM1 30008");
    }
    SECTION("it hangs up") {
        service.answer_with("");
        const auto attempt = bench.send(alert("sms", ana));
        CHECK(attempt.acceptance == Acceptance::temporary);
        CHECK(holds(attempt.word, "answer reset"));
    }
    SECTION("more than anybody wants to read") {
        service.answer_with(http_answer("201 CREATED", std::string(1'000'000, ' ') + R"({"sid": "SM1"})"));
        CHECK(bench.send(alert("sms", ana)).acceptance == Acceptance::temporary);
    }
    SECTION("a redirect is not followed") {
        service.answer_with(
            http_answer("302 FOUND", "{}", "application/json", "Location: http://127.0.0.1:1/\r\n"));
        CHECK(bench.send(alert("sms", ana)).acceptance == Acceptance::temporary);
    }
}

TEST_CASE("nobody listens") {
    const Endpoint nobody = free_endpoint();
    SmsBench bench{"http://" + to_string(nobody)};
    const auto attempt = bench.send(alert("sms", ana));
    CHECK(attempt.acceptance == Acceptance::temporary);
    CHECK(holds(attempt.word, "connect refused at " + to_string(nobody)));
}

TEST_CASE("a secret that the service repeats is not repeated by us") {
    SmsService service;
    SmsBench bench{service.base_url()};
    service.answer_with(http_answer("401 UNAUTHORIZED",
                                    error_json(401, 20003, std::string{"bad token "} + SmsService::token)));
    const auto attempt = bench.send(alert("sms", ana));
    CHECK(attempt.word == "401 20003 bad token ***");
}

TEST_CASE("over TLS the certificate is checked, and DNS may break after the first message") {
    Authority authority;
    SmsService service;
    const Endpoint front = free_endpoint();
    const Certificate certificate = authority.issue("api.sms.example");
    const Nginx nginx{{{front, certificate.certificate, certificate.key,
                        "location / { proxy_pass " + service.base_url() + "; }"}}};
    auto dns =
        std::make_unique<Nsd>("sms.example", "api A " + front.address + "\nother A " + front.address + "\n");
    SmsBench bench{"https://api.sms.example:" + std::to_string(front.port)};
    bench.resolvers = {{"nsd", dns->endpoint()}};
    bench.settings.ca_bundle = authority.bundle();
    const auto channel = bench.channel();
    const auto first = bench.deliver(*channel, alert("sms", ana));
    INFO(first.word);
    REQUIRE(first.acceptance == Acceptance::accepted);

    SmsBench other{"https://other.sms.example:" + std::to_string(front.port)};
    other.resolvers = bench.resolvers;
    other.settings.ca_bundle = authority.bundle();
    const auto wrong_name = other.send(alert("sms", ana));
    CHECK(wrong_name.acceptance == Acceptance::temporary);
    CHECK(holds(wrong_name.word, "certificate name"));

    dns.reset();
    CHECK(bench.deliver(*channel, alert("sms", ana)).acceptance == Acceptance::accepted);
    CHECK(service.taken().size() == 2);
}
