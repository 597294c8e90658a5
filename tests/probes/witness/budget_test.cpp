#include "probes/witness/budget.hpp"

#include "catch.hpp"

using namespace sereno;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

using Ruling = Budget::Ruling;

/// Some day, so that "never" is long ago.
const Stamp start = Stamp{} + hours{24 * 365 * 50};

Budget with(int left, int limit = 250) {
    Budget budget;
    budget.told(left, limit, hours{1}, start);
    return budget;
}

/// Asks when it may; says whether it did.
bool ask(Budget& budget, const std::string& question, Stamp now, int tests = 3) {
    budget.want(question, now);
    if (budget.rule(question, tests, now) != Ruling::ask) return false;
    budget.begin(question, tests, now);
    budget.taken(tests, tests);
    return true;
}

}  // namespace

TEST_CASE("limits are read before the first question and again after their reset") {
    Budget budget;
    CHECK(budget.must_read(start));
    budget.told(250, 250, hours{1}, start);
    CHECK_FALSE(budget.must_read(start + minutes{59}));
    CHECK(budget.must_read(start + hours{1}));
}

TEST_CASE("limits that name no reset are believed for a while") {
    Budget budget;
    budget.told(250, 250, Micros{0}, start);
    CHECK(budget.resets() == Stamp{});
    CHECK_FALSE(budget.must_read(start + minutes{9}));
    CHECK(budget.must_read(start + minutes{10}));
}

TEST_CASE("no more is asked than is left, also of what is being asked") {
    Budget budget = with(5, 5);
    CHECK(budget.rule("one", 3, start) == Ruling::ask);
    budget.begin("one", 3, start);
    CHECK(budget.left() == 2);
    CHECK(budget.rule("other", 3, start) == Ruling::spent);
    SECTION("the service counts what it took") {
        budget.taken(3, 1);
        CHECK(budget.left() == 4);
    }
    SECTION("what it refused is not counted") {
        budget.refused("one", 3);
        CHECK(budget.left() == 5);
    }
    SECTION("what nobody knows about counts") {
        budget.lost("one", 3);
        CHECK(budget.left() == 2);
    }
}

TEST_CASE("an answer that was overtaken gives nothing back, the next reset does") {
    Budget budget = with(10);
    budget.begin("a", 3, start);
    budget.begin("b", 3, start);
    CHECK(budget.left() == 4);
    budget.counted(3);
    budget.told(4, 250, hours{1}, start + seconds{1});
    CHECK(budget.left() == 1);  // one of them is still being asked, for all we know
    budget.counted(3);
    budget.told(7, 250, hours{1} - seconds{1}, start + seconds{2});
    CHECK(budget.left() == 4);
    budget.told(250, 250, hours{1}, start + minutes{30});  // counts anew
    CHECK(budget.left() == 250);
    budget.told(3, 500, hours{1}, start + minutes{31});
    CHECK(budget.left() == 3);
    budget.told(400, 250, hours{1}, start + minutes{31});  // another limit, so another count
    CHECK(budget.left() == 250);
}

TEST_CASE("a used up limit opens with its reset") {
    Budget budget = with(0);
    CHECK(budget.rule("one", 3, start + minutes{59}) == Ruling::spent);
    CHECK(budget.rule("one", 3, start + hours{1}) == Ruling::ask);
}

TEST_CASE("the last fifth is kept for what was not asked about lately") {
    Budget budget = with(54);
    CHECK(ask(budget, "one", start));
    CHECK(budget.rule("one", 3, start + minutes{1}) == Ruling::kept);
    CHECK(budget.rule("other", 3, start + minutes{1}) == Ruling::ask);
    CHECK(budget.rule("one", 3, start + minutes{10}) == Ruling::ask);
}

TEST_CASE("the same question is asked less and less often") {
    Budget budget = with(250);
    std::vector<std::int64_t> asked;
    for (Stamp now = start; now < start + hours{1}; now += seconds{10})
        if (ask(budget, "one", now))
            asked.push_back(std::chrono::duration_cast<minutes>(now - start).count());
    CHECK(asked == std::vector<std::int64_t>{0, 1, 3, 8, 18, 33, 48});
    CHECK(budget.rule("one", 3, start + hours{1} - seconds{10}) == Ruling::soon);
}

