// A handshake with an address for a name that it need not have, against real nginx.
#include "../bench.hpp"
#include "catch.hpp"
#include "certificates.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

TlsHandshake handshake(const std::string& host, std::uint16_t port, const std::string& server_name) {
    return {.host = host, .port = port, .server_name = server_name};
}

}  // namespace

TEST_CASE("a handshake for another name passes with whatever certificate is shown") {
    test::Authority authority;
    const test::Certificate certificate = authority.issue("www.shop.example", test::Validity::expired);
    const Endpoint at = test::free_endpoint();
    const test::Nginx nginx({{at, certificate.certificate, certificate.key, "return 200 x;"}});
    const test::Nsd nsd("shop.example", "www A " + at.address);
    test::Bench bench({{"lab", nsd.endpoint()}});
    const Observation seen = bench.run(handshake("www.shop.example", at.port, "www.example.com"));
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.kind == ProbeKind::tls);
    CHECK(seen.address == to_string(at));
    CHECK(seen.dns > 0us);
    CHECK(seen.connect > 0us);
    CHECK(seen.tls > 0us);
    REQUIRE(seen.certificate);
    CHECK(seen.certificate->issuer == "sereno test authority");
    CHECK(seen.certificate->days_left < 0);
    CHECK(seen.detail.find("for www.shop.example by sereno test authority") != std::string::npos);

    const Observation gone = bench.run(handshake("gone.shop.example", at.port, "www.example.com"));
    CHECK(gone.failure == Failure::dns_nxdomain);
}

TEST_CASE("the name that is sent is the one asked for: a filter that goes by names resets only the other") {
    test::Authority authority;
    const test::Certificate certificate = authority.issue("www.shop.example");
    const Endpoint at = test::free_endpoint();
    // nginx refuses the handshake for this one name.
    const test::Nginx nginx({{at, certificate.certificate, certificate.key,
                              "server_name www.example.com; } server { listen " + to_string(at) +
                                  " ssl; server_name www.shop.example; ssl_reject_handshake on;"}});
    test::Bench bench;
    const Observation other = bench.run(handshake(at.address, at.port, "www.example.com"));
    INFO(test::shown(other));
    CHECK(other.ok());
    const Observation own = bench.run(handshake(at.address, at.port, "www.shop.example"));
    INFO(test::shown(own));
    CHECK(own.failure == Failure::tls_handshake);
    CHECK(own.reached == Stage::tls);
}

TEST_CASE("a handshake that is not answered fails where it stood") {
    test::Bench bench;
    SECTION("reset after the greeting") {
        const test::ScriptedTcp filter([](int fd) {
            test::read_some(fd);
            test::reset_on_close(fd);
        });
        const Endpoint& at = filter.endpoint();
        const Observation seen = bench.run(handshake(at.address, at.port, "www.example.com"));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::tls_reset);
    }
    SECTION("silence after the greeting") {
        const test::SilentTcp silent;
        const Endpoint& at = silent.endpoint();
        const Observation seen = bench.run(handshake(at.address, at.port, "www.example.com"), 300ms);
        CHECK(seen.failure == Failure::tls_timeout);
    }
    SECTION("nobody listens") {
        const Endpoint at = test::free_endpoint();
        const Observation seen = bench.run(handshake(at.address, at.port, "www.example.com"));
        CHECK(seen.failure == Failure::connect_refused);
        CHECK(seen.address == to_string(at));
    }
}

TEST_CASE("a handshake at the address that worked last needs no resolver, and an address that is known") {
    test::Authority authority;
    const test::Certificate certificate = authority.issue("www.shop.example");
    const Endpoint at = test::free_endpoint();
    const test::Nginx nginx({{at, certificate.certificate, certificate.key, "return 200 x;"}});
    test::Bench bench;
    TlsHandshake task = handshake("www.shop.example", at.port, "www.example.com");
    task.at_remembered = true;
    CHECK(bench.run(task).failure == Failure::address_unknown);
    bench.remembered.keep(FactKind::front_end, "www.shop.example", {at.address}, bench.loop.now());
    const Observation seen = bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.dns == 0us);
}
