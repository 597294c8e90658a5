#include "alerting/outbox.hpp"

#include "catch.hpp"
#include "tests/alerting/outbox/scripted.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

const std::string ana = "ana@example.org";
const std::string luis = "luis@example.org";

struct Bench {
    explicit Bench(RetryRules rules = {Micros{20'000}, Micros{160'000}, Micros{60'000'000}},
                   Micros takes = Micros{1'000})
        : rules_(rules) {
        auto mail_channel = std::make_unique<ScriptedChannel>(loop, "mail", mail, takes);
        auto sms_channel = std::make_unique<ScriptedChannel>(loop, "sms", sms, takes);
        mail_script = &mail_channel->scripts;
        sms_script = &sms_channel->scripts;
        channels.push_back(std::move(mail_channel));
        channels.push_back(std::move(sms_channel));
    }
    void start() {
        outbox = std::make_unique<Outbox>(loop, ledger, std::move(channels), rules_,
                                          [this](const OutboxMessage& m) { changes.push_back(m); });
    }
    void add(const OutboxMessage& message) { outbox->add({ledger.put(message)}); }
    [[nodiscard]] bool all_finished() const {
        for (const auto& [id, row] : ledger.rows)
            if (row.state == DeliveryState::waiting) return false;
        return outbox->waiting() == 0;
    }
    [[nodiscard]] std::size_t changes_to(DeliveryState state) const {
        return static_cast<std::size_t>(
            std::count_if(changes.begin(), changes.end(), [&](const auto& m) { return m.state == state; }));
    }

    Loop loop;
    MemoryLedger ledger{loop};
    ScriptedChannel::Log mail, sms;
    std::map<std::string, std::deque<ScriptedChannel::Line>>*mail_script, *sms_script;
    std::vector<OutboxMessage> changes;
    std::unique_ptr<Outbox> outbox;

  private:
    RetryRules rules_;
    std::vector<std::unique_ptr<Channel>> channels;
};

}  // namespace

TEST_CASE("a message is sent, kept and reported once") {
    Bench bench;
    bench.start();
    bench.add(message(7, AlertKind::opened, ana));
    REQUIRE(run_until(bench.loop, [&] { return bench.changes.size() == 1; }));
    CHECK(bench.mail.ids() == std::vector<std::uint64_t>{1});
    CHECK(bench.changes[0].state == DeliveryState::sent);
    CHECK(bench.changes[0].attempts == 1);
    CHECK(bench.changes[0].last_word == "250 OK");
    CHECK(bench.changes[0].done);
    CHECK(bench.ledger.rows[MessageId{1}].state == DeliveryState::sent);
    CHECK(bench.outbox->waiting() == 0);
}

TEST_CASE("what waits in the ledger at start is sent, in order, also when it is given again") {
    Bench bench;
    std::vector<OutboxMessage> restored;
    for (int i = 0; i < 5; ++i)
        restored.push_back(bench.ledger.put(message(7, AlertKind::opened, ana)));
    bench.start();
    bench.outbox->add(restored);
    REQUIRE(run_until(bench.loop, [&] { return bench.all_finished(); }));
    CHECK(bench.mail.ids() == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
    bench.outbox->add(restored);
    run_until(
        bench.loop, [] { return false; }, Micros{50'000});
    CHECK(bench.mail.attempts.size() == 5);
}

TEST_CASE("recovered never leaves before down was accepted, others do not wait for it") {
    Bench bench;
    (*bench.mail_script)[ana] = {temporary(), temporary(), temporary()};
    bench.start();
    bench.add(message(7, AlertKind::opened, ana));      // 1
    bench.add(message(7, AlertKind::recovered, ana));   // 2
    bench.add(message(7, AlertKind::opened, luis));     // 3
    bench.add(message(7, AlertKind::recovered, luis));  // 4
    REQUIRE(run_until(bench.loop, [&] { return bench.all_finished(); }));
    const auto ids = bench.mail.ids();
    CHECK(std::count(ids.begin(), ids.end(), 1U) == 4);
    CHECK(ids.back() == 2);
    const auto sent_to_luis = std::find(ids.begin(), ids.end(), 4U);
    CHECK(std::find(sent_to_luis, ids.end(), 1U) != ids.end());
    CHECK(bench.changes_to(DeliveryState::sent) == 4);
    CHECK(bench.changes_to(DeliveryState::waiting) == 3);
}

TEST_CASE("a refused message is given up at once and the next one leaves") {
    Bench bench;
    (*bench.mail_script)[ana] = {permanent()};
    bench.start();
    bench.add(message(7, AlertKind::opened, ana));
    bench.add(message(7, AlertKind::recovered, ana));
    REQUIRE(run_until(bench.loop, [&] { return bench.all_finished(); }));
    CHECK(bench.mail.ids() == std::vector<std::uint64_t>{1, 2});
    CHECK(bench.ledger.rows[MessageId{1}].state == DeliveryState::failed);
    CHECK(bench.ledger.rows[MessageId{1}].last_word == "550 no such user");
    CHECK(bench.ledger.rows[MessageId{2}].state == DeliveryState::sent);
}

TEST_CASE("a channel that never answers holds up no other and takes two messages at most") {
    Bench bench;
    bench.start();
    for (int i = 0; i < 10; ++i) {
        const std::string address = "dead" + std::to_string(i);
        (*bench.mail_script)[address] = {silent()};
        bench.add(message(7, AlertKind::opened, address));
        bench.add(message(7, AlertKind::opened, "+3460011" + std::to_string(i), "sms"));
    }
    REQUIRE(run_until(bench.loop, [&] { return bench.changes_to(DeliveryState::sent) == 10; }));
    CHECK(bench.mail.attempts.size() == 2);
    CHECK(bench.mail.most_under_way == 2);
    CHECK(bench.sms.attempts.size() == 10);
    bench.outbox.reset();
    CHECK(bench.mail.under_way == 0);
    run_until(
        bench.loop, [] { return false; }, Micros{20'000});
    CHECK(bench.changes.size() == 10);
}

TEST_CASE("waits grow, and a service that asks for more is given more") {
    Bench bench;
    (*bench.mail_script)[ana] = {temporary(), temporary(), temporary(Micros{300'000}), temporary()};
    bench.start();
    bench.add(message(7, AlertKind::opened, ana));
    REQUIRE(run_until(bench.loop, [&] { return bench.all_finished(); }));
    const auto& attempts = bench.mail.attempts;
    REQUIRE(attempts.size() == 5);
    CHECK(attempts[1].at - attempts[0].at >= Micros{15'000});
    CHECK(attempts[2].at - attempts[1].at >= Micros{30'000});
    CHECK(attempts[3].at - attempts[2].at >= Micros{300'000});
    CHECK(attempts[4].at - attempts[3].at >= Micros{120'000});
    REQUIRE(bench.changes.size() == 5);
    CHECK(bench.changes[2].attempts == 3);
    CHECK(bench.changes[2].next_try >= attempts[2].at + Micros{300'000});
}

TEST_CASE("the wait doubles up to the most, less at most a quarter, the same each time") {
    const RetryRules rules;
    for (std::uint64_t id = 1; id < 200; ++id) {
        for (int attempts = 1; attempts < 30; ++attempts) {
            const Micros full = std::min(Micros{2'000'000LL << std::min(attempts - 1, 20)}, rules.most);
            const Micros delay = retry_delay(rules, MessageId{id}, attempts);
            CHECK(delay <= full);
            CHECK(delay >= full - full / 4 - Micros{1});
            CHECK(delay == retry_delay(rules, MessageId{id}, attempts));
        }
    }
    CHECK(retry_delay(rules, MessageId{1}, 1) != retry_delay(rules, MessageId{2}, 1));
    CHECK(retry_delay(rules, MessageId{1}, 1'000'000) <= rules.most);
}

TEST_CASE("after the time to give up one last try is made, then the message is failed") {
    Bench bench{{Micros{10'000}, Micros{40'000}, Micros{200'000}}};
    (*bench.mail_script)[ana] = std::deque<ScriptedChannel::Line>(50, temporary());
    SECTION("while running") {
        bench.start();
        bench.add(message(7, AlertKind::opened, ana));
        REQUIRE(run_until(bench.loop, [&] { return bench.changes_to(DeliveryState::failed) == 1; }));
        const auto& failed = bench.ledger.rows[MessageId{1}];
        CHECK(*failed.done - failed.created >= Micros{200'000});
        CHECK(*failed.done - failed.created < Micros{2'000'000});
        CHECK(failed.attempts >= 5);
    }
    SECTION("when it passed while sereno was not running") {
        OutboxMessage old = bench.ledger.put(message(7, AlertKind::opened, ana));
        bench.ledger.rows[old.id].created -= Micros{86'400'000'000};
        bench.start();
        REQUIRE(run_until(bench.loop, [&] { return bench.changes_to(DeliveryState::failed) == 1; }));
        CHECK(bench.mail.attempts.size() == 1);
    }
    CHECK(bench.ledger.rows[MessageId{1}].last_word == "450 later");
}

TEST_CASE("accepted but not kept: neither reported nor sent again, and the next one waits") {
    Bench bench;
    bench.start();
    bench.ledger.refuses = true;
    bench.add(message(7, AlertKind::opened, ana));
    bench.add(message(7, AlertKind::recovered, ana));
    bench.add(message(7, AlertKind::opened, luis));
    REQUIRE(run_until(bench.loop, [&] { return bench.ledger.keeps >= 4; }));  // each was asked again
    CHECK(bench.changes.empty());
    CHECK(bench.mail.ids() == std::vector<std::uint64_t>{1, 3});
    CHECK(bench.outbox->waiting() == 3);
    bench.ledger.refuses = false;
    REQUIRE(run_until(bench.loop, [&] { return bench.all_finished(); }));
    CHECK(bench.mail.ids() == std::vector<std::uint64_t>{1, 3, 2});
    CHECK(bench.changes_to(DeliveryState::sent) == 3);
}

TEST_CASE("thousands that wait are sent in order with a bounded number in memory") {
    Bench bench{{Micros{20'000}, Micros{160'000}, Micros{60'000'000}}, Micros{0}};
    for (int i = 0; i < 1'000; ++i)
        bench.ledger.put(message(7, AlertKind::opened, ana));
    bench.ledger.unreadable = true;
    bench.start();
    run_until(
        bench.loop, [] { return false; }, Micros{20'000});
    CHECK(bench.mail.attempts.empty());
    bench.ledger.unreadable = false;
    std::size_t most = 0;
    int added = 0;
    REQUIRE(run_until(bench.loop, [&] {
        most = std::max(most, bench.outbox->waiting());
        // New ones keep coming while the old ones are fetched.
        if (added < 500 && bench.mail.attempts.size() > 20) {
            for (int i = 0; i < 5; ++i, ++added)
                bench.add(message(8, AlertKind::opened, ana));
        }
        return added == 500 && bench.all_finished();
    }));
    CHECK(most <= 200);
    CHECK(bench.mail.attempts.size() == 1'500);
    std::uint64_t last_old = 0, last_new = 0;
    for (const auto& attempt : bench.mail.attempts) {
        std::uint64_t& last = attempt.message.value <= 1'000 ? last_old : last_new;
        CHECK(attempt.message.value > last);
        last = attempt.message.value;
    }
}

TEST_CASE("a message for a channel that is not configured waits, says so, and is given up in the end") {
    Bench bench{{Micros{10'000}, Micros{40'000}, Micros{200'000}}};
    bench.start();
    bench.add(message(7, AlertKind::opened, ana, "pigeon"));
    bench.add(message(7, AlertKind::opened, ana));
    REQUIRE(run_until(bench.loop, [&] { return bench.all_finished(); }));
    CHECK(bench.ledger.rows[MessageId{1}].state == DeliveryState::failed);
    CHECK(bench.ledger.rows[MessageId{1}].last_word == "there is no channel 'pigeon' in the configuration");
    CHECK(bench.ledger.rows[MessageId{1}].attempts > 1);
    CHECK(bench.ledger.rows[MessageId{2}].state == DeliveryState::sent);
}

TEST_CASE("a message that the ledger does not show yet is sent all the same") {
    Bench bench;
    bench.ledger.put(message(7, AlertKind::opened, ana));
    bench.start();
    OutboxMessage unwritten = message(7, AlertKind::recovered, ana);
    unwritten.id.value = 2;
    unwritten.created = bench.loop.now();
    bench.outbox->add({unwritten});
    REQUIRE(run_until(bench.loop, [&] { return bench.changes_to(DeliveryState::sent) == 2; }));
    CHECK(bench.mail.ids() == std::vector<std::uint64_t>{1, 2});
}
