// The daemon killed with SIGKILL at random moments of real incidents, on the miniature Internet: no alert is
// lost, and none is sent as recovered before it was sent as down.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "agent.hpp"
#include "agent/rehearsal/world.hpp"
#include "agent/store/store.hpp"
#include "catch.hpp"

using namespace sereno;
using namespace sereno::rehearsal;
using test::Agent;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

std::string kind_of_mail(const Mail& mail) {
    return mail.subject.starts_with("BACK AGAIN") ? "recovered" : "opened";
}
std::string kind_of_text(const Text& text) {
    return text.body.starts_with("BACK AGAIN") ? "recovered" : "opened";
}

/// Repeats of one kind in a row count once: what is sent again after a kill is no new alert.
template <class Message, class Kind>
std::vector<std::string> runs(const std::vector<Message>& messages, Kind kind) {
    std::vector<std::string> kinds;
    for (const Message& message : messages)
        if (kinds.empty() || kinds.back() != kind(message)) kinds.push_back(kind(message));
    return kinds;
}

}  // namespace

TEST_CASE(
    "killed at random moments of its incidents it loses no alert and never tells the end before the "
    "beginning") {
    const char* wanted_text = std::getenv("SERENO_KILLS");
    const int wanted = wanted_text ? std::atoi(wanted_text) : 50;
    REQUIRE(wanted > 0);

    char name[] = "/tmp/sereno-kill-XXXXXX";
    REQUIRE(mkdtemp(name));
    const std::string folder = name;
    World world{small_world()};
    AgentPace pace;
    pace.interval = Micros{400'000};
    pace.timeout = Micros{200'000};
    pace.retry_first = Micros{60'000};
    pace.retry_most = Micros{300'000};
    pace.declare_after = Micros{700'000};
    pace.local_after = Micros{500'000};
    pace.recover_after = Micros{700'000};
    pace.alert_retry_first = Micros{100'000};
    Agent agent(world.write_configuration(folder, pace, free_port()), folder + "/agent.log");

    // The same moments in every run, unlike the machine's speed.
    std::minstd_rand random(20211004);
    int kills = 0, rounds = 0;
    bool lost = false;
    agent.start();
    while (kills < wanted && !lost) {
        ++rounds;
        for (const bool down : {true, false}) {
            world.set("web:*", down ? Condition::error_503 : Condition::well);
            const std::size_t runs_wanted = static_cast<std::size_t>(rounds) * 2 - (down ? 1 : 0);
            const auto told = [&] {
                return runs(world.mails(), kind_of_mail).size() >= runs_wanted &&
                       runs(world.texts(), kind_of_text).size() >= runs_wanted;
            };
            const auto give_up = Clock::now() + std::chrono::seconds(60);
            auto next_kill = Clock::now() + milliseconds(random() % 4000);
            while (!told() && !lost) {
                std::this_thread::sleep_for(
                    milliseconds(5));  // the rhythm of looking, nothing waits for its length
                if (Clock::now() >= next_kill && kills < wanted) {
                    REQUIRE(agent.alive());
                    agent.kill_now();
                    ++kills;
                    agent.start();
                    next_kill = Clock::now() + milliseconds(50 + random() % 5000);
                }
                lost = Clock::now() > give_up;
            }
        }
    }
    CAPTURE(folder, kills, rounds, agent.log().size());
    const std::string tail = agent.log();
    INFO(tail.substr(tail.size() > 4000 ? tail.size() - 4000 : 0));
    REQUIRE(!lost);
    CHECK(kills == wanted);

    // A last quiet moment, then the books must agree with what arrived.
    const auto quiet = Clock::now() + std::chrono::seconds(20);
    const std::string database = folder + "/data/sereno.db";
    const auto waiting = [&] {
        const auto messages = read_messages(database);
        return std::any_of(messages.begin(), messages.end(),
                           [](const OutboxMessage& m) { return m.state == DeliveryState::waiting; });
    };
    while (waiting() && Clock::now() < quiet)
        std::this_thread::sleep_for(milliseconds(20));
    agent.kill_now();

    const auto expected = static_cast<std::size_t>(rounds) * 2;
    const auto mails = world.mails();
    const auto texts = world.texts();
    for (const auto& kinds : {runs(mails, kind_of_mail), runs(texts, kind_of_text)}) {
        REQUIRE(kinds.size() == expected);
        for (std::size_t i = 0; i < kinds.size(); ++i)
            CHECK(kinds[i] == (i % 2 == 0 ? "opened" : "recovered"));
    }
    CHECK(mails.size() <= expected + static_cast<std::size_t>(kills));  // at most one repeat a kill
    CHECK(texts.size() <= expected + static_cast<std::size_t>(kills));

    const auto messages = read_messages(database);
    CHECK(messages.size() == 2 * expected);  // two channels
    for (const OutboxMessage& message : messages)
        CHECK(message.state == DeliveryState::sent);
    const auto incidents = read_incidents(database);
    CHECK(std::count_if(incidents.begin(), incidents.end(),
                        [](const Incident& i) { return i.opened.has_value(); }) == rounds);
    WARN("kills: " << kills << ", incidents: " << rounds << ", mails: " << mails.size()
                   << ", SMS: " << texts.size());
    std::filesystem::remove_all(folder);
}
