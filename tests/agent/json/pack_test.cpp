#include "agent/json/json.hpp"
#include "catch.hpp"
#include "sample.hpp"

using namespace sereno;

namespace {

bool refused_as_evidence(std::string_view text) {
    return unpack_evidence(text).has_error();
}
bool refused_as_subjects(std::string_view text) {
    return unpack_subjects(text).has_error();
}

bool same(const IncidentSubject& a, const IncidentSubject& b) {
    return a.subject == b.subject && a.name == b.name && a.decision == b.decision && a.cause == b.cause &&
           a.since == b.since && a.over == b.over && a.layers == b.layers;
}

std::string deep(int levels) {
    return std::string(static_cast<std::size_t>(levels), '[');
}

}  // namespace

TEST_CASE("evidence comes back exactly as it was packed") {
    std::vector<Evidence> evidence{sample::silent(), {"alone", Group::witness, -100, {}, {}}};
    evidence[1].basis = {{~std::uint64_t{0}}};
    evidence[1].facts = {{"same", "1"}, {"same", "2"}, {"quote", "\"\\\n{}é\xFF"}, {"", ""}};
    const auto back = unpack_evidence(pack_evidence(evidence));
    REQUIRE(back.has_value());
    CHECK(*back == evidence);
    CHECK(unpack_evidence(pack_evidence({}))->empty());
}

TEST_CASE("subjects come back exactly as they were packed") {
    std::vector<IncidentSubject> subjects = sample::incident().subjects;
    subjects[0].over = sample::at("21:20:00.123");
    subjects[1].name = "Insta\"gram\" \xC3";
    subjects[1].since = Stamp{Micros{-1}};
    subjects[1].layers = {
        {Layer::routes, LayerState::unknown, sample::at("15:44:00"), {}, {}},
        {Layer::dns, LayerState::well, sample::at("21:20:00"), sample::at("15:44:01"),
         sample::at("21:20:00")},
        {Layer::edge, LayerState::failing, sample::at("16:48:00"), sample::at("15:40:00"), {}}};
    const auto back = unpack_subjects(pack_subjects(subjects));
    REQUIRE(back.has_value());
    REQUIRE(back->size() == subjects.size());
    for (std::size_t at = 0; at < subjects.size(); ++at)
        CHECK(same((*back)[at], subjects[at]));
    CHECK(unpack_subjects("[]")->empty());
}

TEST_CASE("other explanations and rules come back exactly as they were packed") {
    const std::vector<Alternative> alternatives{
        {Cause::isp, 999, "gateway_answers"}, {Cause::transit, 1, ""}, {Cause::policy, 7, "\"quoted\" \xC3"}};
    CHECK(*unpack_alternatives(pack_alternatives(alternatives)) == alternatives);
    CHECK(unpack_alternatives("[]")->empty());
    const std::vector<RuleId> rules{"witness", "", "\"quoted\" \xC3"};
    CHECK(*unpack_rules(pack_rules(rules)) == rules);
    CHECK(unpack_rules("[]")->empty());
    for (const char* garbage : {"", "{}", "[1]", "[null]", "[[]]", R"([{"cause":"isp","permille":1}])",
                                R"([{"cause":"gremlins","permille":1,"against":""}])",
                                R"([{"cause":"isp","permille":4294967296,"against":""}])",
                                R"([{"cause":"isp","permille":"1","against":""}])"}) {
        INFO(garbage);
        CHECK(unpack_alternatives(garbage).has_error());
        CHECK(unpack_rules(garbage).has_error());
    }
}

TEST_CASE("garbage is refused as an error, without an exception") {
    for (const char* garbage : {"", " ", "null", "{}", "[", "[}", "[1]", "[null]", "[\"x\"]", "[[]]", "[{}]",
                                "[] []", "\xFF\xFE", "[{\"rule\":1}]", "// comment", "[1,]"}) {
        INFO(garbage);
        CHECK(refused_as_evidence(garbage));
        CHECK(refused_as_subjects(garbage));
    }
}

