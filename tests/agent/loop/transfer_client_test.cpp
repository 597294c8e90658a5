#include "agent/loop/transfer_client.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <optional>

#include "run_until.hpp"
#include "stream_server.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using test::run_until;
using test::StreamServer;
using Act = StreamServer::Act;
using Then = StreamServer::Act::Then;

namespace {

struct Fetching {
    Loop loop;
    TransferClient client{loop};

    Transfer transfer(std::uint16_t port, const std::string& scheme = "http") {
        Transfer one;
        one.url = scheme + "://www.example.org:" + std::to_string(port) + "/page?q=1";
        one.address = "127.0.0.1";
        return one;
    }
    TransferResult fetch(Transfer one, Micros within = 5s) {
        std::optional<TransferResult> result;
        const auto handle = client.start(std::move(one), loop.now() + within, [&](TransferResult got) {
            CHECK_FALSE(result);
            result = std::move(got);
        });
        CHECK_FALSE(result);
        run_until(loop, [&] { return result.has_value(); });
        return result.value_or(TransferResult{});
    }
};

bool request_is_whole(const std::string& received) {
    return received.find("\r\n\r\n") != std::string::npos;
}

/// Answers every request with these bytes.
StreamServer::Handler answer(const std::string& bytes, Then then = Then::close) {
    return [=](const std::string& received) -> Act {
        if (!request_is_whole(received)) return {};
        return {bytes, then};
    };
}

std::uint16_t closed_port(Loop& loop) {
    const StreamServer gone(loop, [](const std::string&) { return Act{}; });
    return gone.port();
}

}  // namespace

TEST_CASE("a whole answer is given with status, headers, body, address and times") {
    Fetching test;
    const StreamServer server(test.loop,
                              answer("HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
                                     "HTTP/1.1 503 Busy\r\nServer:  edge \r\nX-Two: a\r\nx-two: b\r\n"
                                     "Content-Length: 5\r\n\r\nsorry"));
    const TransferResult result = test.fetch(test.transfer(server.port()));
    INFO(result.detail);
    CHECK(result.failure == Failure::none);
    CHECK(result.reached == Stage::done);
    CHECK(result.status == 503);
    CHECK(result.body == "sorry");
    CHECK(result.headers ==
          std::vector<std::pair<std::string, std::string>>{
              {"server", "edge "}, {"x-two", "a"}, {"x-two", "b"}, {"content-length", "5"}});
    CHECK(result.address == "127.0.0.1:" + std::to_string(server.port()));
    CHECK(result.connect > 0us);
    CHECK(result.connect < 5s);
    CHECK(result.tls == 0us);
    CHECK(result.first_byte > 0us);
}

TEST_CASE("the connection goes to the pinned address, the request names the URL's host") {
    Fetching test;
    const StreamServer server(test.loop, answer("HTTP/1.1 204 No Content\r\n\r\n"));
    Transfer transfer = test.transfer(server.port());
    transfer.headers = {"X-Test: yes"};
    transfer.no_cache = true;
    transfer.user_agent = "sereno/1";
    transfer.user = "me";
    transfer.password = "secret";
    CHECK(test.fetch(std::move(transfer)).status == 204);
    const std::string& request = server.received();
    CHECK(request.starts_with("GET /page?q=1 HTTP/1.1\r\n"));
    CHECK(request.find("Host: www.example.org:" + std::to_string(server.port()) + "\r\n") !=
          std::string::npos);
    CHECK(request.find("X-Test: yes\r\n") != std::string::npos);
    CHECK(request.find("Cache-Control: no-cache\r\n") != std::string::npos);
    CHECK(request.find("User-Agent: sereno/1\r\n") != std::string::npos);
    CHECK(request.find("Authorization: Basic bWU6c2VjcmV0\r\n") != std::string::npos);
    CHECK(request.find("Expect") == std::string::npos);
}

TEST_CASE("a body is sent with POST, PUT and PATCH, and not with GET") {
    Fetching test;
    const auto [method, sent] =
        GENERATE(table<std::string, bool>({{"POST", true}, {"PUT", true}, {"PATCH", true}, {"GET", false}}));
    const StreamServer server(test.loop, [sent = sent](const std::string& received) -> Act {
        if (!request_is_whole(received) || (sent && !received.ends_with("To=%2B34"))) return {};
        return {"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", Then::close};
    });
    Transfer transfer = test.transfer(server.port());
    transfer.method = method;
    transfer.body = "To=%2B34";
    CHECK(test.fetch(std::move(transfer)).status == 201);
    CHECK(server.received().starts_with(method + " "));
    CHECK(server.received().ends_with("To=%2B34") == sent);
}

