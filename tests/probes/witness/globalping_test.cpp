// Measurements in other people's networks, asked of a service on loopback over real TLS.
#include "probes/witness/globalping.hpp"

#include <boost/json.hpp>

#include "asking.hpp"
#include "catch.hpp"
#include "globalping_service.hpp"
#include "probes/witness/witnesses.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using test::authority;
using test::certificate;
using test::GlobalpingService;
using test::with_body;
using Part = GlobalpingService::Part;
using Reply = test::JsonService::Reply;

namespace {

ViewElsewhere page(const std::string& host = "www.example.com") {
    ViewElsewhere task;
    task.fetch.url = "https://" + host + "/";
    return task;
}

struct Asking {
    explicit Asking(const std::string& token = {}) {
        service.set_looks(1);
        begin(token);
    }
    void begin(const std::string& token = {}) {
        globalping = std::make_unique<Globalping>(bench.context, asker, board, service.base_url(), token);
    }

    Elsewhere view(const ViewElsewhere& task, Micros patience = 8s) { return view_all({task}, patience)[0]; }

    /// All at once. Throws when a promise is broken.
    std::vector<Elsewhere> view_all(const std::vector<ViewElsewhere>& tasks, Micros patience = 8s) {
        std::vector<std::optional<Elsewhere>> answers(tasks.size());
        std::vector<std::unique_ptr<Asked>> asked;
        std::size_t came = 0;
        bool started = false;
        for (std::size_t i = 0; i < tasks.size(); ++i)
            asked.push_back(
                globalping->view(tasks[i], bench.loop.now() + patience, [&, i](const Elsewhere& e) {
                    if (!started || answers[i])
                        throw std::logic_error("broken promise: once, and not at once");
                    answers[i] = e;
                    ++came;
                }));
        started = true;
        test::run_until(bench.loop, [&] { return came == tasks.size(); });
        std::vector<Elsewhere> all;
        for (auto& answer : answers)
            all.push_back(*std::move(answer));
        return all;
    }

    const WitnessHealth& health() const { return *board.find(globalping_id); }

    GlobalpingService service{certificate()};
    test::Bench bench{{}, authority().bundle()};
    Asker asker{bench.context, "ops@example.org"};
    WitnessBoard board;
    std::unique_ptr<Globalping> globalping;
};

/// Short as text, long as values.
std::string many_zeros(std::size_t size) {
    std::string text = "[0";
    while (text.size() < size)
        text += ",0";
    return text + "]";
}

/// It says nothing, and why; the board agrees.
void check_unknown(Asking& asking, const Elsewhere& elsewhere, const std::string& reason) {
    INFO(elsewhere.why);
    CHECK(elsewhere.voices.empty());
    CHECK(elsewhere.why.find(reason) != std::string::npos);
    INFO(asking.health().why);
    CHECK(asking.health().state == WitnessHealth::State::unable);
    CHECK(asking.health().why.find(reason) != std::string::npos);
}

}  // namespace

TEST_CASE("three networks on three continents say what they see") {
    Asking asking;
    CHECK(asking.health().state == WitnessHealth::State::idle);
    CHECK(asking.service.requests(Part::limits).empty());  // nobody wanted to know anything yet
    asking.service.set_looks(2);
    asking.service.set_eyes([](const GlobalpingService::Probe& probe, const GlobalpingService::Question&) {
        return probe.country == "US" ? GlobalpingService::page(200)
                                     : GlobalpingService::failed("Request timeout.");
    });
    const Stamp before = asking.bench.loop.now();
    const Elsewhere elsewhere = asking.view(page());
    INFO(elsewhere.why);
    REQUIRE(elsewhere.voices.size() == 3);
    CHECK(elsewhere.voices[0].vantage.country == "DE");
    CHECK(elsewhere.voices[0].failure == Failure::http_timeout);
    CHECK(elsewhere.voices[1].vantage.country == "US");
    CHECK(elsewhere.voices[1].well());
    CHECK(elsewhere.voices[2].vantage.asn == 2516);
    CHECK(elsewhere.when >= before);
    CHECK(elsewhere.when <= asking.bench.loop.now());
    CHECK(elsewhere.addresses == std::vector<std::string>{"157.240.0.35"});
    CHECK(asking.service.requests(Part::limits).size() == 1);
    CHECK(asking.service.requests(Part::measurement).size() == 2);
    const auto& health = asking.health();
    CHECK(health.state == WitnessHealth::State::able);
    CHECK(health.words == "www.example.com: fails from DE (AS24940), JP (AS2516); well from US (AS20473)");
    CHECK(health.budget_left == 247);
    CHECK(health.budget_limit == 250);
}

