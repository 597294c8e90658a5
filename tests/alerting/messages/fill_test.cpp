#include "alerting/messages/words.hpp"

#include "catch.hpp"

using namespace sereno;

TEST_CASE("fill puts values in place of names and leaves the rest alone") {
    CHECK(fill("{failed} of {total} fail", {{"failed", "3"}, {"total", "4"}}) == "3 of 4 fail");
    CHECK(fill("no names", {{"failed", "3"}}) == "no names");
    CHECK(fill("", {}) == "");
}

TEST_CASE("a name without a value stays as it is written") {
    CHECK(fill("{unknown} and {failed}", {{"failed", "3"}}) == "{unknown} and 3");
}

TEST_CASE("doubled braces stand for braces") {
    CHECK(fill("{{name}} {name}", {{"name", "x"}}) == "{name} x");
    CHECK(fill("{{{name}}}", {{"name", "x"}}) == "{x}");
}

TEST_CASE("a value is never read again for names or braces") {
    CHECK(fill("{a}{b}", {{"a", "{b}{{"}, {"b", "x"}}) == "{b}{{x");
}

TEST_CASE("braces that enclose no name are plain text") {
    CHECK(fill("{ {} {a b} {a", {{"a", "x"}}) == "{ {} {a b} {a");
    CHECK(fill("}{", {}) == "}{");
}

TEST_CASE("names_in lists each name once, in order of appearance, without escaped ones") {
    CHECK(names_in("{b} {a} {b} {{c}} {d}") == std::vector<std::string>{"b", "a", "d"});
    CHECK(names_in("none").empty());
}
