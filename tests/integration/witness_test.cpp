// The program itself with others to ask: a feed of routes, a looking glass, probes in other networks and the
// vendor's page, all on loopback, over TLS.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "agent.hpp"
#include "agent/rehearsal/world.hpp"
#include "agent/store/store.hpp"
#include "catch.hpp"
#include "certificates.hpp"
#include "globalping_service.hpp"
#include "json_service.hpp"
#include "ris_server.hpp"

using namespace sereno;
using namespace sereno::rehearsal;
using namespace sereno::test;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* prefix = "129.134.30.0/24";

std::string slurp(const std::string& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error("'" + from + "' is not in the configuration");
    return text.replace(at, from.size(), to);
}

std::string peer(int number) {
    return "192.0.2." + std::to_string(number);
}

Stamp wall_now() {
    return Stamp{std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch())};
}

/// The looking glass: eight peers have whatever is asked about.
JsonService::Reply glass(const JsonService::Request& request) {
    const auto begin = request.path.find("resource=") + 9;
    const std::string asked = request.path.substr(begin, request.path.find('&', begin) - begin);
    const std::string origin = asked == prefix ? "32934" : "3333";
    std::string peers;
    for (int i = 1; i <= 8; ++i)
        peers += std::string(i > 1 ? "," : "") + R"({"asn_origin":")" + origin + R"(","as_path":"6450)" +
                 std::to_string(i) + " " + origin + R"(","prefix":")" + asked + R"(","peer":")" + peer(i) +
                 R"("})";
    return {.body = R"({"status":"ok","data":{"rrcs":[{"rrc":"RRC00","location":"Amsterdam","peers":[)" +
                    peers + R"(]}],"latest_time":")" + rfc3339(wall_now()) + "\"}}"};
}

std::string status_summary(const std::string& indicator, const std::string& words) {
    return R"({"page":{"name":"Shop"},"status":{"indicator":")" + indicator + R"(","description":")" + words +
           R"("},"components":[],"incidents":[],"scheduled_maintenances":[]})";
}