TEST_CASE("a name is resolved elsewhere") {
    Asking asking;
    ViewElsewhere task;
    task.what = ViewElsewhere::What::dns;
    task.name = "example.com";
    asking.service.set_eyes([](const GlobalpingService::Probe& probe, const GlobalpingService::Question&) {
        return probe.continent == "EU" ? GlobalpingService::resolved({"157.240.0.35", "157.240.0.36"})
                                       : GlobalpingService::code("SERVFAIL");
    });
    const Elsewhere elsewhere = asking.view(task);
    REQUIRE(elsewhere.voices.size() == 3);
    CHECK(elsewhere.voices[0].failure == Failure::none);
    CHECK(elsewhere.voices[1].failure == Failure::dns_servfail);
    CHECK(elsewhere.addresses == std::vector<std::string>{"157.240.0.35", "157.240.0.36"});
    REQUIRE(asking.service.questions().size() == 1);
    CHECK(asking.service.questions()[0].target == "example.com");
}

TEST_CASE("fewer networks are still an answer") {
    Asking asking;
    asking.service.set_probes({{"EU", "DE", "Berlin", 64500, "One"}, {"NA", "US", "Boston", 64500, "One"}});
    CHECK(asking.view(page()).voices.size() == 1);
    CHECK(asking.health().budget_left == 248);
}

TEST_CASE("the token of an account goes with every question, and is never told") {
    Asking asking("gp-secret-token");
    asking.view(page());
    for (const Part part : {Part::limits, Part::create, Part::measurement}) {
        const auto requests = asking.service.requests(part);
        REQUIRE_FALSE(requests.empty());
        CHECK(requests[0].header("authorization") == "Bearer gp-secret-token");
    }
    asking.service.set_reply(Part::create, with_body(R"({"error":{"type":"unauthorized"}})", 401));
    const Elsewhere refused = asking.view(page("other.example.com"));
    check_unknown(asking, refused, "401");
    CHECK((refused.why + asking.health().why).find("secret") == std::string::npos);
}

TEST_CASE("a token that would end its header is not sent") {
    Asking asking("good\r\nEvil: yes");
    check_unknown(asking, asking.view(page()), "token");
    CHECK(asking.service.requests(Part::limits).empty());
}

TEST_CASE("the same question at the same time, or soon after, is asked once") {
    Asking asking;
    const auto answers = asking.view_all({page(), page(), page()});
    for (const Elsewhere& answer : answers)
        CHECK(answer.voices.size() == 3);
    CHECK(asking.view(page()).when == answers[0].when);
    CHECK(asking.service.tests() == 3);
    CHECK(asking.service.requests(Part::create).size() == 1);
}

TEST_CASE("whoever stops asking is not called, and the others are") {
    Asking asking;
    int called = 0, stopped = 0;
    auto first =
        asking.globalping->view(page(), asking.bench.loop.now() + 5s, [&](const Elsewhere&) { ++stopped; });
    const auto second =
        asking.globalping->view(page(), asking.bench.loop.now() + 5s, [&](const Elsewhere& e) {
            CHECK(e.voices.size() == 3);
            ++called;
        });
    first.reset();
    test::run_until(asking.bench.loop, [&] { return called == 1; });
    CHECK(stopped == 0);
}

TEST_CASE("whoever is told may end everything") {
    Asking asking;
    bool told = false;
    std::unique_ptr<Asked> first, second;
    const auto end_all = [&](const Elsewhere&) {
        told = true;
        first.reset();
        second.reset();
        asking.globalping.reset();
    };
    first = asking.globalping->view(page(), asking.bench.loop.now() + 5s, end_all);
    second = asking.globalping->view(page(), asking.bench.loop.now() + 5s, end_all);
    test::run_until(asking.bench.loop, [&] { return told; });
    CHECK(asking.globalping == nullptr);
}

TEST_CASE("nobody is called after the end") {
    Asking asking;
    int called = 0;
    const auto asked =
        asking.globalping->view(page(), asking.bench.loop.now() + 200ms, [&](const Elsewhere&) { ++called; });
    asking.globalping.reset();
    bool over = false;
    const auto timer = asking.bench.loop.after(300ms, [&] { over = true; });
    test::run_until(asking.bench.loop, [&] { return over; });
    CHECK(called == 0);
}

