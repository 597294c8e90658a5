// Incidents by plain calls: standings in, changes out.
#include "agent/incidents/book.hpp"

#include "catch.hpp"

using namespace sereno;
using What = IncidentChange::What;

namespace {

Stamp at(std::int64_t second) {
    return Stamp{Micros{second * 1'000'000}};
}

Standing standing(const std::string& subject, Decision decision, Cause cause, std::int64_t since = 0) {
    Standing s;
    s.verdict.subject = SubjectId{subject};
    s.verdict.decision = decision;
    s.verdict.cause = cause;
    s.verdict.since = at(since);
    s.verdict.confidence_permille = 950;
    s.name = subject;
    s.key = subject == "host" ? "local" : subject.starts_with("app:") ? subject : "operator:meta";
    s.title = "Meta";
    return s;
}

const auto well = [](const std::string& s) { return standing(s, Decision::none, Cause::all_well); };
const auto unknown = [](const std::string& s) {
    return standing(s, Decision::none, Cause::insufficient_evidence);
};
const auto doubtful = [](const std::string& s) {
    return standing(s, Decision::watch, Cause::platform_dns, 5);
};
const auto down = [](const std::string& s) {
    return standing(s, Decision::declare_outage, Cause::platform_dns, 5);
};
const auto ours = [](const std::string& s) { return standing(s, Decision::fix_local, Cause::lan, 5); };

Thresholds quick() {
    Thresholds t;
    t.recover_after = Micros{60'000'000};
    return t;
}

}  // namespace

TEST_CASE("a suspicion that passes is dismissed without ever having opened") {
    IncidentBook book;
    auto changes = book.update({well("host"), doubtful("facebook")}, quick(), at(10));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == What::suspected);
    CHECK(changes[0].incident.suspected == at(5));
    changes = book.update({well("host"), well("facebook")}, quick(), at(20));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == What::dismissed);
    CHECK(!changes[0].incident.opened);
    CHECK(book.unfinished().empty());
    CHECK(book.recent().empty());
}

TEST_CASE("platforms of one operator share one incident from suspicion to end") {
    IncidentBook book;
    book.update({doubtful("facebook"), well("instagram")}, quick(), at(10));
    auto changes = book.update({down("facebook"), doubtful("instagram")}, quick(), at(70));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == What::opened);
    CHECK(changes[0].incident.subjects.size() == 2);
    CHECK(changes[0].incident.kind == IncidentKind::outage);
    const IncidentId id = changes[0].incident.id;
    CHECK(book.incident_of(SubjectId{"instagram"}) == id);

    changes = book.update({well("facebook"), down("instagram")}, quick(), at(100));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == What::changed);  // one of two is back: not over

    changes = book.update({well("facebook"), well("instagram")}, quick(), at(110));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == What::recovering);
    CHECK(book.update({well("facebook"), well("instagram")}, quick(), at(169)).empty());
    changes = book.update({well("facebook"), well("instagram")}, quick(), at(170));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == What::closed);
    CHECK(changes[0].incident.id == id);
    CHECK(book.recent().size() == 1);
}

TEST_CASE("a relapse opens the same incident again") {
    IncidentBook book;
    book.update({down("facebook")}, quick(), at(10));
    book.update({well("facebook")}, quick(), at(20));
    auto changes = book.update({doubtful("facebook")}, quick(), at(50));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == What::relapsed);
    CHECK(changes[0].incident.state == IncidentState::open);
    book.update({well("facebook")}, quick(), at(60));
    CHECK(book.update({well("facebook")}, quick(), at(119)).empty());  // the wait began again
    CHECK(book.update({well("facebook")}, quick(), at(120)).size() == 1);
}

TEST_CASE("what cannot be seen is neither well nor ill") {
    IncidentBook book;
    book.update({down("facebook")}, quick(), at(10));
    CHECK(book.update({unknown("facebook")}, quick(), at(400)).empty());
    book.update({well("facebook")}, quick(), at(500));
    book.update({unknown("facebook")}, quick(), at(530));
    CHECK(book.update({well("facebook")}, quick(), at(565)).empty());
    CHECK(book.update({well("facebook")}, quick(), at(590)).size() == 1);
}

TEST_CASE("our own fault draws the platforms in, ends a suspicion of them and leaves an outage open") {
    IncidentBook book;
    book.update({well("host"), doubtful("facebook")}, quick(), at(10));
    auto changes = book.update({ours("host"), ours("facebook")}, quick(), at(30));
    REQUIRE(changes.size() == 2);
    bool opened = false, dismissed = false;
    for (const auto& change : changes) {
        if (change.what == What::opened) {
            opened = true;
            CHECK(change.incident.key == "local");
            CHECK(change.incident.kind == IncidentKind::local);
            CHECK(change.incident.subjects.size() == 2);
        }
        dismissed |= change.what == What::dismissed;
    }
    CHECK(opened);
    CHECK(dismissed);

    SECTION("it closes when the host is well, whatever the platforms do") {
        book.update({well("host"), doubtful("facebook")}, quick(), at(40));
        const auto closing = book.update({well("host"), doubtful("facebook")}, quick(), at(101));
        REQUIRE(closing.size() == 1);
        CHECK(closing[0].what == What::closed);
        CHECK(closing[0].incident.key == "local");
    }
}

