#include "agent/store/fact_queue.hpp"

#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

const FactQueue::Clock::time_point start{1'000'000s};

Fact fact(const std::string& key, std::int64_t when, const std::string& value = "192.0.2.1") {
    return {FactKind::front_end, key, {value}, Stamp{Micros{when}}};
}

}  // namespace

TEST_CASE("facts are due together, a minute after the first came") {
    FactQueue queue(start);
    CHECK_FALSE(queue.due());
    queue.add(fact("a", 1), start);
    queue.add(fact("b", 2), start + 59s);
    CHECK(queue.due() == start + 1min);
    CHECK(queue.take().size() == 2);
    CHECK(queue.empty());
    CHECK_FALSE(queue.due());
}

TEST_CASE("of a fact that changes the newest is written") {
    FactQueue queue(start);
    queue.add(fact("a", 1, "192.0.2.1"), start);
    queue.add(fact("a", 3, "192.0.2.3"), start);
    queue.add(fact("a", 2, "192.0.2.2"), start);
    const auto facts = queue.take();
    REQUIRE(facts.size() == 1);
    CHECK(facts[0] == fact("a", 3, "192.0.2.3"));
}

TEST_CASE("no more than 4,096 facts wait, and those known go on changing") {
    FactQueue queue(start);
    for (int i = 0; i < 5'000; ++i)
        queue.add(fact(std::to_string(i), 1), start);
    queue.add(fact("0", 2, "192.0.2.9"), start);
    const auto facts = queue.take();
    CHECK(facts.size() == FactQueue::most);
    CHECK(facts[0].values[0] == "192.0.2.9");
}

TEST_CASE("what could not be written is due again a minute later, and newer facts prevail") {
    FactQueue queue(start);
    queue.add(fact("a", 1), start);
    queue.add(fact("b", 1), start);
    auto facts = queue.take();
    queue.add(fact("a", 2), start + 65s);
    queue.give_back(std::move(facts), start + 70s);
    CHECK(queue.due() == start + 130s);
    facts = queue.take();
    REQUIRE(facts.size() == 2);
    CHECK(facts[0].when == Stamp{Micros{2}});
}

TEST_CASE("facts that change all the time cost the disk at most 5 MB on the first day and 4 MB on others") {
    constexpr std::size_t price = 100'000;
    FactQueue queue(start);
    std::size_t written = 0;
    std::vector<std::size_t> days;
    auto now = start;
    for (int day = 0; day < 3; ++day) {
        written = 0;
        for (const auto end = start + (day + 1) * 24h; now < end; now += 10s) {
            queue.add(fact("a", now.time_since_epoch().count()), now);
            if (now < queue.due().value()) continue;
            (void)queue.take();
            queue.written(price, now);
            written += price;
        }
        days.push_back(written);
    }
    CHECK(days[0] > 4'500'000);
    CHECK(days[0] < 5'500'000);
    CHECK(days[1] > 3'900'000);
    CHECK(days[1] < 4'500'000);
    CHECK(days[2] < 4'500'000);
}

TEST_CASE("an allowance that was not used is not saved for ever") {
    FactQueue queue(start);
    queue.add(fact("a", 1), start + 24h * 365);
    (void)queue.take();
    queue.written(3 * (std::size_t{1} << 20), start + 24h * 365);
    queue.add(fact("a", 2), start + 24h * 365);
    // Two MiB more than a burst: half a day's worth.
    const auto wait = queue.due().value() - (start + 24h * 365);
    CHECK(wait > 11h + 50min);
    CHECK(wait < 12h + 10min);
}
