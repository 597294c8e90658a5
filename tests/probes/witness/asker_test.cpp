// Questions to services on the web, over real TLS, and everything that comes back instead of an answer.
#include "probes/witness/asker.hpp"

#include <atomic>
#include <ctime>
#include <vector>

#include "asking.hpp"
#include "catch.hpp"
#include "daemons.hpp"
#include "odd_servers.hpp"
#include "probes/http/front_end.hpp"

using namespace sereno;
using namespace std::chrono_literals;
using Reply = test::JsonService::Reply;
using Request = test::JsonService::Request;
using How = Reply::How;
using test::authority;
using test::certificate;
using test::with_body;

namespace {

struct Asking {
    explicit Asking(test::JsonService::Script script, std::vector<DnsServer> resolvers = {})
        : service(std::move(script), certificate()), bench(std::move(resolvers), authority().bundle()) {}

    Question question(const std::string& path = "/data.json") const {
        Question one;
        one.url = service.url(path);
        one.timeout = 5s;
        return one;
    }
    Answer ask(Question one) { return test::ask(bench.loop, asker, std::move(one)); }
    Answer ask() { return ask(question()); }

    test::JsonService service;
    test::Bench bench;
    Asker asker{bench.context, "ops@example.org"};
};

Reply redirect_to(const std::string& where, int status = 302) {
    return test::JsonService::status_only(status, {{"Location", where}});
}

std::string http_date(std::int64_t seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    char text[64];
    ::gmtime_r(&time, &parts);
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace

TEST_CASE("a question says who asks and whom to write to, and its answer is decoded") {
    Asking test([](const Request&) { return test::JsonService::gzipped(R"({"ok":true})"); });
    Question question = test.question("/data/x.json?resource=192.0.2.0/24");
    question.headers = {"X-Extra: 1"};
    const Answer answer = test.ask(std::move(question));
    INFO(answer.why);
    CHECK(answer.ok());
    CHECK(answer.reached == Stage::done);
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"ok":true})");
    CHECK(answer.why.empty());
    REQUIRE(test.service.requests().size() == 1);
    const Request request = test.service.requests().front();
    CHECK(request.method == "GET");
    CHECK(request.path == "/data/x.json?resource=192.0.2.0/24");
    CHECK(request.header("user-agent") == "sereno (outage watchman; ops@example.org)");
    CHECK(request.header("accept-encoding") == "gzip, deflate");
    CHECK(request.header("x-extra") == "1");
}

TEST_CASE("a contact cannot leave the place that it has in a header") {
    Asking test([](const Request&) { return Reply{}; });
    Asker odd(test.bench.context, "a)\r\nX-Evil: 1 (\\");
    CHECK(test::ask(test.bench.loop, odd, test.question()).ok());
    Asker nobody(test.bench.context, "");
    CHECK(test::ask(test.bench.loop, nobody, test.question()).ok());
    const auto requests = test.service.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].header("user-agent") == "sereno (outage watchman; a X-Evil: 1)");
    CHECK(requests[0].header("x-evil").empty());
    CHECK(requests[1].header("user-agent") == "sereno (outage watchman)");
}

TEST_CASE("a POST sends JSON and says so") {
    Asking test([](const Request&) { return test::JsonService::status_only(202); });
    Question question = test.question();
    question.method = "POST";
    question.body = R"({"type":"http"})";
    const Answer answer = test.ask(std::move(question));
    CHECK(answer.ok());
    CHECK(answer.status == 202);
    const auto requests = test.service.requests();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].method == "POST");
    CHECK(requests[0].body == R"({"type":"http"})");
    CHECK(requests[0].header("content-type") == "application/json");
}

TEST_CASE("only https is asked, and http on this host") {
    test::JsonService plain([](const Request&) { return with_body("{}"); });
    test::Bench bench;
    Asker asker(bench.context, {});
    const auto ask = [&](const std::string& url) {
        Question question;
        question.url = url;
        question.timeout = 2s;
        return test::ask(bench.loop, asker, std::move(question));
    };
    CHECK(ask(plain.url("/")).ok());
    CHECK(ask(plain.url("/", "127.0.0.1")).ok());
    for (const std::string url : {"http://stat.example/", "ftp://127.0.0.1/", "file:///etc/passwd",
                                  "http://127.0.0.1.stat.example/", "http://192.0.2.1/", "nonsense", "",
                                  "https://me:secret@localhost/", "http://localhost.stat.example/"}) {
        const Answer answer = ask(url);
        INFO(url << ": " << answer.why);
        CHECK(answer.failure == Failure::host_refused);
        CHECK(answer.reached == Stage::schedule);
        CHECK(answer.why.find("secret") == std::string::npos);
    }
    CHECK(plain.requests().size() == 2);
}

