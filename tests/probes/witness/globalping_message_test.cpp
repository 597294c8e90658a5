#include "probes/witness/globalping_message.hpp"

#include <boost/json.hpp>

#include "catch.hpp"
#include "globalping_service.hpp"
#include "probes/witness/globalping_result.hpp"

using namespace sereno;
using test::GlobalpingService;

namespace {

namespace json = boost::json;

ViewElsewhere page(const std::string& url = "https://www.example.com/health?deep=1#top") {
    ViewElsewhere task;
    task.fetch.url = url;
    return task;
}

ViewElsewhere name(const std::string& host = "example.com") {
    ViewElsewhere task;
    task.what = ViewElsewhere::What::dns;
    task.name = host;
    return task;
}

/// A finished measurement with these results, one a network.
std::string measured(const std::string& type, const std::vector<std::string>& results) {
    json::array items;
    for (const std::string& result : results)
        items.push_back(json::object{{"probe",
                                      {{"country", "DE"},
                                       {"city", "Berlin"},
                                       {"asn", static_cast<int>(64500 + items.size())},
                                       {"network", "Example Net"}}},
                                     {"result", json::parse(result)}});
    return json::serialize(
        json::object{{"id", "abc"}, {"type", type}, {"status", "finished"}, {"results", items}});
}

Voice seen(const ViewElsewhere& task, const std::string& result) {
    const bool dns = task.what == ViewElsewhere::What::dns;
    const auto read = read_measured(measured(dns ? "dns" : "http", {result}), "abc", task);
    INFO(read.why);
    REQUIRE(read.known);
    REQUIRE(read.voices.size() == 1);
    const Voice& voice = read.voices.front();
    CHECK((voice.reached == Stage::done) == (voice.failure == Failure::none));
    CHECK(voice.words.size() <= 200);
    return voice;
}

}  // namespace

TEST_CASE("a page is asked for as this host asks, from one continent each") {
    const GlobalpingRequest request = globalping_request(page());
    CHECK(request.tests == 3);
    CHECK(request.about == "www.example.com");
    CHECK(json::parse(request.body) == json::parse(R"({
        "type": "http", "target": "www.example.com", "inProgressUpdates": false,
        "locations": [{"continent": "EU", "limit": 1}, {"continent": "NA", "limit": 1},
                      {"continent": "AS", "limit": 1}],
        "measurementOptions": {"protocol": "HTTPS", "port": 443,
                               "request": {"method": "GET", "path": "/health", "query": "deep=1"}}})"));
}

TEST_CASE("ports, plain HTTP and families are passed on") {
    ViewElsewhere task = page("http://www.example.com:8080");
    task.fetch.family = Family::v6;
    const json::value options = json::parse(globalping_request(task).body).at("measurementOptions");
    CHECK(options == json::parse(R"({"protocol": "HTTP", "port": 8080, "ipVersion": 6,
                                     "request": {"method": "GET", "path": "/"}})"));
}

TEST_CASE("a name is asked for its addresses") {
    ViewElsewhere task = name();
    task.voices = 8;
    const json::value body = json::parse(globalping_request(task).body);
    CHECK(body.at("type") == "dns");
    CHECK(body.at("target") == "example.com");
    CHECK(body.at("measurementOptions") == json::parse(R"({"query": {"type": "A"}})"));
    int tests = 0;
    for (const json::value& location : body.at("locations").as_array())
        tests += location.at("limit").to_number<int>();
    CHECK(tests == 8);
    CHECK(body.at("locations").as_array().size() == 6);
}

TEST_CASE("nobody asks for more voices than an observation holds, or for none") {
    ViewElsewhere task = name();
    task.voices = 1000;
    CHECK(globalping_request(task).tests == 16);
    task.voices = -1;
    CHECK(globalping_request(task).tests == 1);
}

TEST_CASE("what is nobody else's business is not told") {
    for (const char* url :
         {"https://user:secret@example.com/", "https://192.168.1.1/", "https://[fd00::1]/",
          "https://intranet/", "http://localhost:8080/", "ftp://example.com/", "nonsense"}) {
        INFO(url);
        const GlobalpingRequest request = globalping_request(page(url));
        CHECK(request.body.empty());
        CHECK_FALSE(request.why.empty());
        CHECK(request.why.find("secret") == std::string::npos);
    }
    CHECK(globalping_request(page("https://157.240.0.35/")).why.empty());
    CHECK_FALSE(globalping_request(name("printer")).why.empty());
}

