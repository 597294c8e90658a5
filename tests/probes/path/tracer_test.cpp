#include "probes/path/tracer.hpp"

#include <map>

#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

using Hops = std::vector<int>;

/// A way that answers at once, and what each of its places says.
class Game {
  public:
    explicit Game(Tracer::Plan plan = {}) : tracer(plan) {}

    HopAnswer router(const std::string& name) { return {HopAnswer::Kind::passed_on, name, {}}; }
    HopAnswer refusal(const std::string& name) {
        return {HopAnswer::Kind::unreachable, name, name + " host unreachable"};
    }
    HopAnswer arrival() { return {HopAnswer::Kind::arrived, "target", {}}; }

    /// Lets time pass, and everything that falls due be sent, until there is nothing more to do.
    void play_to_the_end() {
        while (!tracer.finished()) {
            const auto next = tracer.next_due();
            REQUIRE(next);
            now = std::max(now, *next);
            for (const int hop : tracer.due(now))
                ++packets[hop];
        }
    }

    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const Hop& hop : tracer.trace().hops)
            names.push_back(hop.address);
        return names;
    }

    Tracer tracer;
    Stamp now = Stamp{} + 1h;
    std::map<int, int> packets;
};

}  // namespace

TEST_CASE("the target and the first hops are asked at once") {
    Game game;
    CHECK(game.tracer.due(game.now) == Hops{Tracer::target, 1, 2, 3, 4, 5});
    CHECK(game.tracer.due(game.now).empty());
    CHECK(game.tracer.next_due() == game.now + 650ms);
}

TEST_CASE("each answer lets the next hops be asked") {
    Game game;
    (void)game.tracer.due(game.now);
    game.tracer.heard(2, game.router("b"), game.now + 10ms);
    CHECK(game.tracer.due(game.now + 10ms) == Hops{6, 7});
    game.tracer.heard(1, game.router("a"), game.now + 20ms);
    CHECK(game.tracer.due(game.now + 20ms).empty());
}

TEST_CASE("a silent hop is asked three times, then given up") {
    Game game;
    (void)game.tracer.due(game.now);
    game.play_to_the_end();
    CHECK(game.packets ==
          std::map<int, int>{{0, 2}, {1, 2}, {2, 2}, {3, 2}, {4, 2}, {5, 2}});  // and the first
    CHECK(game.now == Stamp{} + 1h + 3 * 650ms);
    CHECK(game.tracer.trace().hops.empty());
    CHECK_FALSE(game.tracer.trace().arrived);
}

TEST_CASE("nothing beyond the target is asked or waited for") {
    Game game;
    (void)game.tracer.due(game.now);
    game.tracer.heard(Tracer::target, game.arrival(), game.now + 30ms);
    game.tracer.heard(2, game.arrival(), game.now + 30ms);
    CHECK_FALSE(game.tracer.wants(3));
    CHECK_FALSE(game.tracer.finished());  // hop 1 may still answer
    game.tracer.heard(1, game.router("a"), game.now + 31ms);
    CHECK(game.tracer.finished());
    CHECK(game.names() == std::vector<std::string>{"a", "target"});
    const Trace trace = game.tracer.trace();
    CHECK(trace.arrived);
    CHECK(trace.arrival_counted);
    CHECK(trace.target_took == 30ms);
    CHECK(trace.hops[0].took == 31ms);
}

TEST_CASE("once the target has answered, silent hops are given up sooner") {
    Game game;
    (void)game.tracer.due(game.now);
    game.tracer.heard(Tracer::target, game.arrival(), game.now + 50ms);
    CHECK(game.tracer.next_due() == game.now + 200ms);  // four times as long as the target took
    game.play_to_the_end();
    CHECK(game.now == Stamp{} + 1h + 600ms);
    CHECK(game.tracer.trace().arrived);
    CHECK_FALSE(game.tracer.trace().arrival_counted);
}

TEST_CASE("a refusal ends the way at the router that sent it, once it answered for its own hop") {
    Game game;
    (void)game.tracer.due(game.now);
    game.tracer.heard(4, game.refusal("b"), game.now);
    game.tracer.heard(3, game.refusal("b"), game.now);
    game.tracer.heard(2, game.router("b"), game.now);
    game.tracer.heard(1, game.router("a"), game.now);
    game.tracer.heard(Tracer::target, game.refusal("b"), game.now);
    CHECK(game.tracer.finished());
    CHECK(game.names() == std::vector<std::string>{"a", "b"});
    CHECK(game.tracer.trace().refusal == "b host unreachable");
}

TEST_CASE("a refusal does not count when the target answers all the same") {
    Game game;
    (void)game.tracer.due(game.now);
    game.tracer.heard(2, game.refusal("b"), game.now);
    game.tracer.heard(1, game.router("a"), game.now);
    game.tracer.heard(Tracer::target, game.arrival(), game.now);
    CHECK(game.tracer.finished());
    CHECK(game.tracer.trace().arrived);
}

TEST_CASE("a way in circles ends before the address that came twice") {
    Game game;
    (void)game.tracer.due(game.now);
    const std::vector<std::string> way{"a", "b", "c", "b", "c"};
    for (const int hop : {5, 3, 1, 2, 4})
        game.tracer.heard(hop, game.router(way[static_cast<std::size_t>(hop - 1)]), game.now);
    CHECK_FALSE(game.tracer.wants(6));
    game.play_to_the_end();  // the target gets its tries
    CHECK(game.packets[6] == 0);
    CHECK(game.names() == std::vector<std::string>{"a", "b", "c"});
    CHECK(game.tracer.trace().back_to == "b");
}

TEST_CASE("a router that answers for two hops in a row makes no circle") {
    Game game;
    (void)game.tracer.due(game.now);
    game.tracer.heard(1, game.router("a"), game.now);
    game.tracer.heard(2, game.router("a"), game.now);
    game.tracer.heard(3, game.router("b"), game.now);
    CHECK(game.tracer.trace().back_to.empty());
    CHECK(game.tracer.due(game.now) == Hops{6, 7, 8});
}

TEST_CASE("no more hops are asked than there may be") {
    Game game({.most_hops = 3});
    CHECK(game.tracer.due(game.now) == Hops{Tracer::target, 1, 2, 3});
    for (const int hop : {1, 2, 3})
        game.tracer.heard(hop, game.router(std::to_string(hop)), game.now);
    CHECK(game.tracer.due(game.now).empty());
}

TEST_CASE("answers to what was never sent, or a second time, change nothing") {
    Game game;
    (void)game.tracer.due(game.now);
    game.tracer.heard(7, game.arrival(), game.now);
    game.tracer.heard(-1, game.arrival(), game.now);
    game.tracer.heard(1, game.router("a"), game.now);
    game.tracer.heard(1, game.router("x"), game.now);
    CHECK_FALSE(game.tracer.trace().arrived);
    CHECK(game.names() == std::vector<std::string>{"a"});
}

TEST_CASE("a host that finds no neighbour does not go on asking") {
    Game game;
    for (const int hop : game.tracer.due(game.now))
        game.tracer.heard(hop, {HopAnswer::Kind::not_sent, "", ""}, game.now + 150ms);
    CHECK(game.tracer.finished());
    CHECK(game.tracer.trace().no_neighbour);
    CHECK(game.tracer.trace().hops.empty());
}
