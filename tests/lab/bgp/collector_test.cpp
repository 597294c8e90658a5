// The collector against a hand-made peer, which says things that no real router would.
#include "collector.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "catch.hpp"
#include "daemons.hpp"

namespace sereno::lab::bgp {

namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr std::uint32_t speaker_as = 64511;

/// Connects and says what it is given.
class Speaker {
  public:
    explicit Speaker(const Endpoint& collector) {
        const auto address = socket_address(collector);
        fd_ = Fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        REQUIRE(::connect(fd_.get(), address->get(), address->length) == 0);
    }
    void say(const std::string& bytes) const {
        REQUIRE(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
    }
    /// The next message; empty: the connection ended, or nothing came for long.
    std::string hear() {
        for (;;) {
            const std::size_t length = message_length(heard_);
            if (length > 0 && heard_.size() >= length) {
                std::string message = heard_.substr(0, length);
                heard_.erase(0, length);
                return message;
            }
            pollfd ready{fd_.get(), POLLIN, 0};
            std::array<char, 4096> bytes{};
            if (::poll(&ready, 1, 10'000) != 1) return {};
            const ssize_t count = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
            if (count <= 0) return {};
            heard_.append(bytes.data(), static_cast<std::size_t>(count));
        }
    }
    /// "3/11": the NOTIFICATION that comes, after whatever else; empty: none.
    std::string notification() {
        for (std::string message = hear(); !message.empty(); message = hear())
            if (type_of(message) == Type::notification)
                return std::to_string(static_cast<unsigned char>(message.at(19))) + "/" +
                       std::to_string(static_cast<unsigned char>(message.at(20)));
        return {};
    }

  private:
    Fd fd_;
    std::string heard_;
};

struct Place {
    Endpoint endpoint = test::free_endpoint();
    std::mutex mutex;
    std::vector<std::string> texts;
    // The hand-made peer's address is the one that the kernel gives it: that of the collector itself.
    Collector collector;

    explicit Place(Collector::Settings settings = {})
        : collector(
              listen_at(endpoint),
              {{"127.0.0.1", speaker_as, "rrc00"}, {endpoint.address, speaker_as, "rrc00"}},
              [this](const std::string& text, const std::vector<Prefix>&) {
                  const std::lock_guard lock(mutex);
                  texts.push_back(text);
              },
              settings) {}
    [[nodiscard]] bool told(const std::string& part) {
        return collector.wait_until([&](const Collector&) {
            const std::lock_guard lock(mutex);
            return std::any_of(texts.begin(), texts.end(),
                               [&](const std::string& text) { return text.find(part) != std::string::npos; });
        });
    }
    [[nodiscard]] std::string last_end() {
        collector.wait_until([](const Collector& one) { return !one.ends().empty(); });
        return collector.ends().empty() ? "none" : collector.ends().back();
    }
};

const std::string good_open = write_open(speaker_as, 9, 1);

/// 198.51.100.0/24 by way of 64511, then a set of 64515 and 64513.
const std::string aggregate =
    write_message(Type::update, "\0\0"s + "\0\x1e"s + "\x40\x01\x01\0"s +
                                    "\x40\x02\x10\x02\x01\0\0\xfb\xff\x01\x02\0\0\xfc\x03\0\0\xfc\x01"s +
                                    "\x40\x03\x04\xc0\0\x02\x01"s + "\x18\xc6\x33\x64"s);

}  // namespace

TEST_CASE("a session comes up, tells routes and goes down, all of it told") {
    Place place;
    {
        Speaker speaker(place.endpoint);
        speaker.say(good_open);
        CHECK(read_open(speaker.hear()).asn == 12654);
        CHECK(type_of(speaker.hear()) == Type::keepalive);
        // Cut anywhere, as TCP may.
        const std::string rest = write_keepalive() + aggregate;
        speaker.say(rest.substr(0, 30));
        REQUIRE(place.told(R"("type":"RIS_PEER_STATE","state":"connected")"));
        speaker.say(rest.substr(30));
        REQUIRE(place.told(R"("path":[64511,[64515,64513]])"));
        const auto routes = place.collector.routes(*read_prefix("198.51.100.0/24"));
        REQUIRE(routes.size() == 1);
        CHECK(origin_of(routes[0].path) == 64513);
        CHECK(place.collector.looking_glass("198.51.100.0/24").find(R"("as_path":"64511 {64515,64513}")") !=
              std::string::npos);
        CHECK(place.collector.counts().routes == 1);
    }
    REQUIRE(place.told(R"("type":"RIS_PEER_STATE","state":"down")"));
    CHECK(place.collector.routes(*read_prefix("198.51.100.0/24")).empty());
    CHECK(place.collector.counts().routes == 0);
    CHECK(place.collector.counts().sessions == 0);
}

TEST_CASE("asked for a prefix that is gone, the looking glass tells of the one around it") {
    Place place;
    Speaker speaker(place.endpoint);
    speaker.say(good_open + write_keepalive() + aggregate);
    REQUIRE(place.told("198.51.100.0/24"));
    const std::string answer = place.collector.looking_glass("198.51.100.128/25");
    CHECK(answer.find(R"("prefix":"198.51.100.0/24")") != std::string::npos);
    CHECK(answer.find(R"("resource":"198.51.100.128/25")") != std::string::npos);
    CHECK(place.collector.looking_glass("203.0.113.0/24").find(R"("rrcs":[])") != std::string::npos);
    CHECK(place.collector.looking_glass("nonsense").find(R"("rrcs":[])") != std::string::npos);
}

TEST_CASE("who breaks the protocol is told so and let go, and the collector stays") {
    Place place;
    const std::string hello = good_open + write_keepalive();
    const std::vector<std::pair<std::string, std::string>> rows{
        {std::string(19, 'x'), "1/1"},                                      // no marker
        {std::string(16, '\xff') + "\xff\xff\x02"s, "1/2"},                 // too long
        {write_message(static_cast<Type>(7), ""), "1/3"},                   // of no type
        {write_keepalive(), "5/0"},                                         // before OPEN
        {write_open(64510, 9, 1), "2/2"},                                   // somebody else
        {write_open(speaker_as, 1, 1), "2/6"},                              // a hold time of a second
        {write_message(Type::open, "\4\xfb\xff\0\x09\0\0\0\1\0"s), "2/7"},  // two bytes for an AS
        {write_message(Type::open, "\4"), "2/0"},                           //
        {hello + write_message(Type::update, "\xff\xff"s), "3/1"},          //
        {hello + good_open, "5/0"},                                         // twice
    };
    for (const auto& [bytes, wanted] : rows) {
        Speaker speaker(place.endpoint);
        speaker.say(bytes);
        CHECK(speaker.notification() == wanted);
    }
    Speaker speaker(place.endpoint);
    speaker.say(hello + aggregate);
    CHECK(place.told(R"("path":[64511,[64515,64513]])"));
}

TEST_CASE("a peer that falls silent is lost when its hold time is over") {
    Place place({.silence = 300ms});
    Speaker speaker(place.endpoint);
    speaker.say(good_open + write_keepalive());
    REQUIRE(place.told("connected"));
    CHECK(speaker.notification() == "4/0");
    CHECK(place.last_end().ends_with("hold timer expired"));
}

TEST_CASE("a peer with more routes than anybody needs is turned away") {
    Place place({.most_routes = 0});
    Speaker speaker(place.endpoint);
    speaker.say(good_open + write_keepalive() + aggregate);
    CHECK(speaker.notification() == "6/1");
    CHECK(place.last_end().ends_with("too many prefixes"));
    CHECK(place.collector.counts().routes == 0);
}

}  // namespace sereno::lab::bgp
