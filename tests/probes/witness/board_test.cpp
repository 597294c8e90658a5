#include "probes/witness/board.hpp"

#include <vector>

#include "catch.hpp"

using namespace sereno;

namespace {

const WitnessId source{"source"};

Stamp at(int seconds) {
    return Stamp{} + std::chrono::seconds{seconds};
}

struct Listener {
    WitnessBoard board;
    std::vector<WitnessHealth> told;
    Listener() {
        board.on_change([this](const WitnessHealth& health) { told.push_back(health); });
        board.list(source, "a source", Group::witness, at(1));
    }
};

}  // namespace

TEST_CASE("a witness that nobody listed is not heard of") {
    WitnessBoard board;
    board.able(source, at(1), "all is well");
    CHECK(board.find(source) == nullptr);
}

TEST_CASE("a listed witness is idle until it speaks") {
    Listener l;
    REQUIRE(l.told.size() == 1);
    CHECK(l.told[0].state == WitnessHealth::State::idle);
    l.board.list(source, "again", Group::vendor, at(2));
    CHECK(l.told.size() == 1);
    l.board.able(source, at(3), "all is well");
    REQUIRE(l.told.size() == 2);
    CHECK(l.told[1].state == WitnessHealth::State::able);
    CHECK(l.told[1].since == at(3));
    CHECK(l.told[1].last_word == at(3));
}

TEST_CASE("who begins to listen late hears of all that are listed") {
    WitnessBoard board;
    board.list(source, "a source", Group::witness, at(1));
    board.unable(source, at(2), "no connection");
    std::vector<WitnessHealth> told;
    board.on_change([&](const WitnessHealth& health) { told.push_back(health); });
    REQUIRE(told.size() == 1);
    CHECK(told[0].why == "no connection");
}

TEST_CASE("the same word is told again only once a minute") {
    Listener l;
    for (int second = 10; second < 100; ++second)
        l.board.able(source, at(second), "all is well");
    REQUIRE(l.told.size() == 3);
    CHECK(l.told[2].last_word == at(70));
    CHECK(l.board.find(source)->last_word == at(99));
}

TEST_CASE("a witness that fails says why and keeps the time of its last word") {
    Listener l;
    l.board.able(source, at(10), "fine");
    l.board.unable(source, at(20), "stat.example answered 500");
    l.board.unable(source, at(21), "stat.example answered 500");
    REQUIRE(l.told.size() == 3);
    CHECK(l.told[2].state == WitnessHealth::State::unable);
    CHECK(l.told[2].why == "stat.example answered 500");
    CHECK(l.told[2].since == at(20));
    CHECK(l.told[2].last_word == at(10));
    l.board.able(source, at(30), "fine");
    CHECK(l.told.back().why.empty());
    CHECK(l.told.back().since == at(30));
}

TEST_CASE("a budget is told when it changes, beside the state") {
    Listener l;
    l.board.budget(source, at(2), 249, 250, at(3600));
    l.board.budget(source, at(3), 249, 250, at(3600));
    REQUIRE(l.told.size() == 2);
    CHECK(l.told[1].budget_left == 249);
    CHECK(l.told[1].state == WitnessHealth::State::idle);
}

TEST_CASE("what a stranger says is made plain before it is shown") {
    Listener l;
    l.board.able(source, at(2), std::string(500, 'x') + "\x1b[31m");
    CHECK(l.told.back().words.size() == 200);
    l.board.unable(source, at(3), "bad\r\nnews\x07");
    CHECK(l.told.back().why == "bad news");
}
