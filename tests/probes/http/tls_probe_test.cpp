// What can go wrong between the connection and the request, against real nginx with certificates of our own.
#include "../bench.hpp"
#include "catch.hpp"
#include "certificates.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

/// www.shop.example by TLS, with a certificate that a test chooses.
class TlsShop {
  public:
    explicit TlsShop(const test::Certificate& certificate)
        : nginx_({{at_, certificate.certificate, certificate.key, "return 200 open;"}}),
          nsd_("shop.example", "www A " + at_.address) {}

    /// Fetches it, trusting `bundle`.
    [[nodiscard]] Observation fetch(const std::string& bundle) const {
        test::Bench bench({{"lab", nsd_.endpoint()}}, bundle);
        HttpFetch task;
        task.url = "https://www.shop.example:" + std::to_string(at_.port) + "/";
        return bench.run(task);
    }

  private:
    Endpoint at_ = test::free_endpoint();
    test::Nginx nginx_;
    test::Nsd nsd_;
};

Observation fetch_from(const Endpoint& server, std::chrono::milliseconds timeout = 5s) {
    test::Bench bench;
    HttpFetch task;
    task.url = "https://" + to_string(server) + "/";
    return bench.run(task, timeout);
}

}  // namespace

TEST_CASE("a certificate for this name from a trusted authority is well") {
    test::Authority authority;
    const Observation seen = TlsShop(authority.issue("www.shop.example")).fetch(authority.bundle());
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.tls > 0us);
    CHECK(seen.http_status == 200);
}

TEST_CASE("a certificate for another name is told from one that nobody vouches for") {
    test::Authority authority;
    SECTION("another name: a captive portal, a wrong server") {
        const Observation seen = TlsShop(authority.issue("www.hotel.example")).fetch(authority.bundle());
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::certificate_name);
        CHECK(seen.reached == Stage::tls);
    }
    SECTION("an authority that this host does not trust") {
        test::Authority other;
        const Observation seen = TlsShop(other.issue("www.shop.example")).fetch(authority.bundle());
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::certificate_untrusted);
        CHECK(seen.reached == Stage::tls);
    }
}

TEST_CASE("who vouches for a certificate, and how, decides what its failure is called") {
    test::Authority root;
    const test::Folder folder;
    const std::string name = "www.shop.example";
    SECTION("nobody but itself") {
        const Observation seen = TlsShop(test::self_signed(folder, name)).fetch(root.bundle());
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::certificate_self_signed);
        REQUIRE(seen.certificate);
        CHECK(seen.certificate->issuer == name);
    }
    SECTION("an authority below the trusted one, whose certificate is sent along") {
        test::Authority below(root);
        const Observation seen = TlsShop(below.issue(name)).fetch(root.bundle());
        INFO(test::shown(seen));
        CHECK(seen.ok());
        REQUIRE(seen.certificate);
        CHECK(seen.certificate->issuer == "sereno test authority below");
    }
    SECTION("that one has expired, the certificate itself has not") {
        test::Authority below(root, test::Validity::expired);
        const Observation seen = TlsShop(below.issue(name)).fetch(root.bundle());
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::certificate_issuer_expired);
        CHECK(seen.reached == Stage::tls);
        REQUIRE(seen.certificate);
        CHECK(seen.certificate->days_left >= 28);
    }
    SECTION("that one was not sent along") {
        test::Authority below(root);
        const Observation seen = TlsShop(below.issue_alone(name)).fetch(root.bundle());
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::certificate_invalid);
    }
    SECTION("it is the one below an authority that this host does not know: an old CA bundle") {
        test::Authority unknown;
        test::Authority below(unknown);
        const Observation seen = TlsShop(below.issue(name)).fetch(root.bundle());
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::certificate_untrusted);
    }
    SECTION("it was issued for another purpose") {
        const Observation seen =
            TlsShop(root.issue(name, test::Validity::current, {"extendedKeyUsage=clientAuth"}))
                .fetch(root.bundle());
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::certificate_invalid);
        CHECK(seen.reached == Stage::tls);
    }
}

TEST_CASE("a certificate is told of with its issuer and the days it has left, also when it is refused") {
    test::Authority authority;
    const Observation good = TlsShop(authority.issue("www.shop.example")).fetch(authority.bundle());
    INFO(test::shown(good));
    REQUIRE(good.certificate);
    CHECK(good.certificate->issuer == "sereno test authority");
    CHECK(good.certificate->days_left >= 28);
    CHECK(good.certificate->days_left <= 30);

    const Observation late =
        TlsShop(authority.issue("www.shop.example", test::Validity::expired)).fetch(authority.bundle());
    INFO(test::shown(late));
    REQUIRE(late.certificate);
    CHECK(late.certificate->days_left < -5000);
    CHECK(late.detail.find("for www.shop.example by sereno test authority") != std::string::npos);

    const Observation other = TlsShop(authority.issue("www.hotel.example")).fetch(authority.bundle());
    INFO(test::shown(other));
    CHECK(other.failure == Failure::certificate_name);
    CHECK(other.certificate);
    CHECK(other.detail.find("www.hotel.example") != std::string::npos);
}

TEST_CASE("HTTP/2 is spoken where it is asked for and offered") {
    test::Authority authority;
    const test::Certificate certificate = authority.issue("www.shop.example");
    const Endpoint old = test::free_endpoint(), modern = test::free_endpoint();
    const test::Nginx nginx({{old, certificate.certificate, certificate.key,
                              "listen " + to_string(modern) + " ssl http2; return 200 $server_protocol;"}});
    const test::Nsd nsd("shop.example", "www A " + modern.address);
    test::Bench bench({{"lab", nsd.endpoint()}}, authority.bundle());
    HttpFetch task;
    task.url = "https://www.shop.example:" + std::to_string(modern.port) + "/";
    task.contains = "HTTP/1.1";
    CHECK(bench.run(task).ok());
    task.version = HttpVersion::http2;
    task.contains = "HTTP/2.0";
    const Observation seen = bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.detail == "status 200 over HTTP/2");
    CHECK(seen.http_status == 200);
}

TEST_CASE("a certificate out of its time says which way: a wrong clock shows in both") {
    test::Authority authority;
    SECTION("expired") {
        const Observation seen =
            TlsShop(authority.issue("www.shop.example", test::Validity::expired)).fetch(authority.bundle());
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::certificate_expired);
    }
    SECTION("not yet valid") {
        const Observation seen =
            TlsShop(authority.issue("www.shop.example", test::Validity::not_yet)).fetch(authority.bundle());
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::certificate_not_yet_valid);
    }
}

TEST_CASE("a server that does not speak TLS fails the handshake") {
    const Endpoint at = test::free_endpoint();
    const test::Nginx nginx({{at, {}, {}, "return 200 open;"}});
    const Observation seen = fetch_from(at);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::tls_handshake);
    CHECK(seen.reached == Stage::tls);
}

TEST_CASE("silence after the connection is a TLS timeout") {
    const test::SilentTcp silent;
    const Observation seen = fetch_from(silent.endpoint(), 400ms);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::tls_timeout);
    CHECK(seen.reached == Stage::tls);
    CHECK(seen.connect > 0us);
}

TEST_CASE("a reset right after the greeting is how a filter of names looks") {
    const test::ScriptedTcp filter([](int fd) {
        test::read_some(fd);  // the ClientHello
        test::reset_on_close(fd);
    });
    const Observation seen = fetch_from(filter.endpoint());
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::tls_reset);
    CHECK(seen.reached == Stage::tls);
}