TEST_CASE("an answer that is none of the good ones is an answer, and says what it was") {
    const int status = GENERATE(204, 304, 404, 500);
    Asking test([=](const Request&) { return test::JsonService::status_only(status); });
    const Answer answer = test.ask();
    CHECK(answer.failure == Failure::none);
    CHECK(answer.status == status);
    CHECK(answer.ok() == (status == 204));
    CHECK(answer.not_modified() == (status == 304));
    CHECK(answer.why == (status < 400 ? "" : "localhost answered " + std::to_string(status)));
}

TEST_CASE("who asks to be left alone says for how long") {
    const std::int64_t now = std::time(nullptr);
    const auto [value, least, most] =
        GENERATE_COPY(table<std::string, Micros, Micros>({{"30", 30s, 30s},
                                                          {http_date(now + 600), 590s, 600s},
                                                          {http_date(now - 600), 0s, 0s},
                                                          {"999999", 86400s, 86400s},
                                                          {"99999999999999999999999", 86400s, 86400s},
                                                          {"-5", 0s, 0s},
                                                          {"30 minutes or so", 0s, 0s},
                                                          {"", 0s, 0s}}));
    const int status = GENERATE(429, 503);
    Asking test([value = value, status](const Request&) {
        return test::JsonService::status_only(status, {{"Retry-After", value}});
    });
    const Answer answer = test.ask();
    INFO(value << ": " << answer.why);
    CHECK(answer.retry_after >= least);
    CHECK(answer.retry_after <= most);
    CHECK(answer.why.starts_with("localhost answered " + std::to_string(status)));
    if (value == "30") CHECK(answer.why.ends_with(", and wants to be left alone for 30 s"));
}

TEST_CASE("Retry-After means nothing beside another status") {
    Asking test([](const Request&) { return test::JsonService::status_only(404, {{"Retry-After", "30"}}); });
    CHECK(test.ask().retry_after == 0s);
}

