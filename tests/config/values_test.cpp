// One written value at a time.
#include "config/values.hpp"

#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;

TEST_CASE("a duration is a whole number and a unit") {
    CHECK(parse_duration("250ms").value == Micros(250ms));
    CHECK(parse_duration("60s").value == Micros(60s));
    CHECK(parse_duration("5min").value == Micros(5min));
    CHECK(parse_duration("24h").value == Micros(24h));
    CHECK(parse_duration("0s").value == Micros(0));
}

TEST_CASE("a duration that is none says what to write instead") {
    CHECK(parse_duration("90").wrong == "has no unit; write '90s'");
    CHECK(parse_duration("0").wrong == "has no unit; write '0s'");
    CHECK(parse_duration("5m").wrong == "has an unknown unit; write '5min'");
    CHECK(parse_duration("2 hours").wrong == "has an unknown unit; write '2h'");
    CHECK(parse_duration("5 min").wrong == "has a space before its unit; write '5min'");
    CHECK(parse_duration("1.5s").wrong ==
          "is not a whole number; write it in a smaller unit, as in '1500ms'");
    CHECK(parse_duration("010s").wrong == "starts with 0; write '10s'");
    CHECK(parse_duration("2d").wrong == "has an unknown unit; the units are ms, s, min and h");
    CHECK(parse_duration("soon").wrong ==
          "is not a duration; write a number and a unit, as in '60s', '5min' or '24h'");
    CHECK(parse_duration("-5s").value == std::nullopt);
    CHECK(parse_duration("99999999999999999999h").wrong == "is too long; a year has 8760h");
    CHECK(parse_duration("9999999999999h").wrong == "is too long; a year has 8760h");
}

TEST_CASE("a duration is written with the largest unit that says it exactly") {
    CHECK(write_duration(90s) == "90s");
    CHECK(write_duration(5min) == "5min");
    CHECK(write_duration(24h) == "24h");
    CHECK(write_duration(1500ms) == "1500ms");
    CHECK(write_duration(0s) == "0s");
}

TEST_CASE("a number with a leading zero is no number") {
    CHECK(parse_integer("10").value == 10);
    CHECK(parse_integer("0").value == 0);
    CHECK(parse_integer("-3").value == -3);
    CHECK(parse_integer("010").wrong == "starts with 0, which some read as octal; write '10'");
    CHECK(parse_integer("000").wrong == "starts with 0, which some read as octal; write '0'");
    CHECK(parse_integer("0x10").wrong == "is not a whole number; write digits only, as in '3'");
    CHECK(parse_integer("1_000").value == std::nullopt);
    CHECK(parse_integer("").value == std::nullopt);
    CHECK(parse_integer("99999999999999999999").wrong == "is too large a number");
}

TEST_CASE("an address is literal and may have a port") {
    const auto plain = parse_address("192.0.2.1");
    REQUIRE(plain.value);
    CHECK(plain.value->host == "192.0.2.1");
    CHECK(plain.value->port == std::nullopt);
    CHECK(parse_address("192.0.2.1:5353").value->port == 5353);
    CHECK(parse_address("2001:db8::1").value->host == "2001:db8::1");
    CHECK(parse_address("2001:DB8:0::1").value->host == "2001:db8::1");
    const auto bracketed = parse_address("[::1]:53");
    REQUIRE(bracketed.value);
    CHECK(bracketed.value->host == "::1");
    CHECK(bracketed.value->port == 53);
    CHECK(parse_address("127.0.0.1:0", true).value->port == 0);
}

TEST_CASE("what is no address says which forms there are") {
    const std::string forms =
        "is not an IPv4 or IPv6 address; write it as 192.0.2.1, 192.0.2.1:53, 2001:db8::1 or "
        "[2001:db8::1]:53";
    for (const char* bad : {"1.2.3", "1.2.3.400", "192.0.2.01", "example.org", "", "[192.0.2.1]:53", "[::1",
                            "::1]", "[::1]53", "fe80::1%eth0", "1.2.3.4:5:6"}) {
        INFO(bad);
        CHECK(parse_address(bad).wrong == forms);
    }
    for (const char* bad : {"192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:", "192.0.2.1:053", "[::1]:x"}) {
        INFO(bad);
        CHECK(parse_address(bad).wrong == "has no usable port; ports go from 1 to 65535");
    }
}

TEST_CASE("a host name has the letters that DNS knows") {
    CHECK(parse_host_name("WWW.Example.org.").value == "www.example.org");
    CHECK(parse_host_name("localhost").value == "localhost");
    CHECK(parse_host_name("xn--caf-dma.example").value == "xn--caf-dma.example");
    for (const char* bad : {"", ".", "a..b", "-a.b", "a-.b", "a b", "a_b!.c", "192.0.2.1", "1.2.3"}) {
        INFO(bad);
        CHECK(parse_host_name(bad).value == std::nullopt);
    }
    CHECK(parse_host_name(std::string(64, 'a') + ".org").value == std::nullopt);
    CHECK(parse_host_name("https://example.org").wrong ==
          "is not a host name; leave out the scheme and the path, as in 'www.example.org'");
    CHECK(parse_host_name("café.example").wrong ==
          "has letters that DNS does not know; write the name in its 'xn--' form");
}

