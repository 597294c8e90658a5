// RIS Live over real sockets and real TLS, from a server that behaves, and from one that does not.
#include "probes/witness/ris/ris_live.hpp"

#include <malloc.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>

#include "../../bench.hpp"
#include "../glass_text.hpp"
#include "catch.hpp"
#include "certificates.hpp"
#include "daemons.hpp"
#include "json_service.hpp"
#include "odd_servers.hpp"
#include "probes/http/front_end.hpp"
#include "probes/witness/witnesses.hpp"
#include "ris_server.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

const std::string facebook = "129.134.30.0/24", other = "185.89.218.0/23", beacon = "84.205.64.0/24",
                  yardstick = "193.0.0.0/21", yardstick6 = "2001:67c:2e8::/48";

/// Everything in milliseconds; silence still takes long enough for a busy computer.
RisRhythm quick() {
    return {.between_subscriptions = 1ms,
            .ping = 2s,
            .pong_within = 2s,
            .reconnect_first = 10ms,
            .reconnect_most = 50ms,
            .canary_silence = 1h,
            .alive = 1h,
            .handshake_within = 3s,
            .look = 5ms};
}

struct Feed {
    explicit Feed(const std::string& to, RisRhythm rhythm = quick(), const std::string& bundle = {},
                  std::vector<DnsServer> resolvers = {})
        : bench(std::move(resolvers), bundle),
          settings{.url = to, .client = "sereno/0.1 a@b.example", .rhythm = rhythm, .rule = {}} {}

    void start(RipeStat* glass = nullptr) {
        live = std::make_unique<RisLive>(bench.context, glass, board, settings);
        live->watch(facebook, "facebook");
        live->watch(other, "facebook");
    }
    /// Runs until `happened`, looking every millisecond; false after ten seconds.
    bool until(const std::function<bool()>& happened, std::chrono::milliseconds patience = 10s) {
        bool well = false;
        std::function<void()> look = [&] {
            well = happened();
            if (well) return bench.loop.stop();
            again = bench.loop.after(1ms, look);
        };
        again = bench.loop.after(0ms, look);
        const auto watchdog = bench.loop.after(patience, [&] { bench.loop.stop(); });
        bench.loop.run();
        again.cancel();
        return well;
    }
    [[nodiscard]] WitnessHealth health() const { return *board.find(ris_live_id); }
    bool until_able() {
        return until([&] { return health().state == WitnessHealth::State::able; });
    }
    /// Runs until the board's reason holds this.
    bool until_unable(const std::string& part) {
        const bool well = until([&] {
            return health().state == WitnessHealth::State::unable &&
                   health().why.find(part) != std::string::npos;
        });
        UNSCOPED_INFO("why: " << health().why);
        return well;
    }

    test::Bench bench;
    WitnessBoard board;
    RisLive::Settings settings;
    Loop::Timer again;
    std::unique_ptr<RisLive> live;
};

/// RIPEstat's. Ten peers have whatever it was told nothing else of.
class Glass {
  public:
    ~Glass() {
        if (feed_ != nullptr) feed_->live.reset();
    }
    /// -1: it answers 500.
    void have(const std::string& prefix, int peers) {
        const std::lock_guard lock(mutex_);
        peers_[prefix] = peers;
    }
    [[nodiscard]] int asked(const std::string& prefix) {
        const std::lock_guard lock(mutex_);
        return asked_[prefix];
    }
    /// Starts the feed with this one, which must go first.
    void serve(Feed& feed) {
        feed_ = &feed;
        asker_.emplace(feed.bench.context, "a@b.example");
        stat_.emplace(feed.bench.context, *asker_, feed.board, service_.url("/"));
        feed.start(&*stat_);
    }

