#include "agent/rehearsal/world/dns_wire.hpp"

#include <random>

#include "agent/rehearsal/world/authority.hpp"
#include "catch.hpp"

using namespace sereno::rehearsal;

namespace {

DnsMessage question(const std::string& name, std::uint16_t type = dns_type_a) {
    return {.id = 0x1234, .recursion_desired = true, .question = DnsQuestion{name, type}};
}

std::vector<Zone> zones() {
    return {{"shop.example", {{"www.shop.example", {"www.shop.example", 60, {127, 1, 2, 3}}}}}};
}

DnsMessage asked(const std::string& name, std::uint16_t type = dns_type_a,
                 Condition condition = Condition::well) {
    const auto reply = decode_dns(answer_from(zones(), condition, encode_dns(question(name, type))));
    REQUIRE(reply);
    return *reply;
}

}  // namespace

TEST_CASE("a message survives the way to bytes and back") {
    DnsMessage message = question("www.shop.example");
    message.response = message.authoritative = message.recursion_available = true;
    message.rcode = Rcode::noerror;
    message.answers = {{"www.shop.example", 60, {127, 1, 2, 3}},
                       {"other.shop.example", 172800, {127, 255, 0, 1}}};
    const auto read = decode_dns(encode_dns(message));
    REQUIRE(read);
    CHECK(*read == message);
}

TEST_CASE("bytes that break off anywhere are refused and never read beyond") {
    DnsMessage message = question("www.shop.example");
    message.answers = {{"other.shop.example", 60, {127, 1, 2, 3}}};
    const std::string bytes = encode_dns(message);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        INFO(length);
        CHECK_FALSE(decode_dns(std::string(bytes, 0, length)));
    }
}

TEST_CASE("hostile names are refused") {
    const std::string header("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
    const std::string tail("\x00\x01\x00\x01", 4);
    SECTION("a pointer to itself") {
        CHECK_FALSE(decode_dns(header + std::string("\xC0\x0C", 2) + tail));
    }
    SECTION("a pointer forward") {
        CHECK_FALSE(decode_dns(header + std::string("\xC0\x20", 2) + tail));
    }
    SECTION("two pointers in a circle") {
        CHECK_FALSE(decode_dns(header +
                               std::string("\x01"
                                           "a\xC0\x0C",
                                           4) +
                               tail));
    }
    SECTION("a label of 64 bytes") {
        CHECK_FALSE(decode_dns(header + "\x40" + std::string(64, 'a') + '\0' + tail));
    }
    SECTION("more than 255 bytes") {
        std::string name;
        for (int i = 0; i < 5; ++i)
            name += "\x3F" + std::string(63, 'a');
        CHECK_FALSE(decode_dns(header + name + '\0' + tail));
    }
    SECTION("a control character") {
        CHECK_FALSE(decode_dns(header + std::string("\x02\x1B[\x00", 4) + tail));
    }
}

TEST_CASE("random bytes and random damage do not crash the parser") {
    std::mt19937 random(7);
    DnsMessage message = question("www.shop.example");
    message.answers = {{"www.shop.example", 60, {127, 1, 2, 3}}};
    const std::string good = encode_dns(message);
    for (int round = 0; round < 20000; ++round) {
        std::string bytes = good;
        for (int i = 0; i < 4; ++i)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        (void)decode_dns(bytes);
        (void)answer_from(zones(), Condition::well, bytes);
    }
}

TEST_CASE("an authoritative server answers for its zone with the AA bit") {
    const DnsMessage reply = asked("www.shop.example");
    CHECK(reply.response);
    CHECK(reply.authoritative);
    CHECK_FALSE(reply.recursion_available);
    CHECK(reply.id == 0x1234);
    REQUIRE(reply.answers.size() == 1);
    CHECK(reply.answers[0].ttl_seconds == 60);
    CHECK(reply.answers[0].address == Ipv4{127, 1, 2, 3});
}

TEST_CASE("names are matched without regard to case and echoed as asked") {
    const DnsMessage reply = asked("WWW.Shop.EXAMPLE");
    REQUIRE(reply.question);
    CHECK(reply.question->name == "WWW.Shop.EXAMPLE");
    CHECK(reply.answers.size() == 1);
}

TEST_CASE("an authoritative server tells the kinds of no apart") {
    CHECK(asked("www.shop.example", dns_type_aaaa).rcode == Rcode::noerror);
    CHECK(asked("www.shop.example", dns_type_aaaa).answers.empty());
    CHECK(asked("none.shop.example").rcode == Rcode::nxdomain);
    CHECK(asked("www.elsewhere.example").rcode == Rcode::refused);
    CHECK_FALSE(asked("www.elsewhere.example").authoritative);
    CHECK(asked("evilshop.example").rcode == Rcode::refused);
    CHECK(asked("www.shop.example", dns_type_a, Condition::servfail).rcode == Rcode::servfail);
    CHECK(asked("www.shop.example", dns_type_a, Condition::refused).rcode == Rcode::refused);
    CHECK(answer_from(zones(), Condition::silent, encode_dns(question("www.shop.example"))).empty());
}

TEST_CASE("a response is never answered, so that two servers cannot talk forever") {
    DnsMessage response = question("www.shop.example");
    response.response = true;
    CHECK(answer_from(zones(), Condition::well, encode_dns(response)).empty());
    CHECK(answer_from(zones(), Condition::servfail, encode_dns(response)).empty());
    CHECK(refuse_dns(encode_dns(response), Rcode::formerr).empty());
}
