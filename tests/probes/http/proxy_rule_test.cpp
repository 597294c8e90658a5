#include "probes/http/proxy.hpp"

#include "agent/loop/transfer_url.hpp"
#include "catch.hpp"

using namespace sereno;

TEST_CASE("hosts, domains, addresses, prefixes and the star are fetched directly") {
    CHECK(is_exempt({"shop.example"}, "shop.example"));
    CHECK(is_exempt({"shop.example"}, "www.shop.example"));
    CHECK(is_exempt({".Shop.Example"}, "www.shop.example"));
    CHECK_FALSE(is_exempt({"shop.example"}, "bookshop.example"));
    CHECK_FALSE(is_exempt({"www.shop.example"}, "shop.example"));
    CHECK(is_exempt({"x.example", "10.0.0.0/8"}, "10.200.1.1"));
    CHECK_FALSE(is_exempt({"10.0.0.0/8"}, "11.0.0.1"));
    CHECK(is_exempt({"192.0.2.128/25"}, "192.0.2.129"));
    CHECK_FALSE(is_exempt({"192.0.2.128/25"}, "192.0.2.127"));
    CHECK(is_exempt({"192.0.2.7"}, "192.0.2.7"));
    CHECK(is_exempt({"0.0.0.0/0"}, "192.0.2.7"));
    CHECK(is_exempt({"2001:db8::/32"}, "2001:db8:1::1"));
    CHECK_FALSE(is_exempt({"2001:db8::/32", "10.0.0.0/33", "10.0.0.0/x", ""}, "2001:db9::1"));
    CHECK_FALSE(is_exempt({"10.0.0.0/33", "10.0.0.0/x", "/8", "", "."}, "10.0.0.1"));
    CHECK(is_exempt({"*"}, "anything.example"));
    CHECK_FALSE(is_exempt({}, "shop.example"));
}

TEST_CASE("each scheme has its proxy, shown without its credentials") {
    const Proxy proxy{"http://me:s%40cret@proxy.example:3128", "proxy.example:8443", {"local.example"}};
    const auto plain = proxy_for(proxy, "http", "www.shop.example");
    REQUIRE(plain);
    CHECK(plain->complaint.empty());
    CHECK(plain->host == "proxy.example");
    CHECK(plain->via.user == "me");
    CHECK(plain->via.password == "s@cret");
    CHECK(plain->shown() == "proxy.example:3128");
    const auto secure = proxy_for(proxy, "https", "www.shop.example");
    REQUIRE(secure);
    CHECK(secure->via.port == 8443);
    CHECK_FALSE(proxy_for(proxy, "http", "www.local.example"));
    CHECK_FALSE(proxy_for(Proxy{}, "http", "www.shop.example"));
    CHECK_FALSE(proxy_for({"socks5://proxy.example", "", {}}, "http", "x.example")->complaint.empty());
}

TEST_CASE("a URL is shown without what may be secret") {
    CHECK(shown_url("https://me:word@shop.example/login?token=1#x") == "https://shop.example/login");
    CHECK(shown_url("/login?next=1") == "/login");
    CHECK(shown_url("https://shop.example/@me") == "https://shop.example/@me");
    CHECK(shown_url("//me:word@shop.example/login") == "//shop.example/login");
    CHECK(shown_url("/\\me:word@shop.example/") == "/\\shop.example/");
    CHECK(shown_url("https:/me:word@shop.example/") == "https:/shop.example/");
    CHECK(shown_url("https:///me:word@shop.example/") == "https:///shop.example/");
    CHECK(shown_url("https:\\\\me:word@shop.example\\x") == "https:\\\\shop.example\\x");
    CHECK(shown_url("me:word@shop.example/") == "shop.example/");
    CHECK(shown_url("http://me:wo#rd@shop.example/") == "http://***");
    CHECK(shown_url("http://me:wo?rd@shop.example/") == "http://***");
    CHECK(shown_url("//me:wo/rd@shop.example/") == "//***");
    CHECK(shown_url("//shop.example:8080/a@b") == "//shop.example:8080/a@b");
    CHECK(shown_url("http://[2001:db8::1]:81/x") == "http://[2001:db8::1]:81/x");
    CHECK(shown_url("https://shop.example/" + std::string(500, 'x')).size() <= 100);
}

TEST_CASE("a reference is resolved against the URL it came from") {
    const std::string base = "https://shop.example/a/b?q=1";
    CHECK(resolved_url(base, "/login") == "https://shop.example/login");
    CHECK(resolved_url(base, "c") == "https://shop.example/a/c");
    CHECK(resolved_url(base, "//www.shop.example/x") == "https://www.shop.example/x");
    CHECK(resolved_url(base, "http://other.example/") == "http://other.example/");
    CHECK_FALSE(resolved_url(base, "/a\r\nb"));
    CHECK_FALSE(resolved_url(base, "/" + std::string(5000, 'x')));
    CHECK_FALSE(resolved_url(base, "http://[::1"));
}