  private:
    test::JsonService::Reply answer(const test::JsonService::Request& request) {
        const std::lock_guard lock(mutex_);
        const std::string prefix = test::glass_resource(request.path);
        ++asked_[prefix];
        const int peers = peers_.try_emplace(prefix, 10).first->second;
        test::JsonService::Reply reply;
        reply.status = peers < 0 ? 500 : 200;
        auto routes = test::glass_routes(prefix, std::max(peers, 0));
        for (test::GlassRoute& route : routes)
            route.origin = prefix == facebook || prefix == other ? "\"32934\"" : "\"3333\"";
        reply.body = test::glass_body(routes);
        return reply;
    }

    std::mutex mutex_;
    std::map<std::string, int> peers_, asked_;
    test::JsonService service_{[this](const auto& request) { return answer(request); }};
    Feed* feed_ = nullptr;
    std::optional<Asker> asker_;
    std::optional<RipeStat> stat_;
};

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t most_growth = 100'000'000;  // it keeps what was freed
#else
constexpr std::size_t most_growth = 4'000'000;
#endif

std::size_t resident_bytes() {
    std::size_t total = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * 4096;
}

}  // namespace

TEST_CASE("the feed subscribes, listens and says so") {
    test::RisServer server;
    Feed feed(server.url());
    feed.start();
    CHECK(feed.health().state == WitnessHealth::State::idle);
    CHECK(feed.health().name == "RIPE RIS Live");
    REQUIRE(feed.until_able());
    CHECK(feed.health().words.starts_with("2 prefixes, "));
    CHECK(server.subscriptions().contains(facebook));
    CHECK(server.subscriptions().contains(beacon));
    CHECK(server.request().starts_with("GET /v1/ws/?client=sereno%2F0.1%20a%40b.example HTTP/1.1\r\n"));
    CHECK(server.request().find("permessage-deflate") == std::string::npos);
    CHECK(feed.live->counters().connections == 1);
}

TEST_CASE("whatever goes wrong is told, and the feed comes back") {
    struct Wrong {
        std::string name;
        test::RisManners manners;
        std::function<void(test::RisServer&)> deed;
        std::string why;
    };
    const auto refusal = [](const std::string& answer) {
        test::RisManners manners;
        manners.refusal = answer;
        return manners;
    };
    test::RisManners deaf, mute, dumb, unhelpful;
    deaf.reads = false;
    mute.speaks = false;
    dumb.pongs = false;
    unhelpful.acknowledges = false;
    const auto nothing = [](test::RisServer&) {};
    const std::vector<Wrong> wrongs{
        {"too many requests",
         refusal("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 4\r\n\r\nwait"),
         nothing, "it answers HTTP 429 instead of a WebSocket (too many requests)"},
        {"its own trouble", refusal("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"), nothing,
         "it answers HTTP 500"},
        {"a page", refusal("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Log in, please</html>"),
         nothing, "it answers HTTP 200 instead of a WebSocket (no WebSocket there, or a portal in between)"},
        {"no HTTP", refusal("220 mail.example ESMTP\r\n\r\n"), nothing, "it is no WebSocket"},
        {"an endless page", refusal("HTTP/1.1 200 OK\r\n\r\n" + std::string(20'000'000, ' ')), nothing,
         "it is no WebSocket"},
        {"an endless header", refusal("HTTP/1.1 101 OK\r\nX: " + std::string(1'000'000, 'x')), nothing,
         "it is no WebSocket"},
        {"accepts and is silent", mute, nothing, "no answer from 127."},
        {"stops reading", deaf, nothing, "it has not acknowledged the subscription to the peers' sessions"},
        {"no acknowledgement", unhelpful, nothing, "it has not acknowledged"},
        {"no pong", dumb, nothing, "it was silent for"},
        {"goodbye",
         {},
         [](test::RisServer& server) { server.close(1012, "restarting"); },
         "it said goodbye (1012: restarting)"},
        {"hangs up",
         {},
         [](test::RisServer& server) { server.hang_up(); },
         "the connection ended without a goodbye"},
        {"cut in mid-frame",
         {},
         [](test::RisServer& server) { server.close_in_mid_frame(); },
         "the connection ended in mid-message"},
        {"a frame of 10 MB",
         {},
         [](test::RisServer& server) { server.frame(1, std::string(10'000'000, ' ')); },
         "it sent a message of more than 1048576 bytes"},
        {"a frame of 2^63 bytes",
         {},
         [](test::RisServer& server) { server.raw("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"); },
         "it sent a message of more than"},
        {"binary", {}, [](test::RisServer& server) { server.frame(2, "{}"); }, "it sent binary data"},
        {"no UTF-8",
         {},
         [](test::RisServer& server) { server.frame(1, "\"\xc3\x28\""); },
         "it sent text that is not UTF-8"},
        {"an unknown opcode",
         {},
         [](test::RisServer& server) { server.frame(5, "?"); },
         "the connection failed"},
        {"endless pings",
         {},
         [](test::RisServer& server) { server.frame(9, "there?", 5000); },
         "it asked for 1000 signs of life without saying a word"},
    };
    RisRhythm rhythm = quick();
    rhythm.ping = 60ms;
    rhythm.pong_within = rhythm.handshake_within = 250ms;
    for (const Wrong& wrong : wrongs) {
        INFO(wrong.name);
        test::RisServer server({}, wrong.manners);
        Feed feed(server.url(), rhythm);
        feed.start();
        const bool at_once = !wrong.manners.refusal.empty() || !wrong.manners.speaks ||
                             !wrong.manners.reads || !wrong.manners.acknowledges;
        if (!at_once) REQUIRE(feed.until_able());
        wrong.deed(server);
        CHECK(feed.until_unable(wrong.why));
        CHECK(feed.health().why.find("; trying again at ") != std::string::npos);
        CHECK(feed.live->sight(facebook).state == RouteSight::State::unknown);
        CHECK_FALSE(feed.live->sight(facebook).why.empty());
        server.behave({});
        const std::size_t before = server.heard(other);
        CHECK(feed.until_able());
        CHECK(server.heard(other) > before);
    }
}

