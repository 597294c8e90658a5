// Through a real proxy (tinyproxy), and past it.
#include "../bench.hpp"
#include "catch.hpp"
#include "certificates.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

class Tinyproxy {
  public:
    explicit Tinyproxy(const std::string& options = {})
        : daemon_(
              {"tinyproxy", "-d", "-c",
               folder_.write("conf", "Listen " + at_.address + "\nPort " + std::to_string(at_.port) +
                                         "\nAllow 127.0.0.0/8\nViaProxyName \"office\"\n" + options + "\n")},
              "tinyproxy", [this] { return test::accepts(at_); }) {}
    [[nodiscard]] std::string url(const std::string& credentials = {}) const {
        return "http://" + credentials + to_string(at_);
    }
    [[nodiscard]] const Endpoint& endpoint() const { return at_; }

  private:
    test::Folder folder_;
    Endpoint at_ = test::free_endpoint();
    test::Daemon daemon_;
};

/// By HTTP and HTTPS; no name leads to it but the proxy's own reading of the address.
struct Shop {
    test::Authority authority;
    Endpoint plain = test::free_endpoint(), secure = test::free_endpoint();
    test::Certificate certificate = authority.issue("localhost");
    test::Nginx nginx{{{plain, {}, {}, "return 200 $http_via;"},
                       {secure, certificate.certificate, certificate.key, "return 200 open;"}}};

    [[nodiscard]] HttpFetch http() const {
        HttpFetch task;
        task.url = "http://" + to_string(plain) + "/";
        return task;
    }
    [[nodiscard]] HttpFetch https() const {
        HttpFetch task;
        task.url = "https://" + to_string(secure) + "/";
        return task;
    }
};

}  // namespace

TEST_CASE("http goes through the proxy by name, https by CONNECT") {
    const Shop shop;
    const Tinyproxy proxy;
    test::Bench bench({}, shop.authority.bundle());
    bench.context.proxy = {proxy.url(), proxy.url(), {}};
    HttpFetch task = shop.http();
    task.contains = "office";
    const Observation plain = bench.run(task);
    INFO(test::shown(plain));
    CHECK(plain.ok());
    CHECK(plain.address == to_string(proxy.endpoint()));
    CHECK(bench.remembered.size() == 0);

    // The tunnel is there: the certificate that came through it is for another name.
    const Observation secure = bench.run(shop.https());
    INFO(test::shown(secure));
    CHECK(secure.failure == Failure::certificate_name);
    CHECK(secure.address == to_string(proxy.endpoint()));

    task.direct = true;
    CHECK(bench.run(task).failure == Failure::content_mismatch);
    bench.context.proxy.no_proxy = {"127.0.0.0/8"};
    CHECK(bench.run(shop.http()).address == to_string(shop.plain));
}

TEST_CASE("https by CONNECT ends well when the target proves itself") {
    test::Authority authority;
    const Endpoint at = test::free_endpoint();
    const test::Certificate own = authority.issue(at.address + ",IP:" + at.address);
    const test::Nginx nginx({{at, own.certificate, own.key, "return 200 \"open$http_via\";"}});
    const Tinyproxy proxy;
    test::Bench bench({}, authority.bundle());
    bench.context.proxy.https_url = proxy.url();
    HttpFetch task;
    task.url = "https://" + to_string(at) + "/";
    task.contains = "open";
    const Observation seen = bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.http_status == 200);
    CHECK(seen.address == to_string(proxy.endpoint()));
    CHECK(seen.tls > 0us);
    CHECK(bench.remembered.size() == 0);
}

TEST_CASE("a gateway's error over plain http is the proxy's own word, whatever proxy it is") {
    const test::ScriptedTcp gateway([](int fd) {
        test::read_some(fd);
        test::write_all(fd, "HTTP/1.0 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    });
    test::Bench bench;
    bench.context.proxy.http_url = "http://" + to_string(gateway.endpoint());
    HttpFetch task;
    task.url = "http://www.shop.example/";
    const Observation seen = bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::proxy_refused);
    CHECK(seen.http_status == 503);
}

TEST_CASE("a proxy is found by name") {
    const Shop shop;
    const Tinyproxy proxy;
    const test::Nsd nsd("office.example", "proxy A " + proxy.endpoint().address);
    test::Bench bench({{"lab", nsd.endpoint()}});
    bench.context.proxy.http_url = "http://proxy.office.example:" + std::to_string(proxy.endpoint().port);
    CHECK(bench.run(shop.http()).ok());
    bench.context.proxy.http_url = "http://gone.office.example:3128";
    const Observation seen = bench.run(shop.http());
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::proxy_refused);
    CHECK(seen.reached == Stage::dns);
}

TEST_CASE("a proxy that wants a password says so instead of the target, and gets it when it is known") {
    const Shop shop;
    const Tinyproxy proxy("BasicAuth porter opensesame");
    test::Bench bench({}, shop.authority.bundle());
    const auto refused = [&](const HttpFetch& task) {
        const Observation seen = bench.run(task);
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::proxy_refused);
        CHECK(seen.detail.find("proxy " + to_string(proxy.endpoint())) != std::string::npos);
        CHECK(seen.detail.find("wrong") == std::string::npos);
    };
    bench.context.proxy = {proxy.url(), proxy.url(), {}};
    refused(shop.http());
    refused(shop.https());
    bench.context.proxy = {proxy.url("porter:wrong@"), proxy.url("porter:wrong@"), {}};
    refused(shop.http());
    refused(shop.https());
    bench.context.proxy = {proxy.url("porter:opensesame@"), proxy.url("porter:opensesame@"), {}};
    CHECK(bench.run(shop.http()).ok());
    CHECK(bench.run(shop.https()).failure == Failure::certificate_name);
}

TEST_CASE("a proxy that does not connect, or cannot be reached, is not the target's failure") {
    const Shop shop;
    test::Bench bench({}, shop.authority.bundle());
    SECTION("it does not allow this port") {
        const Tinyproxy proxy("ConnectPort 1");
        bench.context.proxy.https_url = proxy.url();
        const Observation seen = bench.run(shop.https());
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::proxy_refused);
        CHECK(seen.reached == Stage::connect);
    }
    SECTION("nobody is there") {
        bench.context.proxy.http_url = "http://" + to_string(test::free_endpoint());
        const Observation seen = bench.run(shop.http());
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::proxy_refused);
    }
    SECTION("it is a black hole") {
        const test::BlackHole hole;
        bench.context.proxy.http_url = "http://" + to_string(hole.endpoint());
        CHECK(bench.run(shop.http(), 300ms).failure == Failure::proxy_refused);
    }
    SECTION("it takes CONNECT and says nothing: it is still trying to connect") {
        const test::SilentTcp silent;
        bench.context.proxy.https_url = "http://" + to_string(silent.endpoint());
        CHECK(bench.run(shop.https(), 300ms).failure == Failure::connect_timeout);
    }
}
