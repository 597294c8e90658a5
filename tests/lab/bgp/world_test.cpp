// The collector among real routers: what they say is told as RIS Live tells it.
#include "world.hpp"

#include <algorithm>
#include <mutex>
#include <regex>

#include "catch.hpp"

namespace sereno::lab::bgp {

namespace {

/// Keeps what is told, with times and numbers of messages taken out.
class Record {
  public:
    Collector::Listener listener() {
        return [this](const std::string& text, const std::vector<Prefix>& about) {
            static const std::regex changing(R"("timestamp":[0-9.]+|"id":"[0-9-]+")");
            const std::lock_guard lock(mutex_);
            all_.push_back({std::regex_replace(text, changing, "*"), about});
        };
    }
    /// What `peer` told of `prefix`, in order.
    [[nodiscard]] std::vector<std::string> told(const Peer& peer, const std::string& prefix) const {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> found;
        for (const auto& [text, about] : all_)
            if (text.find("\"peer\":\"" + peer.address + '"') != std::string::npos &&
                std::find(about.begin(), about.end(), *read_prefix(prefix)) != about.end())
                found.push_back(text);
        return found;
    }

    [[nodiscard]] std::vector<std::string> told_of_state(const Peer& peer) const {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> found;
        for (const auto& [text, about] : all_)
            if (text.find("\"peer\":\"" + peer.address + '"') != std::string::npos &&
                text.find("RIS_PEER_STATE") != std::string::npos)
                found.push_back(text);
        return found;
    }

  private:
    struct Message {
        std::string text;
        std::vector<Prefix> about;
    };
    mutable std::mutex mutex_;
    std::vector<Message> all_;
};

std::function<bool(const Collector&)> nobody_has(const std::string& prefix) {
    return [prefix](const Collector& one) { return one.routes(*read_prefix(prefix)).empty(); };
}

bool all_have(const Collector& collector, const std::vector<std::string>& prefixes, std::size_t peers = 9) {
    return std::all_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
        return collector.routes(*read_prefix(prefix)).size() == peers;
    });
}

}  // namespace

TEST_CASE("the collector learns from every peer what is announced anywhere") {
    const World world;
    Record record;
    const Collector collector(world.listen(), world.peers(), record.listener());
    REQUIRE(collector.wait_until([](const Collector& one) { return all_have(one, World::prefixes()); }));
    CHECK(collector.counts().sessions == 9);
    CHECK(collector.counts().routes == 9 * World::prefixes().size());
    for (const Route& route : collector.routes(*read_prefix("84.205.64.0/24")))
        CHECK(origin_of(route.path) == 12654);

    // One prefix goes and comes back. On the way its peers may try other paths, so the last word counts.
    const Peer &short_spoken = world.peer("peer2"), &long_winded = world.peer("peer4");
    world.withdraw("stranger", "shop");
    REQUIRE(collector.wait_until(nobody_has("203.0.113.0/24")));
    CHECK(record.told(short_spoken, "203.0.113.0/24").back() ==
          R"({"type":"ris_message","data":{*,"peer":"172.31.21.2","peer_asn":"64702",*,"host":"rrc00",)"
          R"("type":"UPDATE","withdrawals":["203.0.113.0/24"]}})");
    CHECK(
        record.told(long_winded, "203.0.113.0/24").back() ==
        R"({"type":"ris_message","data":{*,"peer":"172.31.23.2","peer_asn":"64704",*,"host":"rrc21.ripe.net",)"
        R"("type":"UPDATE","path":[],"announcements":[],"withdrawals":["203.0.113.0/24"]}})");

    world.announce("stranger", "shop");
    REQUIRE(collector.wait_until([](const Collector& one) { return all_have(one, {"203.0.113.0/24"}); }));
    const std::string best = R"({"type":"ris_message","data":{*,"peer":"172.31.21.2","peer_asn":"64702",*,)"
                             R"("host":"rrc00","type":"UPDATE","path":[64702,64601,64513],)"
                             R"("community":[[64513,100]],"origin":"igp","announcements":[)"
                             R"({"next_hop":"172.31.21.2","prefixes":["203.0.113.0/24"]}]}})";
    collector.wait_until(
        [&](const Collector&) { return record.told(short_spoken, "203.0.113.0/24").back() == best; });
    CHECK(record.told(short_spoken, "203.0.113.0/24").back() == best);
}

TEST_CASE("IPv6 and AS numbers of four bytes come through real routers") {
    const World world;
    Record record;
    const Collector collector(world.listen(), world.peers(), record.listener());
    REQUIRE(collector.wait_until([](const Collector& one) { return all_have(one, World::prefixes()); }));
    const Peer& peer = world.peer("peer8");
    CHECK(peer.asn == 4'200'000'008);
    world.withdraw("stranger", "shop6");
    REQUIRE(collector.wait_until(nobody_has("2001:db8:54::/48")));
    CHECK(record.told(peer, "2001:db8:54::/48").back() ==
          R"({"type":"ris_message","data":{*,"peer":"172.31.27.2","peer_asn":"4200000008",*,)"
          R"("host":"rrc25.ripe.net","type":"UPDATE","path":[],"announcements":[],)"
          R"("withdrawals":["2001:db8:54:0:0:0:0:0/48"]}})");
    CHECK(world.peer("peer5").address == "fd00:31:24::2");  // its session runs over IPv6
}

TEST_CASE("paths grow when a cable of the platform is out, and nobody loses it") {
    const World world;
    const Collector collector(world.listen(), world.peers(), {});
    REQUIRE(collector.wait_until([](const Collector& one) { return all_have(one, World::prefixes()); }));
    const auto path_of = [&](const std::string& router) {
        for (const Route& route : collector.routes(*read_prefix("198.18.30.0/24")))
            if (route.peer == world.peer(router)) return looking_glass_body("", {route}, 0);
        return std::string{"none"};
    };
    CHECK(path_of("peer2").find(R"("as_path":"64702 64601 64512")") != std::string::npos);
    world.withdraw("platform", "to_north");
    REQUIRE(collector.wait_until([&](const Collector&) {
        return path_of("peer2").find(R"("as_path":"64702 64601 64602 64512")") != std::string::npos;
    }));
    REQUIRE(collector.wait_until([](const Collector& one) { return all_have(one, World::prefixes()); }));
}

TEST_CASE("a killed router and a hushed one are told apart") {
    World world(2000);
    Record record;
    const Collector collector(world.listen(), world.peers(), record.listener());
    const std::size_t everything = 9 * World::prefixes().size() + 2000;
    REQUIRE(collector.wait_until([&](const Collector& one) { return one.counts().routes == everything; }));

    world.hush(true);
    REQUIRE(collector.wait_until([&](const Collector& one) {
        return one.counts().routes == everything - 2000 - World::prefixes().size();
    }));
    CHECK(collector.counts().sessions == 9);
    CHECK(record.told(world.peer("noisy"), "198.18.30.0/24").back().find("withdrawals") != std::string::npos);
    world.hush(false);
    REQUIRE(collector.wait_until([&](const Collector& one) { return one.counts().routes == everything; }));

    world.kill("noisy");
    REQUIRE(collector.wait_until([](const Collector& one) { return one.counts().sessions == 8; }));
    CHECK(record.told_of_state(world.peer("noisy")).back().find(R"("state":"down")") != std::string::npos);
    CHECK(record.told(world.peer("noisy"), "198.18.30.0/24").back().find("announcements") !=
          std::string::npos);
    world.start("noisy");
    REQUIRE(collector.wait_until([&](const Collector& one) { return one.counts().routes == everything; }));
}

}  // namespace sereno::lab::bgp