TEST_CASE("what is no whole answer fails as a fetch does") {
    struct Case {
        Reply reply;
        Failure failure;
        std::string why;
    };
    Reply cut = with_body("{\"data\":");
    cut.content_length = 1000;
    Reply hang_up, silence, reset = cut, rubbish,
                            bomb = test::JsonService::gzipped(std::string(8 << 20, ' '));
    hang_up.how = How::hang_up;
    silence.how = How::silence;
    reset.how = How::reset;
    rubbish.raw = "SSH-2.0-OpenSSH_9.2\r\n";
    const std::vector<Case> cases{
        {cut, Failure::http_reset, "localhost: the connection ended before a whole answer"},
        {hang_up, Failure::http_reset, "localhost: the connection ended before a whole answer"},
        {reset, Failure::http_reset, "localhost: the connection ended before a whole answer"},
        {silence, Failure::http_timeout, "localhost: no whole answer in time"},
        {rubbish, Failure::http_malformed, "localhost: http_malformed"},
        {test::JsonService::gzipped(R"({"data":{}})", 5), Failure::http_malformed,
         "localhost: http_malformed (the body ends before its gzip does)"},
        {bomb, Failure::http_too_large, "localhost: the answer is larger than allowed (100000 bytes)"},
        {with_body(std::string(100'001, 'x')), Failure::http_too_large,
         "localhost: the answer is larger than allowed (100000 bytes)"}};
    for (const Case& one : cases) {
        Asking test([&](const Request&) { return one.reply; });
        Question question = test.question();
        question.max_body_bytes = 100'000;
        if (one.failure == Failure::http_timeout) question.timeout = 300ms;
        const Answer answer = test.ask(std::move(question));
        INFO(one.why << " | " << answer.why);
        CHECK(answer.failure == one.failure);
        CHECK(answer.reached == Stage::http);
        CHECK_FALSE(answer.ok());
        CHECK(answer.body.empty());
        CHECK(answer.why.starts_with(one.why));
    }
}

TEST_CASE("a server that cannot prove who it is, is not believed") {
    Asking test([](const Request&) { return with_body("{}"); });
    Question question = test.question();
    question.url = test.service.url("/", "127.0.0.1");
    const Answer answer = test.ask(std::move(question));
    INFO(answer.why);
    CHECK(answer.failure == Failure::certificate_name);
    CHECK(test.service.requests().empty());
    CHECK(remembered_front_end(test.bench.remembered, "127.0.0.1", Family::any).empty());
}

TEST_CASE("nobody there, and nobody who answers") {
    Asking test([](const Request&) { return Reply{}; });
    Question refused = test.question();
    refused.url = "https://" + to_string(test::free_endpoint()) + "/";
    const Answer none = test.ask(std::move(refused));
    CHECK(none.failure == Failure::connect_refused);
    CHECK(none.why.find(": the connection was refused") != std::string::npos);
    const test::BlackHole hole;
    Question lost = test.question();
    lost.url = "https://" + to_string(hole.endpoint()) + "/";
    lost.timeout = 300ms;
    const Answer late = test.ask(std::move(lost));
    CHECK(late.failure == Failure::connect_timeout);
    CHECK(late.why.starts_with(hole.endpoint().address + ": no connection in time"));
}

TEST_CASE("the address of who was asked is remembered, and used when names do not resolve") {
    test::JsonService service([](const Request&) { return with_body("{}"); },
                              authority().issue("api.witness.example"));
    test::Bench bench({}, authority().bundle());
    Asker asker(bench.context, {});
    Question question;
    question.url = service.url("/", "api.witness.example");
    question.timeout = 3s;
    {
        const test::Nsd nsd("witness.example", "api A 127.0.0.1");
        bench.context.resolvers = {{.name = "lab", .endpoint = nsd.endpoint(), .https_url = {}}};
        CHECK(test::ask(bench.loop, asker, question).ok());
        CHECK(remembered_front_end(bench.remembered, "api.witness.example", Family::any) == "127.0.0.1");
    }
    SECTION("nobody answers") {
        const test::SilentUdp silent;
        bench.context.resolvers = {{.name = "lab", .endpoint = silent.endpoint(), .https_url = {}}};
        CHECK(test::ask(bench.loop, asker, question).ok());
    }
    SECTION("it is said not to exist") {
        const test::Nsd nsd("witness.example", "other A 127.0.0.1");
        bench.context.resolvers = {{.name = "lab", .endpoint = nsd.endpoint(), .https_url = {}}};
        CHECK(test::ask(bench.loop, asker, question).ok());
    }
    SECTION("one that nobody remembers cannot be asked") {
        const test::Nsd nsd("witness.example", "api A 127.0.0.1");
        bench.context.resolvers = {{.name = "lab", .endpoint = nsd.endpoint(), .https_url = {}}};
        question.url = service.url("/", "stat.witness.example");
        const Answer answer = test::ask(bench.loop, asker, question);
        CHECK(answer.failure == Failure::dns_nxdomain);
        CHECK(answer.reached == Stage::dns);
        CHECK(answer.why.starts_with("stat.witness.example: its name does not resolve"));
    }
}

TEST_CASE("an exchange over plain HTTP proves no address") {
    test::JsonService service([](const Request&) { return with_body("{}"); });
    test::Bench bench;
    Asker asker(bench.context, {});
    Question question;
    question.url = service.url("/");
    CHECK(test::ask(bench.loop, asker, question).ok());
    CHECK(bench.remembered.size() == 0);
}

TEST_CASE("redirects are followed on the same host, and to where somebody said it may go") {
    Asking* self = nullptr;
    Asking test([&](const Request& request) -> Reply {
        if (request.path == "/moved") return redirect_to("/data.json");
        if (request.path == "/away") return redirect_to(self->service.url("/data.json", "127.0.0.2"));
        if (request.path == "/loop") return redirect_to("/loop", 308);
        if (request.path == "/plain") return redirect_to("http://localhost/", 301);
        if (request.path == "/file") return redirect_to("file:///etc/passwd", 307);
        if (request.path == "/inside") return redirect_to("https://192.168.1.1/");
        if (request.path == "/port") return redirect_to("https://localhost:1/");
        if (request.path == "/credentials") return redirect_to("https://me:secret@localhost/");
        if (request.path == "/nowhere") return redirect_to("https://");
        return with_body("{}");
    });
    self = &test;
    CHECK(test.ask(test.question("/moved")).ok());
    CHECK(test.service.requests().size() == 2);
    for (const std::string path :
         {"/away", "/plain", "/file", "/inside", "/port", "/credentials", "/nowhere"}) {
        const std::size_t before = test.service.requests().size();
        const Answer answer = test.ask(test.question(path));
        INFO(path << ": " << answer.why);
        CHECK(answer.failure == Failure::http_redirect);
        CHECK(answer.reached == Stage::http);
        CHECK(answer.why.starts_with("localhost redirects to "));
        CHECK(answer.why.find("secret") == std::string::npos);
        CHECK(test.service.requests().size() == before + 1);
    }
    const Answer loop = test.ask(test.question("/loop"));
    CHECK(loop.failure == Failure::http_redirect);
    CHECK(loop.why.ends_with("more than 3 redirects"));

    // Now it gets as far as TLS, where the name is another one.
    test.asker.allow_redirects("LOCALHOST", "127.0.0.2");
    CHECK(test.ask(test.question("/away")).failure == Failure::connect_refused);

    Question post = test.question("/moved");
    post.method = "POST";
    post.body = "{}";
    CHECK(test.ask(std::move(post)).failure == Failure::http_redirect);
}

TEST_CASE("a secret is not taken along to another host") {
    const test::Nsd nsd("witness.example", "old A 127.0.0.1\nnew A 127.0.0.1");
    test::JsonService* there = nullptr;
    test::JsonService service(
        [&](const Request& request) {
            return request.path == "/moved" ? redirect_to(there->url("/data", "new.witness.example"))
                                            : with_body("{}");
        },
        authority().issue("*.witness.example"));
    there = &service;
    test::Bench bench({{.name = "lab", .endpoint = nsd.endpoint(), .https_url = {}}}, authority().bundle());
    Asker asker(bench.context, {});
    asker.allow_redirects("old.witness.example", "new.witness.example");
    Question question;
    question.url = service.url("/moved", "old.witness.example");
    question.headers = {"Authorization: Bearer secret", "X-Plain: yes"};
    const Answer answer = test::ask(bench.loop, asker, question);
    INFO(answer.why);
    CHECK(answer.ok());
    const auto requests = service.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].header("authorization") == "Bearer secret");
    CHECK(requests[1].header("host").starts_with("new.witness.example"));
    CHECK(requests[1].header("authorization").empty());
    CHECK(requests[1].header("x-plain") == "yes");
}