TEST_CASE("a redirect is an answer and is not followed, nor is a connection used twice") {
    Fetching test;
    const StreamServer server(
        test.loop,
        answer("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", Then::stay));
    CHECK(test.fetch(test.transfer(server.port())).status == 302);
    CHECK(test.fetch(test.transfer(server.port())).status == 302);
    CHECK(server.accepted() == 2);
    run_until(test.loop, [&] { return server.open() == 0; });
}

TEST_CASE("a proxy in the environment is not used") {
    Fetching test;
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    const StreamServer server(test.loop, answer("HTTP/1.1 204 No Content\r\n\r\n"));
    CHECK(test.fetch(test.transfer(server.port())).status == 204);
    ::unsetenv("http_proxy");
}

TEST_CASE("a closed port is connect_refused") {
    Fetching test;
    const TransferResult result = test.fetch(test.transfer(closed_port(test.loop)));
    CHECK(result.failure == Failure::connect_refused);
    CHECK(result.reached == Stage::connect);
    CHECK(result.status == 0);
    CHECK(result.detail.find("refused") != std::string::npos);
}

TEST_CASE("a timeout belongs to the phase that was running") {
    Fetching test;
    const StreamServer silent(test.loop, [](const std::string&) { return Act{}; });
    const TransferResult http = test.fetch(test.transfer(silent.port()), 150ms);
    CHECK(http.failure == Failure::http_timeout);
    CHECK(http.reached == Stage::http);
    CHECK(http.connect > 0us);
    CHECK(http.connect < 100ms);
    const TransferResult tls = test.fetch(test.transfer(silent.port(), "https"), 300ms);
    CHECK(tls.failure == Failure::tls_timeout);
    CHECK(tls.reached == Stage::tls);
    CHECK(tls.connect > 0us);
}

TEST_CASE("a listener whose queue is full lets the connect time out") {
    Fetching test;
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    REQUIRE(::listen(listener, 0) == 0);
    std::vector<int> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        ::connect(waiting.back(), reinterpret_cast<sockaddr*>(&address), size);
    }
    const TransferResult result = test.fetch(test.transfer(ntohs(address.sin_port)), 200ms);
    CHECK(result.failure == Failure::connect_timeout);
    CHECK(result.reached == Stage::connect);
    for (const int fd : waiting)
        ::close(fd);
    ::close(listener);
}

TEST_CASE("a connection that ends before a whole answer is http_reset") {
    Fetching test;
    const auto [bytes, then] = GENERATE(
        table<std::string, Then>({{"", Then::close},
                                  {"", Then::reset},
                                  {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Then::close}}));
    const StreamServer server(test.loop, answer(bytes, then));
    const TransferResult result = test.fetch(test.transfer(server.port()));
    INFO(result.detail);
    CHECK(result.failure == Failure::http_reset);
    CHECK(result.reached == Stage::http);
    CHECK(result.body == (bytes.empty() ? "" : "half"));
}

TEST_CASE("TLS that is cut off is tls_reset, TLS that is no TLS is tls_handshake") {
    Fetching test;
    const auto [bytes, then, failure] = GENERATE(table<std::string, Then, Failure>({
        {"", Then::close, Failure::tls_reset},
        {"", Then::reset, Failure::tls_reset},
        {"HTTP/1.1 400 Bad Request\r\n\r\n", Then::close, Failure::tls_handshake},
        {std::string{"\x15\x03\x03\x00\x02\x02\x28", 7}, Then::close, Failure::tls_handshake},  // alert 40
    }));
    const StreamServer server(test.loop, [bytes = bytes, then = then](const std::string& received) -> Act {
        if (received.empty()) return {};
        return {bytes, then};
    });
    const TransferResult result = test.fetch(test.transfer(server.port(), "https"));
    INFO(result.detail);
    CHECK(result.failure == failure);
    CHECK(result.reached == Stage::tls);
}

TEST_CASE("what is no HTTP is http_malformed") {
    Fetching test;
    const StreamServer server(test.loop, answer("220 smtp.example.org ESMTP\r\n"));
    CHECK(test.fetch(test.transfer(server.port())).failure == Failure::http_malformed);
}

