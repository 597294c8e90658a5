// A recipe as a user would write it, for tests of one thing at a time.
#pragma once

#include <stdexcept>
#include <string>

#include "alerting/recipes.hpp"
#include "config/recipes.hpp"

namespace sereno::test {

inline Recipe recipe_from(const std::string& text) {
    Complaints complaints;
    const int file = complaints.open("r");
    Check check{complaints, "."};
    const auto recipe = read_recipe(check, read_document(text, file, complaints));
    for (const Complaint& one : complaints.sorted())
        throw std::runtime_error(to_string(one));
    return *recipe;
}

/// The smallest whole recipe around a request and an answer.
inline RecipeService service_of(const std::string& request, const std::string& answer = "",
                                const std::string& more = "") {
    const std::string accepts = "{rules: [{is: accepted, status: 200}]}";
    return {recipe_from("recipe: r\ntitle: R\nto: text\n" + more + "request: " + request +
                        "\nanswer: " + (answer.empty() ? accepts : answer) + "\n"),
            {},
            {},
            {}};
}

}  // namespace sereno::test
