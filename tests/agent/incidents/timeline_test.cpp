// What is kept of each layer, from sight to sight.
#include "agent/incidents/timeline.hpp"

#include "agent/incidents/book.hpp"
#include "catch.hpp"

using namespace sereno;

namespace {

constexpr LayerState unknown = LayerState::unknown, failing = LayerState::failing, well = LayerState::well;
constexpr Micros second{1'000'000}, minute{60'000'000}, steady = 5 * minute;

Stamp at(int minutes, int seconds = 0) {
    return Stamp{minutes * minute + seconds * second};
}

/// Sights as the ticks bring them: a layer's `since` is what the newest look tells, and grows.
struct Story {
    std::vector<LayerTimeline> layers;
    LayerSights seen{};
    Stamp now;

    bool turn(Layer layer, LayerState state, Stamp since) {
        seen[static_cast<std::size_t>(layer)] = {state, since};
        return pass_until(since);
    }
    bool pass_until(Stamp until) {
        bool news = false;
        for (; now < until; now += second)
            news |= follow(layers, seen, steady, now);
        now = until;
        for (LayerSight& sight : seen)  // looked at again, with the same result
            if (sight.since != Stamp{} && until - sight.since > minute) sight.since = until - second;
        return follow(layers, seen, steady, now) || news;
    }
    const LayerTimeline& of(Layer layer) const { return layers[static_cast<std::size_t>(layer)]; }
};

}  // namespace

TEST_CASE("all four layers are kept, the lowest first, and what never failed has neither beginning nor end") {
    Story story;
    CHECK(!story.turn(Layer::dns, well, at(1)));
    CHECK(!story.pass_until(at(20)));
    REQUIRE(story.layers.size() == layer_count);
    for (std::size_t i = 0; i < layer_count; ++i) {
        CHECK(story.layers[i].layer == all_layers[i]);
        CHECK(!story.layers[i].failed);
        CHECK(!story.layers[i].over);
    }
    CHECK(story.of(Layer::dns).state == well);
    CHECK(story.of(Layer::routes).state == unknown);
    CHECK(first_failed(story.layers) == nullptr);
}

TEST_CASE("a layer is over when it has been well for long enough, and from the first sight on") {
    Story story;
    CHECK(story.turn(Layer::dns, failing, at(1)));
    CHECK(story.of(Layer::dns).failed == at(1));
    CHECK(!story.turn(Layer::dns, well, at(9)));
    CHECK(!story.pass_until(at(13, 59)));
    CHECK(!story.of(Layer::dns).over);
    CHECK(story.of(Layer::dns).since == at(9));
    CHECK(story.pass_until(at(14)));
    CHECK(story.of(Layer::dns).over == at(9));
    CHECK(!story.pass_until(at(30)));  // and nothing is news after that
    CHECK(story.of(Layer::dns).over == at(9));
}

TEST_CASE("a relapse before that ends nothing, and one after that takes the end back") {
    Story story;
    story.turn(Layer::dns, failing, at(1));
    story.turn(Layer::dns, well, at(9));
    CHECK(!story.turn(Layer::dns, failing, at(11)));  // nothing to correct: it was not said to be over
    CHECK(!story.of(Layer::dns).over);
    story.turn(Layer::dns, well, at(20));
    CHECK(story.pass_until(at(25)));
    CHECK(story.of(Layer::dns).over == at(20));
    CHECK(story.turn(Layer::dns, failing, at(26)));
    CHECK(!story.of(Layer::dns).over);
    CHECK(story.of(Layer::dns).failed == at(1));
    story.turn(Layer::dns, well, at(28));
    story.pass_until(at(33));
    CHECK(story.of(Layer::dns).over == at(28));
}

