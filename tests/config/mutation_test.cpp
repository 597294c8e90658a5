// Whatever bytes stand in a file, it is read to the end or refused; a hang ends with the test's time limit.
#include <random>

#include "config/recipes.hpp"
#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;

namespace {

/// One to eight changes: a byte replaced, a piece removed, doubled, or moved elsewhere.
std::string mutated(std::string text, std::mt19937& random) {
    static const std::string special = "{}[]:,-#&*!|>'\"%@`\n\t ?~0\x04\xC3\xFF";
    const auto below = [&](std::size_t bound) { return bound == 0 ? 0 : random() % bound; };
    for (std::size_t changes = 1 + below(8); changes > 0; --changes) {
        const std::size_t at = below(text.size());
        const std::size_t length = below(40);
        switch (below(4)) {
            case 0:
                if (!text.empty()) text[at] = special[below(special.size())];
                break;
            case 1:
                text.erase(at, length);
                break;
            case 2:
                text.insert(at, text.substr(at, length));
                break;
            default: {
                const std::string piece = text.substr(at, length);
                text.erase(at, length);
                text.insert(below(text.size() + 1), piece);
            }
        }
    }
    return text;
}

}  // namespace

TEST_CASE("a damaged configuration is refused or read, never worse") {
    const std::string example = test::content_of("config/example.yaml");
    REQUIRE_FALSE(example.empty());
    std::mt19937 random(20211004);  // fixed: a failure can be found again
    int refused = 0;
    for (int i = 0; i < 400; ++i) {
        const Loaded loaded = load_text(mutated(example, random), "config/mutated.yaml");
        if (!loaded.ok()) ++refused;
        for (const Complaint& one : loaded.complaints) {
            INFO(to_string(one));
            REQUIRE_FALSE(one.message.empty());
            REQUIRE(to_string(one).find('\n') == std::string::npos);
        }
    }
    CHECK(refused > 200);
}

TEST_CASE("a damaged recipe is refused or read, never worse") {
    std::mt19937 random(20211005);
    int refused = 0, read = 0;
    for (const std::string_view file : builtin_files("recipes"))
        for (int i = 0; i < 40; ++i) {
            Complaints complaints;
            const int number = complaints.open("mutated.yaml");
            Check check{complaints, "."};
            const Node root =
                read_document(mutated(std::string(builtin_file(file)), random), number, complaints);
            if (read_recipe(check, root)) ++read;
            if (complaints.refused()) ++refused;
            for (const Complaint& one : complaints.sorted())
                REQUIRE(to_string(one).find('\n') == std::string::npos);
        }
    CHECK(refused > 200);
    CHECK(read > 20);
}

TEST_CASE("bytes that were never YAML are refused") {
    std::mt19937 random(1);
    for (int i = 0; i < 300; ++i) {
        std::string noise(random() % 400, ' ');
        for (char& c : noise)
            c = static_cast<char>(random() % (i % 2 == 0 ? 256 : 128));
        (void)load_text(noise, "noise.yaml");
    }
    CHECK_FALSE(load_text(std::string(64, '\xFF'), "noise.yaml").ok());
}