TEST_CASE("questions are the same when their answers are") {
    CHECK(question_of(page()) == question_of(page()));
    CHECK(question_of(page()) != question_of(page("https://www.example.com/other")));
    CHECK(question_of(name()) != question_of(page("https://example.com")));
    ViewElsewhere other = page();
    other.fetch.expected_status = {{204, 204}};
    CHECK(question_of(other) != question_of(page()));
    other = page();
    other.voices = 5;
    CHECK(question_of(other) != question_of(page()));
}

TEST_CASE("limits are read") {
    const auto limits = read_limits(
        R"({"rateLimit":{"measurements":{"create":{"type":"ip","limit":250,"remaining":37,"reset":1800}}}})");
    INFO(limits.why);
    REQUIRE(limits.known);
    CHECK(limits.limit == 250);
    CHECK(limits.left == 37);
    CHECK(limits.resets_in == std::chrono::minutes{30});
    const auto of_headers = limits_of(
        {{"x-ratelimit-limit", "250"}, {"x-ratelimit-remaining", "247"}, {"x-ratelimit-reset", "3600"}});
    REQUIRE(of_headers.known);
    CHECK(of_headers.left == 247);
}

TEST_CASE("limits that cannot be are not believed") {
    const auto with = [](const std::string& create) {
        return read_limits(R"({"rateLimit":{"measurements":{"create":)" + create + "}}}");
    };
    for (const char* create :
         {R"({})", R"(7)", R"({"limit":250})", R"({"limit":"250","remaining":"250","reset":0})",
          R"({"limit":250,"remaining":-1,"reset":0})", R"({"limit":0,"remaining":0,"reset":0})",
          R"({"limit":250,"remaining":250,"reset":-1})", R"({"limit":250,"remaining":250,"reset":86401})",
          R"({"limit":1e300,"remaining":1,"reset":1})", R"({"limit":18446744073709551615,"remaining":1})"}) {
        INFO(create);
        const auto limits = with(create);
        CHECK_FALSE(limits.known);
        CHECK_FALSE(limits.why.empty());
    }
    CHECK_FALSE(read_limits("<html>").known);
    CHECK_FALSE(read_limits("[]").known);
    CHECK_FALSE(read_limits("").known);
    CHECK_FALSE(limits_of({{"x-ratelimit-limit", "many"}, {"x-ratelimit-remaining", "7 "}}).known);
}

TEST_CASE("a created measurement has an identifier that is safe in a path") {
    CHECK(read_created(R"({"id":"PY5fMsREMmIq45VR","probesCount":2})").id == "PY5fMsREMmIq45VR");
    CHECK(read_created(R"({"id":"PY5fMsREMmIq45VR","probesCount":2})").probes == 2);
    CHECK(read_created(R"({"id":"a","probesCount":-7})").probes == 0);
    for (const char* body :
         {R"({"id":"../../limits"})", R"({"id":""})", R"({"id":7})", R"({})", R"([])", "{",
          R"({"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})"}) {
        INFO(body);
        CHECK(read_created(body).id.empty());
        CHECK_FALSE(read_created(body).why.empty());
    }
}

TEST_CASE("a page seen elsewhere is judged as one seen from here") {
    const auto with_status = [](int status) { return seen(page(), GlobalpingService::page(status)); };
    CHECK(with_status(200).failure == Failure::none);
    CHECK(with_status(200).http_status == 200);
    CHECK(with_status(301).failure == Failure::none);  // expected are 200 to 399
    CHECK(with_status(404).failure == Failure::http_status);
    CHECK(with_status(502).failure == Failure::http_server_error);
    CHECK(with_status(502).http_status == 502);
    for (const int status : {403, 429, 451})
        CHECK(with_status(status).failure == Failure::http_blocked);
    CHECK(seen(page(), GlobalpingService::page(503, R"({"cf-mitigated":"challenge"})")).failure ==
          Failure::http_blocked);
    ViewElsewhere meant = page();
    meant.fetch.expected_status = {{403, 403}};
    CHECK(seen(meant, GlobalpingService::page(403)).failure == Failure::none);
    CHECK(seen(meant, GlobalpingService::page(200)).failure == Failure::http_status);
}

