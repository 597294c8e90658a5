// What RIS Live says, and what it could.
#include <boost/json.hpp>

#include "catch.hpp"
#include "probes/witness/ris/ris_message.hpp"

using namespace sereno;

namespace {

/// A message of this type from one peer, with further members: R"(,"path":[1])".
std::string update(const std::string& more) {
    return R"({"type":"ris_message","data":{"timestamp":1636342486.17,"peer":"192.0.2.175","peer_asn":"199524",)"
           R"("id":"21-587-22045871","host":"rrc21","type":"UPDATE")" +
           more + "}}";
}

RisMessage read(const std::string& text) {
    return RisReader{}.read(text);
}

RisUpdate read_update(const std::string& text) {
    const RisMessage message = read(text);
    if (const auto* wrong = std::get_if<RisMalformed>(&message)) FAIL(wrong->why << ": " << text);
    REQUIRE(std::holds_alternative<RisUpdate>(message));
    return std::get<RisUpdate>(message);
}

std::string why(const std::string& text) {
    const RisMessage message = read(text);
    const auto* wrong = std::get_if<RisMalformed>(&message);
    return wrong != nullptr ? wrong->why : "it was read";
}

std::vector<std::string> texts(const std::vector<Prefix>& prefixes) {
    std::vector<std::string> written;
    for (const Prefix& prefix : prefixes)
        written.push_back(to_string(prefix));
    return written;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an announcement is read whole") {
    const RisUpdate seen =
        read_update(update(R"(,"path":[199524,1299,3356,13904],"origin":"igp","announcements":)"
                           R"([{"next_hop":"192.0.2.175","prefixes":["64.68.236.0/22","64.68.240.0/24"]}])"));
    CHECK(seen.peer == RisPeer{"rrc21", "192.0.2.175", 199524});
    CHECK(seen.timestamp_micros == 1636342486170000);
    CHECK(seen.origin == 13904);
    CHECK(seen.path_length == 4);
    CHECK(texts(seen.announced) == Texts{"64.68.236.0/22", "64.68.240.0/24"});
    CHECK(seen.withdrawn.empty());
}

TEST_CASE("a withdrawal with an uncompressed prefix and a collector's whole name") {
    const RisUpdate seen = read_update(
        R"({"type":"ris_message","data":{"timestamp":1740561857.910,"peer":"2001:DB8:0:0:0:0:0:1","peer_asn":13781,)"
        R"("id":"x","host":"RRC25.ripe.NET","type":"UPDATE","path":[],"announcements":[],)"
        R"("withdrawals":["2605:de00:bb:0:0:0:0:0/48"]}})");
    CHECK(seen.peer == RisPeer{"rrc25", "2001:db8::1", 13781});
    CHECK(seen.origin == 0);
    CHECK(seen.path_length == 0);
    CHECK(texts(seen.withdrawn) == Texts{"2605:de00:bb::/48"});
}

TEST_CASE("a path may hold sets and numbers as text; one that cannot be read is none") {
    const auto path = [](const std::string& text) {
        const RisUpdate seen =
            read_update(update(R"(,"path":)" + text + R"(,"withdrawals":["192.0.2.0/24"])"));
        CHECK(seen.withdrawn.size() == 1);
        return std::pair{seen.origin, seen.path_length};
    };
    CHECK(path("[1,2,[7,5,9]]") == std::pair{5U, 3});
    CHECK(path("[1,[7,5],2]") == std::pair{2U, 3});
    CHECK(path(R"(["1","2"])") == std::pair{2U, 2});
    CHECK(path("[1,1,1,4294967295]") == std::pair{4294967295U, 4});
    for (const char* odd : {"[1,4294967296]", "[1,-2]", "[1,2.5]", "[1,[]]", "[1,[2,[3]]]", "[1,null]",
                            "\"1\"", "null", "{}", "[]"})
        CHECK(path(odd) == std::pair{0U, 0});
}

TEST_CASE("a time may be whole, broken or text; one that is none is not told") {
    const auto time = [](const std::string& text) {
        return read_update(R"({"type":"ris_message","data":{"timestamp":)" + text +
                           R"(,"peer":"192.0.2.1","peer_asn":"1","host":"rrc00","type":"UPDATE"}})")
            .timestamp_micros;
    };
    CHECK(time("1636342486") == 1636342486000000);
    CHECK(time("1636342486.000001") == 1636342486000001);
    CHECK(time("\"1636342486.5\"") == 1636342486500000);
    for (const char* odd : {"1e308", "-1", "null", "\"noon\"", "[]", "1636342486000"})
        CHECK(time(odd) == 0);
}

TEST_CASE("prefixes that are none are left out of a good update") {
    const RisUpdate seen = read_update(update(
        R"(,"announcements":[{"prefixes":["192.0.2.0/24","192.0.2.0/33","x",7,null,[],"2001:db8::/32",)"
        R"("198.51.100.7/24"]},{"next_hop":"192.0.2.1"},null,5,{"prefixes":{}},{"prefixes":["203.0.113.0/24"]}],)"
        R"("withdrawals":[{},"10.0.0.0/8",")" +
        std::string(100'000, '1') + R"("])"));
    CHECK(texts(seen.announced) ==
          Texts{"192.0.2.0/24", "2001:db8::/32", "198.51.100.0/24", "203.0.113.0/24"});
    CHECK(texts(seen.withdrawn) == Texts{"10.0.0.0/8"});
}

TEST_CASE("lists may be absent or null") {
    CHECK(read_update(update("")).announced.empty());
    CHECK(read_update(update(R"(,"announcements":null,"withdrawals":null,"path":null)")).withdrawn.empty());
}

TEST_CASE("sessions of peers begin and end") {
    const auto state = [](const std::string& word) {
        const RisMessage message = read(
            R"({"type":"ris_message","data":{"timestamp":1568365292.84,"peer":"192.0.2.1","peer_asn":"64496",)"
            R"("id":"x","host":"rrc00","type":"RIS_PEER_STATE","state":")" +
            word + "\"}}");
        REQUIRE(std::holds_alternative<RisPeerState>(message));
        CHECK(std::get<RisPeerState>(message).peer == RisPeer{"rrc00", "192.0.2.1", 64496});
        return std::get<RisPeerState>(message).connected;
    };
    CHECK(state("connected"));
    CHECK_FALSE(state("down"));
    CHECK_FALSE(state("never heard of"));
}

TEST_CASE("everything else has its name") {
    CHECK(std::holds_alternative<RisPong>(read(R"({"type":"pong","data":null})")));
    CHECK(std::holds_alternative<RisSubscribed>(
        read(R"({"type":"ris_subscribe_ok","data":{"subscription":{},"socketOptions":{}}})")));
    const RisMessage error = read(R"({"type":"ris_error","data":{"message":"slow down"}})");
    REQUIRE(std::holds_alternative<RisError>(error));
    CHECK(std::get<RisError>(error).message == "slow down");
    CHECK(std::holds_alternative<RisError>(read(R"({"type":"ris_error"})")));
    const RisMessage other = read(R"({"type":"ris_message","data":{"type":"KEEPALIVE"}})");
    REQUIRE(std::holds_alternative<RisOther>(other));
    CHECK(std::get<RisOther>(other).type == "KEEPALIVE");
    CHECK(std::holds_alternative<RisOther>(read(R"({"type":"ris_rrc_list","data":[]})")));
}

TEST_CASE("what is no message of RIS Live is malformed, and says why") {
    CHECK(why("").starts_with("no JSON"));
    CHECK(why("hello").starts_with("no JSON"));
    CHECK(why(update("") + "x").starts_with("no JSON"));
    CHECK(why(update("").substr(0, 60)).starts_with("no JSON"));
    CHECK(why("{\"type\":\"\xff\xfe\"}").starts_with("no JSON"));
    CHECK(why(std::string(100'000, '[')).starts_with("no JSON"));
    CHECK(why(update(R"(,"path":)" + std::string(50, '[') + std::string(50, ']'))).starts_with("no JSON"));
    CHECK(why("[]") == "not an object");
    CHECK(why("{}") == "type is missing");
    CHECK(why(R"({"type":7})") == "type is missing");
    CHECK(why(R"({"type":"ris_message","data":[]})") == "data is no object");
    CHECK(why(update(R"(,"announcements":7)")) == "announcements is no list");
    CHECK(why(update(R"(,"withdrawals":{})")) == "withdrawals is no list");
    const auto peer = [](const std::string& members) {
        return why(R"({"type":"ris_message","data":{"type":"UPDATE")" + members + "}}");
    };
    CHECK(peer("") == "host names no collector");
    CHECK(peer(R"(,"host":".ripe.net")") == "host names no collector");
    CHECK(peer(R"(,"host":")" + std::string(1000, 'r') + "\"") == "host names no collector");
    CHECK(peer(R"(,"host":"rrc00")") == "peer is no address");
    CHECK(peer(R"(,"host":"rrc00","peer":"192.0.2.256")") == "peer is no address");
    for (const char* asn : {"null", "-1", "4294967296", "1.5", "\"\"", "\"12x\"", "\"AS12\"", "[1]"})
        CHECK(peer(std::string(R"(,"host":"rrc00","peer":"192.0.2.1","peer_asn":)") + asn) ==
              "peer_asn is neither a number nor its text");
}

TEST_CASE("nothing a BGP message can hold is too much, and nothing more is read") {
    const auto with = [](std::size_t prefixes) {
        std::string text;
        for (std::size_t i = 0; i < prefixes; ++i)
            text += (i == 0 ? "\"" : ",\"") + std::to_string(i / 256 % 256) + "." + std::to_string(i % 256) +
                    ".0.0/16\"";
        return update(R"(,"withdrawals":[)" + text + "]");
    };
    RisReader reader;
    const RisMessage most = reader.read(with(RisReader::most_prefixes));
    REQUIRE(std::holds_alternative<RisUpdate>(most));
    CHECK(std::get<RisUpdate>(most).withdrawn.size() == RisReader::most_prefixes);
    CHECK(std::holds_alternative<RisMalformed>(reader.read(with(RisReader::most_prefixes + 1))));
    // Short as text, long as values.
    std::string lists;
    while (lists.size() < RisReader::longest_text - 400)
        lists += "[],";
    CHECK(std::holds_alternative<RisMalformed>(reader.read(update(R"(,"path":[)" + lists + "1]"))));
    CHECK(std::holds_alternative<RisMalformed>(reader.read(std::string(RisReader::longest_text + 1, ' '))));
    // None of which harms the next.
    CHECK(std::holds_alternative<RisUpdate>(reader.read(update(""))));
}

TEST_CASE("every end of a message cut short is survived, and the next is read") {
    RisReader reader;
    const std::string whole = update(R"(,"path":[1,[2]],"withdrawals":["192.0.2.0/24"],"é":"\u00e9")");
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK(std::holds_alternative<RisMalformed>(reader.read(whole.substr(0, size))));
    CHECK(std::holds_alternative<RisUpdate>(reader.read(whole)));
}

TEST_CASE("what is said to RIS Live is what its manual wants") {
    namespace json = boost::json;
    CHECK(
        json::parse(ris_subscribe(*read_prefix("129.134.30.0/24"))) ==
        json::parse(
            R"({"type":"ris_subscribe","data":{"prefix":"129.134.30.0/24","moreSpecific":false,"lessSpecific":false,)"
            R"("type":"UPDATE","socketOptions":{"includeRaw":false,"acknowledge":true}}})"));
    CHECK(json::parse(ris_subscribe_peer_states()).at("data").at("type") == "RIS_PEER_STATE");
    CHECK(json::parse(ris_ping()) == json::parse(R"({"type":"ping","data":null})"));
}
