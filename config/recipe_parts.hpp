// The parts of a recipe: templates and the names they may use, the request, the answer.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/recipe.hpp"
#include "config/schema.hpp"

namespace sereno {

/// What may stand in the braces of one recipe.
class RecipeNames {
  public:
    struct One {
        std::string name;
        bool may_be_empty = false;
        bool number = false;
        bool url = false;
        bool secret = false;
        bool used = false;  ///< some template has it
    };
    void add(One one) { all_.push_back(std::move(one)); }
    [[nodiscard]] One* find(std::string_view name);
    [[nodiscard]] std::vector<std::string> known() const;

  private:
    std::deque<One> all_;
};

/// "to {to?}, {{literally}}"; names are not looked up.
Parsed<Template> parse_template(std::string_view written);

/// A template whose names are known, or are among `more`. Marks them as used.
Type<Template> template_text(RecipeNames& names, std::vector<std::string> more = {});

/// Complains of what cannot be sent.
Type<RecipeRequest> recipe_request(RecipeNames& names);
/// Complains of what could never be accepted, or would be whatever comes.
Type<RecipeAnswer> recipe_answer();

}  // namespace sereno
