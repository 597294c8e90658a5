#include "agent/page/request.hpp"

#include "catch.hpp"

using namespace sereno;
using namespace std::string_view_literals;

namespace {

using Next = std::variant<RequestReader::Incomplete, Request, Refusal>;

Next read(std::string_view bytes) {
    RequestReader reader;
    reader.feed(bytes);
    return reader.next();
}

/// The status a request is refused with; 0: it is not refused.
int refused(std::string_view bytes) {
    const Next next = read(bytes);
    const auto* refusal = std::get_if<Refusal>(&next);
    return refusal == nullptr ? 0 : refusal->status;
}

std::string with_fields(const std::string& fields) {
    return "GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("a request is read with its path, query, host and validator") {
    const Next next = read(
        "GET /api/v1/decisions?since=x HTTP/1.1\r\nHost: localhost:8484\r\nIf-None-Match: \"a\"\r\n\r\n");
    const auto& request = std::get<Request>(next);
    CHECK(request.method == Request::Method::get);
    CHECK(request.path == "/api/v1/decisions");
    CHECK(request.query == "since=x");
    CHECK(request.host == "localhost:8484");
    CHECK(request.if_none_match == "\"a\"");
    CHECK(request.keep_alive);
}

TEST_CASE("a request that comes byte by byte is the same request") {
    RequestReader reader;
    const std::string bytes = with_fields("Accept: */*\r\n");
    for (const char c : bytes.substr(0, bytes.size() - 1)) {
        reader.feed({&c, 1});
        REQUIRE(std::holds_alternative<RequestReader::Incomplete>(reader.next()));
        CHECK(reader.midway());
    }
    reader.feed(bytes.substr(bytes.size() - 1));
    CHECK(std::get<Request>(reader.next()).path == "/");
    CHECK_FALSE(reader.midway());
}

TEST_CASE("pipelined requests come out in order") {
    RequestReader reader;
    reader.feed("GET /one HTTP/1.1\r\nHost: a\r\n\r\nHEAD /two HTTP/1.1\r\nHost: a\r\n\r\nGET /thr");
    CHECK(std::get<Request>(reader.next()).path == "/one");
    CHECK(std::get<Request>(reader.next()).method == Request::Method::head);
    CHECK(std::holds_alternative<RequestReader::Incomplete>(reader.next()));
    CHECK(reader.midway());
}

TEST_CASE("Connection: close and HTTP/1.0 end the connection, keep-alive of HTTP/1.0 does not") {
    CHECK_FALSE(std::get<Request>(read(with_fields("Connection: close\r\n"))).keep_alive);
    CHECK_FALSE(std::get<Request>(read("GET / HTTP/1.0\r\n\r\n")).keep_alive);
    CHECK(std::get<Request>(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")).keep_alive);
}

TEST_CASE("an absolute address is taken apart and its host wins") {
    const Next next = read("GET http://evil.example/x?y HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(std::get<Request>(next).host == "evil.example");
    CHECK(std::get<Request>(next).path == "/x");
    CHECK(std::get<Request>(next).query == "y");
}

TEST_CASE("requests with a body are refused, an empty body is none") {
    CHECK(refused(with_fields("Content-Length: 5\r\n")) == 413);
    CHECK(refused(with_fields("Transfer-Encoding: chunked\r\n")) == 413);
    CHECK(refused(with_fields("Transfer-Encoding: gzip\r\n")) == 413);
    CHECK(refused(with_fields("Content-Length: 18446744073709551615\r\n")) == 413);
    CHECK(refused(with_fields("Content-Length: 00\r\n")) == 0);
}

TEST_CASE("forms in which requests are smuggled are refused") {
    CHECK(refused(with_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(refused(with_fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")) == 400);
    CHECK(refused(with_fields("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n")) == 400);
    CHECK(refused(with_fields("Content-Length: 0\r\nContent-Length: 0\r\n")) == 400);
    CHECK(refused(with_fields("Content-Length: 0\r\nContent-Length: 6\r\n")) == 400);
    CHECK(refused(with_fields("Content-Length: +5\r\n")) == 400);
    CHECK(refused(with_fields("Content-Length: 0, 0\r\n")) == 400);
    CHECK(refused(with_fields("Content-Length : 5\r\n")) == 400);
    CHECK(refused(with_fields("X: a\r\n b\r\n")) == 400);  // folded
    CHECK(refused(with_fields("X: a\nContent-Length: 5\r\n")) == 400);
    CHECK(refused(with_fields("X: a\rContent-Length: 5\r\n")) == 400);
    CHECK(refused(with_fields("X: a\r\r\n")) == 400);
    CHECK(refused("GET / HTTP/1.1\nHost: localhost\n\n") == 400);
    CHECK(refused(" GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") == 400);
    CHECK(refused("GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n"sv) == 400);
    CHECK(refused("GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n") == 400);
}

TEST_CASE("a host must be named exactly once") {
    CHECK(refused("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
    CHECK(refused("GET / HTTP/1.0\r\n\r\n") == 0);
}

TEST_CASE("other versions are told apart from nonsense") {
    CHECK(refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
    CHECK(refused("PRI * HTTP/2.0\r\n\r\n") == 505);
    CHECK(refused("GET / HTTP/1.2\r\nHost: a\r\n\r\n") == 505);
    CHECK(refused("GET / HTCPCP/1.0\r\nHost: a\r\n\r\n") == 400);
    CHECK(refused("GET /\r\n\r\n") == 400);
    CHECK(refused("\x16\x03\x01\x02\x00\x01"sv) == 400);
}

TEST_CASE("what is too large is refused before all of it came") {
    CHECK(refused("GET /" + std::string(2200, 'a')) == 414);
    CHECK(refused("GET /" + std::string(2100, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 414);
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(9000, 'a')) == 431);
    CHECK(refused(with_fields("X: " + std::string(9000, 'a') + "\r\n")) == 431);
    CHECK(refused(with_fields("X: " + std::string(7000, 'a') + "\r\n")) == 0);
}

TEST_CASE("addresses of other forms are refused") {
    CHECK(refused("GET index.html HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(refused("CONNECT example.org:443 HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(std::get<Request>(read("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")).path == "*");
}
