// What a world can do to a household over real sockets: its provider, its portal, its clock, lost datagrams,
// names that do not validate, front ends that turn it away.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "agent/loop/dns_client.hpp"
#include "agent/loop/transfer_client.hpp"
#include "agent/rehearsal/world.hpp"
#include "agent/rehearsal/world/dns_wire.hpp"
#include "catch.hpp"
#include "config/load.hpp"

using namespace sereno;
using namespace sereno::rehearsal;
using namespace std::chrono_literals;

namespace {

WorldPlan plan_with_witnesses() {
    WorldPlan plan = small_world();
    plan.witnesses = true;
    plan.platforms[0].routes = {{"192.0.2.0/24", 64496, {"a.ns.shop.example"}},
                                {"192.0.3.0/24", 64496, {"a.ns.shop.example"}}};
    return plan;
}

/// A world, and the agent's own clients in its household.
class Household {
  public:
    Household() : dns_(loop_, {}), transfers_(loop_) {
        dns_.set_private_answers_are_real(true);
        char name[] = "/tmp/sereno-household-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        folder = name;
        std::ofstream(folder + "/ca.pem") << world.ca_certificate();
    }
    ~Household() { std::filesystem::remove_all(folder); }

    DnsReply ask(const std::string& node, const std::string& name = "www.shop.example",
                 bool checking_disabled = false, DnsTransport transport = DnsTransport::udp) {
        DnsQuery query;
        query.server = {node, world.endpoint(node)};
        query.name = name;
        query.recursion = node.starts_with("resolver:");
        query.checking_disabled = checking_disabled;
        query.transport = transport;
        return wait<DnsReply>([&](auto done) { return dns_.ask(query, loop_.now() + 500ms, done); });
    }
    TransferResult fetch(const std::string& node, const std::string& scheme, const std::string& host,
                         const std::string& path = "/") {
        Transfer transfer;
        transfer.url = scheme + "://" + host + ":" + std::to_string(world.port()) + path;
        transfer.address = world.endpoint(node).address;
        transfer.ca_bundle = folder + "/ca.pem";
        return wait<TransferResult>(
            [&](auto done) { return transfers_.start(std::move(transfer), loop_.now() + 500ms, done); });
    }
    TransferResult shop() { return fetch("web:www.shop.example", "https", "www.shop.example"); }
    TransferResult control() {
        return fetch("control:google", "http", "connectivitycheck.gstatic.com", "/generate_204");
    }

    World world{plan_with_witnesses()};
    std::string folder;

  private:
    template <class Result, class Start>
    Result wait(Start start) {
        std::optional<Result> result;
        const auto request = start([&](Result got) {
            result = std::move(got);
            loop_.stop();
        });
        const Loop::Timer guard = loop_.after(5s, [this] { loop_.stop(); });
        loop_.run();
        REQUIRE(result);
        return std::move(*result);
    }

