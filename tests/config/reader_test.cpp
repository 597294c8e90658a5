// The tree, its places, and what is refused before anybody asks what it means.
#include "config/reader.hpp"

#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;
using test::Lines;

namespace {

struct Read {
    Node root;
    Lines said;
};
Read read(const std::string& text) {
    Complaints complaints;
    const int file = complaints.open("f");
    Node root = read_document(text, file, complaints);
    return {std::move(root), test::lines(complaints.sorted())};
}

bool stands_at(const Node& node, int line, int column) {
    return node.place.line == line && node.place.column == column;
}

}  // namespace

TEST_CASE("every value knows its line and column, counted from 1") {
    const Read read_out = read("team: x\nlist:\n  - 'a b'\n  - {k: v}\n");
    REQUIRE(read_out.said.empty());
    const Node& root = read_out.root;
    REQUIRE(root.kind == Node::Kind::map);
    CHECK(stands_at(root.keys.at(0), 1, 1));
    CHECK(stands_at(*root.find("team"), 1, 7));
    const Node& list = *root.find("list");
    CHECK(stands_at(list.items.at(0), 3, 5));
    CHECK(list.items.at(0).text == "a b");
    CHECK_FALSE(list.items.at(0).plain);
    CHECK(stands_at(*list.items.at(1).find("k"), 4, 9));
}

TEST_CASE("columns count characters, not bytes, and a byte order mark is none") {
    CHECK(stands_at(*read("{ñandú: x, b: y}").root.find("b"), 1, 15));
    CHECK(stands_at(*read("\xEF\xBB\xBF"
                          "team: x")
                         .root.find("team"),
                    1, 7));
}

TEST_CASE("what was written stays as it was written") {
    const Read out = read("a: 010\nb: yes\nc: 1e3\nd: +34600111222\n");
    CHECK(out.root.find("a")->text == "010");
    CHECK(out.root.find("b")->text == "yes");
    CHECK(out.root.find("c")->text == "1e3");
    CHECK(out.root.find("d")->text == "+34600111222");
}

TEST_CASE("a missing value has the place of its key, a missing item that of its dash") {
    const Read out = read("a:\nb: ~\nc:\n  - x\n  -\n  # nothing\n\nd: 1\n");
    REQUIRE(out.said.empty());
    CHECK(stands_at(*out.root.find("a"), 1, 1));
    CHECK(stands_at(*out.root.find("b"), 2, 4));
    CHECK(stands_at(out.root.find("c")->items.at(1), 5, 3));
}

TEST_CASE("a duplicate key is refused at its second place, at every depth") {
    CHECK(read("a: 1\nb: {c: 2, c: 3}\na: 4\n").said ==
          Lines{"f:2:11: duplicate key 'c', first in line 2; remove one of them",
                "f:3:1: duplicate key 'a', first in line 1; remove one of them"});
    CHECK(read("a: 1\na: 2\n").root.find("a")->text == "1");
}

TEST_CASE("aliases, tags and keys that are no words are refused") {
    CHECK(read("a: &x 1\nb: *x\n").said ==
          Lines{"f:2:4: aliases ('*name') are not read here; write the value out"});
    CHECK(read("a: !int 1\n").said == Lines{"f:1:4: tag '!int' is not read here; remove it"});
    CHECK(read("? [a, b]\n: c\n").said == Lines{"f:1:3: a key must be one word, not a list"});
}

TEST_CASE("broken YAML says where it breaks") {
    CHECK(read("a: [1, 2\n").said ==
          Lines{"f:2:1: cannot be read as YAML (end of sequence flow not found); check quotes, colons and "
                "indentation here and just above"});
    CHECK(
        read("a: b: c\n").said ==
        Lines{"f:1:5: cannot be read as YAML (illegal map value); check quotes, colons and indentation here "
              "and just above"});
}

TEST_CASE("a quote that never closes is found where it opens") {
    CHECK(read("a: \"x\nb: 1\n").said == Lines{"f:1:4: a quote opens here and never closes; close it"});
    CHECK(read("a: 'it''s\nb: 1\n").said == Lines{"f:1:4: a quote opens here and never closes; close it"});
    CHECK(read("a: 'it''s'\nb: \"\\\"\"\n").said.empty());
}

TEST_CASE("a second document is refused") {
    CHECK(read("a: 1\n---\nb: 2\n").said ==
          Lines{"f:3:1: a second document ('---') in one file; join them or remove one"});
}

TEST_CASE("what is no text is refused at its place") {
    CHECK(read("a: 1\nb: \x04\n").said == Lines{"f:2:4: control character '\\x04'; remove it"});
    CHECK(read("a: 1\nb: caf\xE9\n").said == Lines{"f:2:7: byte 233 is not UTF-8; save the file as UTF-8"});
    CHECK(read(std::string("a: 1\0", 5)).said == Lines{"f:1:5: control character '\\x00'; remove it"});
    CHECK(read("a: \xC0\xAF\n").said.size() == 1);      // overlong
    CHECK(read("a: \xED\xA0\x80\n").said.size() == 1);  // half of a surrogate pair
}

TEST_CASE("size, depth, line length and number of values are bounded") {
    CHECK(read(std::string(most_config_bytes + 1, '\n')).said ==
          Lines{"f: 1048577 bytes are too many; at most 1048576 are read"});
    CHECK(read("a: " + std::string(100, '[') + std::string(100, ']')).said ==
          Lines{"f:1:27: nested more than 24 levels deep; check the brackets and the indentation"});
    CHECK(read("a: 1\nb: " + std::string(10'000, 'x')).said ==
          Lines{"f:2:1: line of 10003 bytes; break it, at most 10000 are read"});
    std::string many = "a:\n";
    for (int i = 0; i < 60'000; ++i)
        many += " - x\n";
    CHECK(read(many).said == Lines{"f:50001:4: more than 50000 values in one file; split it"});
    CHECK(read(std::string(9'000, '[')).said.size() == 1);
    CHECK(read("a: " + std::string(9'000, '{')).said.size() == 1);
}

TEST_CASE("nothing at all is a null") {
    CHECK(read("").root.kind == Node::Kind::null);
    CHECK(read("# only a comment\n").root.kind == Node::Kind::null);
}
