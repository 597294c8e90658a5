#include "catch.hpp"
#include "probes/path/as_origin.hpp"

using namespace sereno;

TEST_CASE("an origin answer names the network and its prefix") {
    const auto [text, number, prefix] = GENERATE(table<std::string, std::uint32_t, std::string>({
        {"64500 | 192.0.2.0/24 | ES | ripencc | 2010-01-01", 64500U, "192.0.2.0/24"},
        {"\"64500 | 192.0.2.0/24 | ES | ripencc | 2010-01-01\"", 64500U, "192.0.2.0/24"},
        {"64500 64501 | 192.0.2.0/24 | ES | ripencc |", 64500U, "192.0.2.0/24"},
        {"4200000000|2001:0db8:0:0::/32|ES", 4200000000U, "2001:db8::/32"},
        {"64500 | 192.0.2.77/24", 64500U, "192.0.2.0/24"},  // written carelessly
        {"64500 | 44.0.0.0/8", 64500U, "44.0.0.0/8"},
        {"64500 | 2002::/16", 64500U, "2002::/16"},
    }));
    INFO(text);
    const auto origin = parse_as_origin(text);
    REQUIRE(origin);
    CHECK(origin->number == number);
    CHECK(origin->prefix == prefix);
}

TEST_CASE("anything else is no origin") {
    const std::string text =
        GENERATE(as<std::string>{}, "", "|", "||||", "64500", "64500 |", "| 192.0.2.0/24 | ES",
                 "NA | 192.0.2.0/24 | ES", "0 | 192.0.2.0/24", "-1 | 192.0.2.0/24",
                 "4294967296 | 192.0.2.0/24", "64500x | 192.0.2.0/24", "64500 | 192.0.2.0 | ES",
                 "64500 | 192.0.2.0/33 | ES", "64500 | 192.0.2.0/-1", "64500 | 192.0.2.0/0",
                 "64500 | 192.0.2.0/ | ES", "64500 | 192.0.2/24", "64500 | 2001:db8::/129", "64500 | name/24",
                 "{64500} | 192.0.2.0/24", "\"\"", "   ", "64500 | /", "\x01\xff|\xfe/\x02", "v=spf1 -all");
    INFO(text);
    CHECK_FALSE(parse_as_origin(text));
    CHECK_FALSE(parse_as_origin(text + std::string(1, '\0') + std::string(5000, '|')));
}

TEST_CASE("a prefix that holds a good part of the Internet is nobody's, also when it was remembered") {
    const std::string prefix = GENERATE(as<std::string>{}, "0.0.0.0/1", "128.0.0.0/1", "192.0.0.0/7", "::/1",
                                        "2000::/3", "2000::/15");
    INFO(prefix);
    CHECK_FALSE(parse_as_origin("666 | " + prefix + " | ZZ"));
    Remembered remembered;
    const Stamp now = *parse_rfc3339("2026-11-20T12:31:59Z");
    remembered.keep(FactKind::as_origin, prefix, {"666", prefix}, now);
    for (const char* address : {"1.2.3.4", "192.0.2.1", "1::1", "2001:db8::1"})
        CHECK_FALSE(remembered_origin(remembered, address, now));
}

TEST_CASE("the name to ask for is the address backwards") {
    CHECK(as_question("192.0.2.1", "origin.asn.cymru.com") == "1.2.0.192.origin.asn.cymru.com");
    CHECK(as_question("2001:db8::a1", "origin.asn.cymru.com") ==
          "1.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.origin6.asn.cymru.com");
    CHECK(as_question("2001:db8::", "origin").ends_with(".0.0.2.origin6"));
    CHECK(as_question("192.0.2.1", "").empty());
    CHECK(as_question("shop.example", "origin.asn.cymru.com").empty());
    CHECK(as_question("", "origin.asn.cymru.com").empty());
}

TEST_CASE("the longest remembered prefix that holds an address tells whose it is") {
    Remembered remembered;
    const Stamp now = *parse_rfc3339("2026-11-20T12:31:59Z"), before = now - std::chrono::hours{200};
    remembered.keep(FactKind::as_origin, "192.0.0.0/16", {"64500", "192.0.0.0/16"}, before);
    remembered.keep(FactKind::as_origin, "192.0.2.0/24", {"64501", "192.0.2.0/24"}, now);
    remembered.keep(FactKind::as_origin, "2001:db8::/32", {"64502", "2001:db8::/32"}, now);
    remembered.keep(FactKind::as_origin, "203.0.113.0/24", {"garbage"}, now);
    CHECK(remembered_origin(remembered, "192.0.2.200", now) == AsOrigin{64501, "192.0.2.0/24"});
    CHECK(remembered_origin(remembered, "192.0.3.1", before) == AsOrigin{64500, "192.0.0.0/16"});
    CHECK_FALSE(remembered_origin(remembered, "192.0.3.1", now));  // learned too long ago
    CHECK(remembered_origin(remembered, "2001:db8:ffff::1", now) == AsOrigin{64502, "2001:db8::/32"});
    CHECK_FALSE(remembered_origin(remembered, "2001:db9::1", now));
    CHECK_FALSE(remembered_origin(remembered, "203.0.113.1", now));
    CHECK_FALSE(remembered_origin(remembered, "shop.example", now));
}
