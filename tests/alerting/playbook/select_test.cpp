#include "alerting/playbook/select.hpp"

#include "catch.hpp"

using namespace sereno;

namespace {

Playbook playbook(std::string id, IncidentKind kind, std::vector<std::string> platform_kinds = {}) {
    Playbook made;
    made.id = std::move(id);
    made.kind = kind;
    made.platform_kinds = std::move(platform_kinds);
    return made;
}

PlaybookStep step(std::string id, Phase phase) {
    return {std::move(id), phase, {{"en", "Do it."}}};
}

const std::vector<Playbook> shelf{
    playbook("social", IncidentKind::outage, {"social", "messaging"}),
    playbook("any", IncidentKind::outage),
    playbook("local", IncidentKind::local),
    playbook("app", IncidentKind::app),
};

std::string chosen(IncidentKind kind, const std::vector<std::string>& platform_kinds) {
    const Playbook* found = choose_playbook(shelf, kind, platform_kinds);
    return found ? found->id : "none";
}

}  // namespace

TEST_CASE("an outage gets the first playbook that shares a platform kind with it") {
    CHECK(chosen(IncidentKind::outage, {"messaging"}) == "social");
    CHECK(chosen(IncidentKind::outage, {"payments", "social"}) == "social");
}

TEST_CASE("an outage of another kind of platform gets the general playbook") {
    CHECK(chosen(IncidentKind::outage, {"payments"}) == "any");
    CHECK(chosen(IncidentKind::outage, {}) == "any");
}

TEST_CASE("local trouble and a sick app get playbooks of their own kind whatever the platforms are") {
    CHECK(chosen(IncidentKind::local, {"social"}) == "local");
    CHECK(chosen(IncidentKind::app, {"social"}) == "app");
}

TEST_CASE("an unknown incident has no playbook, and an empty shelf has none to give") {
    CHECK(chosen(IncidentKind::unknown, {"social"}) == "none");
    CHECK(choose_playbook({}, IncidentKind::outage, {"social"}) == nullptr);
}

TEST_CASE("the order of the list decides, so that a team's own playbook wins when it stands first") {
    const std::vector<Playbook> own_first{playbook("ours", IncidentKind::outage),
                                          playbook("social", IncidentKind::outage, {"social"})};
    const Playbook* found = choose_playbook(own_first, IncidentKind::outage, {"social"});
    REQUIRE(found);
    CHECK(found->id == "ours");
    CHECK(found == &own_first.front());
}

TEST_CASE("the steps of a phase keep the playbook's order") {
    Playbook mixed = playbook("mixed", IncidentKind::outage);
    mixed.steps = {step("tell", Phase::open), step("welcome", Phase::recovered), step("pause", Phase::open)};
    const auto open = steps_of(mixed, Phase::open);
    REQUIRE(open.size() == 2);
    CHECK(open[0].id == "tell");
    CHECK(open[1].id == "pause");
    const auto recovered = steps_of(mixed, Phase::recovered);
    REQUIRE(recovered.size() == 1);
    CHECK(recovered[0].id == "welcome");
}

TEST_CASE("the recovered phase begins when the incident is closed, not at the first sign of life") {
    CHECK(phase_of(IncidentState::suspected) == Phase::open);
    CHECK(phase_of(IncidentState::open) == Phase::open);
    CHECK(phase_of(IncidentState::recovering) == Phase::open);
    CHECK(phase_of(IncidentState::closed) == Phase::recovered);
}
