// Against unbound's own DNS over HTTPS; nginx plays what is no DNS server.
#include "../bench.hpp"
#include "catch.hpp"
#include "odd_servers.hpp"
#include "servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

constexpr auto host = "dns.lab.example";

DnsQuery over_https(const Endpoint& at, const std::string& name = "www.shop.example") {
    DnsQuery query;
    query.server = {
        .name = "lab",
        .endpoint = {at.address, 53},
        .https_url = std::string("https://") + host + ":" + std::to_string(at.port) + "/dns-query"};
    query.name = name;
    query.transport = DnsTransport::https;
    return query;
}

struct Lab {
    test::Authority authority;
    Endpoint zone_at = test::free_endpoint(), plain = test::free_endpoint(), https = test::free_endpoint();
    test::NameServer nsd{zone_at,
                         {{"shop.example", test::zone_head(7, {"ns.shop.example"}) +
                                               "ns A 127.0.0.1\nwww 60 A 192.0.2.10\nletter TXT hello\n"}}};
    test::Resolving unbound{plain,
                            {{"shop.example", zone_at}},
                            {.server_lines = "  module-config: \"iterator\"\n",
                             .https = https,
                             .certificate = authority.issue(host)}};
};

Observation from_nginx(const std::string& directives) {
    test::Authority authority;
    const test::Certificate certificate = authority.issue(host);
    const Endpoint at = test::free_endpoint();
    const test::Nginx nginx({{at, certificate.certificate, certificate.key, directives}});
    test::Bench bench({}, authority.bundle());
    return bench.run(over_https(at));
}

}  // namespace

TEST_CASE("a resolver is asked over HTTPS, at its address, with nothing else resolved") {
    Lab lab;
    test::Bench bench({}, lab.authority.bundle());
    const Observation seen = bench.run(over_https(lab.https));
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.answers == std::vector<std::string>{"192.0.2.10"});
    CHECK(seen.ttl_seconds > 0);
    CHECK(seen.ttl_seconds <= 60);
    CHECK(seen.address == to_string(lab.https));
    DnsQuery text = over_https(lab.https, "letter.shop.example");
    text.type = RecordType::txt;
    CHECK(bench.run(text).answers == std::vector<std::string>{"hello"});
}

TEST_CASE("what DNS says is told apart over HTTPS as elsewhere") {
    Lab lab;
    test::Bench bench({}, lab.authority.bundle());
    CHECK(bench.run(over_https(lab.https, "gone.shop.example")).failure == Failure::dns_nxdomain);
    DnsQuery six = over_https(lab.https);
    six.type = RecordType::aaaa;
    CHECK(bench.run(six).failure == Failure::dns_nodata);
}

TEST_CASE("a resolver over HTTPS must prove who it is") {
    Lab lab;
    test::Authority others;
    test::Bench bench({}, others.bundle());
    const Observation untrusted = bench.run(over_https(lab.https));
    INFO(test::shown(untrusted));
    CHECK(untrusted.failure == Failure::certificate_untrusted);
    CHECK(untrusted.reached == Stage::tls);
    DnsQuery other_name = over_https(lab.https);
    other_name.server.https_url.replace(8, 3, "abc");
    test::Bench trusting({}, lab.authority.bundle());
    CHECK(trusting.run(other_name).failure == Failure::certificate_name);
}

TEST_CASE("a closed port, a black hole and a server that never speaks are told apart over HTTPS") {
    test::Bench bench;
    const Observation closed = bench.run(over_https(test::free_endpoint()));
    INFO(test::shown(closed));
    CHECK(closed.failure == Failure::connect_refused);
    CHECK(closed.reached == Stage::connect);
    const test::SilentTcp silent;
    const Observation mute = bench.run(over_https(silent.endpoint()), 500ms);
    INFO(test::shown(mute));
    CHECK(mute.failure == Failure::tls_timeout);
    CHECK(mute.reached == Stage::tls);
    const test::BlackHole hole;
    CHECK(bench.run(over_https(hole.endpoint()), 500ms).failure == Failure::connect_timeout);
}

TEST_CASE("an HTTP answer without a DNS message is told by its status") {
    const auto [directives, failure] = GENERATE(table<std::string, Failure>({
        {"return 200 hello;", Failure::http_malformed},
        {"default_type application/dns-message; return 200 hello;", Failure::dns_mismatch},
        {"default_type application/dns-message; return 200 \"\";", Failure::dns_malformed},
        {"return 302 https://portal.example/;", Failure::http_status},
        {"return 403;", Failure::http_blocked},
        {"return 404;", Failure::http_status},
        {"return 503;", Failure::http_server_error},
    }));
    const Observation seen = from_nginx(directives);
    INFO(directives << ": " << test::shown(seen));
    CHECK(seen.failure == failure);
    CHECK(seen.reached == (to_string(failure).starts_with("dns_") ? Stage::dns : Stage::http));
}

TEST_CASE("the system's resolver has no DNS over HTTPS") {
    test::Bench bench({}, {}, {test::free_endpoint()});
    DnsQuery query{{"system", {}}, "www.shop.example"};
    query.transport = DnsTransport::https;
    const Observation seen = bench.run(query);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::host_refused);
}
