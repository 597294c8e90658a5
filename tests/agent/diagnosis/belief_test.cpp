// Weights, confidence and what the picture remembers.
#include "agent/diagnosis/belief.hpp"

#include <set>

#include "agent/diagnosis/picture.hpp"
#include "catch.hpp"

using namespace sereno;

TEST_CASE("confidence grows with the odds, is even at zero and never certain") {
    CHECK(permille(0) == 500);
    CHECK(permille(1000) == 731);
    CHECK(permille(-1000) == 269);
    CHECK(permille(1'000'000) == 999);
    CHECK(permille(-1'000'000) == 1);
    int before = 0;
    for (int x = -9000; x <= 9000; x += 50) {
        CHECK(permille(x) >= before);
        CHECK(permille(x) + permille(-x) == 1000);
        before = permille(x);
    }
}

TEST_CASE("every weight has a reason and stands once") {
    std::set<std::string_view> rules;
    for (const Weight& entry : platform_weights()) {
        INFO(entry.rule);
        CHECK(rules.insert(entry.rule).second);
        CHECK(!entry.reason.empty());
        CHECK(weight_of(entry.rule) == entry.milli_nats);
    }
}

TEST_CASE("evidence of one group that speaks for it counts once, by the strongest") {
    const Evidence strong{"a", Group::edge, 4000, {}, {}}, weak{"b", Group::edge, 2500, {}, {}};
    const Evidence other{"c", Group::resolver, 3000, {}, {}}, against{"d", Group::edge, -500, {}, {}};
    CHECK(sum_capped_by_group({strong, weak}) == 4000);
    CHECK(sum_capped_by_group({strong, other}) == 7000);
    CHECK(sum_capped_by_group({strong, against, against}) == 3000);
}

TEST_CASE("silence of the front ends alone can never reach the threshold from one host") {
    const int all_but_witnesses = outage_prior + weight_of("edge_silent") + weight_of("controls_pass") +
                                  weight_of("persisted") + weight_of("siblings") + weight_of("alone") +
                                  weight_of("resolvers_answer");
    CHECK(permille(all_but_witnesses) < Thresholds{}.declare_permille);
}

TEST_CASE("evidence is sorted by strength, then by name, whichever way it points") {
    std::vector<Evidence> list{
        {"b", Group::edge, 100, {}, {}}, {"z", Group::edge, -900, {}, {}}, {"a", Group::edge, 100, {}, {}}};
    sort_by_strength(list);
    CHECK(list[0].rule == "z");
    CHECK(list[1].rule == "a");
    CHECK(list[2].rule == "b");
}

namespace {

Observation seen(std::uint64_t id, Failure failure, std::int64_t second) {
    Observation o;
    o.id = ObservationId{id};
    o.probe = ProbeId{"p"};
    o.failure = failure;
    o.started = o.finished = Stamp{Micros{second * 1'000'000}};
    return o;
}

}  // namespace

TEST_CASE("a row of failures begins with its first and ends with a success") {
    Track track;
    track.spec.id = ProbeId{"p"};
    CHECK(track.take(seen(1, Failure::none, 10)));
    CHECK(!track.take(seen(2, Failure::none, 20)));
    CHECK(track.take(seen(3, Failure::dns_timeout, 30)));
    CHECK(!track.take(seen(4, Failure::dns_servfail, 40)));
    CHECK(track.failures == 2);
    CHECK(track.first_failure == Stamp{Micros{30'000'000}});
    CHECK(track.take(seen(5, Failure::none, 50)));
    CHECK(track.failures == 0);
    CHECK(track.well());
}

TEST_CASE("what was never looked at changes nothing, and a shortage of ours is counted apart") {
    Track track;
    CHECK(track.take(seen(1, Failure::none, 10)));
    CHECK(!track.take(seen(2, Failure::overrun, 20)));
    CHECK(!track.take(seen(3, Failure::cancelled, 20)));
    CHECK(!track.take(seen(4, Failure::address_unknown, 20)));
    CHECK(track.last.id == ObservationId{1});
    track.take(seen(5, Failure::host_resources, 30));
    CHECK(track.host_failures == 1);
    CHECK(track.failures == 0);
}

TEST_CASE("old words are no words") {
    Track track;
    track.take(seen(1, Failure::none, 100));
    const Thresholds thresholds;
    CHECK(track.fresh(Stamp{Micros{200'000'000}}, thresholds));
    CHECK(!track.fresh(Stamp{Micros{300'000'000}}, thresholds));
    CHECK(!Track{}.fresh(Stamp{}, thresholds));
}

TEST_CASE("a changed watch list keeps what is known of the probes that stay") {
    Watch watch;
    watch.probes = {{ProbeId{"p"}, SubjectId{"s"}, Group::edge, HttpFetch{}},
                    {ProbeId{"q"}, SubjectId{"s"}, Group::edge, HttpFetch{}}};
    Picture picture(watch);
    bool turned = false;
    REQUIRE(picture.take(seen(1, Failure::dns_timeout, 10), turned));
    CHECK(turned);
    watch.probes.pop_back();
    picture.replace(watch);
    REQUIRE(picture.find(ProbeId{"p"}));
    CHECK(picture.find(ProbeId{"p"})->failures == 1);
    CHECK(!picture.find(ProbeId{"q"}));
    Observation unknown = seen(2, Failure::none, 20);
    unknown.probe = ProbeId{"q"};
    CHECK(!picture.take(unknown, turned));
}
