#include "agent/recording/redact.hpp"

#include <set>

#include "agent/recording/replay.hpp"
#include "catch.hpp"
#include "flight.hpp"

namespace sereno {

namespace {

using namespace test;

bool nothing_public(std::string_view) {
    return false;
}
bool of_catalogue(std::string_view word) {
    static const std::set<std::string_view> words{"facebook", "instagram", "whatsapp", "meta",  "operator",
                                                  "host",     "control",   "app",      "http",  "https",
                                                  "dns",      "ns",        "system",   "tcp",   "apple",
                                                  "google",   "microsoft", "health",   "social"};
    return words.contains(word);
}

}  // namespace

TEST_CASE("addresses stay addresses, and the same one stays the same") {
    Pseudonyms names(nothing_public);
    CHECK(names.of_words("157.240.0.35:443") == "198.18.0.1:443");
    CHECK(names.of_words("203.0.113.9 host unreachable") == "198.18.0.2 x1 x2");
    CHECK(names.of_words("157.240.0.35") == "198.18.0.1");
    CHECK(names.of_words("192.168.1.1") == "10.0.0.1");
    CHECK(names.of_words("127.0.0.53") == "127.0.0.53");
    CHECK(names.of_words("129.134.30.0/24") == "198.18.0.3/24");
    CHECK(names.of_words("[2a03:2880:f0fc:c:face:b00c:0:35]:53") == "[2001:db8::0:1]:53");
    CHECK(names.of_words("2a03:2880:f0fc:000c:face:b00c:0:35") == "2001:db8::0:1");
    CHECK(names.of_words("fe80::1") == "fd00::0:1");
    CHECK(names.of_words("::1") == "::1");
}

TEST_CASE("names, numbers and mail addresses keep their shape") {
    Pseudonyms names(of_catalogue);
    CHECK(names.of_words("https://intra.corp.example/health?token=geheim") ==
          "https://host1.example/health?x1=x2");
    CHECK(names.of_words("INTRA.corp.example") == "host1.example");
    CHECK(names.of_words("app:booking-bot") == "app:x3");
    CHECK(names.of_words("operator:meta") == "operator:meta");
    CHECK(names.of_words("booking-bot/health") == "x3/health");
    CHECK(names.of_words("call +34600111222, or 600111222.") == "x4 +90000000001, x5 900000002.");
    CHECK(names.of_words("status 503 in 12 s") == "x6 503 x7 12 x8");
    CHECK(names.of_contact("ana@intra.corp.example") == "person1@host1.example");
    CHECK(names.of_contact("+34600111222") == "+90000000001");
    CHECK(names.of_contact("#ops") == "text 1");
    CHECK(names.of_person("Ana") == "Person 1");
    CHECK(names.of_person("Ana") == "Person 1");
    CHECK(names.of_text("") == "");
    CHECK(names.of_words(" - ... ()") == " - ... ()");
}

TEST_CASE("a redacted recording tells nobody's name or address, and replays") {
    Watch watch = meta_watch();
    watch.apps[0].id = SubjectId{"app:booking-bot"};
    watch.apps[0].name = "Reservas";
    watch.apps[0].health = HttpFetch{.url = "http://intra.corp.example/health"};
    watch.apps[0].restart_command = {"systemctl", "restart", "booking-bot"};
    for (ProbeSpec& spec : watch.probes)
        if (spec.group == Group::app) spec.subject = watch.apps[0].id;
    Flight flight(watch);
    const Stamp begin = flight.simulation.now() + minutes(50);
    const auto trouble = outage(begin, begin + minutes(4));
    flight.simulation.world = trouble;
    flight.simulation.start();
    flight.simulation.pass(minutes(67));
    REQUIRE(flight.ended.size() == 1);

    TemporaryFolder folder;
    RecordingReader reader(folder.write("r.gz", flight.files.begin()->second));
    Redactor redactor(of_catalogue);
    std::string text;
    append_line(text, RecordingHeader{recording_format, "test", true});
    auto checkpoint = reader.take_checkpoint();
    REQUIRE(checkpoint);
    checkpoint = redactor.redact(std::move(*checkpoint));
    append_line(text, *checkpoint);
    Brain brain = brain_at_beginning(reader, checkpoint);
    RecordedEvent recorded;
    std::vector<std::string> then, now;
    const auto judgements = [](const Effect& effect, std::vector<std::string>& out) {
        const auto* record = std::get_if<RecordDecision>(&effect);
        if (!record) return;
        const Verdict& verdict = record->record.verdict;
        out.push_back(std::string(to_string(verdict.decision)) + " " + std::string(to_string(verdict.cause)));
    };
    LineReader lines;
    while (reader.next(recorded)) {
        if (auto* observed = std::get_if<Observed>(&recorded.event)) {
            observed->observation.detail = "connect to ana-laptop failed";
            observed->observation.answers = {"203.0.113.77"};
        }
        const Event event = redactor.redact(recorded.event);
        append_line(text, event);
        for (const std::string& line : recorded.effects)
            judgements(lines.effect(line).value(), then);
        for (const Effect& effect : brain.on(event)) {
            append_line(text, effect);
            judgements(effect, now);
        }
    }
    REQUIRE(then.size() > 4);
    CHECK(then == now);
    for (const char* secret : {"Ana", "ana@", "34600111222", "Reservas", "booking", "corp", "systemctl",
                               "laptop", "203.0.113.77", "Confirm"}) {
        INFO(secret);
        CHECK(text.find(secret) == text.npos);
    }
    CHECK(text.find("person1@") != text.npos);
    CHECK(text.find("198.18.0.") != text.npos);
    CHECK(text.find("facebook") != text.npos);

    RecordingReader again(folder.write("redacted.jsonl", text));
    CHECK(again.header().redacted);
    const ReplayTotals totals = replay(again, [](const ReplayedEvent&) {});
    CHECK(totals.differing == 0);
    CHECK(totals.effects > 100);
}

}  // namespace sereno