TEST_CASE("an address where nobody listens is told, and tried again") {
    const Endpoint endpoint = test::free_endpoint();
    Feed feed("ws://" + to_string(endpoint) + "/v1/ws/");
    feed.start();
    CHECK(feed.until_unable("cannot connect to " + endpoint.address + ": Connection refused"));
    test::RisServer server({}, {}, endpoint);
    CHECK(feed.until_able());
}

TEST_CASE("only wss is spoken to strangers") {
    for (const std::string url :
         {"ws://ris.example/v1/ws/", "ws://192.0.2.1/", "http://127.0.0.1/", "ris.example", "wss://",
          "wss://ris.example/a b", "ws://127.0.0.1.example/"}) {
        INFO(url);
        Feed feed(url);
        feed.start();
        CHECK(feed.health().state == WitnessHealth::State::unable);
        CHECK(feed.health().why.find("'") != std::string::npos);
        CHECK(feed.live->sight(facebook).why == feed.health().why);
        CHECK_FALSE(feed.until([&] { return feed.live->counters().connections > 0; }, 20ms));
    }
}

TEST_CASE("a name is resolved, the certificate checked, and the address remembered") {
    test::Authority authority;
    test::RisServer server(authority.issue("ris.example"));
    const test::Nsd dns("example", "ris IN A " + server.endpoint().address);
    Feed feed(server.url("ris.example"), quick(), authority.bundle(), {{"lab", dns.endpoint(), {}}});
    feed.start();
    REQUIRE(feed.until_able());
    CHECK(server.request().find("\r\nHost: ris.example:" + std::to_string(server.endpoint().port) + "\r\n") !=
          std::string::npos);
    CHECK(remembered_front_end(feed.bench.remembered, "ris.example", Family::any) ==
          server.endpoint().address);
}

TEST_CASE("when names do not resolve, the remembered address is asked") {
    test::Authority authority;
    test::RisServer server(authority.issue("ris.example"));
    Feed feed(server.url("ris.example"), quick(), authority.bundle(),
              {{"nobody", test::free_endpoint(), {}}});
    feed.start();
    CHECK(feed.until_unable("ris.example does not resolve: dns_unreachable"));
    remember_front_end(feed.bench.remembered, "ris.example", server.endpoint().address,
                       feed.bench.loop.now());
    CHECK(feed.until_able());
}

