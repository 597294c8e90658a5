// What is built into the program is what lies under config/.
#include "config/builtin.hpp"

#include <algorithm>

#include "config/catalogue.hpp"
#include "config/playbooks.hpp"
#include "config/recipes.hpp"
#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;
using test::Lines;

TEST_CASE("every YAML file of the five folders is built in, byte for byte") {
    std::size_t count = 0;
    for (const std::string folder : {"catalogue", "messages", "playbooks", "recipes", "scenarios"}) {
        if (!std::filesystem::exists("config/" + folder)) continue;
        for (const auto& entry : std::filesystem::directory_iterator("config/" + folder)) {
            if (entry.path().extension() != ".yaml") continue;
            const std::string name = folder + "/" + entry.path().filename().string();
            INFO(name);
            CHECK(builtin_file(name) == test::content_of(entry.path().string()));
            const auto files = builtin_files(folder);
            CHECK(std::count(files.begin(), files.end(), name) == 1);
            ++count;
        }
    }
    CHECK(embedded_files().size() == count);
}

TEST_CASE("a file that is not built in is empty") {
    CHECK(builtin_file("catalogue/none.yaml").empty());
    CHECK(builtin_file("").empty());
    CHECK(builtin_files("none").empty());
    CHECK(builtin_files("").empty());
}

TEST_CASE("nothing built in gives reason to complain") {
    CHECK(test::said("") == Lines{});
    Complaints complaints;
    (void)read_builtin_messages(complaints);
    check_catalogue(complaints, read_builtin_catalogue(complaints));
    (void)read_builtin_playbooks(complaints);
    (void)read_builtin_recipes(complaints);
    CHECK(test::lines(complaints.sorted()) == Lines{});
}

TEST_CASE("messages have dotted keys, one map a language") {
    const MessageCatalogue& messages = builtin_messages();
    CHECK(messages.size() == builtin_files("messages").size());
    for (const auto& [language, texts] : messages) {
        INFO(language);
        CHECK(texts.size() > 10);
        for (const auto& [key, text] : texts)
            CHECK(key.find('.') != std::string::npos);
    }
}