TEST_CASE("what has come by the deadline is taken") {
    Asking asking;
    asking.service.set_looks(-1);
    asking.service.set_early(2);
    const Elsewhere elsewhere = asking.view(page(), 1200ms);
    CHECK(elsewhere.voices.size() == 2);
    CHECK(asking.health().state == WitnessHealth::State::able);
}

TEST_CASE("a measurement that never ends says nothing") {
    Asking asking;
    asking.service.set_looks(-1);
    const Elsewhere elsewhere = asking.view(page(), 1200ms);
    CHECK(elsewhere.voices.empty());
    CHECK(elsewhere.why == "nobody elsewhere has said anything in time about www.example.com");
    CHECK(asking.service.requests(Part::measurement).size() <= 2);
}

TEST_CASE("the less patient are told what there is, the others wait") {
    Asking asking;
    asking.service.set_looks(3);
    asking.service.set_early(1);
    std::optional<std::size_t> hasty, patient;
    const Stamp now = asking.bench.loop.now();
    const auto first =
        asking.globalping->view(page(), now + 1s, [&](const Elsewhere& e) { hasty = e.voices.size(); });
    const auto second =
        asking.globalping->view(page(), now + 8s, [&](const Elsewhere& e) { patient = e.voices.size(); });
    test::run_until(asking.bench.loop, [&] { return hasty && patient; });
    CHECK(*hasty == 1);
    CHECK(*patient == 3);
}

TEST_CASE("no more is asked than the limit allows") {
    Asking asking;
    asking.service.set_limits(7, 7, 3600);
    std::vector<ViewElsewhere> tasks;
    for (const char* host : {"a.example.com", "b.example.com", "c.example.com", "d.example.com"})
        tasks.push_back(page(host));
    const auto answers = asking.view_all(tasks);
    CHECK(asking.service.tests() == 6);
    CHECK(asking.service.requests(Part::create).size() == 2);
    CHECK(answers[0].voices.size() == 3);
    CHECK(answers[1].voices.size() == 3);
    CHECK(answers[2].why.find("its limit of 7 tests an hour is used up until ") != std::string::npos);
    CHECK(asking.health().budget_left == 1);
    SECTION("and a new start remembers it") {
        asking.begin();
        check_unknown(asking, asking.view(page("d.example.com")), "is used up until");
        CHECK(asking.service.requests(Part::limits).size() == 1);
    }
    SECTION("until the limit is reset") {
        asking.service.set_limits(7, 7, 3600);
        asking.bench.remembered.keep(FactKind::budget, globalping_id.value, {"0", "7", "1"},
                                     asking.bench.loop.now());
        asking.begin();
        CHECK(asking.view(page("d.example.com")).voices.size() == 3);
        CHECK(asking.service.requests(Part::limits).size() == 2);
    }
}

TEST_CASE("limits that were used up by others are obeyed") {
    Asking asking;
    asking.service.set_limits(0, 250, 1800);
    check_unknown(asking, asking.view(page()), "its limit of 250 tests an hour is used up until ");
    CHECK(asking.service.requests(Part::create).empty());
    CHECK(asking.health().budget_left == 0);
}

TEST_CASE("a service that is asked too much is left alone as long as it wants") {
    Asking asking;
    Reply enough = with_body(R"({"error":{"type":"too_many_probes","message":"Too many."}})", 429);
    enough.headers = {{"Retry-After", "1800"}};
    asking.service.set_reply(Part::create, enough);
    check_unknown(asking, asking.view(page()), "left alone");
    asking.service.set_reply(Part::create, std::nullopt);
    check_unknown(asking, asking.view(page("other.example.com")), "left alone until");
    CHECK(asking.service.requests(Part::create).size() == 1);
}

TEST_CASE("a 429 while looking is patience, not a failure") {
    Asking asking;
    asking.service.set_reply(Part::measurement, with_body(R"({"error":{"type":"rate_limit"}})", 429));
    const auto later =
        asking.bench.loop.after(1s, [&] { asking.service.set_reply(Part::measurement, std::nullopt); });
    CHECK(asking.view(page()).voices.size() == 3);
}

TEST_CASE("one bad look is forgiven") {
    Asking asking;
    asking.service.set_reply(Part::measurement, test::JsonService::status_only(500));
    const auto later =
        asking.bench.loop.after(800ms, [&] { asking.service.set_reply(Part::measurement, std::nullopt); });
    CHECK(asking.view(page()).voices.size() == 3);
}