/// Everybody who can be asked, and a world in which one shop is watched.
struct Village {
    explicit Village(const std::string& folder_name)
        : folder(std::filesystem::temp_directory_path().string() + "/sereno-village-" + folder_name + "-" +
                 std::to_string(::getpid())) {
        std::filesystem::create_directories(folder);
        feed.behave({.on_subscription = {ris_announcement(prefix, peer(1), {64501, 32934})}});
        AgentPace pace;
        pace.declare_after = Micros{8'000'000};
        port = free_port();
        const std::string file = world.write_configuration(folder, pace, port);
        std::ofstream(folder + "/both.pem") << slurp(folder + "/ca.pem") << slurp(authority.bundle());
        std::string text = slurp(file);
        text = replaced(text, "witnesses: none",
                        "witnesses:\n  ris_live: {url: \"" + feed.url("localhost") +
                            "\"}\n  ripestat: {url: \"" + looking_glass.url("/") +
                            "\"}\n  globalping: {url: \"" + networks.base_url() + "\"}");
        text = replaced(text, "/ca.pem", "/both.pem");
        text = replaced(text, "decision:", "decision:\n  declare_confirmed_after: 5s");
        std::ofstream(file) << text;
        std::string catalogue = slurp(folder + "/catalogue.yaml");
        catalogue = replaced(catalogue, "  shop:\n",
                             "  shop:\n    dns_prefixes: [" + std::string(prefix) +
                                 "]\n    status: [{format: statuspage, url: \"" +
                                 vendor.url("/api/v2/summary.json") + "\"}]\n");
        std::ofstream(folder + "/catalogue.yaml") << catalogue;
        agent = std::make_unique<Agent>(file, folder + "/agent.log");
    }
    ~Village() {
        agent.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    [[nodiscard]] std::vector<DecisionRecord> decisions() const {
        try {
            return read_decisions(folder + "/data/sereno.db", Stamp{});
        } catch (const std::runtime_error&) {
            return {};  // not there yet
        }
    }
    /// The first record about the shop with this decision and, unless it is all_well, this cause.
    [[nodiscard]] std::optional<DecisionRecord> find(Decision decision, Cause cause = Cause::all_well) const {
        for (const DecisionRecord& record : decisions())
            if (record.verdict.subject.value == "shop" && record.verdict.decision == decision &&
                (cause == Cause::all_well || record.verdict.cause == cause))
                return record;
        return {};
    }
    /// Looks until it is so; throws with the log when it does not come.
    template <class Condition>
    void wait_for(const char* what, Condition condition) const {
        const auto give_up = Clock::now() + std::chrono::seconds(90);
        while (!condition()) {
            if (Clock::now() > give_up || !agent->alive())
                throw std::runtime_error(std::string("it never came: ") + what + "\n" + agent->log());
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }
    void start_well() {
        agent->start();
        wait_for("all is well", [&] { return find(Decision::none).has_value(); });
        wait_for("the feed and the vendor are heard", [&] {
            const std::string log = agent->log();
            return log.find("witness=ris-live is heard") != std::string::npos &&
                   log.find("witness=status:") != std::string::npos;
        });
    }

    std::string folder;
    Authority authority;
    World world{small_world()};
    RisServer feed{authority.issue("localhost"), {}, Endpoint{"127.0.0.1", free_port()}};
    JsonService looking_glass{glass, authority.issue("localhost")};
    GlobalpingService networks{authority.issue("localhost")};
    JsonService vendor{[this](const JsonService::Request&) {
                           const std::lock_guard lock(mutex);
                           return JsonService::Reply{.body = summary};
                       },
                       authority.issue("localhost")};
    std::mutex mutex;
    std::string summary = status_summary("none", "All Systems Operational");
    std::uint16_t port = 0;
    std::unique_ptr<Agent> agent;
};

bool rests_on(const DecisionRecord& record, const std::string& rule) {
    return std::any_of(record.verdict.evidence.begin(), record.verdict.evidence.end(),
                       [&](const Evidence& e) { return e.rule == rule; });
}

}  // namespace

TEST_CASE("an outage that others see too is declared early, and not on this computer's word alone") {
    Village village("agree");
    village.networks.set_eyes([](const auto&, const auto&) { return GlobalpingService::page(503); });
    village.start_well();
    village.world.set("web:*", Condition::error_503);
    village.wait_for("it is declared", [&] { return village.find(Decision::declare_outage).has_value(); });
    const DecisionRecord declared = *village.find(Decision::declare_outage);
    CHECK(!declared.verdict.from_this_host_alone);
    CHECK(rests_on(declared, "elsewhere_fails"));
    CHECK(declared.verdict.at - declared.verdict.since < Micros{8'000'000});
    CHECK(village.networks.tests() <= 6);  // a name and a page, three networks each
}

TEST_CASE("what others reach is not declared: it is blocked here") {
    Village village("contradict");
    village.start_well();
    village.world.set("web:*", Condition::error_503);
    village.wait_for("it is blocked here",
                     [&] { return village.find(Decision::watch, Cause::blocked_here).has_value(); });
    const auto long_enough = Clock::now() + std::chrono::seconds(12);  // declare_after is 8
    village.wait_for("time passes", [&] { return Clock::now() > long_enough; });
    CHECK(!village.find(Decision::declare_outage));
    CHECK(village.world.mails().empty());
}

TEST_CASE("with nobody to ask it takes longer and rests on this computer alone") {
    Village village("alone");
    village.networks.set_reply(GlobalpingService::Part::create, JsonService::status_only(500));
    village.start_well();
    village.world.set("web:*", Condition::error_503);
    village.wait_for("it is declared", [&] { return village.find(Decision::declare_outage).has_value(); });
    const DecisionRecord declared = *village.find(Decision::declare_outage);
    CHECK(declared.verdict.from_this_host_alone);
    CHECK(rests_on(declared, "alone"));
    CHECK(declared.verdict.at - declared.verdict.since >= Micros{8'000'000});
    CHECK(village.agent->log().find("witness=globalping is unknown") != std::string::npos);
}