TEST_CASE("a certificate that is not right is refused") {
    test::Authority authority;
    const test::Authority stranger;
    const auto why = [&](const test::Certificate& certificate, const std::string& bundle) {
        test::RisServer server(certificate);
        Feed feed(server.url("ris.example"), quick(), bundle, {{"nobody", test::free_endpoint(), {}}});
        remember_front_end(feed.bench.remembered, "ris.example", server.endpoint().address,
                           feed.bench.loop.now());
        feed.start();
        feed.until_unable("refused");
        CHECK(server.upgrades() == 0);
        return feed.health().why;
    };
    CHECK(why(authority.issue("other.example"), authority.bundle()).find("hostname mismatch") !=
          std::string::npos);
    CHECK(why(authority.issue("ris.example", test::Validity::expired), authority.bundle())
              .find("certificate has expired; is this computer's clock right?") != std::string::npos);
    CHECK(why(authority.issue("ris.example"), stranger.bundle()).find("unable to get local issuer") !=
          std::string::npos);
    // Debian's bundle knows nothing of the test's authority.
    CHECK(why(authority.issue("ris.example"), {}).find("the certificate of ris.example is refused") !=
          std::string::npos);
}

TEST_CASE("without certificates to trust nobody is asked") {
    Feed feed("wss://127.0.0.1:1/", quick(), "/nowhere/ca.pem");
    feed.start();
    CHECK(feed.until_unable("the certificates to trust cannot be read from /nowhere/ca.pem"));
}

