// The proxy: from the file, or from the environment as other programs read it.
#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;
using test::Lines;
using test::said;

namespace {

/// Whoever runs the tests may have a proxy; these tests bring their own.
class NoProxy {
  public:
    NoProxy() {
        for (const std::string name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                       "ALL_PROXY", "no_proxy", "NO_PROXY"}) {
            const char* value = std::getenv(name.c_str());
            if (value != nullptr) saved_.emplace_back(name, value);
            unsetenv(name.c_str());
        }
    }
    NoProxy(const NoProxy&) = delete;
    NoProxy& operator=(const NoProxy&) = delete;
    ~NoProxy() {
        for (const auto& [name, value] : saved_)
            setenv(name.c_str(), value.c_str(), 1);
    }

  private:
    std::vector<std::pair<std::string, std::string>> saved_;
};

Proxy proxy(const std::string& text) {
    const Loaded loaded = load_text(text, "s");
    INFO(text);
    CHECK(test::lines(loaded.complaints) == Lines{});
    return loaded.settings.proxy;
}

}  // namespace

TEST_CASE("without a word about it, the environment decides") {
    const NoProxy none;
    CHECK(proxy("") == Proxy{});
    const test::Variable http("http_proxy", "http://proxy.example:3128");
    const test::Variable https("https_proxy", "http://proxy.example:3129/");
    const test::Variable except("no_proxy", "localhost, .example.org,192.168.0.0/16 10.0.0.1 ,*");
    const Proxy expected{"http://proxy.example:3128",
                         "http://proxy.example:3129",
                         {"localhost", ".example.org", "192.168.0.0/16", "10.0.0.1", "*"}};
    CHECK(proxy("") == expected);
    CHECK(proxy("proxy: environment\n") == expected);
    CHECK(proxy("proxy: none\n") == Proxy{});
    CHECK(proxy("proxy: {http: \"http://other.example:80\"}\n") == Proxy{"http://other.example:80", "", {}});
}

TEST_CASE("variables are read in the order and the spelling that curl reads them in") {
    const NoProxy none;
    SECTION("capitals where the small ones are missing") {
        const test::Variable https("HTTPS_PROXY", "http://a.example:1");
        const test::Variable except("NO_PROXY", "b.example");
        CHECK(proxy("") == Proxy{"", "http://a.example:1", {"b.example"}});
    }
    SECTION("never HTTP_PROXY, which a request's header could set") {
        const test::Variable http("HTTP_PROXY", "http://evil.example:1");
        CHECK(proxy("") == Proxy{});
    }
    SECTION("all_proxy for what has none of its own") {
        const test::Variable https("https_proxy", "http://a.example:1");
        const test::Variable all("all_proxy", "http://b.example:2");
        CHECK(proxy("") == Proxy{"http://b.example:2", "http://a.example:1", {}});
    }
    SECTION("an empty one is none") {
        const test::Variable https("https_proxy", "");
        CHECK(proxy("") == Proxy{});
    }
}

TEST_CASE("a proxy of the environment may lack its scheme and port, and may have a user") {
    const NoProxy none;
    const test::Variable http("http_proxy", "proxy.example");
    const test::Variable https("https_proxy", "https://me:s%40crt@[2001:db8::1]/");
    CHECK(proxy("") == Proxy{"http://proxy.example:80", "https://me:s%40crt@[2001:db8::1]:443", {}});
}

TEST_CASE("a password of the environment may hold what ends a host in a URL") {
    const NoProxy none;
    const auto [written, kept] = GENERATE(table<std::string, std::string>({
        {"me:s#cret", "me:s%23cret"},
        {"m#e:s?c", "m%23e:s%3Fc"},
        {"me:a@b:c", "me:a%40b%3Ac"},
        {"me:%23%4", "me:%23%254"},
        {"me:100%", "me:100%25"},
        {"me", "me"},
    }));
    const test::Variable http("http_proxy", "http://" + written + "@proxy.example:3128/");
    CHECK(proxy("") == Proxy{"http://" + kept + "@proxy.example:3128", "", {}});
}

TEST_CASE("what cannot be used is said, without its password, and the rest goes on") {
    const NoProxy none;
    const test::Variable all("all_proxy", "socks5://me:geheim@proxy.example:1080");
    const Loaded loaded = load_text("", "s");
    CHECK(loaded.ok());
    CHECK(loaded.settings.proxy == Proxy{});
    CHECK(
        test::lines(loaded.complaints) ==
        Lines{
            "s:1:1: warning: environment variable 'all_proxy' 'socks5://***@proxy.example:1080' has a scheme "
            "that is not fetched; use http or https; it is not used"});
}

TEST_CASE("a proxy of the file has its user and password beside it, never in its URL") {
    const NoProxy none;
    const test::Variable password("SERENO_TEST_PASSWORD", "p@ss:/word");
    CHECK(proxy("proxy: {http: \"http://proxy.example:3128\", https: \"https://proxy.example:3129/\", user: "
                "\"me too\", "
                "password: {env: SERENO_TEST_PASSWORD}, except: [\"*\", .Example.org, 192.0.2.0/24, "
                "\"::1\"]}\n") == Proxy{"http://me%20too:p%40ss%3A%2Fword@proxy.example:3128",
                                        "https://me%20too:p%40ss%3A%2Fword@proxy.example:3129",
                                        {"*", ".example.org", "192.0.2.0/24", "::1"}});
    CHECK(said("proxy: {http: \"http://me:geheim@proxy.example:3128\"}\n") ==
          Lines{"s:1:15: http 'http://***@proxy.example:3128' has a user or password in it; write them under "
                "'user' and 'password'"});
    CHECK(said("proxy: {http: \"http://p.example:1\", user: me}\n") ==
          Lines{"s:1:43: user 'me' has no password; add 'password'"});
    CHECK(said("proxy: {http: \"http://p.example:1\", password: {env: SERENO_TEST_PASSWORD}}\n") ==
          Lines{"s:1:47: password is there without a user; add 'user'"});
}

TEST_CASE("mistakes about a proxy are named") {
    CHECK(said("proxy: off\n") ==
          Lines{"s:1:8: proxy 'off' is neither environment nor none; write one of these, or "
                "{http: \"http://proxy.example:3128\"}"});
    CHECK(said("proxy: {}\n") ==
          Lines{"s:1:8: proxy has neither 'http' nor 'https'; add one, or write none"});
    CHECK(said("proxy: {except: [a.example]}\n").size() == 1);
    CHECK(said("proxy: {http: \"http://p.example:1/pac\"}\n") ==
          Lines{"s:1:15: http 'http://p.example:1/pac' has a path, which a proxy has not; write it as "
                "'http://proxy.example:3128'"});
    CHECK(said("proxy: {http: \"socks5://p.example:1\"}\n").size() == 1);
    CHECK(
        said("proxy: {http: \"http://p.example:1\", except: [\"a b\"]}\n") ==
        Lines{
            "s:1:46: except 'a b' is nothing to except; write a host, '.example.org' for all in a domain, an "
            "address, a prefix, or '*'"});
    CHECK(said("proxy: [a]\n").size() == 1);
}
