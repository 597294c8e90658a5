// Weights, confidence and what the picture remembers.
#include "agent/diagnosis/belief.hpp"

#include <algorithm>
#include <cstdlib>
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

TEST_CASE("logarithms and their inverse are those of the tables, in integers") {
    CHECK(ln_permille(1000) == 0);
    CHECK(ln_permille(500) == -693);
    CHECK(ln_permille(100) == -2302);
    CHECK(ln_permille(1) == -6907);
    CHECK(exp_parts(0) == 1'000'000'000);
    CHECK(std::abs(exp_parts(-693) - 500'073'594) <= 2);
    CHECK(std::abs(exp_parts(-2302) - 100'058'524) <= 2);
    CHECK(exp_parts(-60'000) == 0);
}

TEST_CASE("every line of the table has a reason, stands once and gives probabilities") {
    std::set<std::string_view> rules;
    const Model& model = *GENERATE(&platform_model(), &local_model());
    for (const Finding& finding : model.findings) {
        INFO(finding.rule);
        CHECK(rules.insert(finding.rule).second);
        CHECK(!finding.reason.empty());
        CHECK((finding.otherwise >= 1 && finding.otherwise <= 1000));
        std::set<Cause> named;
        for (const Likelihood& one : finding.given) {
            CHECK(named.insert(one.cause).second);
            CHECK((one.permille >= 1 && one.permille <= 1000));
        }
    }
    int parts = 0;
    for (const Prior& prior : model.priors)
        parts += prior.parts;
    CHECK(parts == 100'000);
}

namespace {

Sighting seen(const char* rule, Group group, int looks = Sighting::full_looks) {
    return {Evidence{rule, group, 0, {}, {}}, looks};
}
int blamed_on_them(const std::vector<Sighting>& all) {
    return Belief(platform_model(), all).permille_of(Blame::them);
}

}  // namespace

TEST_CASE("without any finding belief is what it was before, and it always sums to one") {
    const Belief belief(platform_model(), {});
    CHECK(belief.best() == Cause::all_well);
    CHECK(belief.permille_of(Cause::all_well) == 949);
    const int sum = belief.permille_of(Blame::nobody) + belief.permille_of(Blame::us) +
                    belief.permille_of(Blame::between) + belief.permille_of(Blame::them);
    CHECK((sum >= 997 && sum <= 1000));
}

TEST_CASE("one failure says a third of what three say, and more than three say no more") {
    const Sighting controls = seen("controls_pass", Group::controls);
    int before = 0;
    for (int looks = 1; looks <= 3; ++looks) {
        const int now = blamed_on_them({seen("edge_errors", Group::edge, looks), controls});
        CHECK(now > before);
        before = now;
    }
    CHECK(blamed_on_them({seen("edge_errors", Group::edge, 30), controls}) == before);
}

TEST_CASE("findings of one group never tell two causes further apart than its bound") {
    std::vector<Sighting> many(20, seen("edge_silent", Group::edge));
    const Belief belief(platform_model(), many);
    // However often silence was seen: without controls or others it may be anybody's.
    CHECK(belief.permille_of(Blame::them) < 900);
    CHECK(belief.permille_of(Cause::all_well) >= 1);
}

TEST_CASE("silence of the front ends alone can never reach the threshold from one host") {
    CHECK(blamed_on_them({seen("edge_silent", Group::edge), seen("controls_pass", Group::controls),
                          seen("resolvers_answer", Group::resolver), seen("persisted", Group::edge),
                          seen("siblings", Group::edge)}) < Thresholds{}.declare_permille);
}

TEST_CASE("evidence of our own fault never raises the belief in an outage") {
    const std::vector<std::vector<Sighting>> outages{
        {seen("edge_silent", Group::edge), seen("controls_pass", Group::controls)},
        {seen("edge_errors", Group::edge), seen("controls_pass", Group::controls)},
        {seen("resolvers_fail", Group::resolver), seen("authoritative_silent", Group::authoritative)},
        {seen("edge_silent", Group::edge), seen("elsewhere_fails", Group::witness)},
    };
    for (const auto& outage : outages)
        for (const Sighting& ours :
             {seen("controls_fail", Group::controls), seen("path_ends_near", Group::path),
              seen("other_name_answers", Group::second_look),
              seen("small_segments_answer", Group::second_look), seen("strangers_silent", Group::edge)}) {
            INFO(ours.evidence.rule);
            std::vector<Sighting> both = outage;
            both.push_back(ours);
            CHECK(blamed_on_them(both) <= blamed_on_them(outage));
        }
}

TEST_CASE("the order of findings changes nothing") {
    std::vector<Sighting> all{seen("authoritative_silent", Group::authoritative),
                              seen("controls_pass", Group::controls), seen("resolvers_fail", Group::resolver),
                              seen("elsewhere_fails", Group::witness), seen("persisted", Group::edge)};
    const auto by_rule = [](const Sighting& a, const Sighting& b) {
        return a.evidence.rule < b.evidence.rule;
    };
    std::sort(all.begin(), all.end(), by_rule);
    const Belief first(platform_model(), all);
    while (std::next_permutation(all.begin(), all.end(), by_rule)) {
        const Belief other(platform_model(), all);
        REQUIRE(other.best() == first.best());
        REQUIRE(other.permille_of(Blame::them) == first.permille_of(Blame::them));
        REQUIRE(other.explain(other.best()) == first.explain(first.best()));
        REQUIRE(other.ruled_out(other.best()) == first.ruled_out(first.best()));
    }
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