TEST_CASE("announcements that come and go are no recovery") {
    Story story;
    story.turn(Layer::routes, failing, at(1));
    for (int i = 0; i < 20; ++i) {
        CHECK(!story.turn(Layer::routes, well, at(30, 30 * i)));
        CHECK(!story.turn(Layer::routes, failing, at(30, 30 * i + 15)));
    }
    CHECK(!story.of(Layer::routes).over);
    story.turn(Layer::routes, well, at(40));
    story.pass_until(at(45));
    CHECK(story.of(Layer::routes).over == at(40));
}

TEST_CASE("a layer that cannot be seen neither begins nor ends") {
    Story story;
    story.turn(Layer::edge, failing, at(1));
    story.turn(Layer::dns, failing, at(2));
    CHECK(!story.turn(Layer::edge, unknown, at(2)));
    CHECK(!story.pass_until(at(60)));
    CHECK(!story.of(Layer::edge).over);
    CHECK(!story.of(Layer::application).failed);
    // What was well, then hidden, was not well all the while.
    story.turn(Layer::edge, well, at(61));
    story.turn(Layer::edge, unknown, at(63));
    story.turn(Layer::edge, well, at(65));
    CHECK(!story.pass_until(at(69, 59)));
    CHECK(story.pass_until(at(70)));
    CHECK(story.of(Layer::edge).over == at(65));
}

TEST_CASE("when the incident ends what is well is over, and what is hidden stays without an end") {
    Story story;
    story.turn(Layer::routes, failing, at(1));
    story.turn(Layer::dns, failing, at(2));
    story.turn(Layer::edge, failing, at(3));
    story.turn(Layer::dns, well, at(50));
    story.turn(Layer::routes, unknown, at(51));
    story.pass_until(at(52));
    settle(story.layers);
    CHECK(story.of(Layer::dns).over == at(50));
    CHECK(!story.of(Layer::routes).over);
    CHECK(!story.of(Layer::edge).over);
    CHECK(!story.of(Layer::application).over);
    CHECK(!story.of(Layer::application).failed);
}

TEST_CASE("Facebook 2021: each layer keeps its own length of time") {
    // Minutes since 15:00 UTC.
    Story story;
    story.turn(Layer::edge, failing, at(40));
    story.turn(Layer::routes, failing, at(53, 47));
    story.turn(Layer::dns, failing, at(54));
    story.turn(Layer::edge, unknown, at(55));
    story.turn(Layer::routes, well, at(350));
    story.turn(Layer::routes, failing, at(352));  // path hunting
    story.turn(Layer::routes, well, at(360));
    story.turn(Layer::dns, well, at(365));
    story.turn(Layer::edge, failing, at(365, 30));
    story.turn(Layer::dns, failing, at(371));  // the relapse of 21:11
    story.turn(Layer::edge, unknown, at(371));
    story.turn(Layer::dns, well, at(380));
    story.turn(Layer::edge, well, at(388));
    story.turn(Layer::application, failing, at(388));
    story.turn(Layer::application, well, at(465));
    story.pass_until(at(470));
    CHECK(first_failed(story.layers)->layer == Layer::edge);
    CHECK(story.of(Layer::routes).failed == at(53, 47));
    CHECK(story.of(Layer::routes).over == at(360));
    CHECK(story.of(Layer::dns).failed == at(54));
    CHECK(story.of(Layer::dns).over == at(380));
    CHECK(story.of(Layer::edge).failed == at(40));
    CHECK(story.of(Layer::edge).over == at(388));
    CHECK(story.of(Layer::application).failed == at(388));
    CHECK(story.of(Layer::application).over == at(465));
}

namespace {

Standing shop(Decision decision, Cause cause, LayerState edge, Stamp since) {
    Standing standing;
    standing.verdict.subject = SubjectId{"shop"};
    standing.verdict.decision = decision;
    standing.verdict.cause = cause;
    standing.verdict.since = at(0);
    standing.name = "Shop";
    standing.key = "platform:shop";
    standing.layers = LayerSights{};
    (*standing.layers)[static_cast<std::size_t>(Layer::edge)] = {edge, since};
    return standing;
}

const LayerTimeline& edge_of(const Incident& incident) {
    REQUIRE(incident.subjects.size() == 1);
    REQUIRE(incident.subjects[0].layers.size() == layer_count);
    return incident.subjects[0].layers[static_cast<std::size_t>(Layer::edge)];
}

}  // namespace