    Loop loop_;
    DnsClient dns_;
    TransferClient transfers_;
};

std::string header(const TransferResult& result, const std::string& name) {
    for (const auto& [key, value] : result.headers)
        if (key == name) return value;
    return {};
}

/// How many of so many questions, each in one datagram, are answered.
int answers_to(const Endpoint& endpoint, int questions) {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(endpoint.port);
    inet_pton(AF_INET, endpoint.address.c_str(), &to.sin_addr);
    REQUIRE(connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const std::string question = encode_dns({.id = 7, .question = DnsQuestion{"www.shop.example"}});
    for (int i = 0; i < questions; ++i)
        CHECK(send(fd, question.data(), question.size(), 0) == static_cast<ssize_t>(question.size()));
    int answers = 0;
    char byte = 0;
    for (pollfd wait{fd, POLLIN, 0}; poll(&wait, 1, 300) == 1 && recv(fd, &byte, 1, 0) == 1;)
        ++answers;
    close(fd);
    return answers;
}

}  // namespace

TEST_CASE("when the provider is down the router answers, and nothing beyond it does") {
    Household home;
    home.world.set("isp", Condition::silent);
    CHECK(home.fetch("gateway", "http", "router.example").status == 404);
    CHECK(home.fetch("app:booking-bot", "http", "bot.example", "/health").status == 200);
    CHECK(home.control().failure == Failure::connect_timeout);
    CHECK(home.shop().failure == Failure::connect_timeout);
    CHECK(home.fetch("globalping", "https", "api.globalping.io", "/v1/limits").failure ==
          Failure::connect_timeout);
    CHECK(home.ask("resolver:system").failure == Failure::dns_timeout);
    home.world.set("isp", Condition::well);
    CHECK(home.control().status == 204);
    CHECK(home.fetch("globalping", "https", "api.globalping.io", "/v1/limits").status == 200);
}

TEST_CASE("a portal takes every page and every certificate, but names and the router") {
    Household home;
    home.world.set("gateway", Condition::captive);
    const TransferResult taken = home.control();
    CHECK(taken.status == 302);
    CHECK(header(taken, "location").find("portal") != std::string::npos);
    CHECK(home.shop().failure == Failure::certificate_name);
    CHECK(home.ask("resolver:system").failure == Failure::none);
    CHECK(home.fetch("mail", "http", "mail.world.example").failure == Failure::connect_timeout);
    CHECK(home.fetch("gateway", "http", "router.example").status == 404);
    CHECK(home.fetch("app:booking-bot", "http", "bot.example", "/health").status == 200);
    home.world.set("gateway", Condition::well);
    CHECK(home.control().status == 204);
    CHECK(home.shop().status == 200);
}

TEST_CASE(
    "to whom the clock stands in 1970 all dates and certificates are of the future; to whom it runs a year "
    "ahead, "
    "of the past") {
    Household home;
    const auto year = [&] { return std::stoi(header(home.control(), "date").substr(12, 4)); };
    const int ours = std::stoi(rfc3339(Stamp{std::chrono::duration_cast<Micros>(
                                           std::chrono::system_clock::now().time_since_epoch())})
                                   .substr(0, 4));
    CHECK(year() == ours);
    home.world.set("clock", Condition::behind);
    CHECK(home.shop().failure == Failure::certificate_not_yet_valid);
    CHECK(std::abs(year() - ours - (ours - 1970)) <= 1);
    home.world.set("clock", Condition::ahead);
    CHECK(home.shop().failure == Failure::certificate_expired);
    CHECK(year() == ours - 1);
    home.world.set("clock", Condition::well);
    CHECK(home.shop().status == 200);
}

TEST_CASE("a lossy name server hears one datagram of sixty, and no connection comes about") {
    Household home;
    const std::string node = "dns:a.ns.shop.example";
    home.world.set(node, Condition::lossy);
    CHECK(answers_to(home.world.endpoint(node), 59) == 0);
    CHECK(answers_to(home.world.endpoint(node), 61) == 2);
    CHECK(home.ask(node, "www.shop.example", false, DnsTransport::tcp).failure == Failure::dns_timeout);
    home.world.set(node, Condition::well);
    CHECK(answers_to(home.world.endpoint(node), 60) == 60);
    CHECK(home.ask(node, "www.shop.example", false, DnsTransport::tcp).failure == Failure::none);
}

TEST_CASE("names of a bogus zone fail at resolvers that validate once they forget, unless nobody checks") {
    Household home;
    std::atomic<std::int64_t> scenario{0};
    home.world.use_clock([&] { return Stamp{Micros{scenario}}; });
    CHECK(home.ask("resolver:system").failure == Failure::none);
    home.world.set("zone:shop.example", Condition::bogus);
    CHECK(home.ask("resolver:system").failure == Failure::none);  // still cached
    scenario = 61'000'000;
    CHECK(home.ask("resolver:system").failure == Failure::dns_servfail);
    CHECK(home.ask("resolver:system", "www.shop.example", true).failure == Failure::none);
    CHECK(home.ask("resolver:system").failure == Failure::dns_servfail);  // the other answer is not kept
    CHECK(home.ask("dns:a.ns.shop.example").failure == Failure::none);
    CHECK(home.ask("resolver:system", "captive.apple.com").failure == Failure::none);
    home.world.set("zone:*", Condition::well);
    scenario = 70'000'000;
    CHECK(home.ask("resolver:system").failure == Failure::none);
}

TEST_CASE("a machine is reached as long as one of its routes is announced") {
    Household home;
    home.world.set("route:192.0.2.0/24", Condition::withdrawn);
    CHECK(home.ask("dns:a.ns.shop.example").failure == Failure::none);
    CHECK(home.world.set("route:*", Condition::withdrawn) == 2);
    CHECK(home.ask("dns:a.ns.shop.example").failure == Failure::dns_timeout);
    CHECK(home.ask("dns:b.ns.shop.example").failure == Failure::none);
    home.world.set("*", Condition::well);  // reaches machines only
    CHECK(home.ask("dns:a.ns.shop.example").failure == Failure::dns_timeout);
    home.world.set("route:192.0.3.0/24", Condition::well);
    CHECK(home.ask("dns:a.ns.shop.example").failure == Failure::none);
}

TEST_CASE("who is turned away is told when to come back") {
    Household home;
    home.world.set("web:*", Condition::too_many_requests);
    const TransferResult refused = home.shop();
    CHECK(refused.status == 429);
    CHECK(header(refused, "retry-after") == "600");
}

TEST_CASE("the configuration for a world with witnesses asks them in that world, and none other") {
    Household home;
    const Loaded loaded = load_file(home.world.write_configuration(home.folder, AgentPace{}, free_port()));
    for (const Complaint& complaint : loaded.complaints)
        UNSCOPED_INFO(to_string(complaint));
    REQUIRE(loaded.ok());
    const std::string port = ":" + std::to_string(home.world.port()) + "/";
    CHECK(loaded.settings.witnesses.ris_live_url == "wss://ris-live.ripe.net" + port + "v1/ws/");
    CHECK(loaded.settings.witnesses.ripestat_url == "https://stat.ripe.net" + port);
    CHECK(loaded.settings.witnesses.globalping_url == "https://api.globalping.io" + port);
    CHECK_FALSE(loaded.settings.witnesses.status_pages);
    CHECK(loaded.settings.watch.platforms.at(0).dns_prefixes ==
          std::vector<std::string>{"192.0.2.0/24", "192.0.3.0/24"});
    CHECK(loaded.settings.watch.platforms.at(0).status.empty());
}
