#include "probes/http/json_rule.hpp"

#include "catch.hpp"

using namespace sereno;
using Is = JsonRule::Is;

namespace {

const std::string body =
    R"({"status": {"indicator": "none"}, "load": 9, "half": 0.5, "list": [true, null], "a/b": 1, "big": 9007199254740993})";

std::string why(const std::string& pointer, Is is, const std::string& value) {
    return json_mismatch({{pointer, is, value}}, body);
}

}  // namespace

TEST_CASE("a JSON pointer leads to the value that a rule compares") {
    CHECK(why("/status/indicator", Is::equal, R"("none")").empty());
    CHECK(why("/list/0", Is::equal, "true").empty());
    CHECK(why("/list/1", Is::equal, "null").empty());
    CHECK(why("/a~1b", Is::present, "").empty());
    CHECK(why("/status", Is::equal, R"({"indicator":"none"})").empty());
    CHECK(why("", Is::present, "").empty());
    CHECK(why("/load", Is::equal, "9.0").empty());
    CHECK(why("/load", Is::different, "8").empty());
    CHECK(why("/load", Is::at_least, "9").empty());
    CHECK(why("/load", Is::at_most, "9.5").empty());
    CHECK(why("/half", Is::at_most, "1").empty());
}

TEST_CASE("what does not hold is said in plain words") {
    CHECK(why("/status/indicator", Is::equal, R"("ok")") == R"(/status/indicator is "none", not "ok")");
    CHECK(why("/status/indicator", Is::different, R"("none")") == R"(/status/indicator is "none")");
    CHECK(why("/nowhere", Is::different, "1") == "/nowhere is not there");
    CHECK(why("/list/7", Is::present, "") == "/list/7 is not there");
    CHECK(why("no pointer", Is::present, "") == "no pointer is not there");
    CHECK(why("/load", Is::at_most, "8") == "/load is 9, not at most 8");
    CHECK(why("/load", Is::at_least, "10") == "/load is 9, not at least 10");
    CHECK(why("/status", Is::at_least, "1") == "/status is an object, not at least 1");
    CHECK(why("/big", Is::equal, "9007199254740992") == "/big is 9007199254740993, not 9007199254740992");
    CHECK(why("/load", Is::equal, "nine").find("which is no JSON") != std::string::npos);
}

TEST_CASE("a body that is no JSON, or nested without end, matches no rule") {
    CHECK(json_mismatch({{"", Is::present, ""}}, "<html>") == "the body is no JSON");
    CHECK(json_mismatch({{"", Is::present, ""}}, "") == "the body is no JSON");
    CHECK(json_mismatch({{"", Is::present, ""}}, std::string(100'000, '[')) == "the body is no JSON");
    CHECK(json_mismatch({}, "<html>").empty());
}
