// Against real nginx, with names from real nsd and unbound; servers that misbehave as nginx never would are
// played.
#include <unistd.h>

#include "../bench.hpp"
#include "catch.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

constexpr auto pages = R"(
location = / { return 200 "the shop is open"; }
location = /down { return 503 "no server available"; }
location = /moved { return 302 /login; }
location = /portal { return 511 "log in to this hotel"; }
location = /empty { return 204; }
location = /cloud { add_header cf-ray 8d1f-FRA always; return 200 "x"; }
location = /tagged { add_header x-tag one; return 200 "x"; }
)";

struct Shop {
    Endpoint at = test::free_endpoint();
    test::Nginx nginx{{{at, {}, {}, pages}}};
    [[nodiscard]] std::string url(const std::string& path) const { return "http://" + to_string(at) + path; }
};

HttpFetch fetch(const std::string& url) {
    HttpFetch task;
    task.url = url;
    return task;
}

HttpFetch fetch(const std::string& url, std::vector<std::pair<int, int>> expected) {
    HttpFetch task = fetch(url);
    task.expected_status = std::move(expected);
    return task;
}

}  // namespace

TEST_CASE("a page that answers is well, with its phases and its front end") {
    const Shop shop;
    test::Bench bench;
    HttpFetch task = fetch(shop.url("/"));
    task.contains = "open";
    const Observation seen = bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.http_status == 200);
    CHECK(seen.address == to_string(shop.at));
    CHECK(seen.edge.starts_with("nginx"));
    CHECK(seen.dns == 0us);
    CHECK(seen.connect > 0us);
    CHECK(seen.tls == 0us);
    CHECK(seen.first_byte > 0us);
    CHECK(bench.run(fetch(shop.url("/cloud"))).edge == "cloudflare");
}

TEST_CASE("a name is resolved first and its server asked by name") {
    const Endpoint at = test::free_endpoint();
    const test::Nginx nginx({{at, {}, {}, "return 200 $http_host;"}});
    const test::Nsd nsd("shop.example", "www 60 A " + at.address);
    const test::Unbound unbound({{"shop.example", nsd.endpoint()}});
    test::Bench bench({{"dead", test::free_endpoint()}, {"lab", unbound.endpoint()}});
    HttpFetch task = fetch("http://www.shop.example:" + std::to_string(at.port) + "/");
    task.contains = "www.shop.example:" + std::to_string(at.port);
    const Observation seen = bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.address == to_string(at));
    CHECK(seen.dns > 0us);
    CHECK(seen.ttl_seconds > 0);
    CHECK(seen.ttl_seconds <= 60);

    task.url = "http://gone.shop.example/";
    const Observation missing = bench.run(task);
    INFO(test::shown(missing));
    CHECK(missing.failure == Failure::dns_nxdomain);
    CHECK(missing.reached == Stage::dns);
}

TEST_CASE("the name of this host needs no resolver") {
    test::Bench bench;
    const Observation seen =
        bench.run(fetch("http://localhost:" + std::to_string(test::free_endpoint().port) + "/"));
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::connect_refused);
    CHECK(seen.address.starts_with("127.0.0.1"));
}

TEST_CASE("a server's own trouble is told from a page that is not there") {
    const Shop shop;
    test::Bench bench;
    const Observation down = bench.run(fetch(shop.url("/down")));
    INFO(test::shown(down));
    CHECK(down.failure == Failure::http_server_error);
    CHECK(down.reached == Stage::http);
    CHECK(down.http_status == 503);

    const Observation missing = bench.run(fetch(shop.url("/nowhere")));
    CHECK(missing.failure == Failure::http_status);
    CHECK(missing.http_status == 404);

    const Observation portal = bench.run(fetch(shop.url("/portal")));
    CHECK(portal.failure == Failure::http_status);
    CHECK(portal.http_status == 511);
}

TEST_CASE("a redirect is not followed, and well only where it is expected") {
    const Shop shop;
    test::Bench bench;
    const Observation expected = bench.run(fetch(shop.url("/moved")));
    INFO(test::shown(expected));
    CHECK(expected.ok());
    CHECK(expected.http_status == 302);
    const Observation unexpected = bench.run(fetch(shop.url("/moved"), {{200, 299}}));
    CHECK(unexpected.failure == Failure::http_redirect);
    CHECK(unexpected.detail.find("/login") != std::string::npos);
}