TEST_CASE("a conditional question sends what the last whole answer gave") {
    std::atomic<bool> with_tag = true;
    Asking test([&](const Request& request) {
        if (request.header("if-none-match") == "\"v1\"") return test::JsonService::status_only(304);
        Reply reply = with_body("{}");
        if (with_tag)
            reply.headers = {{"ETag", "\"v1\""}, {"Last-Modified", "Mon, 04 Oct 2021 15:40:00 GMT"}};
        return reply;
    });
    Question question = test.question();
    CHECK(test.ask(question).status == 200);  // kept only for those who want it
    question.conditional = true;
    CHECK(test.ask(question).status == 200);
    CHECK(test.ask(question).not_modified());
    CHECK(test.ask(question).not_modified());
    const auto requests = test.service.requests();
    CHECK(requests[1].header("if-none-match").empty());
    CHECK(requests[2].header("if-none-match") == "\"v1\"");
    CHECK(requests[2].header("if-modified-since") == "Mon, 04 Oct 2021 15:40:00 GMT");
    Question another = test.question("/other.json");
    another.conditional = true;
    CHECK(test.ask(another).status == 200);
    question.conditional = false;
    CHECK(test.ask(question).status == 200);
}

TEST_CASE("validators that cannot be sent back, and all but the last 64, are forgotten") {
    Asking test([](const Request& request) {
        Reply reply = with_body("{}");
        const bool odd = request.path == "/odd";
        reply.headers = {{"ETag", odd ? "\"\x01\"" : "\"v1\""}};
        return request.header("if-none-match").empty() ? reply : test::JsonService::status_only(304);
    });
    Question question = test.question("/odd");
    question.conditional = true;
    CHECK(test.ask(question).status == 200);
    CHECK(test.ask(question).status == 200);
    const auto of = [&](int number) {
        Question one = test.question("/" + std::to_string(number));
        one.conditional = true;
        return one;
    };
    for (int i = 0; i < 64; ++i)
        CHECK(test.ask(of(i)).status == 200);
    CHECK(test.ask(of(0)).not_modified());  // used since: another goes
    CHECK(test.ask(of(64)).status == 200);
    CHECK(test.ask(of(0)).not_modified());
    CHECK(test.ask(of(1)).status == 200);
}

