// JSON of others: what is read, what is not, and how much memory that takes.
#include "probes/witness/bounded_json.hpp"

#include <boost/json.hpp>

#include "catch.hpp"
#include "glass_text.hpp"

using namespace sereno;

namespace {

constexpr std::size_t megabyte = 1 << 20;
constexpr BoundedJson::Bounds bounds{.deepest = 16, .most_bytes = 16 * megabyte};

std::string repeated(const std::string& what, std::size_t size) {
    std::string text;
    while (text.size() + what.size() <= size)
        text += what;
    return text;
}

}  // namespace

TEST_CASE("what is no JSON, no object or too deep says so") {
    BoundedJson reader(bounds);
    CHECK(reader.read("") == nullptr);
    CHECK(reader.why() == "no JSON (incomplete JSON)");
    CHECK(reader.read("<html>") == nullptr);
    CHECK(reader.why() == "no JSON (syntax error)");
    CHECK(reader.read("{}{") == nullptr);
    CHECK(reader.why() == "no JSON (extra data)");
    CHECK(reader.read(std::string(100'000, '[')) == nullptr);
    CHECK(reader.why() == "no JSON (too deep)");
    CHECK(reader.read_object("[]") == nullptr);
    CHECK(reader.why() == "no JSON object");
    CHECK(reader.read("[]") != nullptr);
    CHECK(reader.why().empty());
    CHECK(reader.read(std::string(16, '[') + std::string(16, ']')) != nullptr);
    CHECK(reader.read(std::string(17, '[') + std::string(17, ']')) == nullptr);
}

TEST_CASE("short as text and long as values stays within the bound, and harms nothing that follows") {
    BoundedJson reader(bounds);
    for (const char* what :
         {"[],", "{},", "0,", "[[],{}],", "{\"a\":[]},", "\"0123456789abcdef\",", "[0],"}) {
        INFO(what);
        CHECK(reader.read("[" + repeated(what, 4 * megabyte) + "0]") == nullptr);
        CHECK(reader.why() == "reading it takes more than 16777216 bytes of memory");
        CHECK(reader.peak_bytes() > megabyte);
        CHECK(reader.peak_bytes() <= bounds.most_bytes);
        CHECK(reader.read_object(R"({"well":1})") != nullptr);
        CHECK(reader.peak_bytes() == 0);
    }
}

TEST_CASE("a long text, a long key and a long number are bounded, too") {
    BoundedJson reader({.deepest = 16, .most_bytes = megabyte});
    const std::string longer(2 * megabyte, 'a');
    CHECK(reader.read('"' + longer + '"') == nullptr);
    CHECK(reader.peak_bytes() <= megabyte);
    CHECK(reader.read("{\"" + longer + "\":1}") == nullptr);
    CHECK(reader.peak_bytes() <= megabyte);
    reader.read(std::string(2 * megabyte, '1'));
    CHECK(reader.peak_bytes() <= megabyte);
}

TEST_CASE("a short document takes nothing of the heap") {
    BoundedJson reader(bounds);
    CHECK(reader.read(test::glass_body(test::glass_routes("129.134.30.0/24", 20))) != nullptr);
    CHECK(reader.peak_bytes() == 0);
}

TEST_CASE("all peers of all collectors fit into a quarter of the bound") {
    std::vector<test::GlassRoute> routes = test::glass_routes("129.134.30.0/24", 2000);
    for (test::GlassRoute& route : routes)
        route.path += " 1299 6939 2914 {64497,64498} 32934 32934 32934";
    BoundedJson reader(bounds);
    const boost::json::object* body = reader.read_object(test::glass_body(routes));
    REQUIRE(body != nullptr);
    CHECK(object_at(*body, "data") != nullptr);
    CHECK(reader.peak_bytes() <= bounds.most_bytes / 4);
}

TEST_CASE("what is read outlives a move") {
    BoundedJson reader(bounds);
    const boost::json::value* value = reader.read(R"(["a text that lies on no stack"])");
    REQUIRE(value != nullptr);
    const BoundedJson moved = std::move(reader);
    CHECK(text_of(&value->at(0)) == "a text that lies on no stack");
}

TEST_CASE("what is under a key is found when it is of that kind") {
    BoundedJson reader(bounds);
    const boost::json::object* all = reader.read_object(
        R"({"text":"t","whole":-7,"large":9223372036854775808,"half":0.5,"object":{"a":1},"list":[{"b":2},3,{}]})");
    REQUIRE(all != nullptr);
    CHECK(text_at(*all, "text") == "t");
    CHECK(text_at(*all, "whole").empty());
    CHECK(text_at(*all, "none").empty());
    CHECK(whole_at(*all, "whole") == -7);
    CHECK_FALSE(whole_at(*all, "large"));
    CHECK_FALSE(whole_at(*all, "half"));
    CHECK_FALSE(whole_at(*all, "none"));
    CHECK(object_at(*all, "object") != nullptr);
    CHECK(object_at(*all, "list") == nullptr);
    CHECK(list_at(*all, "list") != nullptr);
    CHECK(list_at(*all, "object") == nullptr);
    CHECK(objects_in(list_at(*all, "list")).size() == 2);
    CHECK(objects_in(nullptr).empty());
}

TEST_CASE("a number of 32 bits is one however it is written") {
    BoundedJson reader(bounds);
    const auto number = [&](const std::string& text) { return number_of(reader.read(text)); };
    CHECK(number("13781") == 13781U);
    CHECK(number("\"13781\"") == 13781U);
    CHECK(number("4294967295") == 4294967295U);
    for (const char* none : {"-1", "4294967296", "9223372036854775808", "1.5", "null", "\"\"", "\"12x\"",
                             "\" 12\"", "\"4294967296\"", "[1]"}) {
        INFO(none);
        CHECK_FALSE(number(none));
    }
    CHECK_FALSE(number_of(nullptr));
    CHECK_FALSE(number_of(std::string_view{}));
}