TEST_CASE("the book keeps the layers of a platform, and says when one begins or ends") {
    using What = IncidentChange::What;
    IncidentBook book;
    const Thresholds thresholds;
    auto changes = book.update({shop(Decision::declare_outage, Cause::platform_edge, failing, at(1))},
                               thresholds, at(1, 1));
    REQUIRE(!changes.empty());
    CHECK(edge_of(changes.back().incident).failed == at(1));
    const auto still = shop(Decision::declare_outage, Cause::platform_edge, well, at(4));
    CHECK(book.update({still}, thresholds, at(4)).empty());
    changes = book.update({still}, thresholds, at(9));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == What::changed);
    CHECK(edge_of(changes[0].incident).over == at(4));
}

TEST_CASE("an incident that closes ends the layers that are well, and no others") {
    IncidentBook book;
    const Thresholds thresholds;
    auto down = shop(Decision::declare_outage, Cause::platform_edge, failing, at(1));
    (*down.layers)[static_cast<std::size_t>(Layer::routes)] = {failing, at(1)};
    book.update({down}, thresholds, at(1));
    book.update({shop(Decision::none, Cause::all_well, failing, at(3))}, thresholds, at(3));
    book.update({shop(Decision::none, Cause::all_well, well, at(5))}, thresholds, at(5));
    const auto changes = book.update({shop(Decision::none, Cause::all_well, well, at(8))}, thresholds, at(8));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == IncidentChange::What::closed);
    CHECK(edge_of(changes[0].incident).over == at(5));
    CHECK(changes[0].incident.subjects[0].layers[0].failed == at(1));
    CHECK(!changes[0].incident.subjects[0].layers[0].over);
}

TEST_CASE("what our own network does to a platform is no word on its layers") {
    IncidentBook book;
    const Thresholds thresholds;
    book.update({shop(Decision::watch, Cause::suspicion, well, at(1))}, thresholds, at(1));
    book.update({shop(Decision::declare_outage, Cause::platform_dns, well, at(1))}, thresholds, at(2));
    book.update({shop(Decision::fix_local, Cause::policy, failing, at(3))}, thresholds, at(3));
    for (const Incident& incident : book.unfinished()) {
        if (incident.key == "local") {
            CHECK(incident.subjects[0].layers.empty());
            continue;
        }
        CHECK(!edge_of(incident).failed);
        CHECK(edge_of(incident).state == unknown);
    }
    CHECK(book.unfinished().size() == 2);
}

TEST_CASE("who leaves a suspicion for an incident of many takes along what its layers did") {
    IncidentBook book;
    const Thresholds thresholds;
    book.update({shop(Decision::watch, Cause::suspicion, failing, at(1))}, thresholds, at(1));
    auto other = shop(Decision::declare_outage, Cause::shared_cdn, failing, at(2));
    other.verdict.subject = SubjectId{"news"};
    other.verdict.shared_fate = "edge:fastly";
    other.key = "platform:news";
    book.update({shop(Decision::watch, Cause::suspicion, failing, at(1)), other}, thresholds, at(2));
    auto joined = shop(Decision::watch, Cause::shared_cdn, failing, at(3));
    joined.verdict.shared_fate = "edge:fastly";
    book.update({joined, other}, thresholds, at(3));
    bool found = false;
    for (const Incident& incident : book.unfinished())
        for (const IncidentSubject& subject : incident.subjects) {
            if (subject.subject.value != "shop") continue;
            found = true;
            CHECK(incident.key == "edge:fastly");
            CHECK(subject.layers[static_cast<std::size_t>(Layer::edge)].failed == at(1));
        }
    CHECK(found);
}