TEST_CASE("the body must be what the task says") {
    const Shop shop;
    test::Bench bench;
    HttpFetch task = fetch(shop.url("/"));
    task.contains = "closed";
    const Observation seen = bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::content_mismatch);
    CHECK(seen.reached == Stage::content);
    CHECK(seen.http_status == 200);
}

TEST_CASE("a captive portal's page where nothing belongs is noticed") {
    const Shop shop;
    test::Bench bench;
    HttpFetch task = fetch(shop.url("/empty"), {{204, 204}});
    task.empty_body = true;
    CHECK(bench.run(task).ok());
    task.url = shop.url("/");
    CHECK(bench.run(task).failure == Failure::http_status);
    task.expected_status = {{200, 204}};
    CHECK(bench.run(task).failure == Failure::content_mismatch);
}

TEST_CASE("a body longer than allowed is a failure only where the rest could matter") {
    const test::Folder root;
    root.write("long", std::string(100'000, 'x') + "the end");
    const Endpoint at = test::free_endpoint();
    const test::Nginx nginx({{at, {}, {}, "root " + root.path() + ";"}});
    test::Bench bench;
    HttpFetch task = fetch("http://" + to_string(at) + "/long");
    task.max_body_bytes = 4096;
    CHECK(bench.run(task).ok());
    task.contains = "the end";
    const Observation seen = bench.run(task);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::http_too_large);
    task.max_body_bytes = 200'000;
    CHECK(bench.run(task).ok());
}

TEST_CASE("how far a connection came decides what its failure is called") {
    test::Bench bench;
    SECTION("refused: nobody listens") {
        const Observation seen = bench.run(fetch("http://" + to_string(test::free_endpoint()) + "/"));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::connect_refused);
        CHECK(seen.reached == Stage::connect);
    }
    SECTION("a black hole: nothing comes back at all") {
        const test::BlackHole hole;
        const Observation seen = bench.run(fetch("http://" + to_string(hole.endpoint()) + "/"), 400ms);
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::connect_timeout);
        CHECK(seen.reached == Stage::connect);
        CHECK(seen.finished - seen.started >= 350ms);
    }
    SECTION("connected, and then no headers") {
        const test::SilentTcp silent;
        const Observation seen = bench.run(fetch("http://" + to_string(silent.endpoint()) + "/"), 400ms);
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::http_timeout);
        CHECK(seen.reached == Stage::http);
    }
    SECTION("half an answer, and then nothing") {
        const test::ScriptedTcp slow([](int fd) {
            test::read_some(fd);
            test::write_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            test::read_some(fd);  // until the probe gives up
        });
        const Observation seen = bench.run(fetch("http://" + to_string(slow.endpoint()) + "/"), 400ms);
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::http_timeout);
        CHECK(seen.reached == Stage::http);
        CHECK(seen.http_status == 200);
    }
    SECTION("reset instead of an answer") {
        const test::ScriptedTcp rude([](int fd) {
            test::read_some(fd);
            test::reset_on_close(fd);
        });
        const Observation seen = bench.run(fetch("http://" + to_string(rude.endpoint()) + "/"));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::http_reset);
        CHECK(seen.reached == Stage::http);
    }
    SECTION("closed in the middle of an answer") {
        const test::ScriptedTcp hasty([](int fd) {
            test::read_some(fd);
            test::write_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        });
        const Observation seen = bench.run(fetch("http://" + to_string(hasty.endpoint()) + "/"));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::http_reset);
    }
    SECTION("something that is not HTTP") {
        const test::ScriptedTcp other([](int fd) {
            test::read_some(fd);
            test::write_all(fd, "220 mail.shop.example ESMTP\r\n");
        });
        const Observation seen = bench.run(fetch("http://" + to_string(other.endpoint()) + "/"));
        INFO(test::shown(seen));
        CHECK(seen.failure == Failure::http_malformed);
    }
}

TEST_CASE("a URL that cannot be fetched says nothing about anybody") {
    test::Bench bench;
    const Observation seen = bench.run(fetch("ftp://shop.example/"));
    CHECK(seen.failure == Failure::address_unknown);
    CHECK(seen.reached == Stage::schedule);
}
