// Bodies that come compressed, whole and otherwise.
#include <algorithm>
#include <optional>

#include "agent/loop/inflater.hpp"
#include "agent/loop/transfer_client.hpp"
#include "gzip.hpp"
#include "run_until.hpp"
#include "stream_server.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using test::run_until;
using test::StreamServer;
using test::Wrapping;
using Act = StreamServer::Act;
using Then = StreamServer::Act::Then;

namespace {

const std::string text = [] {
    std::string all;
    for (int i = 0; i < 5000; ++i)
        all += "route " + std::to_string(i * 7919 % 4096) + "\n";
    return all;
}();

struct Answered {
    TransferResult result;
    std::string request;
};

Answered fetch(const std::string& encoding, const std::string& body, std::size_t most = 262144,
               bool compressed = true) {
    Loop loop;
    TransferClient client(loop);
    std::string bytes = "HTTP/1.1 200 OK\r\n";
    if (!encoding.empty()) bytes += "content-ENCODING: " + encoding + "\r\n";
    bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    const StreamServer server(loop, [&](const std::string& received) -> Act {
        if (received.find("\r\n\r\n") == std::string::npos) return {};
        return {bytes, Then::close};
    });
    Transfer transfer;
    transfer.url = "http://www.example.org:" + std::to_string(server.port()) + "/";
    transfer.address = "127.0.0.1";
    transfer.compressed = compressed;
    transfer.max_body_bytes = most;
    std::optional<TransferResult> result;
    const auto handle = client.start(std::move(transfer), loop.now() + 5s,
                                     [&](TransferResult got) { result = std::move(got); });
    run_until(loop, [&] { return result.has_value(); });
    return {result.value_or(TransferResult{}), server.received()};
}

}  // namespace

TEST_CASE("a compressed body is decoded, however it is wrapped") {
    const auto [encoding, wrapping] = GENERATE(table<std::string, Wrapping>({{"gzip", Wrapping::gzip},
                                                                             {" X-GZIP ", Wrapping::gzip},
                                                                             {"deflate", Wrapping::zlib},
                                                                             {"deflate", Wrapping::none}}));
    const Answered got = fetch(encoding, test::compressed(text, wrapping));
    INFO(got.result.detail);
    CHECK(got.result.failure == Failure::none);
    CHECK(got.result.body == text);
    CHECK(got.request.find("Accept-Encoding: gzip, deflate\r\n") != std::string::npos);
}

TEST_CASE("a body that is not compressed, or an empty one, is taken as it is") {
    CHECK(fetch("", text).result.body == text);
    CHECK(fetch("identity", text).result.body == text);
    const Answered empty = fetch("gzip", "");
    CHECK(empty.result.failure == Failure::none);
    CHECK(empty.result.body.empty());
}

TEST_CASE("who does not ask for compression gets no decoding") {
    const std::string bytes = test::gzip(text);
    const Answered got = fetch("gzip", bytes, 262144, false);
    CHECK(got.result.body == bytes);
    CHECK(got.request.find("Accept-Encoding") == std::string::npos);
}

TEST_CASE("a compressed body that breaks off or is damaged is http_malformed") {
    const std::string whole = test::gzip(text);
    SECTION("in the middle, and just before the end") {
        for (const std::size_t missing :
             {std::size_t{1}, std::size_t{8}, whole.size() / 2, whole.size() - 3}) {
            const TransferResult got = fetch("gzip", whole.substr(0, whole.size() - missing)).result;
            INFO(missing);
            CHECK(got.failure == Failure::http_malformed);
            CHECK(got.reached == Stage::http);
            CHECK(got.status == 200);
            CHECK(got.detail == "the body ends before its gzip does");
        }
    }
    SECTION("a bit within") {
        std::string damaged = whole;
        damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x10);
        const TransferResult got = fetch("gzip", damaged).result;
        CHECK(got.failure == Failure::http_malformed);
        CHECK(got.detail == "the body is no valid gzip");
    }
    SECTION("plain text that is called gzip") {
        CHECK(fetch("gzip", R"({"status":"ok"})").result.failure == Failure::http_malformed);
    }
    SECTION("an encoding that nobody asked for") {
        const TransferResult got = fetch("br", whole).result;
        CHECK(got.failure == Failure::http_malformed);
        CHECK(got.detail == "the body is encoded as 'br', which nobody asked for");
    }
}

TEST_CASE("what a small body unpacks to has the same bound as a plain one") {
    const std::string bomb = test::gzip(std::string(16 << 20, ' '));
    REQUIRE(bomb.size() < 20'000);
    const TransferResult got = fetch("gzip", bomb, 100'000).result;
    CHECK(got.failure == Failure::http_too_large);
    CHECK(got.body.size() == 100'000);
    CHECK(fetch("gzip", test::gzip(text), text.size()).result.failure == Failure::none);
    CHECK(fetch("gzip", test::gzip(text), text.size() - 1).result.failure == Failure::http_too_large);
}

TEST_CASE("it makes no difference in which pieces a compressed body comes") {
    const std::string two_members = test::gzip(text) + test::gzip("and more");
    const std::size_t piece = GENERATE(1, 7, 1000, 1 << 20);
    Inflater inflater;
    std::string out;
    for (std::size_t at = 0; at < two_members.size(); at += piece)
        REQUIRE(inflater.feed(std::string_view{two_members}.substr(at, piece), out, 1 << 20) ==
                Inflater::Fed::well);
    CHECK(inflater.whole());
    CHECK(out == text + "and more");
    CHECK(inflater.feed("garbage", out, 1 << 20) == Inflater::Fed::broken);
}
