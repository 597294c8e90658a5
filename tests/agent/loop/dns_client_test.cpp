#include "agent/loop/dns_client.hpp"

#include <arpa/inet.h>
#include <sys/resource.h>

#include <optional>
#include <set>

#include "dns_server.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using test::a_record;
using test::alias_record;
using test::answer_to;
using test::Bytes;
using test::run_until;

namespace {

const std::string www = "www.example.org";
const Bytes public_address{"\xc0\x58\x63\x07", 4};  // 192.88.99.7

struct Asking {
    Loop loop;
    DnsClient client{loop, {}};

    DnsQuery query(const Endpoint& server, bool recursion = true) {
        DnsQuery one;
        one.server = {.name = "test", .endpoint = server};
        one.name = www;
        one.recursion = recursion;
        return one;
    }
    DnsReply ask(const DnsQuery& one, Micros within = 5s) {
        std::optional<DnsReply> reply;
        const auto request = client.ask(one, loop.now() + within, [&](DnsReply got) {
            CHECK_FALSE(reply);
            reply = std::move(got);
        });
        CHECK_FALSE(reply);
        run_until(loop, [&] { return reply.has_value(); });
        return reply.value_or(DnsReply{});
    }
    DnsReply resolve(const std::string& host, const std::vector<DnsServer>& from, Micros within = 5s,
                     Family family = Family::any) {
        std::optional<DnsReply> reply;
        const auto request = client.resolve(host, from, loop.now() + within, family,
                                            [&](DnsReply got) { reply = std::move(got); });
        CHECK_FALSE(reply);
        run_until(loop, [&] { return reply.has_value(); });
        return reply.value_or(DnsReply{});
    }
};

test::DnsServer::Handler always(unsigned flags, std::vector<Bytes> records) {
    return [=](const Bytes& query, int) { return answer_to(query, flags, records); };
}
test::DnsServer::Handler silence() {
    return [](const Bytes&, int) { return std::optional<Bytes>{}; };
}
DnsServer named(const std::string& name, const Endpoint& at) {
    return {.name = name, .endpoint = at};
}

DnsQuery to_server_named(const std::string& name, std::uint16_t port, bool recursion = false) {
    DnsQuery one;
    one.server = {.name = name, .endpoint = {"", port}};
    one.name = www;
    one.recursion = recursion;
    return one;
}

/// What a resolver says about the address of that server.
Bytes at_loopback(const std::string& name, char last) {
    return a_record(name, 60, Bytes{'\x7f', '\0', '\0', last});
}

/// Takes questions on another loopback address, and never answers.
class Silent {
  public:
    Silent(const std::string& address, std::uint16_t port) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        REQUIRE(::inet_pton(AF_INET, address.c_str(), &to.sin_addr) == 1);
        REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    }
    ~Silent() { ::close(fd_); }
    Silent(const Silent&) = delete;
    Silent& operator=(const Silent&) = delete;
    [[nodiscard]] bool was_asked() const {
        char byte = 0;
        return ::recv(fd_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
    }

  private:
    int fd_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
};

/// A port on which nobody listens: a server that has just gone.
Endpoint closed_port(Loop& loop) {
    const test::DnsServer gone(loop, silence());
    return gone.endpoint();
}

}  // namespace

TEST_CASE("a good answer gives its addresses and the smallest TTL on the way to them") {
    Asking test;
    const test::DnsServer server(test.loop,
                                 always(0x8180, {alias_record(www, 20, "edge.example.net"),
                                                 a_record("edge.example.net", 300, public_address)}));
    const DnsReply reply = test.ask(test.query(server.endpoint()));
    INFO(reply.detail);
    CHECK(reply.failure == Failure::none);
    CHECK(reply.addresses == std::vector<std::string>{"192.88.99.7"});
    CHECK(reply.ttl_seconds == 20);
    CHECK_FALSE(reply.authoritative);
    CHECK(reply.server == to_string(server.endpoint()));
}

TEST_CASE("recursion is desired of a resolver and not of a name server") {
    Asking test;
    unsigned flags = 0;
    const test::DnsServer server(test.loop, [&](const Bytes& query, int) {
        flags = static_cast<unsigned char>(query[2]);
        return answer_to(query, 0x8400, {a_record(www, 60, public_address)});
    });
    CHECK(test.ask(test.query(server.endpoint(), true)).failure == Failure::none);
    CHECK((flags & 1) == 1);
    const DnsReply reply = test.ask(test.query(server.endpoint(), false));
    CHECK(reply.failure == Failure::none);
    CHECK(reply.authoritative);
    CHECK((flags & 1) == 0);
}

