// Against real nsd and unbound on loopback; servers that misbehave as neither would are played.
#include <algorithm>

#include "../bench.hpp"
#include "catch.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"
#include "servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

constexpr auto records = R"(
www 300 A 192.0.2.10
www 300 A 192.0.2.11
www 300 AAAA 2001:db8::10
short 7 CNAME www
post MX 10 mail
away CNAME www.elsewhere.example.
sub NS ns.sub
ns.sub A 192.0.2.53
nowhere A 0.0.0.0
letter TXT "23028 | 192.0.2.0/24" " | ES"
)";

DnsQuery to_resolver(const Endpoint& server, const std::string& name) {
    return {{"lab", server}, name};
}

DnsQuery to_authority(const Endpoint& server, const std::string& name) {
    return {.server = {"ns.shop.example", server}, .name = name, .recursion = false};
}

std::vector<std::string> sorted(std::vector<std::string> list) {
    std::sort(list.begin(), list.end());
    return list;
}

/// A resolver with this zone's authoritative server behind it.
struct Lab {
    test::Nsd nsd{"shop.example", records};
    test::Unbound unbound{{{"shop.example", nsd.endpoint()}}, "access-control: 127.0.0.0/8 allow_snoop"};
};

}  // namespace

TEST_CASE("an authoritative server is asked directly and answers with authority") {
    const test::Nsd nsd("shop.example", records);
    test::Bench bench;
    const Observation seen = bench.run(to_authority(nsd.endpoint(), "www.shop.example"));
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(sorted(seen.answers) == std::vector<std::string>{"192.0.2.10", "192.0.2.11"});
    CHECK(seen.ttl_seconds == 300);
    CHECK(seen.address == to_string(nsd.endpoint()));
    CHECK(seen.dns > 0us);
}

TEST_CASE("a resolver's answer tells the smallest TTL on the way to it") {
    const Lab lab;
    test::Bench bench;
    const Observation seen = bench.run(to_resolver(lab.unbound.endpoint(), "short.shop.example"));
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.answers.size() == 2);
    CHECK(seen.ttl_seconds > 0);
    CHECK(seen.ttl_seconds <= 7);
}

TEST_CASE("IPv6 addresses are asked for by their own type") {
    const Lab lab;
    test::Bench bench;
    DnsQuery query = to_resolver(lab.unbound.endpoint(), "www.shop.example");
    query.type = RecordType::aaaa;
    const Observation seen = bench.run(query);
    INFO(test::shown(seen));
    CHECK(seen.answers == std::vector<std::string>{"2001:db8::10"});
}

TEST_CASE("names of servers, serials and texts are asked for by their own types") {
    const Lab lab;
    test::Bench bench;
    const auto answers = [&](const std::string& name, RecordType type) {
        DnsQuery query = to_resolver(lab.unbound.endpoint(), name);
        query.type = type;
        const Observation seen = bench.run(query);
        INFO(test::shown(seen));
        CHECK(seen.ok());
        CHECK(seen.ttl_seconds > 0);
        return seen.answers;
    };
    CHECK(answers("shop.example", RecordType::ns) == std::vector<std::string>{"ns.shop.example"});
    CHECK(answers("shop.example", RecordType::soa) == std::vector<std::string>{"1"});
    CHECK(answers("letter.shop.example", RecordType::txt) ==
          std::vector<std::string>{"23028 | 192.0.2.0/24 | ES"});
}

TEST_CASE("a server that refers names whom it refers to") {
    const test::Nsd nsd("shop.example", records);
    test::Bench bench;
    DnsQuery query = to_authority(nsd.endpoint(), "sub.shop.example");
    query.type = RecordType::ns;
    const Observation seen = bench.run(query);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::dns_lame);
    CHECK(seen.answers == std::vector<std::string>{"ns.sub.shop.example"});
}

TEST_CASE("a server is asked over IPv6, UDP and TCP alike") {
    const Endpoint six = test::free_v6_endpoint();
    const test::NameServer nsd(
        test::free_endpoint(),
        {{"shop.example", test::zone_head(1, {"ns.shop.example"}) + "ns AAAA ::1\n" + records}}, six);
    test::Bench bench;
    DnsQuery query = to_authority(six, "www.shop.example");
    query.transport = GENERATE(DnsTransport::udp, DnsTransport::tcp);
    const Observation seen = bench.run(query);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.address == to_string(six));
    CHECK(sorted(seen.answers) == std::vector<std::string>{"192.0.2.10", "192.0.2.11"});
}