TEST_CASE("a URL is http or https with a host and without a password") {
    CHECK(parse_url("https://www.Example.org").value == "https://www.example.org/");
    CHECK(parse_url("http://127.0.0.1:8080/health?x=1").value == "http://127.0.0.1:8080/health?x=1");
    CHECK(parse_url("http://[::1]:80/").value == "http://[::1]:80/");
    CHECK(parse_url("https://example.org?q").value == "https://example.org/?q");
    CHECK(parse_url("ftp://example.org/").wrong == "has a scheme that is not fetched; use http or https");
    CHECK(parse_url("www.example.org").wrong ==
          "is not a URL; write it whole, as in 'https://www.example.org/'");
    CHECK(parse_url("https:///x").wrong == "has no host; write it as 'https://www.example.org/'");
    CHECK(parse_url("https://u:p@example.org/").wrong ==
          "has a user or password in it; leave it out, a URL is shown to everyone");
    CHECK(parse_url("https://example.org/#top").wrong == "has a fragment; leave out '#' and what follows");
    CHECK(parse_url("https://example.org/a b").wrong ==
          "has characters that a URL cannot hold; write them as %XX");
    CHECK(parse_url("https://example.org:0/").wrong ==
          "has a bad host or port: it has no usable port; ports go from 1 to 65535");
    CHECK(parse_url("http://::1/").wrong ==
          "has an IPv6 address without brackets; write it as 'http://[2001:db8::1]/'");
    CHECK(parse_url("https://" + std::string(3000, 'a')).wrong == "is too long; at most 2000 characters");
}

TEST_CASE("the host of a URL is its own, whatever follows") {
    CHECK(host_of_url("https://www.example.org/a:b") == "www.example.org");
    CHECK(host_of_url("http://127.0.0.1:80/") == "127.0.0.1");
    CHECK(host_of_url("http://[::1]:80/") == "::1");
}

TEST_CASE("a password in a URL is not repeated") {
    CHECK(without_password("https://user:pass@example.org/x") == "https://***@example.org/x");
    CHECK(without_password("https://user:pa/ss@example.org/x") == "https://***@example.org/x");
    CHECK(without_password("user:pass@example.org") == "***@example.org");
    CHECK(without_password("https://example.org/x") == "https://example.org/x");
}

TEST_CASE("a prefix has no bits behind its length") {
    CHECK(parse_prefix("129.134.30.0/23").value == "129.134.30.0/23");
    CHECK(parse_prefix("2A03:2880::/32").value == "2a03:2880::/32");
    CHECK(parse_prefix("129.134.31.0/23").wrong == "has bits behind its length; write '129.134.30.0/23'");
    for (const char* bad : {"129.134.30.0", "129.134.30.0/33", "129.134.30.0/0", "x/24", "/24", ""}) {
        INFO(bad);
        CHECK(parse_prefix(bad).wrong == "is not a prefix; write it as '192.0.2.0/24' or '2001:db8::/32'");
    }
}

TEST_CASE("an e-mail address stands alone") {
    CHECK(parse_mail_address("Ana.B+shop@Example.org").value == "Ana.B+shop@example.org");
    CHECK(parse_mail_address("root@localhost").value == "root@localhost");
    CHECK(parse_mail_address("ana.example.org").wrong == "is not an e-mail address; it has no '@'");
    CHECK(parse_mail_address("Ana <ana@example.org>").wrong ==
          "is more than an e-mail address; write the address alone, as in 'ana@example.org'");
    CHECK(parse_mail_address("@example.org").wrong == "is not an e-mail address; mend the part before '@'");
    CHECK(parse_mail_address("a..b@example.org").wrong ==
          "is not an e-mail address; mend the part before '@'");
    CHECK(parse_mail_address("ana@").wrong ==
          "is not an e-mail address; mend the part after '@', as in 'ana@example.org'");
    CHECK(parse_mail_address("a\r\nBcc:b@example.org").value == std::nullopt);
}

TEST_CASE("a telephone number is international and has no separators") {
    CHECK(parse_phone("+34600111222").value == "+34600111222");
    CHECK(parse_phone("+34 600-111-222").wrong == "has separators; write '+34600111222'");
    CHECK(parse_phone("0034600111222").wrong == "starts with 00; write '+34600111222'");
    CHECK(parse_phone("600111222").wrong ==
          "has no country code; write it with '+' and the code, as in '+34600111222'");
    CHECK(parse_phone("+123").wrong ==
          "is not a telephone number; '+', a country code and 7 to 15 digits in all, as in '+34600111222'");
    CHECK(parse_phone("+0600111222").value == std::nullopt);
    CHECK(parse_phone("ana").wrong ==
          "is not a telephone number; write it with its country code, as in '+34600111222'");
}

TEST_CASE("a word that YAML may read as a truth value is known as one") {
    for (const char* word : {"yes", "No", "ON", "off", "true", "False"})
        CHECK(reads_as_boolean(word));
    for (const char* word : {"yesterday", "none", "", "1", "y"})
        CHECK_FALSE(reads_as_boolean(word));
}