TEST_CASE("silence is dns_timeout, at the deadline, after one repeat") {
    Asking test;
    const test::DnsServer server(test.loop, silence());
    const Stamp begun = test.loop.now();
    const DnsReply reply = test.ask(test.query(server.endpoint()), 300ms);
    const Micros took = test.loop.now() - begun;
    CHECK(reply.failure == Failure::dns_timeout);
    CHECK(took >= 280ms);
    CHECK(took < 2s);
    CHECK(server.udp_queries() == 2);
}

TEST_CASE("one lost datagram is repeated within the deadline") {
    Asking test;
    const test::DnsServer server(test.loop, [](const Bytes& query, int earlier) -> std::optional<Bytes> {
        if (earlier == 0) return std::nullopt;
        return answer_to(query, 0x8180, {a_record(www, 60, public_address)});
    });
    CHECK(test.ask(test.query(server.endpoint()), 600ms).failure == Failure::none);
    CHECK(server.udp_queries() == 2);
}

TEST_CASE("a deadline in the past is dns_timeout and nothing is sent") {
    Asking test;
    const test::DnsServer server(test.loop, silence());
    CHECK(test.ask(test.query(server.endpoint()), -1s).failure == Failure::dns_timeout);
    CHECK(server.udp_queries() == 0);
}

