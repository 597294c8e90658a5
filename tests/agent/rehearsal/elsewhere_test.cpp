// Those who look from other networks, by plain calls: what they say is read by the agent's own readers.
#include "agent/rehearsal/world/elsewhere.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "agent/rehearsal/world/ripe.hpp"
#include "agent/rehearsal/world/web_socket.hpp"
#include "catch.hpp"
#include "probes/witness/globalping_message.hpp"
#include "probes/witness/ripestat.hpp"
#include "probes/witness/ris/ris_message.hpp"

using namespace sereno;
using namespace sereno::rehearsal;

namespace {

const Stamp noon{Micros{1'633'348'800'000'000}};
const std::string prefix = "198.51.100.0/24";

/// A world of which only the truth is there.
struct Village {
    std::map<std::string, Condition> conditions;
    std::uint64_t datagrams = 0;
    Elsewhere elsewhere{truth()};

    Truth truth() {
        WorldPlan plan = small_world();
        plan.platforms[0].routes = {{prefix, 64496, {"a.ns.shop.example", "b.ns.shop.example"}}};
        return {plan,
                [this](const std::string& node) {
                    const auto found = conditions.find(node);
                    return found == conditions.end() ? Condition::well : found->second;
                },
                [this](const std::string&) { return ++datagrams % 20 != 0; }, [] { return noon; }};
    }

    /// What three networks say, by the agent's own question and its own reading of the answer.
    GlobalpingMeasured ask(const ViewElsewhere& task) {
        HttpRequest post{"POST", "/v1/measurements", {}, globalping_request(task).body};
        const HttpAnswer made = elsewhere.globalping(post);
        const GlobalpingCreated created = read_created(made.body);
        if (created.id.empty()) return {};
        return read_measured(elsewhere.globalping({"GET", "/v1/measurements/" + created.id, {}, {}}).body,
                             created.id, task);
    }
    GlobalpingMeasured ask_name() {
        ViewElsewhere task;
        task.what = ViewElsewhere::What::dns;
        task.name = "www.shop.example";
        task.voices = 3;
        return ask(task);
    }
    GlobalpingMeasured ask_page(const std::string& path = "/") {
        ViewElsewhere task;
        task.what = ViewElsewhere::What::http;
        task.fetch.url = "https://www.shop.example:4443" + path;
        task.voices = 3;
        return ask(task);
    }
};

/// What all voices say, each of another network; anything but three of one mind is witness_unknown.
Failure unanimous(const GlobalpingMeasured& measured) {
    if (!measured.finished || measured.voices.size() != 3) return Failure::witness_unknown;
    for (const Voice& voice : measured.voices)
        if (voice.failure != measured.voices.front().failure) return Failure::witness_unknown;
    return measured.voices.front().failure;
}

struct Paper : Wire {
    std::string said;
    bool closed = false;
    void send(std::string bytes) override { said += bytes; }
    void close() override { closed = true; }
    void start_tls() override {}
    std::string take() { return std::exchange(said, {}); }
};

/// A frame as a client sends it: masked.
std::string masked(int opcode, const std::string& payload) {
    std::string frame(1, static_cast<char>(0x80 | opcode));
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xff);
    const std::string mask = "\x11\x22\x33\x44";
    frame += mask;
    for (std::size_t i = 0; i < payload.size(); ++i)
        frame += static_cast<char>(payload[i] ^ mask[i % 4]);
    return frame;
}

/// One client of RIS Live behind its upgrade.
struct Listener {
    Paper wire;
    std::unique_ptr<Conversation> talk;

    explicit Listener(Elsewhere& elsewhere) : talk(elsewhere.ris_live()) {
        talk->begin(wire);
        const std::string request =
            "GET /v1/ws/?client=me HTTP/1.1\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        for (const char c : request)
            talk->received({&c, 1});
    }
    void say(const std::string& text) { talk->received(masked(text_frame, text)); }
    void follow(const std::string& what) {
        say(R"({"type":"ris_subscribe","data":{"prefix":")" + what + R"("}})");
    }
    /// The texts of all frames since the last time.
    std::vector<std::string> texts() {
        std::string bytes = wire.take();
        std::vector<std::string> out;
        while (const auto frame = take_frame(bytes))
            out.push_back(frame->payload);
        return out;
    }
};

RisUpdate update_in(const std::string& text) {
    const RisMessage message = RisReader{}.read(text);
    REQUIRE(std::holds_alternative<RisUpdate>(message));
    return std::get<RisUpdate>(message);
}

}  // namespace

TEST_CASE("probes in other networks see what is true of the platform") {
    Village village;
    CHECK(unanimous(village.ask_name()) == Failure::none);
    CHECK(unanimous(village.ask_page()) == Failure::none);
    village.conditions["web:www.shop.example"] = Condition::error_503;
    CHECK(unanimous(village.ask_page()) == Failure::http_server_error);
    CHECK(unanimous(village.ask_name()) == Failure::none);
    village.conditions["web:www.shop.example"] = Condition::silent;
    CHECK(unanimous(village.ask_page()) == Failure::connect_timeout);
    village.conditions["web:www.shop.example"] = Condition::refused;
    CHECK(unanimous(village.ask_page()) == Failure::connect_refused);
    village.conditions["web:www.shop.example"] = Condition::login_broken;
    CHECK(unanimous(village.ask_page()) == Failure::none);
    CHECK(unanimous(village.ask_page("/login")) == Failure::http_server_error);
}

TEST_CASE("a name fails elsewhere when no server of its zone answers, or when it does not validate") {
    Village village;
    village.conditions["dns:a.ns.shop.example"] = Condition::silent;
    CHECK(unanimous(village.ask_name()) == Failure::none);
    village.conditions["dns:b.ns.shop.example"] = Condition::servfail;
    CHECK(unanimous(village.ask_name()) == Failure::dns_servfail);
    CHECK(unanimous(village.ask_page()) == Failure::dns_servfail);
    village.conditions.clear();
    village.conditions["zone:shop.example"] = Condition::bogus;
    CHECK(unanimous(village.ask_name()) == Failure::dns_servfail);
}

TEST_CASE("a resolver elsewhere, too, gets the few answers of lossy servers") {
    Village village;
    village.conditions["dns:a.ns.shop.example"] = village.conditions["dns:b.ns.shop.example"] =
        Condition::lossy;
    // Three probes send six questions; the twentieth is heard.
    for (int i = 0; i < 3; ++i)
        CHECK(unanimous(village.ask_name()) == Failure::dns_servfail);
    const GlobalpingMeasured next = village.ask_name();
    CHECK(std::count_if(next.voices.begin(), next.voices.end(),
                        [](const Voice& voice) { return voice.failure == Failure::none; }) == 1);
}

TEST_CASE("probes that are told to lie or to lag do so, and a broken service says nothing") {
    Village village;
    village.conditions["globalping"] = Condition::lies_ill;
    CHECK(unanimous(village.ask_page()) == Failure::http_server_error);
    CHECK(unanimous(village.ask_name()) == Failure::dns_servfail);
    village.conditions["globalping"] = Condition::lies_well;
    village.conditions["web:www.shop.example"] = Condition::silent;
    CHECK(unanimous(village.ask_page()) == Failure::none);
    village.conditions["globalping"] = Condition::late;
    const GlobalpingMeasured late = village.ask_page();
    CHECK(late.known);
    CHECK_FALSE(late.finished);
    village.conditions["globalping"] = Condition::error_500;
    CHECK(village.elsewhere.globalping({"GET", "/v1/limits", {}, {}}).status == 500);
}

TEST_CASE("the feed tells those who follow a prefix, and nobody else, that it is withdrawn and is back") {
    Village village;
    Listener follower(village.elsewhere), stranger(village.elsewhere);
    CHECK(follower.wire.said.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);  // RFC 6455, 1.3
    follower.wire.take();
    stranger.wire.take();
    follower.follow(prefix);
    REQUIRE(follower.texts().size() == 1);
    village.conditions["route:" + prefix] = Condition::withdrawn;
    village.elsewhere.tell_of_routes();
    std::vector<std::string> told = follower.texts();
    REQUIRE(told.size() == route_peers(false).size());
    for (const std::string& text : told) {
        const RisUpdate update = update_in(text);
        REQUIRE(update.withdrawn.size() == 1);
        CHECK(to_string(update.withdrawn[0]) == prefix);
        CHECK(update.announced.empty());
    }
    village.elsewhere.tell_of_routes();
    CHECK(follower.texts().empty());  // nothing has changed
    village.conditions.clear();
    village.elsewhere.tell_of_routes();
    told = follower.texts();
    REQUIRE(told.size() == route_peers(false).size());
    const RisUpdate back = update_in(told.front());
    REQUIRE(back.announced.size() == 1);
    CHECK(to_string(back.announced[0]) == prefix);
    CHECK(stranger.texts().empty());
}

TEST_CASE("the feed answers signs of life, takes leave and survives whoever has left or talks nonsense") {
    Village village;
    auto gone = std::make_unique<Listener>(village.elsewhere);
    gone->follow(prefix);
    gone.reset();
    Listener listener(village.elsewhere);
    listener.wire.take();
    listener.say(R"({"type":"ping","data":null})");
    CHECK(listener.texts() == std::vector<std::string>{R"({"type":"pong","data":null})"});
    listener.say("no JSON");
    CHECK(listener.texts().front().find("ris_error") != std::string::npos);
    listener.say(R"({"type":"ris_subscribe"})");
    CHECK(listener.texts().front().find("ris_error") != std::string::npos);
    village.conditions["route:" + prefix] = Condition::withdrawn;
    village.elsewhere.tell_of_routes();
    CHECK(listener.texts().empty());
    listener.talk->received(masked(close_frame, ""));
    CHECK(listener.wire.closed);

    Paper wire;
    const auto plain = village.elsewhere.ris_live();
    plain->begin(wire);
    plain->received("GET / HTTP/1.1\r\n\r\n");
    CHECK(wire.said.starts_with("HTTP/1.1 426 "));
    CHECK(wire.closed);
}

TEST_CASE("a client's frame is taken when it is whole, and no length is believed that is not there") {
    std::string bytes = masked(text_frame, "hello") + masked(ping_frame, "x").substr(0, 5);
    const auto first = take_frame(bytes);
    REQUIRE(first);
    CHECK(first->payload == "hello");
    CHECK_FALSE(take_frame(bytes));
    std::string huge = "\x81\xff" + std::string(8, '\xff') + "mask and a little";
    CHECK_FALSE(take_frame(huge));
    for (const std::size_t size : {0U, 125U, 126U, 65535U, 65536U}) {
        std::string frame = frame_of(text_frame, std::string(size, 'a'));
        const auto taken = take_frame(frame);
        REQUIRE(taken);
        CHECK(taken->payload.size() == size);
        CHECK(frame.empty());
    }
}

TEST_CASE("the looking glass knows every peer of what is announced, and is late or lies as it is told") {
    Village village;
    const auto look = [&](const std::string& what) {
        return village.elsewhere.looking_glass(
            {"GET", "/data/looking-glass/data.json?resource=" + what + "&sourceapp=sereno", {}, {}});
    };
    const auto peers = [&](const std::string& what) {
        const LookingGlassAnswer answer = read_looking_glass(look(what).body, what, noon);
        INFO(answer.why);
        CHECK(answer.known);
        return answer.peers.size();
    };
    CHECK(peers(prefix) == 8);
    CHECK(peers("193.0.0.0/21") == 8);
    CHECK(peers("2001:67c:2e8::/48") == 8);
    CHECK(peers("203.0.113.0/24") == 0);
    village.conditions["route:" + prefix] = Condition::withdrawn;
    CHECK(peers(prefix) == 0);
    CHECK(peers("193.0.0.0/21") == 8);
    village.conditions["ripestat"] = Condition::lies_well;
    CHECK(peers(prefix) == 8);
    village.conditions["ripestat"] = Condition::late;
    CHECK_FALSE(read_looking_glass(look(prefix).body, prefix, noon).known);
    village.conditions["ripestat"] = Condition::error_500;
    CHECK(look(prefix).status == 500);
    village.conditions.clear();
    CHECK(village.elsewhere.looking_glass({"GET", "/data/other/data.json?x", {}, {}}).status == 404);
}