TEST_CASE("eight questions are under way at a time, 64 wait, and more are turned away") {
    Asking test([](const Request&) {
        Reply reply = with_body("{}");
        reply.hold = true;
        return reply;
    });
    std::vector<std::unique_ptr<Asked>> asked;
    int well = 0, turned_away = 0;
    for (int i = 0; i < 8 + 64 + 3; ++i)
        asked.push_back(test.asker.ask(test.question("/" + std::to_string(i)), [&](const Answer& answer) {
            if (answer.ok()) ++well;
            if (answer.failure == Failure::host_resources) {
                ++turned_away;
                CHECK(answer.reached == Stage::schedule);
                CHECK(answer.why == "not asked: 64 other questions wait already");
            }
        }));
    test::run_until(test.bench.loop, [&] { return test.service.requests().size() == 8 && turned_away == 3; });
    CHECK(well == 0);
    asked[2].reset();   // one that was asked: its place is free
    asked[20].reset();  // one that waits: it is never asked
    test::run_until(test.bench.loop, [&] { return test.service.requests().size() == 9; });
    test.service.release();
    test::run_until(test.bench.loop, [&] { return well == 70; });
    CHECK(test.service.requests().size() == 71);
}

TEST_CASE("waiting counts: who gets no place in time was not asked") {
    Asking test([](const Request&) {
        Reply reply;
        reply.how = How::silence;
        return reply;
    });
    std::vector<std::unique_ptr<Asked>> asked;
    for (int i = 0; i < 8; ++i)
        asked.push_back(test.asker.ask(test.question(), [](const Answer&) {}));
    Question question = test.question();
    question.timeout = 100ms;
    const Answer answer = test.ask(std::move(question));
    CHECK(answer.failure == Failure::host_resources);
    CHECK(answer.why == "not asked in time: 8 other questions were under way");
}

TEST_CASE("a question may be dropped at any time, also by who is told, and outlives the asker") {
    test::JsonService service([](const Request&) { return with_body("{}"); }, certificate());
    test::Bench bench({}, authority().bundle());
    auto asker = std::make_unique<Asker>(bench.context, "");
    Question question;
    question.url = service.url("/");
    bool called = false;
    auto dropped = asker->ask(question, [&](const Answer&) { called = true; });
    dropped.reset();
    Question refused;
    refused.url = "ftp://localhost/";
    dropped = asker->ask(refused, [&](const Answer&) { called = true; });
    dropped.reset();

    std::unique_ptr<Asked> second;
    bool done = false;
    std::unique_ptr<Asked> first = asker->ask(question, [&](const Answer& answer) {
        CHECK(answer.ok());
        first.reset();
        second = asker->ask(question, [&](const Answer& again) {
            CHECK(again.ok());
            done = true;
        });
        asker.reset();
    });
    test::run_until(bench.loop, [&] { return done; });
    CHECK_FALSE(called);
}

TEST_CASE("the proxy is used where there is one, but not for this host") {
    const test::Nsd nsd("witness.example", "api A 127.0.0.1");
    const Endpoint proxy = test::free_endpoint();
    const test::Daemon tinyproxy = [&] {
        static const test::Folder folder;
        return test::Daemon(
            {"tinyproxy", "-d", "-c",
             folder.write("conf", "Listen " + proxy.address + "\nPort " + std::to_string(proxy.port) +
                                      "\nAllow 127.0.0.0/8\nConnectPort 1\n")},
            "tinyproxy", [&] { return test::accepts(proxy); });
    }();
    Asking test([](const Request&) { return with_body("{}"); },
                {{.name = "lab", .endpoint = nsd.endpoint(), .https_url = {}}});
    test.bench.context.proxy = {"http://" + to_string(proxy), "http://" + to_string(proxy), {}};
    Question question = test.question();
    question.url = test.service.url("/", "api.witness.example");
    const Answer answer = test.ask(std::move(question));  // it lets nobody through to that port
    INFO(answer.why);
    CHECK(answer.failure == Failure::proxy_refused);
    CHECK(answer.why.starts_with("api.witness.example: the proxy did not let us through"));
    CHECK(test.ask().ok());
}