TEST_CASE("a redirect elsewhere that our own probe does not take for the end says nothing") {
    ViewElsewhere task = page("https://example.com/");
    task.fetch.expected_status = {{200, 200}};
    const auto with = [&](const std::string& location) {
        return seen(task, GlobalpingService::page(301, R"({"location":)" + location + "}"));
    };
    const std::string to_www = R"("https://www.example.com/")";
    const auto check_unknown = [](const Voice& voice) {
        CHECK(voice.failure == Failure::witness_unknown);
        CHECK_FALSE(voice.speaks());
        CHECK(voice.http_status == 301);
    };
    check_unknown(with(to_www));
    task.fetch.redirect_hosts = {"www.example.com"};
    check_unknown(with(to_www));
    check_unknown(with("[" + to_www + "]"));
    check_unknown(with(R"("https://portal.example/")"));
    check_unknown(seen(task, GlobalpingService::page(301)));
    CHECK(with(to_www).words ==
          "no redirect is followed there: unexpected status 301 to https://www.example.com/");
    CHECK(seen(task, GlobalpingService::page(500)).failure == Failure::http_server_error);
}

TEST_CASE("a redirect elsewhere that our own probe takes for the end is well") {
    ViewElsewhere task = page("https://example.com/");
    const std::string to_www = R"({"location":"https://www.example.com/"})";
    for (const auto& expected : std::vector<std::vector<std::pair<int, int>>>{{{200, 399}}, {{301, 301}}}) {
        task.fetch.expected_status = expected;
        CHECK(seen(task, GlobalpingService::page(301, to_www)).well());
        task.fetch.redirect_hosts = {"www.example.com"};
        CHECK(seen(task, GlobalpingService::page(301, to_www)).well());
    }
}

TEST_CASE("probes accept any certificate, sereno does not") {
    const auto with = [](const std::string& error) {
        return seen(page(), GlobalpingService::page_with_certificate(error)).failure;
    };
    CHECK(with("CERT_HAS_EXPIRED") == Failure::certificate_expired);
    CHECK(with("CERT_NOT_YET_VALID") == Failure::certificate_not_yet_valid);
    CHECK(with("ERR_TLS_CERT_ALTNAME_INVALID") == Failure::certificate_name);
    CHECK(with("DEPTH_ZERO_SELF_SIGNED_CERT") == Failure::certificate_self_signed);
    CHECK(with("SELF_SIGNED_CERT_IN_CHAIN") == Failure::certificate_untrusted);
    CHECK(with("UNABLE_TO_GET_ISSUER_CERT_LOCALLY") == Failure::certificate_untrusted);
    CHECK(with("UNABLE_TO_VERIFY_LEAF_SIGNATURE") == Failure::certificate_invalid);
    CHECK(with("CERT_REVOKED") == Failure::certificate_invalid);
    CHECK(with("") == Failure::certificate_invalid);
    CHECK(with("the measurement timed out") == Failure::certificate_invalid);
}

TEST_CASE("the words of a fetch that failed elsewhere are understood") {
    const auto meaning = [](const std::string& words) {
        return seen(page(), GlobalpingService::failed(words)).failure;
    };
    CHECK(meaning("queryA ENOTFOUND www.example.com") == Failure::dns_nxdomain);
    CHECK(meaning("getaddrinfo EAI_AGAIN www.example.com") == Failure::dns_servfail);
    CHECK(meaning("queryA ESERVFAIL www.example.com") == Failure::dns_servfail);
    CHECK(meaning("queryA EREFUSED www.example.com") == Failure::dns_refused);
    CHECK(meaning("queryA ETIMEOUT www.example.com") == Failure::dns_timeout);
    CHECK(meaning("ENODATA www.example.com") == Failure::dns_nodata);
    CHECK(meaning("queryA ECONNREFUSED www.example.com") == Failure::witness_unknown);
    CHECK(meaning("Private IP ranges are not allowed.") == Failure::dns_bogus);
    CHECK(meaning("connect ECONNREFUSED 192.0.2.1:443") == Failure::connect_refused);
    CHECK(meaning("connect ETIMEDOUT 192.0.2.1:443") == Failure::connect_timeout);
    CHECK(meaning("connect ECONNRESET 192.0.2.1:443") == Failure::connect_reset);
    CHECK(meaning("connect EHOSTUNREACH 192.0.2.1:443") == Failure::connect_unreachable);
    CHECK(meaning("connect ENETUNREACH 192.0.2.1:443") == Failure::connect_unreachable);
    CHECK(meaning("unable to verify the first certificate") == Failure::certificate_invalid);
    CHECK(meaning("certificate has expired") == Failure::certificate_expired);
    CHECK(meaning("Hostname/IP does not match certificate's altnames") == Failure::certificate_name);
    CHECK(meaning("self-signed certificate in certificate chain") == Failure::certificate_untrusted);
    CHECK(meaning("Client network socket disconnected before secure TLS connection was established") ==
          Failure::tls_reset);
    CHECK(meaning("write EPROTO 00:error:0A000410:SSL routines:ssl3_read_bytes:handshake failure") ==
          Failure::tls_handshake);
    CHECK(meaning("read ECONNRESET") == Failure::http_reset);
    CHECK(meaning("other side closed") == Failure::http_reset);
    CHECK(meaning("Request timeout.") == Failure::http_timeout);
    CHECK(meaning("Parse Error: Expected HTTP/") == Failure::http_malformed);
    CHECK(meaning("read ENOTCONN") == Failure::http_reset);
}

TEST_CASE("a test that failed for reasons of its own says nothing of the target") {
    for (const char* words : {"", "\n\nThe measurement timed out.", "Test failed. Please try again.",
                              "connect EADDRNOTAVAIL 192.0.2.1:443", "something else happened"}) {
        INFO(words);
        CHECK(seen(page(), GlobalpingService::failed(words)).failure == Failure::witness_unknown);
        CHECK(seen(name(), GlobalpingService::failed(words)).failure == Failure::witness_unknown);
    }
    CHECK(seen(page(), GlobalpingService::offline()).failure == Failure::witness_unknown);
    CHECK(seen(page(), R"({"status":"finished","statusCode":0})").failure == Failure::witness_unknown);
    CHECK(seen(page(), R"({"status":"finished","statusCode":"200"})").failure == Failure::witness_unknown);
    CHECK(seen(page(), R"({"status":"invented"})").failure == Failure::witness_unknown);
    CHECK(seen(page(), R"({"status":7})").failure == Failure::witness_unknown);
}

TEST_CASE("a name seen elsewhere is judged as one seen from here") {
    const auto meaning = [](const std::string& result) { return seen(name(), result).failure; };
    CHECK(meaning(GlobalpingService::resolved({"157.240.0.35"})) == Failure::none);
    CHECK(meaning(GlobalpingService::resolved({})) == Failure::dns_nodata);
    CHECK(meaning(GlobalpingService::resolved({"10.0.0.1"})) == Failure::dns_bogus);
    CHECK(meaning(GlobalpingService::resolved({"0.0.0.0"})) == Failure::dns_bogus);
    CHECK(meaning(GlobalpingService::resolved({"no address"})) == Failure::dns_nodata);
    CHECK(meaning(GlobalpingService::code("NXDOMAIN")) == Failure::dns_nxdomain);
    CHECK(meaning(GlobalpingService::code("SERVFAIL")) == Failure::dns_servfail);
    CHECK(meaning(GlobalpingService::code("REFUSED")) == Failure::dns_refused);
    CHECK(meaning(GlobalpingService::code("TIMEOUT")) == Failure::dns_timeout);
    CHECK(meaning(GlobalpingService::code("FORMERR")) == Failure::dns_malformed);
    CHECK(meaning(GlobalpingService::code("")) == Failure::witness_unknown);
    CHECK(meaning(GlobalpingService::code("YXRRSET")) == Failure::witness_unknown);
    CHECK(meaning(GlobalpingService::failed(
              ";; communications error to 8.8.8.8#53: timed out\n;; no servers could be reached\n\n")) ==
          Failure::dns_timeout);
    CHECK(meaning(GlobalpingService::failed("Private IP ranges are not allowed")) == Failure::dns_bogus);
    CHECK(meaning(GlobalpingService::failed(";; connection to x.x.x.x#53: connection refused.")) ==
          Failure::witness_unknown);
}

TEST_CASE("a network is one voice, however many of its probes speak") {
    const auto with = [](const std::string& first, const std::string& second) {
        json::value body = json::parse(measured("http", {first, second}));
        for (json::value& item : body.at("results").as_array())
            item.at("probe").as_object()["asn"] = 24940;
        return read_measured(json::serialize(body), "abc", page()).voices;
    };
    REQUIRE(with(GlobalpingService::page(200), GlobalpingService::page(500)).size() == 1);
    CHECK(with(GlobalpingService::page(200), GlobalpingService::page(500))[0].failure == Failure::none);
    CHECK(with(GlobalpingService::offline(), GlobalpingService::page(500))[0].failure ==
          Failure::http_server_error);
}

TEST_CASE("a voice tells where it comes from") {
    const Voice voice = seen(page(), GlobalpingService::page(200));
    CHECK(voice.vantage == Vantage{.name = "Berlin, Example Net", .asn = 64500, .country = "DE"});
    const auto from = [](const char* probe) {
        const auto read =
            read_measured(R"({"id":"abc","type":"http","status":"finished","results":[{"probe":)" +
                              std::string{probe} + R"(,"result":)" + GlobalpingService::page(200) + "}]}",
                          "abc", page());
        REQUIRE(read.known);
        return read.voices;
    };
    CHECK(from(R"({"asn":1})")[0].vantage == Vantage{.name = "AS1", .asn = 1, .country = ""});
    CHECK(from(R"({"asn":1,"city":"S\u00e3o\u0000Paulo","country":"br"})")[0].vantage ==
          Vantage{.name = "S??o Paulo", .asn = 1, .country = ""});
    CHECK(from((R"({"asn":1,"city":")" + std::string(500, 'x') + "\"}").c_str())[0].vantage.name.size() ==
          64);
    for (const char* nowhere : {R"({})", R"({"asn":0})", R"({"asn":-1})", R"({"asn":4294967296})",
                                R"({"asn":"24940"})", R"({"asn":null})"})
        CHECK(from(nowhere).empty());
}

TEST_CASE("what is not finished has not spoken") {
    json::value body = json::parse(
        measured("http", {GlobalpingService::page(200), R"({"status":"in-progress","rawOutput":""})"}));
    body.at("status") = "in-progress";
    const auto read = read_measured(json::serialize(body), "abc", page());
    REQUIRE(read.known);
    CHECK_FALSE(read.finished);
    CHECK(read.voices.size() == 1);
}

TEST_CASE("addresses are told once each, and no more than sixteen") {
    std::vector<std::string> many;
    for (int i = 0; i < 40; ++i)
        many.push_back("157.240.0." + std::to_string(i));
    const auto read = read_measured(
        measured("dns", {GlobalpingService::resolved({"157.240.0.1"}), GlobalpingService::resolved(many)}),
        "abc", name());
    CHECK(read.addresses.size() == 16);
    CHECK(read.addresses[0] == "157.240.0.1");
    CHECK(read.addresses[1] == "157.240.0.0");
}

TEST_CASE("a hundred networks are sixteen voices") {
    const std::vector<std::string> many(100, GlobalpingService::page(200));
    CHECK(read_measured(measured("http", many), "abc", page()).voices.size() == 16);
}

TEST_CASE("an answer that is no measurement is not believed") {
    const std::string good = measured("http", {GlobalpingService::page(200)});
    CHECK_FALSE(read_measured(good, "abd", page()).known);
    CHECK_FALSE(read_measured(good, "abc", name()).known);
    for (const std::string& body :
         {std::string{}, std::string{"null"}, std::string{"<html>busy</html>"},
          good.substr(0, good.size() - 3), std::string(100000, '['),
          std::string{"{\"results\":"} + std::string(200, '[') + "]}",
          std::string{R"({"id":"abc","type":"http","status":"finished"})"},
          std::string{R"({"id":"abc","type":"http","status":7,"results":[]})"},
          std::string{R"({"id":"abc","type":"http","status":"finished","results":{}})"}}) {
        const auto read = read_measured(body, "abc", page());
        CHECK_FALSE(read.known);
        CHECK_FALSE(read.why.empty());
        CHECK(read.why.size() < 200);
    }
    const auto odd = read_measured(
        R"({"id":"abc","type":"http","status":"finished","results":[7,null,[],{},{"probe":7,"result":7}]})",
        "abc", page());
    CHECK(odd.known);
    CHECK(odd.voices.empty());
}

TEST_CASE("an error of the service is put into words") {
    CHECK(read_error(R"({"error":{"type":"no_probes_found","message":"No suitable probes found."}})") ==
          "no_probes_found: No suitable probes found.");
    CHECK(
        read_error(
            R"({"error":{"type":"validation_error","message":"Failed.","params":{"target":"is\nwrong"}}})") ==
        "validation_error: Failed.; target: is wrong");
    CHECK(read_error("<html>").empty());
    CHECK(read_error(R"({"error":7})").empty());
    CHECK(read_error(R"({"error":{"message":")" + std::string(9999, 'x') + "\"}}").size() <= 160);
}
