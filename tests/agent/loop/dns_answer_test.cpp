// What the bytes of an answer say, without a network.
#include "agent/loop/dns_answer.hpp"

#include <arpa/inet.h>

#include "agent/loop/dns_message.hpp"
#include "catch.hpp"
#include "dns_server.hpp"

using namespace sereno;
using test::Bytes;
using test::labels;
using test::record;

namespace {

const std::string zone = "example.org";

DnsQuery question(RecordType type, bool recursion = false) {
    DnsQuery query;
    query.name = zone;
    query.type = type;
    query.recursion = recursion;
    return query;
}

/// The answer to `query` with these records in the answer and in the authority section.
DnsReply read(const DnsQuery& query, unsigned flags, const std::vector<Bytes>& answer,
              const std::vector<Bytes>& authority = {}, bool private_answers_are_real = false) {
    const auto asked = dns_question(query, 7);
    REQUIRE(asked);
    Bytes bytes = test::number16(7) + test::number16(flags) + test::number16(1) +
                  test::number16(static_cast<unsigned>(answer.size())) +
                  test::number16(static_cast<unsigned>(authority.size())) + test::number16(0);
    bytes.append(asked->begin() + 12, asked->end());
    for (const auto* section : {&answer, &authority})
        for (const Bytes& one : *section)
            bytes += one;
    return read_dns_answer({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}, query,
                           private_answers_are_real);
}

Bytes ns_record(const std::string& owner, const std::string& server, unsigned ttl = 3600) {
    return record(owner, 2, ttl, labels(server));
}
Bytes strings(const std::vector<Bytes>& parts) {
    Bytes data;
    for (const Bytes& part : parts)
        data += static_cast<char>(part.size()) + part;
    return data;
}

}  // namespace

TEST_CASE("name servers are given in lower case without a dot at the end, with the smallest TTL") {
    const DnsReply reply = read(question(RecordType::ns), 0x8400,
                                {ns_record(zone, "A.NS.Example.ORG"), ns_record(zone, "b.ns.example.org", 60),
                                 ns_record("other.org", "c.ns.example.org")});
    CHECK(reply.failure == Failure::none);
    CHECK(reply.records == std::vector<std::string>{"a.ns.example.org", "b.ns.example.org"});
    CHECK(reply.ttl_seconds == 60);
    CHECK(reply.addresses.empty());
}

TEST_CASE("the longest TTL is one, and a longer one is none") {
    const auto ttl = [](unsigned sent) {
        return read(question(RecordType::ns), 0x8400, {ns_record(zone, "a.ns.example.org", sent)})
            .ttl_seconds;
    };
    CHECK(ttl(0x7fffffff) == 0x7fffffff);
    CHECK(ttl(0x80000000) == 0);
}

TEST_CASE("a referral names the servers it refers to, and is lame") {
    const DnsReply reply = read(question(RecordType::ns), 0x8000, {}, {ns_record(zone, "a.ns.example.org")});
    CHECK(reply.failure == Failure::dns_lame);
    CHECK(reply.records == std::vector<std::string>{"a.ns.example.org"});
    CHECK(reply.ttl_seconds == 3600);
    // Upwards: nothing is known of the zone here.
    CHECK(read(question(RecordType::ns), 0x8000, {}, {ns_record("org", "a0.org.example")}).records.empty());
    CHECK(read(question(RecordType::a), 0x8000, {}, {ns_record(zone, "a.ns.example.org")}).records.empty());
}

TEST_CASE("of a SOA record the serial is told") {
    const Bytes data = labels("ns.example.org") + labels("hostmaster.example.org") +
                       test::number32(2024010101) + Bytes(16, '\0');
    const DnsReply reply = read(question(RecordType::soa), 0x8400, {record(zone, 6, 300, data)});
    CHECK(reply.failure == Failure::none);
    CHECK(reply.records == std::vector<std::string>{"2024010101"});
    CHECK(read(question(RecordType::soa), 0x8400, {record(zone, 6, 300, data.substr(0, 43))}).failure ==
          Failure::dns_malformed);
}