TEST_CASE("an outage stays open while our own link is down") {
    IncidentBook book;
    book.update({well("host"), down("facebook")}, quick(), at(10));
    book.update({ours("host"), ours("facebook")}, quick(), at(30));
    REQUIRE(book.unfinished().size() == 2);
    CHECK(book.unfinished()[0].state == IncidentState::open);
    book.update({well("host"), well("facebook")}, quick(), at(40));
    const auto changes = book.update({well("host"), well("facebook")}, quick(), at(100));
    CHECK(changes.size() == 2);
    CHECK(book.unfinished().empty());
}

TEST_CASE("numbers go on where the last run ended, and what it left is followed to its end") {
    IncidentBook book;
    Incident left;
    left.id = IncidentId{41};
    left.key = "operator:meta";
    left.kind = IncidentKind::outage;
    left.state = IncidentState::open;
    left.opened = at(1);
    left.subjects = {{SubjectId{"facebook"}, "Facebook", Decision::declare_outage, Cause::platform_dns, at(1),
                      std::nullopt}};
    book.restore({left}, IncidentId{41});
    CHECK(book.update({unknown("facebook")}, quick(), at(5)).empty());
    book.update({well("facebook")}, quick(), at(10));
    const auto changes = book.update({well("facebook"), doubtful("app:bot")}, quick(), at(80));
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].what == What::suspected);
    CHECK(changes[0].incident.id == IncidentId{42});
    CHECK(changes[1].what == What::closed);
}

TEST_CASE("a subject that is no longer watched does not keep its incident open for ever") {
    IncidentBook book;
    book.update({down("facebook"), well("instagram")}, quick(), at(10));
    book.update({well("instagram")}, quick(), at(20));
    const auto changes = book.update({well("instagram")}, quick(), at(90));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == What::closed);
}

namespace {

/// A platform of an operator of its own that rests on Fastly.
Standing stranger(const std::string& subject, Decision decision, bool shared) {
    Standing s = standing(subject, decision, shared ? Cause::shared_cdn : Cause::platform_edge, 5);
    s.key = "operator:" + subject;
    s.title = subject;
    s.shared_title = "Fastly";
    if (shared) s.verdict.shared_fate = "edge:fastly";
    return s;
}

}  // namespace

TEST_CASE("strangers that fail together on what they rest on are one incident, told once") {
    IncidentBook book;
    book.update({stranger("shop", Decision::watch, false), stranger("news", Decision::watch, false)}, quick(),
                at(10));
    REQUIRE(book.unfinished().size() == 2);
    auto changes = book.update(
        {stranger("shop", Decision::watch, true), stranger("news", Decision::watch, true)}, quick(), at(20));
    REQUIRE(book.unfinished().size() == 1);
    CHECK(book.unfinished()[0].key == "edge:fastly");
    CHECK(book.unfinished()[0].title == "Fastly");
    CHECK(book.unfinished()[0].subjects.size() == 2);
    changes = book.update(
        {stranger("shop", Decision::declare_outage, true), stranger("news", Decision::watch, true)}, quick(),
        at(30));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == What::opened);
    const IncidentId id = changes[0].incident.id;
    changes = book.update(
        {stranger("shop", Decision::declare_outage, true), stranger("news", Decision::declare_outage, true),
         stranger("mail", Decision::declare_outage, true)},
        quick(), at(40));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].what == What::changed);
    CHECK(changes[0].incident.subjects.size() == 3);

    // The last that is down fails alone by now; it stays where it joined.
    Standing shop = well("shop"), news = well("news");
    shop.key = "operator:shop";
    news.key = "operator:news";
    book.update({shop, news, stranger("mail", Decision::declare_outage, false)}, quick(), at(50));
    REQUIRE(book.unfinished().size() == 1);
    CHECK(book.incident_of(SubjectId{"mail"}) == id);
}

TEST_CASE("who was declared alone stays an incident of its own when strangers follow") {
    IncidentBook book;
    book.update({stranger("shop", Decision::declare_outage, false)}, quick(), at(10));
    book.update({stranger("news", Decision::declare_outage, false),
                 stranger("shop", Decision::declare_outage, false)},
                quick(), at(20));
    REQUIRE(book.unfinished().size() == 2);
    const auto changes = book.update(
        {stranger("news", Decision::declare_outage, true), stranger("shop", Decision::declare_outage, true)},
        quick(), at(30));
    for (const IncidentChange& change : changes)
        CHECK(change.what == What::changed);
    CHECK(book.unfinished().size() == 2);
}