TEST_CASE("limits that cannot be read keep everything from being asked") {
    Asking asking;
    const std::vector<std::pair<Reply, std::string>> bad{
        {test::JsonService::status_only(500), "500"},
        {with_body("<html>maintenance</html>"), "not understood"},
        {with_body(R"({"rateLimit":{"measurements":{"create":{"limit":"many"}}}})"), "not understood"},
        {test::JsonService::gzipped(R"({"rateLimit":{}})", 4), "localhost"},
        {with_body(std::string(10'000'000, ' ')), "larger than allowed"},
        {with_body(R"({"error":{"type":"unauthorized"}})", 401), "token"},
        {test::JsonService::status_only(302, {{"Location", "https://evil.example/"}}), "redirects"}};
    int host = 0;
    for (const auto& [reply, reason] : bad) {
        asking.service.set_reply(Part::limits, reply);
        check_unknown(asking, asking.view(page("h" + std::to_string(++host) + ".example.com")), reason);
    }
    CHECK(asking.service.requests(Part::create).empty());
    asking.service.set_reply(Part::limits, std::nullopt);
    CHECK(asking.view(page("well.example.com")).voices.size() == 3);
    CHECK(asking.health().state == WitnessHealth::State::able);
}

TEST_CASE("a service that does not take a question says why") {
    Asking asking;
    const std::vector<std::pair<Reply, std::string>> bad{
        {with_body(R"({"error":{"type":"no_probes_found","message":"No suitable probes found."}})", 422),
         "no_probes_found"},
        {with_body(R"({"error":{"type":"validation_error","message":"Bad.","params":{"target":"odd"}}})",
                   400),
         "target: odd"},
        {test::JsonService::status_only(500), "500"},
        {with_body("<html>"), "no JSON"},
        {with_body(R"({"id":"../limits","probesCount":3})", 202), "names no measurement"},
        {with_body(std::string(10'000'000, '{')), "larger than allowed"},
        {test::JsonService::gzipped(R"({"id":"abc"})", 4), "localhost"}};
    int host = 0;
    for (const auto& [reply, reason] : bad) {
        asking.service.set_reply(Part::create, reply);
        check_unknown(asking, asking.view(page("h" + std::to_string(++host) + ".example.com")), reason);
    }
    CHECK(asking.service.requests(Part::measurement).empty());
}

TEST_CASE("results that are none are given up") {
    Asking asking;
    const auto& [reply, reason] = GENERATE(table<Reply, std::string>(
        {{with_body(R"({"error":{"type":"not_found"}})", 404), "404"},
         {with_body("{\"id\":"), "no JSON"},
         {with_body(many_zeros(500'000)), "reading it takes more than 8388608 bytes of memory"},
         {with_body(std::string(10'000'000, '[')), "larger than allowed"}}));
    asking.service.set_reply(Part::measurement, reply);
    check_unknown(asking, asking.view(page()), reason);
    CHECK(asking.service.requests(Part::measurement).size() == 3);
}

TEST_CASE("a service that hangs up or is not there is told about") {
    Asking asking;
    Reply hang_up;
    hang_up.how = Reply::How::hang_up;
    asking.service.set_reply(Part::limits, hang_up);
    check_unknown(asking, asking.view(page()), "localhost");
}

TEST_CASE("a silent service is waited for no longer than there is time") {
    Asking asking;
    Reply silent;
    silent.how = Reply::How::silence;
    SECTION("about its limits") {
        asking.service.set_reply(Part::limits, silent);
        CHECK(asking.view(page(), 300ms).why.find("in time") != std::string::npos);
    }
    SECTION("about a question: it counts, for nobody knows") {
        asking.service.set_reply(Part::create, silent);
        const Elsewhere seen = asking.view(page(), 1s);
        CAPTURE(seen.why);
        CHECK(seen.why.find("in time") != std::string::npos);
        CHECK(asking.health().state == WitnessHealth::State::unable);
        CHECK(asking.health().budget_left == 247);
    }
}

TEST_CASE("what others cannot see is not asked of them") {
    Asking asking;
    CHECK(asking.view(page("10.0.0.1")).why.find("10.0.0.1") != std::string::npos);
    CHECK(asking.service.requests(Part::limits).empty());
    CHECK(asking.health().state == WitnessHealth::State::idle);
}