TEST_CASE("the strings of a TXT record are joined, made printable and cut") {
    const auto text = [](const Bytes& data) {
        return read(question(RecordType::txt, true), 0x8180, {record(zone, 16, 300, data)});
    };
    CHECK(text(strings({"23028 | 216.90.108.0/24", " | US"})).records ==
          std::vector<std::string>{"23028 | 216.90.108.0/24 | US"});
    CHECK(text(strings({Bytes("a\0\xff\t", 4)})).records == std::vector<std::string>{"a\\000\\255\\009"});
    const Bytes long_part(255, 'x');
    CHECK(text(strings({long_part, long_part, long_part})).records.front() == std::string(512, 'x'));
    CHECK(text(Bytes("\x05one")).failure == Failure::dns_malformed);
}

TEST_CASE("a record whose name does not end where its length says is malformed") {
    Bytes longer = labels("a.ns.example.org") + "x";
    CHECK(read(question(RecordType::ns), 0x8400, {record(zone, 2, 60, longer)}).failure ==
          Failure::dns_malformed);
    longer.resize(5);
    CHECK(read(question(RecordType::ns), 0x8400, {record(zone, 2, 60, longer)}).failure ==
          Failure::dns_malformed);
}

TEST_CASE("at most 16 values are kept") {
    std::vector<Bytes> many;
    for (int i = 0; i < 40; ++i)
        many.push_back(ns_record(zone, "ns" + std::to_string(i) + ".example.org"));
    CHECK(read(question(RecordType::ns), 0x8400, many).records.size() == 16);
}

TEST_CASE("an answer that is cut short is no answer") {
    CHECK(read(question(RecordType::ns), 0x8600, {ns_record(zone, "a.ns.example.org")}).failure ==
          Failure::dns_truncated);
}

TEST_CASE("the root has a question too") {
    DnsQuery query = question(RecordType::ns);
    query.name = ".";
    const auto asked = dns_question(query, 1);
    REQUIRE(asked);
    CHECK(asked->size() == 12 + 1 + 4);
}

TEST_CASE("an address that no public name has is bogus") {
    const auto [address, bogus] = GENERATE(table<std::string, bool>({
        {"0.1.2.3", true},
        {"10.0.0.1", true},
        {"100.64.0.1", true},
        {"127.0.0.1", true},
        {"169.254.1.1", true},
        {"172.31.255.1", true},
        {"192.0.0.170", true},
        {"192.0.1.1", false},
        {"192.0.2.1", true},
        {"192.0.3.1", false},
        {"192.88.99.1", false},
        {"192.168.1.1", true},
        {"198.17.255.255", false},
        {"198.18.0.1", true},
        {"198.19.255.255", true},
        {"198.20.0.0", false},
        {"198.51.100.1", true},
        {"198.51.101.1", false},
        {"203.0.113.1", true},
        {"203.0.114.1", false},
        {"224.0.0.1", true},
        {"255.255.255.255", true},
        {"8.8.8.8", false},
        {"::", true},
        {"::1", true},
        {"::ffff:10.0.0.1", true},
        {"::ffff:8.8.8.8", false},
        {"::ffff:192.0.2.1", true},
        {"64:ff9b::a00:1", true},
        {"64:ff9b::808:808", false},
        {"64:ff9b:0:0:1::a00:1", false},
        {"100::1", true},
        {"100:0:0:1::1", false},
        {"2001:db8::1", true},
        {"2001:db9::1", false},
        {"2002:a00:1::1", true},
        {"2002:808:808::1", false},
        {"2606:4700::1111", false},
        {"fc00::1", true},
        {"fdff::1", true},
        {"fe80::1", true},
        {"fec0::1", true},
        {"ff02::1", true},
    }));
    INFO(address);
    const bool v6 = address.find(':') != std::string::npos;
    unsigned char bytes[16] = {};
    REQUIRE(::inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes) == 1);
    const DnsQuery query = question(v6 ? RecordType::aaaa : RecordType::a);
    const std::vector<Bytes> records{
        record(zone, v6 ? 28 : 1, 60, Bytes{reinterpret_cast<const char*>(bytes), v6 ? 16U : 4U})};
    CHECK(read(query, 0x8400, records).failure == (bogus ? Failure::dns_bogus : Failure::none));
    const bool unspecified = address == "::";
    CHECK(read(query, 0x8400, records, {}, true).failure ==
          (unspecified ? Failure::dns_bogus : Failure::none));
}
