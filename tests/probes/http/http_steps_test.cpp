// Redirects, several steps, blocks, rules for JSON bodies, families and remembered addresses, against real
// nginx.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>

#include "../bench.hpp"
#include "catch.hpp"
#include "certificates.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

constexpr auto pages = R"(
location = / { return 200 "open"; }
location = /start { return 302 /middle; }
location = /middle { return 301 $scheme://WWW.shop.example:$server_port/end; }
location = /end { return 200 "the end"; }
location = /round { return 302 /round; }
location = /away { return 302 http://elsewhere.example/; }
location = /port { return 302 $scheme://www.shop.example:22/; }
location = /cached { return 200 $http_cache_control; }
location = /file { return 302 file:///etc/passwd; }
location = /broken { return 500 "x"; }
location = /forbidden { add_header Retry-After 120 always; return 403 "x"; }
location = /slow { return 429 "x"; }
location = /law { return 451 "x"; }
location = /challenge { add_header cf-mitigated challenge always; return 200 "just a moment"; }
location = /waf { add_header x-amzn-waf-action challenge always; return 202 "x"; }
location = /gateway { add_header Proxy-Status "edge; error=connection_timeout" always; return 502 "x"; }
location = /status { return 200 '{"status": "down", "queue": 3}'; }
)";

/// www.shop.example by HTTP, on IPv4 and IPv6.
struct Shop {
    Endpoint at = test::free_endpoint();
    test::Nginx nginx{{{at, {}, {}, "listen [::1]:" + std::to_string(at.port) + ";" + pages}}};
    test::Nsd nsd{"shop.example", "www A " + at.address + "\nwww AAAA ::1\n"};
    test::Bench bench{{{"lab", nsd.endpoint()}}};

    [[nodiscard]] HttpFetch fetch(const std::string& path) const {
        HttpFetch task;
        task.url = "http://www.shop.example:" + std::to_string(at.port) + path;
        task.expected_status = {{200, 299}};
        return task;
    }
};

}  // namespace

TEST_CASE("redirects to hosts on the list are followed, and to no others") {
    Shop shop;
    HttpFetch task = shop.fetch("/start");
    CHECK(shop.bench.run(task).failure == Failure::http_redirect);
    task.redirect_hosts = {"www.Shop.example"};
    task.contains = "the end";
    const Observation seen = shop.bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.http_status == 200);

    const auto refused = [&](const std::string& path, const std::string& why) {
        task.url = shop.fetch(path).url;
        const Observation no = shop.bench.run(task);
        INFO(test::shown(no));
        CHECK(no.failure == Failure::http_redirect);
        CHECK(no.reached == Stage::http);
        CHECK(no.detail.find(why) != std::string::npos);
    };
    refused("/away", "http://elsewhere.example/, a host that is not on the list");
    refused("/file", "redirected to");
    refused("/port", "a port of its own");
    refused("/round", "more than 5 times");
}

TEST_CASE("a redirect out of TLS is not followed, though its host is on the list") {
    test::Authority authority;
    const test::Certificate own = authority.issue("www.shop.example");
    const Shop shop;
    const Endpoint secure = test::free_endpoint();
    const test::Nginx nginx({{secure, own.certificate, own.key,
                              "return 302 http://www.shop.example:" + std::to_string(shop.at.port) + "/;"}});
    const test::Nsd nsd("shop.example", "www A " + secure.address + "\n");
    test::Bench bench({{"lab", nsd.endpoint()}}, authority.bundle());
    HttpFetch task;
    task.url = "https://www.shop.example:" + std::to_string(secure.port) + "/";
    task.expected_status = {{200, 200}};
    task.redirect_hosts = {"www.shop.example"};
    const Observation seen = bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::http_redirect);
    CHECK(seen.detail.starts_with("redirected away from https to http://www.shop.example"));
}

TEST_CASE("no cache on the way may answer for the target") {
    Shop shop;
    HttpFetch task = shop.fetch("/cached");
    task.contains = "no-cache";
    const Observation seen = shop.bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.ok());
}

TEST_CASE("a redirect that is expected is the end of it") {
    Shop shop;
    HttpFetch task = shop.fetch("/start");
    task.redirect_hosts = {"www.shop.example"};
    task.expected_status = {{302, 302}};
    CHECK(shop.bench.run(task).http_status == 302);
}

TEST_CASE("steps are taken in order, and the first that fails ends it") {
    Shop shop;
    HttpFetch task = shop.fetch("/");
    task.then = {shop.fetch("/broken?token=secret"), shop.fetch("/end")};
    const Observation seen = shop.bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::http_server_error);
    CHECK(seen.http_status == 500);
    CHECK(seen.detail.starts_with("step 2 of 3, http://www.shop.example:"));
    CHECK(seen.step == 1);
    CHECK(seen.detail.find("secret") == std::string::npos);

    task.then = {shop.fetch("/end")};
    task.then.front().contains = "the end";
    CHECK(shop.bench.run(task).ok());
    task.then.front().contains = "a beginning";
    CHECK(shop.bench.run(task).failure == Failure::content_mismatch);
}