TEST_CASE("a flood costs no memory and delays nobody") {
    test::RisServer server;
    Feed feed(server.url());
    feed.start();
    REQUIRE(feed.until_able());
    const std::string text = test::ris_announcement(facebook, "192.0.2.1", {64496, 32934});
    server.flood(text, 1000);
    REQUIRE(feed.until([&] { return feed.live->counters().messages > 1000; }));
    const std::size_t before = resident_bytes();
    Micros latest{0};
    Stamp due = feed.bench.loop.now() + 5ms;
    Loop::Timer timer;
    std::function<void()> beat = [&] {
        latest = std::max(latest, feed.bench.loop.now() - due);
        due = feed.bench.loop.now() + 5ms;
        timer = feed.bench.loop.after(5ms, beat);
    };
    timer = feed.bench.loop.after(5ms, beat);
    const Stamp began = feed.bench.loop.now();
    server.flood(text, 200'000);
    REQUIRE(feed.until([&] { return feed.live->counters().messages > 201'000; }, 50s));
    std::cout << "200,000 messages in " << (feed.bench.loop.now() - began).count() / 1000
              << " ms, a timer at most " << latest.count() << " us late, "
              << (static_cast<long>(resident_bytes()) - static_cast<long>(before)) / 1024 << " kB more\n";
    CHECK(resident_bytes() < before + most_growth);
    CHECK(latest < 1s);
    CHECK(feed.live->counters().malformed == 0);
}

TEST_CASE("fragments are put together, unknown types are passed over") {
    test::RisManners manners;
    manners.fragment_bytes = 7;
    manners.after_upgrade = {R"({"type":"ris_news","data":{}})",
                             R"({"type":"ris_message","data":{"type":"OPEN"}})"};
    test::RisServer server({}, manners);
    Feed feed(server.url());
    feed.start();
    REQUIRE(feed.until_able());
    server.say(test::ris_announcement(facebook, "192.0.2.1", {64496, 32934}));
    server.say(R"({"type":"ris_message","data":{"type":"KEEPALIVE"}})");
    const auto before = feed.live->counters().messages;
    CHECK(feed.until([&] { return feed.live->counters().messages >= before + 2; }));
    CHECK(feed.live->counters().malformed == 0);
    CHECK(feed.live->heard() > Stamp{});
}

TEST_CASE("a feed that makes no sense is unable until it does again") {
    test::RisServer server;
    Feed feed(server.url());
    feed.start();
    REQUIRE(feed.until_able());
    server.flood("{\"type\":", 30);
    REQUIRE(feed.until([&] { return feed.live->counters().malformed == 30; }));
    CHECK(feed.health().state == WitnessHealth::State::able);
    server.flood("{\"type\":", 30);
    CHECK(feed.until_unable("of its last 100 messages make no sense: "));
    CHECK(feed.live->sight(facebook).state == RouteSight::State::unknown);
    server.flood(test::ris_announcement(facebook, "192.0.2.1", {64496, 32934}), 100);
    CHECK(feed.until_able());
    CHECK(feed.live->counters().connections == 1);
}

TEST_CASE("the feed is unable when the beacons are silent") {
    test::RisServer server;
    RisRhythm rhythm = quick();
    rhythm.ping = 5ms;
    rhythm.canary_silence = 200ms;
    Feed feed(server.url(), rhythm);
    feed.start();
    REQUIRE(feed.until_able());
    CHECK(feed.until_unable("connected, but RIPE's beacons, which speak every two hours, have been silent"));
    CHECK(feed.live->sight(facebook).why == feed.health().why);
    server.say(test::ris_withdrawal(beacon, "192.0.2.1", 64496));
    CHECK(feed.until_able());
    CHECK(feed.live->counters().connections == 1);
}

TEST_CASE("a feed that is an hour behind is unknown until it has caught up, and the glass asked again") {
    test::RisServer server;
    Feed feed(server.url());
    Glass glass;
    glass.serve(feed);
    const auto visible = [&] { return feed.live->sight(facebook).state == RouteSight::State::visible; };
    REQUIRE(feed.until(visible));
    REQUIRE(feed.until_able());
    server.say(test::ris_announcement(facebook, "198.18.0.1", {64500, 32934}, "rrc00", 61min));
    CHECK(feed.until_unable("RIS Live is 61 minutes behind"));
    CHECK(feed.live->sight(facebook).why == feed.health().why);
    CHECK_FALSE(visible());
    const int asked = glass.asked(facebook);
    server.say(test::ris_announcement(facebook, "198.18.0.1", {64500, 32934}));
    CHECK(feed.until_able());
    CHECK(visible());
    CHECK(feed.until([&] { return glass.asked(facebook) > asked; }));
    CHECK(feed.live->counters().connections == 1);
}

TEST_CASE("a prefix that is refused is unknown, the others are followed") {
    test::RisManners manners;
    manners.hates = {other};
    test::RisServer server({}, manners);
    Feed feed(server.url());
    feed.start();
    REQUIRE(feed.until_able());
    CHECK(feed.health().words.starts_with("1 prefix, 1 refused, "));
    CHECK(feed.live->sight(other).why ==
          "RIS Live does not follow 185.89.218.0/23: cannot follow 185.89.218.0/23");
    CHECK(feed.live->sight("192.0.2.0/24").why == "'192.0.2.0/24' is not watched");
    CHECK(feed.live->sight("nonsense").why == "'nonsense' is not watched");
    CHECK_FALSE(feed.live->watch("nonsense", "nobody"));
}

TEST_CASE("withdrawals and announcements are told") {
    test::RisServer server;
    Feed feed(server.url());
    feed.settings.rule.down_for = feed.settings.rule.up_for = 10ms;
    feed.settings.rule.fewest_peers = 10;  // they come one by one
    feed.start();
    std::vector<std::string> told;
    feed.live->on_change([&](const std::string& prefix) { told.push_back(prefix); });
    REQUIRE(feed.until_able());
    CHECK(feed.live->sight(facebook).state == RouteSight::State::unknown);
    const auto peer = [](int i) { return "192.0.2." + std::to_string(i); };
    const auto as = [](int i) { return static_cast<std::uint32_t>(64496 + i); };
    const auto is = [&](RouteSight::State state) {
        return [&feed, state] { return feed.live->sight(facebook).state == state; };
    };
    for (int i = 1; i <= 10; ++i)
        server.say_of(facebook, test::ris_announcement(facebook, peer(i), {as(i), 32934}));
    REQUIRE(feed.until(is(RouteSight::State::visible)));
    CHECK(feed.live->sight(facebook).peers_now == 10);
    CHECK(feed.live->sight(facebook).origin == 32934);
    REQUIRE(feed.until([&] { return feed.bench.remembered.find(FactKind::route, facebook) != nullptr; }));
    for (int i = 1; i <= 8; ++i)
        server.say_of(facebook, test::ris_withdrawal(facebook, peer(i), as(i)));
    REQUIRE(feed.until(is(RouteSight::State::withdrawn)));
    CHECK(told == std::vector<std::string>{facebook, facebook});
    const Fact* fact = feed.bench.remembered.find(FactKind::route, facebook);
    REQUIRE(fact != nullptr);
    CHECK(fact->values == std::vector<std::string>{"10", "32934"});

    // What came while nobody listened is not known.
    server.hang_up();
    REQUIRE(feed.until_unable("the connection ended"));
    REQUIRE(feed.until_able());
    CHECK(feed.live->sight(facebook).state == RouteSight::State::unknown);
    CHECK_FALSE(feed.live->sight(facebook).why.empty());
}

TEST_CASE("what peers had before they spoke is asked of the looking glass, after each gap again") {
    test::RisServer server;
    Feed feed(server.url());
    Glass glass;
    glass.have(facebook, 10);
    glass.have(other, -1);
    glass.serve(feed);
    const auto visible = [&] { return feed.live->sight(facebook).state == RouteSight::State::visible; };
    REQUIRE(feed.until(visible));
    CHECK(feed.live->sight(facebook).peers_now == 10);
    CHECK(feed.live->sight(other).state == RouteSight::State::unknown);
    // What was answered before the gap is of no use after it.
    server.behave({.refusal = "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"});
    server.hang_up();
    REQUIRE(feed.until_unable("503"));
    CHECK_FALSE(visible());
    glass.have(facebook, 7);
    server.behave({});
    CHECK(feed.until(visible));
    CHECK(feed.live->sight(facebook).peers_now == 7);
    CHECK(feed.live->sight(facebook).peers_known == 10);
}

TEST_CASE("a looking glass that lost its peers withdraws nothing") {
    test::RisServer server;
    Feed feed(server.url());
    Glass glass;
    for (const std::string& prefix : {facebook, other, yardstick, yardstick6})
        glass.have(prefix, 0);
    feed.settings.rule.down_for = 1ms;
    feed.bench.remembered.keep(FactKind::route, facebook, {"10", "32934"}, feed.bench.loop.now());
    std::vector<std::string> told;
    glass.serve(feed);
    feed.live->on_change([&](const std::string& prefix) { told.push_back(prefix); });
    REQUIRE(feed.until([&] { return glass.asked(facebook) >= 3; }));
    CHECK(told.empty());
    CHECK(feed.live->sight(facebook).state == RouteSight::State::unknown);
    CHECK(feed.board.find(ripestat_id)->state == WitnessHealth::State::unable);
    SECTION("its peers come back") {
        glass.have(facebook, 10);
        CHECK(feed.until([&] { return feed.live->sight(facebook).state == RouteSight::State::visible; }));
    }
    SECTION("it was the prefix, too") {
        glass.have(yardstick, 10);
        CHECK(feed.until([&] { return feed.live->sight(facebook).state == RouteSight::State::withdrawn; }));
    }
}

TEST_CASE("a peer that loses everything is not counted, though one owner alone is watched") {
    test::RisServer server;
    Feed feed(server.url());
    Glass glass;
    feed.settings.rule.down_for = 20ms;
    std::vector<std::string> told;
    glass.serve(feed);
    feed.live->on_change([&](const std::string& prefix) { told.push_back(prefix); });
    const auto peers = [&](int now, int known) {
        return [&feed, now, known] {
            const RouteSight sight = feed.live->sight(facebook);
            return sight.peers_now == now && sight.peers_known == known;
        };
    };
    REQUIRE(feed.until([&] { return feed.live->sight(facebook).state == RouteSight::State::visible; }));
    REQUIRE(feed.until([&] { return glass.asked(yardstick) > 0 && peers(10, 10)(); }));
    REQUIRE(feed.until_able());
    CHECK(feed.health().words.starts_with("2 prefixes, "));
    CHECK(feed.live->sight(yardstick).why == "'193.0.0.0/21' is not watched");
    const auto withdraw = [&](int peer, const std::string& prefix) {
        const auto as = static_cast<std::uint32_t>(64499 + peer);
        server.say_of(prefix, test::ris_withdrawal(prefix, "198.18.0." + std::to_string(peer), as));
    };
    // Four, each for itself: more would be the majority.
    for (int peer = 1; peer <= 4; ++peer)
        for (const std::string& prefix : {facebook, other, yardstick})
            withdraw(peer, prefix);
    CHECK(feed.until(peers(6, 6)));
    // Now the owner's prefixes go, everywhere.
    for (int peer = 5; peer <= 10; ++peer)
        withdraw(peer, facebook);
    CHECK(feed.until([&] { return feed.live->sight(facebook).state == RouteSight::State::withdrawn; }));
    CHECK(std::count(told.begin(), told.end(), yardstick) == 0);
}

TEST_CASE("a yardstick that somebody watches as well is told of") {
    test::RisServer server;
    Feed feed(server.url());
    feed.start();
    CHECK(feed.live->watch(yardstick, "ripe"));
    REQUIRE(feed.until_able());
    CHECK(feed.health().words.starts_with("3 prefixes, "));
    for (int i = 1; i <= 10; ++i)
        server.say_of(yardstick,
                      test::ris_announcement(yardstick, "192.0.2." + std::to_string(i), {1, 3333}));
    CHECK(feed.until([&] { return feed.live->sight(yardstick).state == RouteSight::State::visible; }));
}

TEST_CASE("the feed comes through a proxy, and says when it does not let us") {
    test::Authority authority;
    test::RisServer server(authority.issue("localhost"), {},
                           Endpoint{"127.0.0.1", test::free_endpoint().port});
    const Endpoint at = test::free_endpoint();
    const auto proxied = [&](const std::string& options) {
        const test::Folder folder;
        const test::Daemon daemon(
            {"tinyproxy", "-d", "-c",
             folder.write("conf", "Listen " + at.address + "\nPort " + std::to_string(at.port) +
                                      "\nAllow 127.0.0.0/8\n" + options + "\n")},
            "tinyproxy", [&] { return test::accepts(at); });
        Feed feed(server.url("localhost"), quick(), authority.bundle());
        feed.bench.context.proxy.https_url = "http://anna:secret@" + to_string(at);
        feed.start();
        feed.until([&] { return feed.health().state != WitnessHealth::State::idle; });
        CHECK(remembered_front_end(feed.bench.remembered, "localhost", Family::any).empty());
        return feed.health();
    };
    CHECK(proxied("BasicAuth anna secret").state == WitnessHealth::State::able);
    const std::string why = proxied("BasicAuth berta secret").why;
    CHECK(why.starts_with("by the proxy " + to_string(at) + ": the proxy refuses a tunnel: \"HTTP/1."));
    CHECK(why.find("secret") == std::string::npos);
    CHECK(proxied("BasicAuth anna secret\nConnectPort 563").why.find("403") != std::string::npos);
}

TEST_CASE("a proxy that talks too much or hangs up is told") {
    for (const std::string& answer :
         {std::string{}, std::string(100'000, 'x'), std::string{"HTTP/1.1 200 OK\r\n\r\nand more"},
          std::string{"HTTP/1.1 502 No\r\n\r\n"}}) {
        const test::ScriptedTcp proxy([&](int fd) {
            test::read_some(fd);
            test::write_all(fd, answer);
        });
        test::Authority authority;
        Feed feed("wss://ris.example/", quick(), authority.bundle());
        feed.bench.context.proxy.https_url = "http://" + to_string(proxy.endpoint());
        feed.start();
        CHECK(feed.until_unable("by the proxy " + to_string(proxy.endpoint()) + ": the proxy "));
    }
}

TEST_CASE("a feed can be destroyed at any time") {
    test::Authority authority;
    test::RisManners mute;
    mute.speaks = false;
    const test::Certificate certificate = authority.issue("ris.example");
    for (const bool speaks : {true, false}) {
        test::RisServer server(certificate, speaks ? test::RisManners{} : mute);
        const test::Nsd dns("example", "ris IN A " + server.endpoint().address);
        // So many turns of the loop after the start: before the address is known, connecting, in the TLS
        // handshake, in the upgrade, subscribing, following, flooded.
        for (int turns = 0; turns < 80; ++turns) {
            Feed feed(server.url("ris.example"), quick(), authority.bundle(), {{"lab", dns.endpoint(), {}}});
            feed.start();
            int left = turns;
            std::function<void()> count = [&] {
                if (left == turns / 2)
                    server.flood(test::ris_announcement(facebook, "192.0.2.1", {1, 2}), 50);
                if (left-- == 0) feed.live.reset();
                if (left < -20) return feed.bench.loop.stop();
                feed.again = feed.bench.loop.after(Micros{turns * 10}, count);
            };
            feed.again = feed.bench.loop.after(0ms, count);
            feed.bench.loop.run();
            CHECK(feed.live == nullptr);
        }
    }
}

TEST_CASE("a feed can be destroyed from its own callback") {
    test::RisServer server;
    Feed feed(server.url());
    feed.settings.rule.up_for = 1ms;
    feed.start();
    feed.live->on_change([&](const std::string&) { feed.live.reset(); });
    REQUIRE(feed.until_able());
    for (int i = 1; i <= 10; ++i)
        server.say(test::ris_announcement(facebook, "192.0.2." + std::to_string(i),
                                          {static_cast<std::uint32_t>(i), 32934}));
    CHECK(feed.until([&] { return feed.live == nullptr; }));
    CHECK(feed.until([&] { return !server.has_client(); }));
}

TEST_CASE("a feed can be left behind with its loop") {
    test::RisServer server;
    auto feed = std::make_unique<Feed>(server.url());
    feed->start();
    REQUIRE(feed->until_able());
    feed.reset();
    Feed never_run(server.url());
    never_run.start();
    SUCCEED("nothing crashed");
}

TEST_CASE("the certificates to trust do not stay in memory") {
    // The test's authority among those that Debian trusts.
    test::Authority authority;
    const test::Folder folder;
    std::stringstream all;
    all << std::ifstream("/etc/ssl/certs/ca-certificates.crt").rdbuf()
        << std::ifstream(authority.bundle()).rdbuf();
    REQUIRE(all.str().size() > 100'000);
    const std::string bundle = folder.write("bundle.pem", all.str());
    test::RisServer server(authority.issue("ris.example"));
    const auto use = [&](const std::string& certificates) {
        const auto before = mallinfo2().uordblks;
        Feed feed(server.url("ris.example"), quick(), certificates, {{"nobody", test::free_endpoint(), {}}});
        remember_front_end(feed.bench.remembered, "ris.example", server.endpoint().address,
                           feed.bench.loop.now());
        feed.start();
        REQUIRE(feed.until_able());
        return mallinfo2().uordblks - before;
    };
    use(bundle);  // what libraries keep for ever
    const auto few = use(authority.bundle()), many = use(bundle);
    std::cout << "connected by TLS: " << few / 1024 << " kB, with Debian's bundle " << many / 1024
              << " kB; resident " << resident_bytes() / 1024 << " kB\n";
    CHECK(many < few + 100'000);
}