TEST_CASE("the resolver named system is the configured one") {
    const Lab lab;
    test::Bench bench({}, {}, {lab.unbound.endpoint()});
    const Observation seen = bench.run(DnsQuery{{"system", {}}, "www.shop.example"});
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.address == to_string(lab.unbound.endpoint()));
}

TEST_CASE("a name server without an address is found through the resolvers, or says nothing") {
    test::Bench bench({{"lab", test::free_endpoint()}});
    const Observation seen = bench.run(DnsQuery{{"ns.shop.example", {}}, "www.shop.example"});
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::address_unknown);
    CHECK(seen.reached == Stage::schedule);
}

TEST_CASE("a name that does not exist is told from one without an address") {
    const Lab lab;
    test::Bench bench;
    const Observation missing = bench.run(to_resolver(lab.unbound.endpoint(), "gone.shop.example"));
    INFO(test::shown(missing));
    CHECK(missing.failure == Failure::dns_nxdomain);
    CHECK(missing.reached == Stage::dns);
    const Observation empty = bench.run(to_resolver(lab.unbound.endpoint(), "post.shop.example"));
    INFO(test::shown(empty));
    CHECK(empty.failure == Failure::dns_nodata);
    CHECK(bench.run(to_authority(lab.nsd.endpoint(), "gone.shop.example")).failure == Failure::dns_nxdomain);
    CHECK(bench.run(to_authority(lab.nsd.endpoint(), "post.shop.example")).failure == Failure::dns_nodata);
}

TEST_CASE("a server that refuses is alive") {
    test::Bench bench;
    SECTION("nsd outside its zones") {
        const test::Nsd nsd("shop.example", records);
        const Observation seen = bench.run(to_authority(nsd.endpoint(), "www.elsewhere.example"));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::dns_refused);
    }
    SECTION("unbound with a zone that it must not answer for") {
        const test::Unbound unbound({}, "local-zone: shop.example refuse");
        const Observation seen = bench.run(to_resolver(unbound.endpoint(), "www.shop.example"));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::dns_refused);
    }
    SECTION("unbound to somebody whom it does not serve: twelve bytes, without the question") {
        const test::Unbound unbound({}, "access-control: 127.0.0.0/8 refuse");
        const Observation seen = bench.run(to_resolver(unbound.endpoint(), "www.shop.example"));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::dns_refused);
        CHECK(seen.dns < 2s);
    }
}

TEST_CASE("SERVFAIL is what a server says that cannot do its work") {
    test::Bench bench;
    SECTION("a resolver whose upstream is gone") {
        const test::Unbound unbound({{".", test::free_endpoint(), true}});
        const Observation seen = bench.run(to_resolver(unbound.endpoint(), "www.shop.example"), 15s);
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::dns_servfail);
    }
    SECTION("an authoritative server that has lost its zone") {
        const test::Nsd nsd("shop.example", "");
        const Observation seen = bench.run(to_authority(nsd.endpoint(), "www.shop.example"));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::dns_servfail);
    }
}

TEST_CASE("a server that refers or recurses instead of answering is lame") {
    const Lab lab;
    test::Bench bench;
    const Observation referral = bench.run(to_authority(lab.nsd.endpoint(), "www.sub.shop.example"));
    INFO(test::shown(referral));
    CHECK(referral.failure == Failure::dns_lame);

    // A resolver knows the answer by now, but not with authority.
    CHECK(bench.run(to_resolver(lab.unbound.endpoint(), "www.shop.example")).ok());
    const Observation cached = bench.run(to_authority(lab.unbound.endpoint(), "www.shop.example"));
    INFO(test::shown(cached));
    CHECK(cached.failure == Failure::dns_lame);
}

TEST_CASE("an alias into another zone is an authoritative answer") {
    const test::Nsd nsd("shop.example", records);
    test::Bench bench;
    const Observation seen = bench.run(to_authority(nsd.endpoint(), "away.shop.example"));
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.answers.empty());
}

