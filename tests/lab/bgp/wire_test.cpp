// BGP messages, byte by byte: what is well formed is read, what is not is refused with the right code.
#include "wire.hpp"

#include <random>

#include "catch.hpp"
#include "ris_text.hpp"

namespace sereno::lab::bgp {

namespace {

using namespace std::string_literals;

/// "4001 01 00" as bytes.
std::string hex(const std::string& digits) {
    std::string bytes, pair;
    for (const char digit : digits) {
        if (digit == ' ') continue;
        pair += digit;
        if (pair.size() < 2) continue;
        bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
        pair.clear();
    }
    return bytes;
}

std::string two_bytes(std::size_t length) {
    return {static_cast<char>(length >> 8U), static_cast<char>(length & 0xffU)};
}

std::string update_of(const std::string& withdrawn, const std::string& attributes,
                      const std::string& prefixes) {
    return write_message(Type::update, two_bytes(hex(withdrawn).size()) + hex(withdrawn) +
                                           two_bytes(hex(attributes).size()) + hex(attributes) +
                                           hex(prefixes));
}

const std::string origin_igp = "40 01 01 00 ";
const std::string path_of_two = "40 02 0a 02 02 0000fbff 0000fc00 ";  // 64511 64512
const std::string next_hop = "40 03 04 c0000201 ";                    // 192.0.2.1

/// "3/11": code and subcode of the NOTIFICATION that `message` deserves; "well" when it deserves none.
std::string verdict(const std::string& message) {
    try {
        read_update(message);
        return "well";
    } catch (const Malformed& fault) {
        return std::to_string(fault.code) + "/" + std::to_string(fault.subcode);
    }
}

const Peer plain{"192.0.2.175", 64511, "rrc00"}, long_winded{"2001:db8::1", 64511, "rrc25.ripe.net"};
constexpr std::int64_t at = 1'633'361'947'120'999;

}  // namespace

TEST_CASE("an update announces and withdraws in one message, and is told as RIS Live tells it") {
    const Update update = read_update(update_of(
        "18 cb0071", origin_igp + path_of_two + next_hop + "80 04 04 00000064" + "c0 08 04 fc000064",
        "18 c63364 11 c61280"));
    CHECK(
        ris_update(plain, update, at, 7) ==
        R"({"type":"ris_message","data":{"timestamp":1633361947.120,"peer":"192.0.2.175","peer_asn":"64511",)"
        R"("id":"21-7","host":"rrc00","type":"UPDATE","path":[64511,64512],"community":[[64512,100]],)"
        R"("origin":"igp","med":100,"announcements":[{"next_hop":"192.0.2.1",)"
        R"("prefixes":["198.51.100.0/24","198.18.128.0/17"]}],"withdrawals":["203.0.113.0/24"]}})");
}

TEST_CASE("a set of ASes is an array in the path, and its lowest is the origin") {
    const Update update = read_update(
        update_of("", origin_igp + "40 02 14 02 02 0000fbff 0000fc00 01 02 0000fc07 0000fc03 " + next_hop,
                  "18 c63364"));
    CHECK(origin_of(update.path) == 64515);
    CHECK(ris_update(plain, update, at, 7).find(R"("path":[64511,64512,[64519,64515]],)") !=
          std::string::npos);
}

TEST_CASE("IPv6 comes in attributes, with a next hop or two") {
    const std::string global = "20010db8000000000000000000000001", local = "fe800000000000000000000000000001";
    const Update update = read_update(update_of(
        "", origin_igp + path_of_two + "80 0e 2c 0002 01 20 " + global + local + " 00 30 20010db8fac0", ""));
    CHECK(
        ris_update(long_winded, update, at, 7)
            .find(R"("announcements":[{"next_hop":"2001:db8::1","prefixes":["2001:db8:fac0:0:0:0:0:0/48"]},)"
                  R"({"next_hop":"fe80::1","prefixes":["2001:db8:fac0:0:0:0:0:0/48"]}],"withdrawals":[])") !=
        std::string::npos);
    const Update gone = read_update(update_of("", "80 0f 0a 0002 01 30 20010db8fac0", ""));
    CHECK(
        ris_update(long_winded, gone, at, 8) ==
        R"({"type":"ris_message","data":{"timestamp":1633361947.120,"peer":"2001:db8::1","peer_asn":"64511",)"
        R"("id":"21-8","host":"rrc25.ripe.net","type":"UPDATE","path":[],"announcements":[],)"
        R"("withdrawals":["2001:db8:fac0:0:0:0:0:0/48"]}})");
    CHECK(ris_update(plain, gone, at, 8).find(R"("type":"UPDATE","withdrawals":["2001:db8:fac0::/48"])") !=
          std::string::npos);
}

TEST_CASE("an attribute may be long") {
    std::string communities;
    for (int i = 0; i < 100; ++i)
        communities += "fc000064";
    const Update update = read_update(
        update_of("", origin_igp + path_of_two + next_hop + "d0 08 0190 " + communities, "18 c63364"));
    CHECK(update.communities.size() == 100);
}

TEST_CASE("the end of a first table says nothing") {
    CHECK(read_update(update_of("", "", "")).is_empty());
    CHECK(read_update(update_of("", "80 0f 03 0002 01", "")).is_empty());
}

TEST_CASE("a malformed update is refused with the code that its fault has") {
    const std::string good = origin_igp + path_of_two + next_hop;
    CHECK(verdict(update_of("", good, "18 c63364")) == "well");
    CHECK(verdict(update_of("", good, "21 c633640000")) == "3/10");                 // longer than an address
    CHECK(verdict(update_of("", good, "18 c633")) == "3/10");                       // ends too early
    CHECK(verdict(update_of("18 c6", "", "")) == "3/10");                           //
    CHECK(verdict(update_of("", path_of_two + next_hop, "18 c63364")) == "3/3");    // no ORIGIN
    CHECK(verdict(update_of("", origin_igp + next_hop, "18 c63364")) == "3/3");     // no AS_PATH
    CHECK(verdict(update_of("", origin_igp + path_of_two, "18 c63364")) == "3/3");  // no NEXT_HOP
    CHECK(verdict(update_of("", good + origin_igp, "18 c63364")) == "3/1");         // twice
    CHECK(verdict(update_of("", "40 01 01 03", "")) == "3/6");
    CHECK(verdict(update_of("", "40 01 02 0000", "")) == "3/5");
    CHECK(verdict(update_of("", "4f 01 01 00", "")) == "3/4");
    CHECK(verdict(update_of("", "40 02 06 03 01 0000fc00", "")) == "3/11");         // no such segment
    CHECK(verdict(update_of("", "40 02 06 02 02 0000fc00", "")) == "3/11");         // one AS too few
    CHECK(verdict(update_of("", "40 02 02 02 00", "")) == "3/11");                  // an empty one
    CHECK(verdict(update_of("", "40 02 ff", "")) == "3/1");                         // behind the end
    CHECK(verdict(update_of("", "80 0e 09 0002 01 04 c0000201 00", "")) == "3/5");  // IPv4's next hop
    CHECK(verdict(write_message(Type::update, hex("ffff"))) == "3/1");
    CHECK(verdict(write_message(Type::update, hex("0000"))) == "3/1");
    CHECK(verdict(write_message(Type::update, "")) == "3/1");
}

TEST_CASE("an OPEN of our own is read as it was meant") {
    const std::string message = write_open(4'200'000'008, 9, 1);
    REQUIRE(message_length(message) == message.size());
    REQUIRE(type_of(message) == Type::open);
    const Open open = read_open(message);
    CHECK(open.asn == 4'200'000'008);
    CHECK(open.hold_seconds == 9);
    CHECK(open.ipv4);
    CHECK(open.ipv6);
}

TEST_CASE("a header that lies is refused before its message is awaited") {
    CHECK(message_length(std::string(18, '\xff')) == 0);
    CHECK_THROWS_AS(message_length("\xfe"s + write_keepalive().substr(1)), Malformed);
    CHECK_THROWS_AS(message_length(std::string(16, '\xff') + "\x00\x12\x04"s), Malformed);
    CHECK_THROWS_AS(message_length(std::string(16, '\xff') + "\x10\x01\x04"s), Malformed);
    CHECK_THROWS_AS(type_of(write_message(static_cast<Type>(9), "")), Malformed);
}

TEST_CASE("no bytes do harm") {
    std::mt19937 random{1};  // NOLINT(bugprone-random-generator-seed): the same run every time
    const std::string good = update_of("18 cb0071", origin_igp + path_of_two + next_hop, "18 c63364");
    const std::string open = write_open(64512, 9, 1);
    int refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string message = i % 2 == 0 ? good : open;
        for (int changes = 0; changes < 3; ++changes)
            message[header_bytes + random() % (message.size() - header_bytes)] = static_cast<char>(random());
        message.resize(header_bytes + random() % (message.size() - header_bytes + 1));
        try {
            if (i % 2 == 0)
                read_update(message);
            else
                read_open(message);
        } catch (const Malformed&) {
            ++refused;
        }
    }
    CHECK(refused > 10'000);
}

}  // namespace sereno::lab::bgp