TEST_CASE(
    "an answer that waited in the socket while this host was busy counts although the deadline has passed") {
    Asking test;
    const test::DnsServer server(test.loop, always(0x8180, {a_record(www, 60, public_address)}));
    std::optional<DnsReply> reply;
    const auto request = test.client.ask(test.query(server.endpoint()), test.loop.now() + 100ms,
                                         [&](DnsReply got) { reply = std::move(got); });
    // As soon as the server has answered, everything stands still beyond the deadline.
    bool stalled = false;
    run_until(test.loop, [&] {
        if (server.udp_queries() == 1 && !std::exchange(stalled, true)) ::usleep(150'000);
        return reply.has_value();
    });
    REQUIRE(reply);
    CHECK(reply->failure == Failure::none);
}

TEST_CASE("a closed port is dns_unreachable, long before the deadline, over UDP and TCP") {
    Asking test;
    auto transport = GENERATE(DnsTransport::udp, DnsTransport::tcp);
    DnsQuery query = test.query(closed_port(test.loop));
    query.transport = transport;
    const Stamp begun = test.loop.now();
    const DnsReply reply = test.ask(query);
    CHECK(reply.failure == Failure::dns_unreachable);
    CHECK(reply.detail.find("111") != std::string::npos);
    CHECK(test.loop.now() - begun < 2s);
}

TEST_CASE("each response code is told apart") {
    Asking test;
    const auto [code, failure] = GENERATE(table<unsigned, Failure>({{1, Failure::dns_malformed},
                                                                    {2, Failure::dns_servfail},
                                                                    {3, Failure::dns_nxdomain},
                                                                    {4, Failure::dns_malformed},
                                                                    {5, Failure::dns_refused},
                                                                    {9, Failure::dns_lame},
                                                                    {6, Failure::dns_malformed}}));
    const test::DnsServer server(test.loop, always(0x8180 | code, {}));
    const DnsReply reply = test.ask(test.query(server.endpoint()));
    CHECK(reply.failure == failure);
    CHECK(server.udp_queries() == 1);
}

TEST_CASE("no address of the type asked is dns_nodata") {
    Asking test;
    const auto records =
        GENERATE(std::vector<Bytes>{}, std::vector<Bytes>{alias_record(www, 20, "edge.example.net")},
                 std::vector<Bytes>{a_record("other.example.org", 20, public_address)});
    const test::DnsServer server(test.loop, always(0x8180, records));
    CHECK(test.ask(test.query(server.endpoint())).failure == Failure::dns_nodata);
}

TEST_CASE("a name server that is not authoritative is lame, and an alias alone is a good answer from it") {
    Asking test;
    const test::DnsServer referral(test.loop, always(0x8000, {}));
    CHECK(test.ask(test.query(referral.endpoint(), false)).failure == Failure::dns_lame);
    const test::DnsServer cached(test.loop, always(0x8180, {a_record(www, 60, public_address)}));
    CHECK(test.ask(test.query(cached.endpoint(), false)).failure == Failure::dns_lame);
    const test::DnsServer alias(test.loop, always(0x8400, {alias_record(www, 60, "edge.example.net")}));
    const DnsReply reply = test.ask(test.query(alias.endpoint(), false));
    CHECK(reply.failure == Failure::none);
    CHECK(reply.addresses.empty());
    CHECK(reply.ttl_seconds == 60);
}

namespace {

/// A good answer, but with the id or to the question of somebody else.
Bytes with_other_id(const Bytes& query) {
    Bytes reply = answer_to(query, 0x8180, {a_record(www, 60, public_address)});
    reply[0] = static_cast<char>(reply[0] ^ 0x55);
    return reply;
}
Bytes to_other_question(const Bytes& query) {
    const Bytes other =
        query.substr(0, 12) + test::labels("www.example.com") + query.substr(query.size() - 4);
    return answer_to(other, 0x8180, {a_record("www.example.com", 60, public_address)});
}

}  // namespace

TEST_CASE(
    "an answer with another id or to another question is not believed, and dns_mismatch when none fits") {
    Asking test;
    const auto wrong = GENERATE(&with_other_id, &to_other_question);
    const test::DnsServer server(test.loop, [&](const Bytes& query, int) { return wrong(query); });
    const Stamp begun = test.loop.now();
    const DnsReply reply = test.ask(test.query(server.endpoint()), 300ms);
    CHECK(reply.failure == Failure::dns_mismatch);
    CHECK(reply.addresses.empty());
    CHECK(test.loop.now() - begun >= 280ms);
}

TEST_CASE("the right answer is waited for behind wrong ones") {
    Asking test;
    const auto wrong = GENERATE(&with_other_id, &to_other_question);
    const test::DnsServer server(test.loop, [&](const Bytes& query, int earlier) {
        return earlier == 0 ? wrong(query) : answer_to(query, 0x8180, {a_record(www, 60, public_address)});
    });
    CHECK(test.ask(test.query(server.endpoint()), 600ms).failure == Failure::none);
}

TEST_CASE("over TCP nothing better comes after an answer that does not fit: dns_mismatch at once") {
    Asking test;
    const auto wrong = GENERATE(&with_other_id, &to_other_question);
    const test::DnsServer server(test.loop, silence(), [&](const Bytes& query, int) { return wrong(query); });
    DnsQuery query = test.query(server.endpoint());
    query.transport = DnsTransport::tcp;
    const Stamp begun = test.loop.now();
    CHECK(test.ask(query).failure == Failure::dns_mismatch);
    CHECK(test.loop.now() - begun < 2s);
}

TEST_CASE("a question that comes back is no answer") {
    Asking test;
    const test::DnsServer mirror(test.loop, [](const Bytes& query, int) { return query; });
    CHECK(test.ask(test.query(mirror.endpoint()), 300ms).failure == Failure::dns_malformed);
}

TEST_CASE("an error without the question, as twelve bytes, counts at once") {
    Asking test;
    const auto [code, failure] =
        GENERATE(table<unsigned, Failure>({{2U, Failure::dns_servfail}, {5U, Failure::dns_refused}}));
    const test::DnsServer server(test.loop, [code = code](const Bytes& query, int) {
        return query.substr(0, 2) + test::number16(0x8180 | code) + Bytes(8, '\0');
    });
    const Stamp begun = test.loop.now();
    CHECK(test.ask(test.query(server.endpoint())).failure == failure);
    CHECK(test.loop.now() - begun < 2s);
}

TEST_CASE("twelve bytes that claim success are unreadable") {
    Asking test;
    const test::DnsServer server(test.loop, [](const Bytes& query, int) {
        return query.substr(0, 2) + test::number16(0x8180) + Bytes(8, '\0');
    });
    CHECK(test.ask(test.query(server.endpoint()), 300ms).failure == Failure::dns_malformed);
}

TEST_CASE("bytes that end too early are dns_malformed") {
    Asking test;
    const auto drop = GENERATE(std::size_t{1}, std::size_t{5}, std::size_t{20}, std::size_t{45});
    const test::DnsServer server(test.loop, [drop](const Bytes& query, int) {
        const Bytes whole = answer_to(query, 0x8180, {a_record(www, 60, public_address)});
        return whole.substr(0, whole.size() - drop);
    });
    CHECK(test.ask(test.query(server.endpoint()), 300ms).failure == Failure::dns_malformed);
}

TEST_CASE("a name that no packet can hold is dns_malformed") {
    Asking test;
    const test::DnsServer server(test.loop, silence());
    DnsQuery query = test.query(server.endpoint());
    query.name = std::string(64, 'x') + ".example.org";
    CHECK(test.ask(query).failure == Failure::dns_malformed);
}

TEST_CASE("a truncated answer is asked again over TCP") {
    Asking test;
    const test::DnsServer server(test.loop, always(0x8380, {}),
                                 always(0x8180, {a_record(www, 60, public_address)}));
    const DnsReply reply = test.ask(test.query(server.endpoint()));
    CHECK(reply.failure == Failure::none);
    CHECK(reply.addresses.size() == 1);
    CHECK(server.udp_queries() == 1);
    CHECK(server.tcp_queries() == 1);
}

TEST_CASE("what is cut short over UDP, and cannot be had over TCP, is dns_truncated") {
    Asking test;
    const auto over_tcp =
        GENERATE(as<test::DnsServer::Handler>{}, nullptr /* refused */, silence(), always(0x8380, {}));
    const test::DnsServer server(test.loop, always(0x8380, {}), over_tcp);
    const DnsReply reply = test.ask(test.query(server.endpoint()));
    INFO(reply.detail);
    CHECK(reply.failure == Failure::dns_truncated);
    CHECK(server.udp_queries() == 1);
}

TEST_CASE("an error that comes over TCP after a cut short answer is that error") {
    Asking test;
    const test::DnsServer server(test.loop, always(0x8380, {}), always(0x8185, {}));
    CHECK(test.ask(test.query(server.endpoint())).failure == Failure::dns_refused);
}

TEST_CASE("TCP is used from the start when asked for") {
    Asking test;
    const test::DnsServer server(test.loop, silence(), always(0x8180, {a_record(www, 60, public_address)}));
    DnsQuery query = test.query(server.endpoint());
    query.transport = DnsTransport::tcp;
    CHECK(test.ask(query).failure == Failure::none);
    CHECK(server.udp_queries() == 0);
}

TEST_CASE("a connection that is closed instead of an answer is dns_malformed") {
    Asking test;
    const test::DnsServer server(test.loop, silence(), silence());
    DnsQuery query = test.query(server.endpoint());
    query.transport = DnsTransport::tcp;
    CHECK(test.ask(query).failure == Failure::dns_malformed);
}

TEST_CASE("a private address is bogus, unless private answers are real; the unspecified one always is") {
    Asking test;
    const test::DnsServer filter(test.loop, always(0x8180, {a_record(www, 60, Bytes(4, '\0'))}));
    const test::DnsServer portal(test.loop,
                                 always(0x8180, {a_record(www, 60, Bytes{"\xc0\xa8\x01\x01", 4})}));
    DnsReply reply = test.ask(test.query(portal.endpoint()));
    CHECK(reply.failure == Failure::dns_bogus);
    CHECK(reply.addresses == std::vector<std::string>{"192.168.1.1"});
    CHECK(test.ask(test.query(filter.endpoint())).failure == Failure::dns_bogus);
    test.client.set_private_answers_are_real(true);
    CHECK(test.ask(test.query(portal.endpoint())).failure == Failure::none);
    CHECK(test.ask(test.query(filter.endpoint())).failure == Failure::dns_bogus);
}

TEST_CASE("an exhausted descriptor table is this host's fault") {
    Asking test;
    const test::DnsServer server(test.loop, always(0x8180, {a_record(www, 60, public_address)}));
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int next = ::dup(0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const DnsReply reply = test.ask(test.query(server.endpoint()));
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(reply.failure == Failure::host_resources);
}

TEST_CASE(
    "the CD bit goes out when asked for, the AD bit always to resolvers, and AD comes back as validated") {
    Asking test;
    unsigned flags = 0;
    unsigned answer_flags = 0x8180;
    const test::DnsServer server(test.loop, [&](const Bytes& query, int) {
        flags = static_cast<unsigned char>(query[3]);
        return answer_to(query, answer_flags, {a_record(www, 60, public_address)});
    });
    DnsQuery query = test.query(server.endpoint());
    CHECK_FALSE(test.ask(query).validated);
    CHECK(flags == 0x20);
    query.checking_disabled = true;
    answer_flags = 0x81a0;
    CHECK(test.ask(query).validated);
    CHECK(flags == 0x30);
    query.recursion = false;
    query.checking_disabled = false;
    test.ask(query);
    CHECK(flags == 0);
}

TEST_CASE("an answer of any kind from where nobody runs DNS is dns_intercepted, at once") {
    Asking test;
    const auto handler =
        GENERATE(always(0x8180, {a_record(www, 60, public_address)}), always(0x8183, {}), always(0x8185, {}),
                 always(0x8380, {}),
                 test::DnsServer::Handler([](const Bytes& query, int) { return with_other_id(query); }),
                 test::DnsServer::Handler([](const Bytes&, int) { return Bytes("hello"); }));
    const test::DnsServer server(test.loop, handler, silence());
    DnsQuery query = test.query(server.endpoint());
    query.expect_silence = true;
    query.transport = DnsTransport::udp;
    const Stamp begun = test.loop.now();
    const DnsReply reply = test.ask(query);
    INFO(reply.detail);
    CHECK(reply.failure == Failure::dns_intercepted);
    CHECK(reply.detail.find(to_string(server.endpoint())) != std::string::npos);
    CHECK(server.tcp_queries() == 0);
    CHECK(test.loop.now() - begun < 2s);
}

TEST_CASE("silence and closed ports are well where nobody runs DNS") {
    Asking test;
    const test::DnsServer silent(test.loop, silence());
    for (const Endpoint& nobody : {silent.endpoint(), closed_port(test.loop)}) {
        DnsQuery query = test.query(nobody);
        query.expect_silence = true;
        CHECK(test.ask(query, 200ms).failure == Failure::none);
        query.transport = DnsTransport::tcp;
        CHECK(test.ask(query, 200ms).failure == Failure::none);
    }
}

TEST_CASE("every question has an id and a port of its own") {
    Asking test;
    std::set<Bytes> ids;
    const test::DnsServer server(test.loop, [&](const Bytes& query, int) {
        ids.insert(query.substr(0, 2));
        return answer_to(query, 0x8180, {a_record(www, 60, public_address)});
    });
    for (int i = 0; i < 20; ++i)
        CHECK(test.ask(test.query(server.endpoint())).failure == Failure::none);
    CHECK(ids.size() > 15);
    CHECK(server.udp_sources() > 15);
}

TEST_CASE("DNS over HTTPS needs a URL and something that carries it") {
    Asking test;
    DnsQuery query = test.query({"127.0.0.1", 0});
    query.transport = DnsTransport::https;
    query.server.https_url = "https://dns.example/dns-query";
    CHECK(test.ask(query).failure == Failure::host_refused);
    TransferClient transfers(test.loop);
    test.client.use_transfers(&transfers, {});
    query.server.https_url.clear();
    const DnsReply reply = test.ask(query);
    CHECK(reply.failure == Failure::host_refused);
    CHECK_FALSE(reply.detail.empty());
}

TEST_CASE("a destroyed request never calls back, at whatever moment") {
    Asking test;
    int calls = 0;
    const test::DnsServer server(test.loop, always(0x8180, {a_record(www, 60, public_address)}));
    const auto count = [&](DnsReply) { ++calls; };
    const Stamp deadline = test.loop.now() + 5s;
    // At once; while the packet is under way; after the answer came, before its callback ran.
    test.client.ask(test.query(server.endpoint()), deadline, count).reset();
    auto under_way = test.client.ask(test.query(server.endpoint()), deadline, count);
    test.loop.post([&] { under_way.reset(); });
    auto refused = test.client.ask(test.query({"", 0}), deadline, count);
    refused.reset();
    auto first = test.client.ask(test.query(server.endpoint()), deadline, count);
    bool finished = false;
    std::unique_ptr<DnsRequest> third;
    third = test.client.ask(test.query(server.endpoint()), deadline, [&](DnsReply) {
        third.reset();  // from inside its own callback
        first.reset();
        finished = true;
    });
    run_until(test.loop, [&] { return finished; });
    CHECK(calls <= 1);  // `first` may have been faster
}

TEST_CASE("a request outlives its client") {
    Loop loop;
    const test::DnsServer server(loop, always(0x8180, {a_record(www, 60, public_address)}));
    std::optional<DnsReply> reply;
    std::unique_ptr<DnsRequest> request;
    {
        DnsClient client(loop, {});
        DnsQuery query;
        query.server = named("test", server.endpoint());
        query.name = www;
        request = client.ask(query, loop.now() + 5s, [&](DnsReply got) { reply = std::move(got); });
    }
    run_until(loop, [&] { return reply.has_value(); });
    REQUIRE(reply);
    CHECK(reply->failure == Failure::none);
}

TEST_CASE("the system's resolvers are asked in turn until one knows") {
    Loop loop;
    const test::DnsServer broken(loop, always(0x8182, {})), silent(loop, silence());
    const test::DnsServer good(loop, always(0x8183, {}));
    DnsClient client(loop, {broken.endpoint(), silent.endpoint(), good.endpoint()});
    DnsQuery query;
    query.server = named("system", {});
    query.name = www;
    std::optional<DnsReply> reply;
    const auto request = client.ask(query, loop.now() + 900ms, [&](DnsReply got) { reply = std::move(got); });
    run_until(loop, [&] { return reply.has_value(); });
    REQUIRE(reply);
    CHECK(reply->failure == Failure::dns_nxdomain);  // a word of the network's, not of one broken server's
    CHECK(reply->server == to_string(good.endpoint()));
    CHECK(broken.udp_queries() == 1);
}

TEST_CASE("addresses come from the first resolver that gives any, within its share of the time") {
    Asking test;
    const test::DnsServer silent(test.loop, silence()), empty(test.loop, always(0x8183, {}));
    const test::DnsServer good(test.loop, always(0x8180, {a_record(www, 60, public_address)}));
    const test::DnsServer unused(test.loop, silence());
    const DnsReply reply = test.resolve(www,
                                        {named("s", silent.endpoint()), named("e", empty.endpoint()),
                                         named("g", good.endpoint()), named("u", unused.endpoint())},
                                        800ms);
    CHECK(reply.failure == Failure::none);
    CHECK(reply.addresses == std::vector<std::string>{"192.88.99.7"});
    CHECK(reply.server == to_string(good.endpoint()));
    CHECK(unused.udp_queries() == 0);
}

TEST_CASE("AAAA is asked only when there is no A") {
    Asking test;
    std::string types;
    const test::DnsServer server(test.loop, [&](const Bytes& query, int) {
        types += test::type_in(query) == 28 ? '6' : '4';
        if (test::type_in(query) == 1) return answer_to(query, 0x8180, {});
        Bytes six(16, '\x01');
        six[0] = '\x20';
        return answer_to(query, 0x8180, {test::record(www, 28, 60, six)});
    });
    const DnsReply reply = test.resolve(www, {named("r", server.endpoint())});
    CHECK(reply.failure == Failure::none);
    CHECK(reply.addresses == std::vector<std::string>{"2001:101:101:101:101:101:101:101"});
    CHECK(types == "46");
}

TEST_CASE("a family is asked for alone") {
    Asking test;
    const auto [family, type] = GENERATE(table<Family, unsigned>({{Family::v4, 1U}, {Family::v6, 28U}}));
    std::vector<unsigned> types;
    const test::DnsServer server(test.loop, [&](const Bytes& query, int) {
        types.push_back(test::type_in(query));
        return answer_to(query, 0x8180, {});
    });
    CHECK(test.resolve(www, {named("r", server.endpoint())}, 5s, family).failure == Failure::dns_nodata);
    CHECK(types == std::vector<unsigned>{type});
    CHECK(test.resolve("localhost", {}, 5s, family).addresses.front() ==
          (family == Family::v4 ? "127.0.0.1" : "::1"));
    CHECK(test.resolve("192.0.2.7", {}, 5s, family).addresses.size() == (family == Family::v4 ? 1 : 0));
    CHECK(test.resolve("2001:db8::7", {}, 5s, family).addresses.size() == (family == Family::v4 ? 0 : 1));
}

TEST_CASE("when no resolver gives an address, the failure is the last one's, or that of a bogus answer") {
    Asking test;
    const test::DnsServer broken(test.loop, always(0x8182, {})), none(test.loop, always(0x8183, {}));
    const test::DnsServer portal(test.loop, always(0x8180, {a_record(www, 60, Bytes{"\x0a\0\0\x01", 4})}));
    CHECK(test.resolve(www, {named("b", broken.endpoint()), named("n", none.endpoint())}).failure ==
          Failure::dns_nxdomain);
    const DnsReply bogus = test.resolve(www, {named("p", portal.endpoint()), named("n", none.endpoint())});
    CHECK(bogus.failure == Failure::dns_bogus);
    CHECK(bogus.addresses == std::vector<std::string>{"10.0.0.1"});
}

TEST_CASE("a literal address and localhost need no resolver") {
    Asking test;
    CHECK(test.resolve("192.0.2.7", {}).addresses == std::vector<std::string>{"192.0.2.7"});
    CHECK(test.resolve("[2001:db8::1]", {}).addresses == std::vector<std::string>{"2001:db8::1"});
    CHECK(test.resolve("localhost", {}).addresses == std::vector<std::string>{"127.0.0.1"});
    CHECK(test.resolve(www, {}).failure == Failure::address_unknown);
}

TEST_CASE("the address of a name server is learned once, and kept") {
    Asking test;
    test.client.set_private_answers_are_real(true);
    const test::DnsServer name_server(test.loop, always(0x8400, {a_record(www, 60, public_address)}));
    auto resolver = std::make_unique<test::DnsServer>(
        test.loop, always(0x8180, {a_record("a.ns.example.org", 60, Bytes{"\x7f\0\0\x01", 4})}));
    test.client.set_resolvers({named("r", resolver->endpoint())});
    DnsQuery query = test.query({"", name_server.endpoint().port}, false);
    query.server.name = "a.ns.example.org";
    CHECK(test.ask(query).failure == Failure::none);
    CHECK(resolver->udp_queries() == 1);
    resolver.reset();
    const DnsReply reply = test.ask(query);
    CHECK(reply.failure == Failure::none);
    CHECK(reply.server == to_string(name_server.endpoint()));
    CHECK(name_server.udp_queries() == 2);
}

TEST_CASE(
    "a learned address is kept in the book, and asked after a restart when it cannot be learned any more") {
    Remembered book;
    const std::string name = "a.ns.example.org";
    {
        Asking test;
        test.client.set_private_answers_are_real(true);
        test.client.remember_in(&book);
        const test::DnsServer name_server(test.loop, always(0x8400, {a_record(www, 60, public_address)}));
        const test::DnsServer resolver(test.loop,
                                       always(0x8180, {a_record(name, 60, Bytes{"\x7f\0\0\x01", 4})}));
        test.client.set_resolvers({named("r", resolver.endpoint())});
        DnsQuery query = test.query({"", name_server.endpoint().port}, false);
        query.server.name = name;
        CHECK(test.ask(query).failure == Failure::none);
    }
    const Fact* fact = book.find(FactKind::name_server, name);
    REQUIRE(fact != nullptr);
    CHECK(fact->values == std::vector<std::string>{"127.0.0.1"});

    Asking test;
    test.client.remember_in(&book);
    const test::DnsServer name_server(test.loop, always(0x8400, {a_record(www, 60, public_address)}));
    const test::DnsServer resolver(test.loop, always(0x8183, {}));
    test.client.set_resolvers({named("r", resolver.endpoint())});
    DnsQuery query = test.query({"", name_server.endpoint().port}, false);
    query.server.name = name;
    for (int i = 0; i < 2; ++i)
        CHECK(test.ask(query).failure == Failure::none);
    CHECK(resolver.udp_queries() == 1);  // learned anew in the background, in vain, and not again for a while
    CHECK(book.find(FactKind::name_server, name)->values.size() == 1);
}

TEST_CASE("an address is kept in the book only when it has itself answered with authority") {
    const std::string name = "a.ns.example.org";
    const auto [says, last, recursion, kept] = GENERATE(table<unsigned, char, bool, bool>({
        {0x8400U, '\x01', false, true},
        {0x8180U, '\x01', true, false},   // a resolver
        {0x8180U, '\x01', false, false},  // lame
        {0x8405U, '\x01', false, false},  // refused
        {0x8400U, '\x09', false, false},  // nobody is there
    }));
    CAPTURE(says, last, recursion);
    Remembered book;
    Asking test;
    test.client.set_private_answers_are_real(true);
    test.client.remember_in(&book);
    const test::DnsServer server(test.loop, always(says, {a_record(www, 60, public_address)}));
    const test::DnsServer resolver(test.loop, always(0x8180, {at_loopback(name, last)}));
    test.client.set_resolvers({named("r", resolver.endpoint())});
    const DnsReply reply = test.ask(to_server_named(name, server.endpoint().port, recursion));
    CHECK((reply.failure == Failure::none) == (kept || recursion));
    CHECK((book.find(FactKind::name_server, name) != nullptr) == kept);
}

TEST_CASE("a lie about the address of a name server is not kept, and no question fails by it") {
    const bool silent = GENERATE(true, false);  // else the port is closed
    CAPTURE(silent);
    const std::string name = "a.ns.example.org";
    Asking test;
    test.client.set_private_answers_are_real(true);
    Remembered book;
    book.restore({{FactKind::name_server, name, {"127.0.0.1"}, test.loop.now() - 1h}});
    test.client.remember_in(&book);
    const test::DnsServer server(test.loop, always(0x8400, {a_record(www, 60, public_address)}));
    const std::uint16_t port = server.endpoint().port;
    std::optional<Silent> nobody;
    if (silent) nobody.emplace("127.0.0.9", port);
    const test::DnsServer liar(test.loop, always(0x8180, {at_loopback(name, '\x09')}));
    test.client.set_resolvers({named("r", liar.endpoint())});
    for (int i = 0; i < 4; ++i) {
        const DnsReply reply = test.ask(to_server_named(name, port), 800ms);
        CHECK(reply.failure == Failure::none);
        CHECK(reply.server == to_string(server.endpoint()));
    }
    CHECK(liar.udp_queries() == 1);
    if (silent) CHECK(nobody->was_asked());
    REQUIRE(book.find(FactKind::name_server, name) != nullptr);
    CHECK(book.find(FactKind::name_server, name)->values == std::vector<std::string>{"127.0.0.1"});
}

TEST_CASE("a server that moved is kept in front of its former addresses, of which four stay") {
    const std::string name = "a.ns.example.org";
    Asking test;
    test.client.set_private_answers_are_real(true);
    Remembered book;
    const std::vector<std::string> former{"127.0.0.9", "127.0.0.8", "127.0.0.7", "127.0.0.6", "127.0.0.5"};
    book.restore({{FactKind::name_server, name, former, test.loop.now() - 1h}});
    test.client.remember_in(&book);
    const test::DnsServer server(test.loop, always(0x8400, {a_record(www, 60, public_address)}));
    const test::DnsServer resolver(test.loop, always(0x8180, {at_loopback(name, '\x01')}));
    test.client.set_resolvers({named("r", resolver.endpoint())});
    const DnsQuery query = to_server_named(name, server.endpoint().port);
    static_cast<void>(test.ask(query));  // still at the former address
    for (int i = 0; i < 50 && test.ask(query).failure != Failure::none; ++i) {
    }
    CHECK(book.find(FactKind::name_server, name)->values ==
          std::vector<std::string>{"127.0.0.1", "127.0.0.9", "127.0.0.8", "127.0.0.7", "127.0.0.6"});
}

TEST_CASE("when no address of a name server answers, the failure is that of the one learned last") {
    const std::string name = "a.ns.example.org";
    Asking test;
    test.client.set_private_answers_are_real(true);
    Remembered book;
    book.restore({{FactKind::name_server, name, {"127.0.0.1", "127.0.0.9"}, test.loop.now() - 1h}});
    test.client.remember_in(&book);
    const test::DnsServer server(test.loop, silence());
    const test::DnsServer resolver(test.loop, always(0x8183, {}));
    test.client.set_resolvers({named("r", resolver.endpoint())});
    for (int i = 0; i < 3; ++i) {
        const DnsReply reply = test.ask(to_server_named(name, server.endpoint().port), 300ms);
        CHECK(reply.failure == Failure::dns_timeout);
        CHECK(reply.server == to_string(server.endpoint()));
    }
    CHECK(book.find(FactKind::name_server, name)->values.front() == "127.0.0.1");
}

TEST_CASE("a name server whose address was never learned is address_unknown") {
    Asking test;
    const test::DnsServer resolver(test.loop, always(0x8183, {}));
    test.client.set_resolvers({named("unknown", {}), named("r", resolver.endpoint())});
    DnsQuery query = test.query({});
    query.server.name = "a.ns.example.org";
    const DnsReply reply = test.ask(query);
    CHECK(reply.failure == Failure::address_unknown);
    CHECK(reply.detail.find("dns_nxdomain") != std::string::npos);
}
