#include "probes/witness/voices.hpp"

#include "catch.hpp"

using namespace sereno;

namespace {

Voice voice(const char* country, std::uint32_t asn, Failure failure, int status = 0) {
    Voice one;
    one.vantage = {.name = "a place", .asn = asn, .country = country};
    one.failure = failure;
    one.reached = failure == Failure::none ? Stage::done : Stage::connect;
    one.http_status = status;
    one.words = to_string(failure);
    return one;
}

constexpr Failure well = Failure::none, down = Failure::connect_timeout, refused = Failure::connect_refused,
                  blocked = Failure::http_blocked, mute = Failure::witness_unknown;

Failure of(const std::vector<Failure>& failures) {
    std::vector<Voice> voices;
    for (const Failure failure : failures)
        voices.push_back(voice("DE", static_cast<std::uint32_t>(voices.size() + 1), failure));
    const Majority majority = majority_of(voices);
    CHECK((majority.reached == Stage::done) == (majority.failure == Failure::none));
    return majority.failure;
}

}  // namespace

TEST_CASE("voices together are well when more than half of those that speak are") {
    CHECK(of({well, well, down}) == well);
    CHECK(of({well, down}) == down);
    CHECK(of({well, down, down}) == down);
    CHECK(of({well, mute, mute}) == well);
    CHECK(of({down, mute, mute}) == down);
    CHECK(of({blocked, blocked, down}) == well);
}

TEST_CASE("voices that fail together fail as most of them do, of equally many as the first") {
    CHECK(of({refused, down, down}) == down);
    CHECK(of({refused, down}) == refused);
    CHECK(of({well, refused, down}) == refused);
    CHECK(of({mute, mute, mute, down}) == down);
}

TEST_CASE("where nobody speaks nothing is known") {
    CHECK(of({}) == mute);
    CHECK(of({mute, mute}) == mute);
}

TEST_CASE("the status is that of the first that says what most say") {
    const std::vector<Voice> voices{voice("DE", 1, well, 200),
                                    voice("US", 2, Failure::http_server_error, 502),
                                    voice("FR", 3, Failure::http_server_error, 503)};
    CHECK(majority_of(voices).http_status == 502);
}

TEST_CASE("a summary names who fails and who does not") {
    CHECK(summary_of({voice("DE", 24940, down), voice("US", 20473, well), voice("FR", 16276, down)}) ==
          "fails from DE (AS24940), FR (AS16276); well from US (AS20473)");
    CHECK(summary_of({voice("", 64500, mute)}) == "no word from a place (AS64500)");
    CHECK(summary_of({}).empty());
    CHECK(summary_of(std::vector<Voice>(64, voice("DE", 24940, down))).size() <= 200);
}
