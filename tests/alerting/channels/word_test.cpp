#include "alerting/channels/word.hpp"

#include "catch.hpp"

using namespace sereno;

TEST_CASE("a word is one line of whole characters without the secret") {
    CHECK(tidy_word("550 no\r\n such\x07 user\r\n", "") == "550 no such user");
    CHECK(tidy_word("token s3cret, again s3crets3cret", "s3cret") == "token ***, again ******");
    std::string accents;
    for (int i = 0; i < 200; ++i)
        accents += "é";
    CHECK(tidy_word("x" + accents, "").size() == 299);
    CHECK(utf8_prefix("aé", 2) == "a");
    CHECK(utf8_prefix("aé", 3) == "aé");
    CHECK(utf8_prefix("\xa9\xa9\xa9", 2).empty());
}
