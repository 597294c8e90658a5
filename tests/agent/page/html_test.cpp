#include "agent/page/html.hpp"

#include "catch.hpp"

using namespace sereno;

TEST_CASE("text is escaped, markup of the source is not") {
    Html html;
    html << "<b title=\""_html
         << "a\"'b"
         << "\">"_html << std::string{"<&>"} << "</b>"_html << 7;
    CHECK(html.str() == "<b title=\"a&quot;&#39;b\">&lt;&amp;&gt;</b>7");
}

TEST_CASE("well-formed text of any script stays as it is") {
    const std::string text = "caf\u00e9 \u05d0 \u4e2d \U0001F3EE\ttab\nline";
    CHECK(well_formed(text) == text);
}

TEST_CASE("ill-formed UTF-8 becomes replacement characters, one for each byte that cannot be read") {
    const std::string r = "\uFFFD";
    CHECK(well_formed("a\xff"
                      "b") == "a" + r + "b");
    CHECK(well_formed("\xc3") == r);                          // cut short
    CHECK(well_formed("\xc0\xbc") == r + r);                  // '<' overlong
    CHECK(well_formed("\xe0\x80\xbc") == r + r + r);          // '<' overlong in three
    CHECK(well_formed("\xed\xa0\x80") == r + r + r);          // a surrogate
    CHECK(well_formed("\xf4\x90\x80\x80") == r + r + r + r);  // beyond U+10FFFF
    CHECK(well_formed("\xc3<") == r + "<");                   // the next character is not swallowed
}

TEST_CASE("control characters and bidirectional overrides do not reach the reader") {
    const std::string r = "\uFFFD";
    CHECK(well_formed(std::string_view{"a\0b", 3}) == "a" + r + "b");
    CHECK(well_formed("\x1b[31m\x7f") == r + "[31m" + r);
    CHECK(well_formed("\u0085") == r);
    CHECK(well_formed("\u202e\u2066\u2069") == r + r + r);
    CHECK(well_formed("\u202f\u2070") == "\u202f\u2070");
}