TEST_CASE("a truncated answer is asked again over TCP and comes complete") {
    // A long name and 14 addresses make more than the 512 bytes that fit into UDP, and less than an
    // observation holds.
    const std::string label(60, 'x');
    const std::string name = label + "." + label + "." + label;
    std::string many;
    for (int i = 1; i <= 14; ++i)
        many += name + " AAAA 2001:db8::" + std::to_string(i) + "\n";
    const test::Nsd nsd("shop.example", many);
    test::Bench bench;
    DnsQuery query = to_authority(nsd.endpoint(), name + ".shop.example");
    query.type = RecordType::aaaa;
    const Observation seen = bench.run(query);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.answers.size() == 14);
}

TEST_CASE("a server can be asked over TCP from the start") {
    const test::Nsd nsd("shop.example", records);
    test::Bench bench;
    DnsQuery query = to_authority(nsd.endpoint(), "www.shop.example");
    query.transport = DnsTransport::tcp;
    const Observation seen = bench.run(query);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.answers.size() == 2);
}

TEST_CASE("a closed port is told from silence") {
    test::Bench bench;
    const Observation closed = bench.run(to_resolver(test::free_endpoint(), "www.shop.example"));
    INFO(test::shown(closed));
    CHECK(closed.failure == Failure::dns_unreachable);
    CHECK(closed.reached == Stage::dns);

    const test::SilentUdp silent;
    const Observation silence = bench.run(to_resolver(silent.endpoint(), "www.shop.example"), 400ms);
    INFO(test::shown(silence));
    CHECK(silence.failure == Failure::dns_timeout);
    CHECK(silence.finished - silence.started >= 350ms);
    CHECK(silence.dns >= 350ms);
}

TEST_CASE("an answer that no name has is bogus") {
    const Lab lab;
    test::Bench bench;
    const Observation sunk = bench.run(to_resolver(lab.unbound.endpoint(), "nowhere.shop.example"));
    INFO(test::shown(sunk));
    CHECK(sunk.failure == Failure::dns_bogus);
    CHECK(sunk.answers == std::vector<std::string>{"0.0.0.0"});
}

TEST_CASE("an answer with another id or to another question is a mismatch, when nothing better comes") {
    // The id; or "wwv.shop.example" instead of "www".
    const std::size_t changed = GENERATE(0U, 15U);
    const test::ScriptedUdp liar([changed](test::ScriptedUdp::Packet packet) {
        packet[2] |= 0x80;  // an answer
        packet[changed] ^= 0x01;
        return std::optional(packet);
    });
    test::Bench bench;
    const Observation seen = bench.run(to_resolver(liar.endpoint(), "www.shop.example"), 500ms);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::dns_mismatch);
    CHECK(seen.reached == Stage::dns);
}

TEST_CASE("an answer that is cut short, from a server that has no TCP, is truncated") {
    const test::ScriptedUdp half([](test::ScriptedUdp::Packet packet) {
        packet[2] |= 0x82;
        return std::optional(packet);
    });
    test::Bench bench;
    const Observation seen = bench.run(to_resolver(half.endpoint(), "www.shop.example"));
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::dns_truncated);
}

TEST_CASE(
    "where nobody runs DNS, silence is well, heard for no longer than needed, and any answer is an "
    "interception") {
    test::Bench bench;
    DnsQuery query = to_resolver({}, "www.shop.example");
    query.expect_silence = true;
    SECTION("silence") {
        const test::SilentUdp silent;
        query.server.endpoint = silent.endpoint();
        const Observation seen = bench.run(query, 10s);
        INFO(test::shown(seen));
        CHECK(seen.ok());
        CHECK(seen.finished - seen.started < 4s);
    }
    SECTION("a closed port") {
        query.server.endpoint = test::free_endpoint();
        CHECK(bench.run(query).ok());
    }
    SECTION("an answer") {
        const Lab lab;
        query.server.endpoint = lab.unbound.endpoint();
        for (const char* name : {"www.shop.example", "gone.shop.example"}) {
            query.name = name;
            const Observation seen = bench.run(query);
            INFO(test::shown(seen));
            CHECK(seen.failure == Failure::dns_intercepted);
            CHECK(seen.detail.find(to_string(lab.unbound.endpoint())) != std::string::npos);
        }
    }
}

TEST_CASE("a server that does not understand is malformed") {
    const test::ScriptedUdp confused([](test::ScriptedUdp::Packet packet) {
        packet[2] |= 0x80;
        packet[3] = 1;  // FORMERR
        return std::optional(packet);
    });
    test::Bench bench;
    const Observation seen = bench.run(to_resolver(confused.endpoint(), "www.shop.example"), 2s);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::dns_malformed);
}