TEST_CASE("evidence with a missing field, a wrong type or an unknown name is refused") {
    const std::string good = R"([{"rule":"r","group":"edge","weight":1,"basis":[1],"facts":[["a","b"]]}])";
    REQUIRE_FALSE(refused_as_evidence(good));
    const auto with = [&](std::string_view part, std::string_view instead) {
        std::string text = good;
        const std::size_t at = text.find(part);
        REQUIRE(at != std::string::npos);
        return text.replace(at, part.size(), instead);
    };
    CHECK(refused_as_evidence(with(R"("rule":"r",)", "")));
    CHECK(refused_as_evidence(with(R"("edge")", R"("moon")")));
    CHECK(refused_as_evidence(with(R"("weight":1)", R"("weight":1.5)")));
    CHECK(refused_as_evidence(with(R"("weight":1)", R"("weight":2147483648)")));
    CHECK(refused_as_evidence(with(R"([1])", R"([-1])")));
    CHECK(refused_as_evidence(with(R"([1])", R"(["1"])")));
    CHECK(refused_as_evidence(with(R"([1])", R"({})")));
    CHECK(refused_as_evidence(with(R"(["a","b"])", R"(["a"])")));
    CHECK(refused_as_evidence(with(R"(["a","b"])", R"(["a",2])")));
    CHECK(refused_as_evidence(with(R"(["a","b"])", R"(["a","b","c"])")));
}

TEST_CASE("subjects with a missing field, a wrong type or an unknown name are refused") {
    const std::string good =
        R"([{"subject":"s","name":"S","decision":"watch","cause":"isp","since":5,"over":null}])";
    REQUIRE_FALSE(refused_as_subjects(good));
    const auto with = [&](std::string_view part, std::string_view instead) {
        std::string text = good;
        const std::size_t at = text.find(part);
        REQUIRE(at != std::string::npos);
        return text.replace(at, part.size(), instead);
    };
    CHECK(refused_as_subjects(with(R"("watch")", R"("panic")")));
    CHECK(refused_as_subjects(with(R"("isp")", R"("gremlins")")));
    CHECK(refused_as_subjects(with(R"("since":5)", R"("since":"5")")));
    CHECK(refused_as_subjects(with(R"("since":5)", R"("since":18446744073709551615)")));
    CHECK(refused_as_subjects(with(R"("over":null)", R"("over":"later")")));
    CHECK(refused_as_subjects(with(R"(,"over":null)", "")));
    const std::string layer = R"({"layer":"dns","state":"well","since":5,"failed":4,"over":null})";
    const auto with_layers = [&](const std::string& layers) {
        return with(R"("over":null)", R"("over":null,"layers":)" + layers);
    };
    const auto with_layer = [&](std::string_view part, std::string_view instead) {
        std::string text = layer;
        return with_layers("[" + text.replace(text.find(part), part.size(), instead) + "]");
    };
    REQUIRE_FALSE(refused_as_subjects(with_layers("[" + layer + "]")));
    CHECK(refused_as_subjects(with_layers("{}")));
    CHECK(refused_as_subjects(with_layers("[1]")));
    CHECK(refused_as_subjects(with_layer(R"("dns")", R"("moon")")));
    CHECK(refused_as_subjects(with_layer(R"("well")", R"("so-so")")));
    CHECK(refused_as_subjects(with_layer(R"("since":5)", R"("since":null)")));
    CHECK(refused_as_subjects(with_layer(R"("failed":4,)", "")));
    CHECK(refused_as_subjects(
        with_layers("[" + layer + "," + layer + "," + layer + "," + layer + "," + layer + "]")));
}

TEST_CASE("what is too long, too deep or too many is refused before it costs memory") {
    CHECK(refused_as_evidence(deep(100000)));
    CHECK(refused_as_evidence(deep(9) + std::string(9, ']')));
    CHECK(refused_as_evidence("[" + std::string(std::size_t{1} << 20, ' ') + "]"));
    const auto with_unknown_field = [](int levels) {
        return R"([{"rule":"r","group":"edge","weight":1,"basis":[],"facts":[],"later":)" + deep(levels) +
               std::string(static_cast<std::size_t>(levels), ']') + "}]";
    };
    CHECK_FALSE(refused_as_evidence(with_unknown_field(1)));  // a later version may say more
    CHECK(refused_as_evidence(with_unknown_field(9)));
    std::string many = "[";
    for (int n = 0; n < 1001; ++n)
        many += std::string{n ? "," : ""} + R"({"rule":"","group":"edge","weight":0,"basis":[],"facts":[]})";
    CHECK(refused_as_evidence(many + "]"));
}

TEST_CASE("what is packed can always be unpacked: surplus items are left out") {
    const std::vector<Evidence> many(1200, Evidence{"r", Group::edge, 1, {}, {}});
    const auto back = unpack_evidence(pack_evidence(many));
    REQUIRE(back.has_value());
    CHECK(back->size() == 1000);
}