TEST_CASE("a question that nobody wanted for ten minutes begins anew") {
    Budget budget = with(250);
    REQUIRE(ask(budget, "one", start));
    REQUIRE(ask(budget, "one", start + minutes{1}));
    CHECK_FALSE(ask(budget, "one", start + minutes{2}));
    CHECK(ask(budget, "one", start + minutes{13}));
    CHECK(ask(budget, "one", start + minutes{14}));
}

TEST_CASE("what the service refused does not slow the rhythm") {
    Budget budget = with(250);
    for (int minute = 0; minute < 5; ++minute) {
        const Stamp now = start + minutes{minute};
        budget.want("one", now);
        REQUIRE(budget.rule("one", 3, now) == Ruling::ask);
        budget.begin("one", 3, now);
        budget.refused("one", 3);
    }
}

TEST_CASE("an hour in which five platforms are down fits the limit, and leaves some for a sixth") {
    Budget budget = with(250);
    int tests = 0, of_first = 0;
    const auto want = [&](const std::string& platform, Stamp now) {
        int times = 0;
        for (const char* what : {" dns", " http"})
            if (ask(budget, platform + what, now)) ++times;
        tests += 3 * times;
        return times;
    };
    for (Stamp now = start; now < start + hours{1}; now += seconds{20}) {
        of_first += want("facebook", now);
        for (const char* platform : {"instagram", "whatsapp", "google", "telegram"})
            want(platform, now);
    }
    CHECK(of_first == 14);
    CHECK(tests <= 250);
    CHECK(want("discord", start + minutes{59}) == 2);
}

TEST_CASE("a service that wants to be left alone is") {
    Budget budget = with(250);
    budget.close(start + minutes{5});
    budget.close(start + minutes{1});
    CHECK(budget.rule("one", 3, start + minutes{4}) == Ruling::closed);
    CHECK(budget.rule("one", 3, start + minutes{5}) == Ruling::ask);
}

TEST_CASE("what is left is known again after a restart, and only what can be true") {
    const Budget before = with(7);
    Budget after;
    SECTION("as it was") {
        after.restore(before.values(), start + minutes{1});
        CHECK(after.left() == 7);
        CHECK(after.limit() == 250);
        CHECK(after.resets() == start + hours{1});
        CHECK(after.must_read(start + minutes{1}));  // others may have asked
        CHECK(after.rule("one", 8, start + minutes{1}) == Ruling::spent);
    }
    SECTION("its time is over") {
        after.restore(before.values(), start + hours{1});
        CHECK_FALSE(after.is_known(start + hours{1}));
    }
    SECTION("it makes no sense") {
        const std::vector<std::vector<std::string>> senseless{{},
                                                              {"7", "250"},
                                                              {"7", "250", "x"},
                                                              {"-1", "250", before.values()[2]},
                                                              {"251", "250", before.values()[2]},
                                                              {"7", "1000001", before.values()[2]},
                                                              {"7", "250", "99999999999999999999"},
                                                              {"7", "250", "9223372036854775807"}};
        for (const auto& values : senseless)
            after.restore(values, start);
        CHECK_FALSE(after.is_known(start));
    }
    SECTION("the service has spoken since") {
        after.told(100, 250, hours{1}, start);
        after.restore(before.values(), start);
        CHECK(after.left() == 100);
    }
}

TEST_CASE("numbers out of bounds are brought into them") {
    Budget budget;
    budget.told(2'000'000'000, 2'000'000'000, hours{1'000'000}, start);
    CHECK(budget.limit() == Budget::largest_limit);
    CHECK(budget.resets() == start + hours{24});
    budget.told(-5, -5, Micros{-1}, start);
    CHECK(budget.left() == 0);
    CHECK_FALSE(budget.is_known(start));
}

TEST_CASE("only so many questions are kept in mind") {
    Budget budget = with(100'000, 100'000);
    for (std::size_t i = 0; i < 2 * Budget::most_questions; ++i)
        ask(budget, std::to_string(i), start + seconds{i});
    const Stamp now = start + seconds{2 * Budget::most_questions};
    CHECK(budget.rule("0", 3, now) == Ruling::ask);
    CHECK(budget.rule(std::to_string(2 * Budget::most_questions - 1), 3, now) == Ruling::soon);
}
