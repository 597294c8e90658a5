// What a message becomes: each placeholder in its place, and nowhere else.
#include <boost/json.hpp>

#include "tests/alerting/channels/bench.hpp"

#include "catch.hpp"
#include "written.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

const Stamp at{Micros{1'633'362'299'900'000}};

RecipeCall call(const RecipeService& service, const OutboxMessage& message) {
    const auto made = call_of(service, message, at);
    if (!made) throw std::runtime_error(made.error().why);
    return *made;
}

std::string refusal(const RecipeService& service, const OutboxMessage& message) {
    const auto made = call_of(service, message, at);
    return made ? "made" : made.error().why;
}

bool has(const std::vector<std::string>& headers, const std::string& header) {
    return std::find(headers.begin(), headers.end(), header) != headers.end();
}

OutboxMessage to(const std::string& address) {
    return alert("it", address);
}

}  // namespace

TEST_CASE("a placeholder of a path or query cannot leave it") {
    const auto service =
        service_of("{method: GET, url: \"https://a.example/{to}/x?y={person}\", query: {q: \"{to}\"}}");
    CHECK(call(service, to("../../?a=b&c#d\r\nX: y")).url ==
          "https://a.example/..%2F..%2F%3Fa%3Db%26c%23d%0D%0AX:%20y/x?y=%C3%81na%20Mu%C3%B1oz"
          "&q=..%2F..%2F%3Fa%3Db%26c%23d%0D%0AX%3A%20y");
}

TEST_CASE("a placeholder of JSON is a text, whatever it holds") {
    const auto service = service_of(
        "{url: \"https://a.example/\", json: {a: [\"<{to}>\"], b: \"{to}\", n: 7, t: true, z: null}}");
    const std::string evil = "\"}],\"admin\":true,\"x\":[{\"\n\\\u0001\U0001F642{to}";
    const auto tree = boost::json::parse(call(service, to(evil)).body);
    CHECK(tree.as_object().size() == 5);
    CHECK(std::string(tree.at("b").as_string()) == evil);
    CHECK(std::string(tree.at("a").at(0).as_string()) == "<" + evil + ">");
    CHECK(tree.at("n") == 7);
    CHECK(tree.at("t") == true);
    CHECK(tree.at("z").is_null());
}

TEST_CASE("a placeholder of a form stays in its field") {
    const auto service = service_of("{url: \"https://a.example/\", form: {to: \"{to}\", \"a b\": \"1+1\"}}");
    const auto made = call(service, to("1&from=2=3 +\r\n%41"));
    CHECK(made.body == "to=1%26from%3D2%3D3%20%2B%0D%0A%2541&a%20b=1%2B1");
    CHECK(has(made.headers, "Content-Type: application/x-www-form-urlencoded"));
}

TEST_CASE("a line break in a header is refused, in a text it is not") {
    const auto service =
        service_of("{url: \"https://a.example/\", headers: {X-To: \"{to}\"}, text: \"{text}\"}");
    CHECK(refusal(service, to("a\r\nX-Evil: 1")) ==
          "header X-To would hold a line break or control character");
    CHECK(refusal(service, to(std::string("a\0b", 3))) ==
          "header X-To would hold a line break or control character");
    const auto made = call(service, to("\u00c1na"));
    CHECK(has(made.headers, "X-To: \u00c1na"));
    CHECK(has(made.headers, "Content-Type: text/plain; charset=utf-8"));
    CHECK(made.body == to("").body);
}

TEST_CASE("what may be missing is left out with whatever it is the value of") {
    auto service = service_of(
        "{url: \"https://a.example/\", headers: {X-A: \"a {a?}\"}, query: {a: \"{a?}\"}, json: {a: \"{a?}\", "
        "l: [\"{a?}\", x], n: \"{n?}\"}}",
        "", "settings: {a: {is: text, optional: true}, n: {is: number, optional: true}}\n");
    const auto without = call(service, to("x"));
    CHECK(without.body == R"({"l":["x"]})");
    CHECK(without.url == "https://a.example/");
    CHECK(without.headers == std::vector<std::string>{"Content-Type: application/json"});
    service.settings = {{"a", "1"}, {"n", "-5"}};
    const auto with = call(service, to("x"));
    CHECK(with.body == R"({"a":"1","l":["1","x"],"n":-5})");
    CHECK(with.url == "https://a.example/?a=1");
    CHECK(has(with.headers, "X-A: a 1"));
}

TEST_CASE("names for parts of others") {
    const auto service = service_of(
        "{url: \"https://a.example/\", form: {bare: \"{bare}\", plus: \"{plus?}\", at: \"{at?}\", do: "
        "\"{action}\"}}",
        "",
        "names: {bare: {of: to, without: \"+\"}, plus: {of: to, starting: \"+\"}, at: {of: to, starting: "
        "\"@\"}, "
        "action: {of: kind, when: {opened: trigger, recovered: resolve}}}\n");
    CHECK(call(service, to("+34")).body == "bare=34&plus=%2B34&do=trigger");
    OutboxMessage over = to("@ana");
    over.kind = AlertKind::recovered;
    CHECK(call(service, over).body == "bare=%40ana&at=%40ana&do=resolve");
}

TEST_CASE("a base address takes the place of scheme, host and port, and nothing else") {
    auto service = service_of("{method: GET, url: \"https://a.example:8443/v1/{to}?x=1\"}");
    service.base_url = "http://127.0.0.1:99/prefix";
    CHECK(call(service, to("y")).url == "http://127.0.0.1:99/prefix/v1/y?x=1");
}

TEST_CASE("a setting that is a URL is taken as it is, and a query is added to its own") {
    auto service =
        service_of("{url: \"{url}\", query: {b: \"{to}\"}, json: {}}", "", "settings: {url: secret_url}\n");
    service.secrets = {{"url", "https://a.example/x?sig=a%2Fb"}};
    CHECK(call(service, to("1")).url == "https://a.example/x?sig=a%2Fb&b=1");
    service.secrets = {{"url", "https://a.example/x"}};
    CHECK(call(service, to("1")).url == "https://a.example/x?b=1");
}

TEST_CASE("who we are: basic, bearer, a header, a signature of the body") {
    auto basic = service_of(
        "{method: GET, url: \"https://a.example/\", auth: {basic: {user: \"{to}\", password: \"{token}\"}}}",
        "", "settings: {token: secret}\n");
    basic.secrets = {{"token", "p:w"}};
    CHECK(call(basic, to("u")).user == "u");
    CHECK(call(basic, to("u")).password == "p:w");
    auto bearer = service_of("{method: GET, url: \"https://a.example/\", auth: {bearer: \"{token}\"}}", "",
                             "settings: {token: secret}\n");
    bearer.secrets = {{"token", "abc"}};
    CHECK(has(call(bearer, to("u")).headers, "Authorization: Bearer abc"));
    bearer.secrets = {{"token", "abc\r\nX: y"}};
    CHECK(refusal(bearer, to("u")) == "header Authorization would hold a line break or control character");
    auto hmac = service_of(
        "{url: \"https://a.example/\", text: \"Hello, World!\", auth: {hmac: {header: X-Sig, secret: "
        "\"{token}\", "
        "value: \"t={now},v1={signature}\", signs: \"{body}\", as: hex}}}",
        "", "settings: {token: secret}\n");
    hmac.secrets = {{"token", "It's a Secret to Everybody"}};
    CHECK(has(call(hmac, to("u")).headers,
              "X-Sig: t=1633362299,v1=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"));
}

TEST_CASE("the key is the same for each attempt at a message, and another for any other") {
    const auto service = service_of("{url: \"https://a.example/{key}\", json: {}}");
    const OutboxMessage first = to("ana");
    const std::string url = call(service, first).url;
    CHECK(url.size() == std::string("https://a.example/").size() + 32);
    OutboxMessage again = first;
    again.attempts = 7;
    again.last_word = "503";
    CHECK(call(service, again).url == url);
    CHECK(call_of(service, again, at + Micros{9'000'000})->url == url);
    OutboxMessage other = first;
    other.kind = AlertKind::recovered;
    CHECK(call(service, other).url != url);
    other = first;
    other.recipient.address = "tom";
    CHECK(call(service, other).url != url);
    // The same numbers after the database was lost.
    other = first;
    other.created += Micros{1};
    CHECK(call(service, other).url != url);
}

TEST_CASE("only what comes from a message is escaped for the service") {
    auto service = service_of("{url: \"https://a.example/\", json: {text: \"<{text}|{a}>\"}}", "",
                              "settings: {a: text}\nescape: {\"<\": \"&lt;\", \"&\": \"&amp;\"}\n");
    service.settings = {{"a", "<a>"}};
    OutboxMessage message = to("x");
    message.body = "<&>";
    CHECK(call(service, message).body == R"({"text":"<&lt;&amp;>|<a>>"})");
}

TEST_CASE("what is over may go elsewhere") {
    const auto service = service_of("{url: \"https://a.example/open\", json: {}}", "",
                                    "recovered: {method: PUT, url: \"https://a.example/close\", json: {}}\n");
    OutboxMessage message = to("x");
    CHECK(call(service, message).url == "https://a.example/open");
    message.kind = AlertKind::recovered;
    CHECK(call(service, message).url == "https://a.example/close");
    CHECK(call(service, message).method == "PUT");
}

TEST_CASE("a call that nobody would take is not made") {
    const auto service = service_of("{url: \"https://a.example/\", json: {to: \"{to}\"}}");
    CHECK(refusal(service, to(std::string(300'000, 'x'))) == "the request would be larger than 256 KiB");
}

TEST_CASE("a refusal before anything is sent is final, and comes later") {
    RecipeChannelSettings settings;
    settings.id = "it";
    settings.service = service_of("{url: \"https://a.example/\", headers: {X-To: \"{to}\"}, json: {}}");
    ChannelBench bench;
    const auto channel = make_recipe_channel(bench.loop, bench.dns, bench.transfers, {}, settings);
    const auto attempt = bench.deliver(*channel, to("a\nb"));
    CHECK(attempt.acceptance == Acceptance::permanent);
    CHECK(attempt.word == "header X-To would hold a line break or control character");
}