TEST_CASE("a body beyond the bound is cut off there, and its status is kept") {
    Fetching test;
    const StreamServer server(test.loop, answer("HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x')));
    Transfer transfer = test.transfer(server.port());
    transfer.max_body_bytes = 1000;
    const TransferResult result = test.fetch(std::move(transfer));
    CHECK(result.failure == Failure::http_too_large);
    CHECK(result.status == 200);
    CHECK(result.body == std::string(1000, 'x'));
    Transfer exact = test.transfer(server.port());
    exact.max_body_bytes = 100'000;
    CHECK(test.fetch(std::move(exact)).failure == Failure::none);
}

TEST_CASE("headers have a bound") {
    Fetching test;
    std::string many = "HTTP/1.1 200 OK\r\nX-Long: " + std::string(50'000, 'y') + "\r\n";
    for (int i = 0; i < 200; ++i)
        many += "X-" + std::to_string(i) + ": v\r\n";
    const StreamServer server(test.loop, answer(many + "\r\n"));
    const TransferResult result = test.fetch(test.transfer(server.port()));
    CHECK(result.failure == Failure::none);
    CHECK(result.headers.size() == 64);
    CHECK(result.headers.front().second.size() <= 1024);
}

TEST_CASE("what must not be sent is refused before a connection is made") {
    Fetching test;
    const StreamServer server(test.loop, [](const std::string&) { return Act{}; });
    const auto change = GENERATE(values<std::function<void(Transfer&)>>({
        [](Transfer& t) { t.url.replace(0, 4, "ftp"); },
        [](Transfer& t) { t.url = "file:///etc/passwd"; },
        [](Transfer& t) { t.url = "not a url"; },
        [](Transfer& t) { t.address.clear(); },
        [](Transfer& t) { t.address = "www.example.org"; },
        [](Transfer& t) { t.headers = {"X: a\r\nY: b"}; },
        [](Transfer& t) { t.method = "GET / HTTP/1.1\r\nX:"; },
        [](Transfer& t) { t.url.replace(0, 4, "smtp"); },
        [](Transfer& t) { t.mail = std::make_unique<MailEnvelope>(); },
    }));
    Transfer transfer = test.transfer(server.port());
    change(transfer);
    const TransferResult result = test.fetch(std::move(transfer));
    CHECK(result.failure == Failure::host_refused);
    CHECK(result.reached == Stage::schedule);
    CHECK_FALSE(result.detail.empty());
    CHECK(server.accepted() == 0);
}

TEST_CASE("this host's own trouble is told from the target's") {
    Fetching test;
    const StreamServer server(test.loop, [](const std::string&) { return Act{}; });
    Transfer no_bundle = test.transfer(server.port(), "https");
    no_bundle.ca_bundle = "/nonexistent/bundle.pem";
    CHECK(test.fetch(std::move(no_bundle)).failure == Failure::host_resources);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int next = ::dup(0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const TransferResult result = test.fetch(test.transfer(server.port()));
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(result.failure == Failure::host_resources);
}

TEST_CASE("a destroyed transfer never calls back, at whatever moment, and hangs up") {
    Fetching test;
    const StreamServer silent(test.loop, [](const std::string&) { return Act{}; });
    const StreamServer quick(test.loop, answer("HTTP/1.1 204 No Content\r\n\r\n"));
    int calls = 0;
    const auto count = [&](TransferResult) { ++calls; };
    const Stamp deadline = test.loop.now() + 5s;
    test.client.start(test.transfer(silent.port()), deadline, count).reset();
    auto waiting = test.client.start(test.transfer(silent.port()), deadline, count);
    auto handshaking = test.client.start(test.transfer(silent.port(), "https"), deadline, count);
    auto refused = test.client.start(Transfer{}, deadline, count);
    refused.reset();
    bool finished = false;
    std::unique_ptr<TransferHandle> inside;
    inside = test.client.start(test.transfer(quick.port()), deadline, [&](TransferResult) {
        inside.reset();
        finished = true;
    });
    run_until(test.loop, [&] { return finished && silent.open() == 2; });
    waiting.reset();
    handshaking.reset();
    run_until(test.loop, [&] { return silent.open() == 0; });
    CHECK(calls == 0);
}

TEST_CASE("a transfer outlives its client, and many run at once") {
    Loop loop;
    const StreamServer server(loop, answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    std::vector<std::unique_ptr<TransferHandle>> handles;
    int good = 0;
    {
        TransferClient client(loop);
        for (int i = 0; i < 30; ++i) {
            Transfer transfer;
            transfer.url = "http://www.example.org:" + std::to_string(server.port()) + "/";
            transfer.address = "127.0.0.1";
            handles.push_back(client.start(std::move(transfer), loop.now() + 5s,
                                           [&](TransferResult result) { good += result.body == "ok"; }));
        }
    }
    run_until(loop, [&] { return good == 30; });
    handles.clear();
}
