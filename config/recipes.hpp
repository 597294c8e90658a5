// Services on the web that take messages, one file each: those built in, and a user's own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/model/recipe.hpp"
#include "config/schema.hpp"

namespace sereno {

/// One file. Every mistake in it is complained of with its place.
std::optional<Recipe> read_recipe(Check& check, const Node& root);

/// Those of config/recipes/, in the order of their files.
const std::vector<Recipe>& builtin_recipes();
std::vector<Recipe> read_builtin_recipes(Complaints& complaints);

/// The files that `path` means: itself, or the *.yaml files in it when it is a folder, sorted, at most 256.
/// Else what is wrong with it.
Parsed<std::vector<std::string>> recipe_files(const std::string& path);

}  // namespace sereno