TEST_CASE("the steps share one deadline") {
    Shop shop;
    const test::SilentTcp silent;
    HttpFetch task = shop.fetch("/");
    task.then = {shop.fetch("/")};
    task.then.front().url = "http://" + to_string(silent.endpoint()) + "/";
    const Observation seen = shop.bench.run(task, 400ms);
    CHECK(seen.failure == Failure::http_timeout);
    CHECK(seen.http_status == 0);
    CHECK(seen.finished - seen.started <= 700ms);
}

TEST_CASE("who is turned away has reached the front end, unless that was expected") {
    Shop shop;
    for (const std::string path : {"/forbidden", "/slow", "/law", "/challenge", "/waf"}) {
        const Observation seen = shop.bench.run(shop.fetch(path));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::http_blocked);
        CHECK(is_reachable(seen.failure));
    }
    CHECK(shop.bench.run(shop.fetch("/forbidden")).detail.find("retry-after: 120") != std::string::npos);
    HttpFetch meant = shop.fetch("/forbidden");
    meant.expected_status = {{400, 499}};
    CHECK(shop.bench.run(meant).failure == Failure::http_blocked);
    meant.expected_status = {{403, 403}};
    CHECK(shop.bench.run(meant).ok());
}

TEST_CASE("an error is told with what the front ends say about it") {
    Shop shop;
    const Observation seen = shop.bench.run(shop.fetch("/gateway"));
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::http_server_error);
    CHECK(seen.detail.find("proxy-status: edge; error=connection_timeout") != std::string::npos);
}

TEST_CASE("a JSON body must say what the rules want") {
    Shop shop;
    HttpFetch task = shop.fetch("/status");
    task.json = {{"/queue", JsonRule::Is::at_most, "5"}};
    CHECK(shop.bench.run(task).ok());
    task.json.push_back({"/status", JsonRule::Is::equal, "\"ok\""});
    const Observation seen = shop.bench.run(task);
    CHECK(seen.failure == Failure::content_mismatch);
    CHECK(seen.detail == R"(/status is "down", not "ok")");
}

TEST_CASE("the server's clock is compared with this one") {
    Shop shop;
    const Observation seen = shop.bench.run(shop.fetch("/"));
    REQUIRE(seen.clock_offset_seconds);
    CHECK(std::abs(*seen.clock_offset_seconds) <= 2);
    const test::ScriptedTcp early([](int fd) {
        test::read_some(fd);
        test::write_all(
            fd, "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n");
    });
    HttpFetch task;
    task.url = "http://" + to_string(early.endpoint()) + "/";
    const Observation off = shop.bench.run(task);
    REQUIRE(off.clock_offset_seconds);
    CHECK(*off.clock_offset_seconds < -900'000'000);
}

TEST_CASE("each family is fetched apart") {
    Shop shop;
    HttpFetch task = shop.fetch("/");
    task.family = Family::v6;
    const Observation six = shop.bench.run(task);
    INFO(test::shown(six));
    CHECK(six.ok());
    CHECK(six.address == "[::1]:" + std::to_string(shop.at.port));
    task.family = Family::v4;
    CHECK(shop.bench.run(task).address == to_string(shop.at));
    task.url = "http://[::1]:" + std::to_string(shop.at.port) + "/";
    CHECK(shop.bench.run(task).failure == Failure::address_unknown);
}

TEST_CASE("the address that worked is kept, and used when no name resolves") {
    Shop shop;
    HttpFetch task = shop.fetch("/");
    task.contains = "open";
    CHECK(shop.bench.run(task).ok());
    const Fact* fact = shop.bench.remembered.find(FactKind::front_end, "www.shop.example");
    REQUIRE(fact != nullptr);
    CHECK(fact->values == std::vector<std::string>{shop.at.address});
    task.family = Family::v6;
    CHECK(shop.bench.run(task).ok());
    CHECK(shop.bench.remembered.find(FactKind::front_end, "www.shop.example")->values ==
          std::vector<std::string>{"::1", shop.at.address});

    shop.bench.context.resolvers = {{"dead", test::free_endpoint(), {}}};
    CHECK_FALSE(shop.bench.run(shop.fetch("/"), 1s).ok());
    task.family = Family::v4;
    task.at_remembered = true;
    const Observation seen = shop.bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.dns == 0us);
    task.url = "http://unknown.example/";
    CHECK(shop.bench.run(task).failure == Failure::address_unknown);
}

TEST_CASE("what did not prove itself is not kept") {
    Shop shop;
    CHECK_FALSE(shop.bench.run(shop.fetch("/broken")).ok());
    CHECK(shop.bench.remembered.size() == 0);
    // Any captive portal answers 200.
    CHECK(shop.bench.run(shop.fetch("/")).ok());
    CHECK(shop.bench.remembered.size() == 0);
}

TEST_CASE("segments are as small as asked for") {
    std::atomic<int> largest{0};
    const test::ScriptedTcp server([&](int fd) {
        int size = 0;
        socklen_t length = sizeof size;
        ::getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &size, &length);
        largest = size;
        test::read_some(fd);
        test::write_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    test::Bench bench;
    HttpFetch task;
    task.url = "http://" + to_string(server.endpoint()) + "/";
    CHECK(bench.run(task).ok());
    CHECK(largest > 1300);
    task.segment_bytes = 600;
    CHECK(bench.run(task).ok());
    CHECK(largest <= 600);
}
