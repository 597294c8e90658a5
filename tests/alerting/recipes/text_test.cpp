#include "alerting/recipe_text.hpp"

#include "alerting/recipes.hpp"

#include "catch.hpp"

using namespace sereno;

TEST_CASE("a text is cut between two characters, and says so") {
    CHECK(cut_units("12345", 5) == "12345");
    CHECK(cut_units("123456", 5) == "1234\u2026");
    CHECK(cut_units("\u00f1\u00f1\u00f1", 3) == "\u00f1\u00f1\u00f1");
    // Two units each: the second does not fit beside the ellipsis.
    CHECK(cut_units("\U0001F642\U0001F642\U0001F642", 4) == "\U0001F642\u2026");
    CHECK(cut_units("\U0001F642\U0001F642", 4) == "\U0001F642\U0001F642");
    CHECK(cut_bytes("1234567", 7) == "1234567");
    CHECK(cut_bytes("12345678", 7) == "1234\u2026");
    CHECK(cut_bytes("\u00f1\u00f1\u00f1\u00f1", 7) == "\u00f1\u00f1\u2026");
    CHECK(cut_units("", 5).empty());
}

TEST_CASE("percent-encoding leaves RFC 3986's unreserved characters alone") {
    CHECK(percent_encoded("aZ09-._~") == "aZ09-._~");
    CHECK(percent_encoded("a b&c=d/\u00f1\r\n") == "a%20b%26c%3Dd%2F%C3%B1%0D%0A");
    CHECK(percent_encoded("1:2", ":") == "1:2");
}

TEST_CASE("the digests are those of their standards") {
    CHECK(base64("") == "");
    CHECK(base64("f") == "Zg==");
    CHECK(base64("foobar") == "Zm9vYmFy");  // RFC 4648 section 10
    CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    // RFC 4231 section 4.3; and GitHub's own example.
    CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hex(hmac_sha256("It's a Secret to Everybody", "Hello, World!")) ==
          "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}
