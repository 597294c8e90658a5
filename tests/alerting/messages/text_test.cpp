#include "alerting/messages/text.hpp"

#include "catch.hpp"

using namespace sereno;

TEST_CASE("one_line leaves nothing that could begin a new header field") {
    CHECK(one_line("Meta\r\nBcc: all@example.org") == "Meta Bcc: all@example.org");
    CHECK(one_line("a\nb\rc\td\x01"
                   "e\x7F"
                   "f") == "a b c d e f");
    CHECK(one_line(std::string_view{"a\0b", 3}) == "a b");
    CHECK(one_line("a\xC2\x85"
                   "b\xE2\x80\xA8"
                   "c\xE2\x80\xA9"
                   "d") == "a b c d");
    CHECK(one_line("  a   b  ") == "a b");
    CHECK(one_line("\r\n") == "");
}

TEST_CASE("one_line takes away what turns the direction of reading") {
    CHECK(one_line("safe\xE2\x80\xAE"
                   "txt.exe\xE2\x81\xA6"
                   "!") == "safetxt.exe!");
}

TEST_CASE("broken UTF-8 becomes replacement characters and whole characters stay") {
    CHECK(valid_utf8("é\xF0\x9F\x98\x80") == "é\xF0\x9F\x98\x80");
    CHECK(valid_utf8("a\xFF"
                     "b") ==
          "a\xEF\xBF\xBD"
          "b");
    CHECK(valid_utf8("\xC3") == "\xEF\xBF\xBD");
    CHECK(valid_utf8("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");           // overlong "/"
    CHECK(valid_utf8("\xE0\x80\xAF").find('/') == std::string::npos);      // overlong again
    CHECK(valid_utf8("\xED\xA0\x80").substr(0, 3) == "\xEF\xBF\xBD");      // a surrogate
    CHECK(valid_utf8("\xF4\x90\x80\x80").substr(0, 3) == "\xEF\xBF\xBD");  // beyond U+10FFFF
    CHECK(valid_utf8("\xE2\x82"
                     "x") == "\xEF\xBF\xBD\xEF\xBF\xBDx");
}

TEST_CASE("sms_length counts as SMS does: one a character, two outside the basic plane") {
    CHECK(sms_length("") == 0);
    CHECK(sms_length("añú€") == 4);
    CHECK(sms_length("\xF0\x9F\x98\x80") == 2);
}

TEST_CASE("shortened never cuts inside a character and never exceeds its limit") {
    CHECK(shortened("short", 5) == "short");
    CHECK(shortened("longer", 5) == "lo...");
    CHECK(shortened("ññññññ", 5) == "ññ...");
    CHECK(shortened("\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 5) == "\xF0\x9F\x98\x80...");
    CHECK(shortened("\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 3) == "...");
    CHECK(shortened("abc", 2) == "..");
    CHECK(shortened("abc", 0) == "");
    std::string text;
    for (int n = 0; n < 40; ++n)
        text += n % 3 ? "ñ" : "\xF0\x9F\x98\x80";
    for (std::size_t most = 0; most < 60; ++most) {
        const std::string cut = shortened(text, most);
        CHECK(sms_length(cut) <= most);
        CHECK(valid_utf8(cut) == cut);
    }
}

TEST_CASE("a short message keeps what the GSM alphabet has and spells the rest plainly") {
    CHECK(gsm_friendly("caída, España, ¿qué?") == "caida, España, ¿qué?");
    CHECK(gsm_friendly("è é ù ì ò à ä ö ü ñ") == "è é ù ì ò à ä ö ü ñ");
    CHECK(gsm_friendly("été reçu, forêt, œuvre") == "été recu, foret, oeuvre");
    CHECK(gsm_friendly("“l’app” – «ici»\u00A0: … ok") == "\"l'app\" - \"ici\" : ... ok");
    CHECK(gsm_friendly("Кафе 东京") == "Кафе 东京");
}
