#include "alerting/messages/words.hpp"
#include "catch.hpp"
#include "incidents.hpp"

using namespace sereno;

namespace {

const MessageCatalogue small{
    {"en",
     {{"cause.isp", "the Internet is gone"},
      {"failure.dns_timeout", "no answer in time"},
      {"evidence.resolvers_fail", "{failed} of {total} fail: {failure}."},
      {"decision_headline.none", "All is well"},
      {"decision_headline.no_verdict", "No verdict yet"},
      {"decision_headline.fix_local", "It's us: {cause}"},
      {"here.isp", "the Internet connection"},
      {"here.other", "the network"},
      {"settles.time", "Time could settle it."},
      {"ruled_out.line", "{cause}: {evidence}"},
      {"ruled_out.rarer", "{cause}: only rarer"},
      {"ruled_out.passing", "a hiccup"},
      {"unit.days", "d"}}},
    {"fr", {{"cause.isp", "Internet a disparu"}, {"unit.days", "j"}}},
};

}  // namespace

TEST_CASE("a text comes in the reader's language, else in English, else as its key") {
    CHECK(Words(small, "fr").cause(Cause::isp) == "Internet a disparu");
    CHECK(Words(small, "fr").failure(Failure::dns_timeout) == "no answer in time");
    CHECK(Words(small, "fr").cause(Cause::lan) == "cause.lan");
    CHECK(Words(small, "xx").cause(Cause::isp) == "the Internet is gone");
    const MessageCatalogue empty;
    CHECK(Words(empty, "en").text("page.title") == "page.title");
}

TEST_CASE("evidence translates the failure among its facts") {
    const Words words{small, "en"};
    Evidence evidence{"resolvers_fail",
                      Group::resolver,
                      1,
                      {},
                      {{"failed", "3"}, {"total", "4"}, {"failure", "dns_timeout"}}};
    CHECK(words.evidence(evidence) == "3 of 4 fail: no answer in time.");
    evidence.facts[2].second = "no such code";
    CHECK(words.evidence(evidence) == "3 of 4 fail: no such code.");
    evidence.rule = "brand_new";
    CHECK(words.evidence(evidence) == "evidence.brand_new");
}

TEST_CASE("what was ruled out is said with what speaks against it, facts and all") {
    const Words words{small, "en"};
    const std::vector<Evidence> evidence{
        {"controls_pass", Group::controls, 900, {}, {}},
        {"resolvers_fail",
         Group::resolver,
         500,
         {},
         {{"failed", "3"}, {"total", "4"}, {"failure", "dns_timeout"}}},
    };
    CHECK(words.ruled_out({Cause::isp, 12, "resolvers_fail"}, evidence) ==
          "the Internet is gone: 3 of 4 fail: no answer in time.");
    CHECK(words.ruled_out({Cause::all_well, 12, "resolvers_fail"}, evidence) ==
          "a hiccup: 3 of 4 fail: no answer in time.");
    CHECK(words.ruled_out({Cause::isp, 12, ""}, evidence) == "the Internet is gone: only rarer");
    CHECK(words.ruled_out({Cause::isp, 12, "no_longer_kept"}, evidence) == "the Internet is gone");
}

TEST_CASE("what could change its mind has a sentence") {
    CHECK(Words(small, "en").settles("time") == "Time could settle it.");
    CHECK(Words(small, "fr").settles("time") == "Time could settle it.");
    CHECK(Words(small, "fr").settles("dice") == "settles.dice");
}

TEST_CASE("a step comes in the reader's language, else in English, else as its id") {
    const Words words{small, "fr"};
    PlaybookStep step{"tell", Phase::open, {{"en", "Tell {who}."}, {"fr", "Dites {who}."}}};
    CHECK(words.step(step, {{"who", "Ana"}}) == "Dites Ana.");
    step.text.erase("fr");
    CHECK(words.step(step, {{"who", "Ana"}}) == "Tell Ana.");
    step.text.clear();
    CHECK(words.step(step, {}) == "tell");
}

TEST_CASE("the headline names what is broken here, and does not call the unknown well") {
    const Words words{small, "en"};
    CHECK(words.headline(Decision::fix_local, Cause::isp, "host") == "It's us: the Internet connection");
    CHECK(words.headline(Decision::fix_local, Cause::suspicion, "host") == "It's us: the network");
    CHECK(words.headline(Decision::none, Cause::all_well, "") == "All is well");
    CHECK(words.headline(Decision::none, Cause::insufficient_evidence, "") == "No verdict yet");
}

TEST_CASE("lengths of days use the reader's word for days") {
    CHECK(Words(small, "fr").length(Micros{26LL * 3600 * 1'000'000}) == "1 j 2 h");
    CHECK(Words(small, "en").length(Micros{19'800'000'000}) == "5 h 30 min");
}

TEST_CASE("names are listed in order, those that the decision is about, as many as fit") {
    Incident incident = incidents::outage();
    CHECK(subject_names(incident) == "Facebook, Instagram, WhatsApp");
    incident.subjects[1].decision = Decision::watch;
    CHECK(subject_names(incident) == "Facebook, WhatsApp");
    incident = incidents::outage();
    CHECK(subject_names(incident, 29) == "Facebook, Instagram, WhatsApp");
    CHECK(subject_names(incident, 28) == "Facebook, Instagram +1");
    CHECK(subject_names(incident, 21) == "Facebook +2");
    CHECK(subject_names(incident, 6) == "... +2");
    incident.subjects.clear();
    CHECK(subject_names(incident) == "Meta");
}

TEST_CASE("an incident is over when the last of its subjects is well again") {
    CHECK_FALSE(over_at(incidents::outage()).has_value());
    CHECK(over_at(incidents::outage_over()) == incidents::at("22:45"));
    Incident half = incidents::outage();
    half.subjects[0].over = incidents::at("21:20");
    CHECK_FALSE(over_at(half).has_value());
    half.recovering = incidents::at("21:20");
    half.closed = incidents::at("21:30");
    CHECK(over_at(half) == incidents::at("21:20"));
}

TEST_CASE("a moment carries its date only when that is another day") {
    const Stamp evening = incidents::at("23:50");
    CHECK(moment(evening, incidents::at("23:59"), Micros{0}) == "23:50 UTC");
    CHECK(moment(evening, incidents::at("00:10", "2021-10-05"), Micros{0}) == "2021-10-04 23:50 UTC");
    CHECK(moment(evening, evening, Micros{600'000'000}) == "00:00 UTC");
}

TEST_CASE("steps can name platforms, title, app, since and command, and nothing else") {
    const Words words{small, "en"};
    const Substitutions values = step_values(words, incidents::app(), Micros{0}, "systemctl restart\nbot");
    const PlaybookStep step{
        "all", Phase::open, {{"en", "{platforms}|{title}|{app}|{since}|{command}|{team}"}}};
    CHECK(words.step(step, values) ==
          "WhatsApp|booking-bot|booking-bot|11:02 UTC|systemctl restart bot|{team}");
    REQUIRE(values.size() == step_names.size());
    for (std::size_t at = 0; at < step_names.size(); ++at)
        CHECK(values[at].first == step_names[at]);
    CHECK(words.step(step, step_values(words, incidents::local(), Micros{0})) ==
          "the Internet connection|the Internet connection|the Internet connection|09:10 UTC||{team}");
}

TEST_CASE("a command is shown as one line") {
    CHECK(command_text({"systemctl", "restart", "bot"}) == "systemctl restart bot");
    CHECK(command_text({"a\nb"}) == "a b");
    CHECK(command_text({}) == "");
}
