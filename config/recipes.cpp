// The schema of a recipe. What its templates may name is read first, whatever the order in the file.
#include "config/recipes.hpp"

#include <algorithm>

#include "config/builtin.hpp"
#include "config/recipe_parts.hpp"

namespace sereno {

namespace {

struct RecipeDraft {
    Recipe recipe;
    std::vector<Placed<RecipeSetting>> settings;
    std::vector<Placed<DerivedName>> names;
    const Node* request = nullptr;
    const Node* recovered = nullptr;
};

bool is_placeholder(std::string_view text) {
    return !text.empty() && text.size() <= 32 &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

/// A name of the recipe's own, as a key.
bool check_own_name(Check& check, std::string_view what, const Node& key) {
    const auto& taken = message_names();
    const std::vector<std::string> keys{"kind", "base_url", "timeout", "stands_on", "body", "signature"};
    const bool free = std::find(taken.begin(), taken.end(), key.text) == taken.end() &&
                      std::find(keys.begin(), keys.end(), key.text) == keys.end();
    if (is_placeholder(key.text) && free) return true;
    check.complaints.refuse(key.place,
                            std::string(what) + " " + quoted(key.text) +
                                (free ? " is no usable name; write small letters and '_'"
                                      : " has the name of something that every recipe has; choose another"));
    return false;
}

Type<RecipeSetting::Type> setting_type() {
    using Kind = RecipeSetting::Type;
    return choice<Kind>({{"text", Kind::text},
                         {"account", Kind::account},
                         {"phone", Kind::phone},
                         {"sender", Kind::sender},
                         {"number", Kind::number},
                         {"url", Kind::url},
                         {"secret", Kind::secret},
                         {"secret_url", Kind::secret_url}});
}

/// "token: secret", or "priority: {is: number, default: 5}".
Type<RecipeSetting> setting() {
    static const Fields<RecipeSetting> fields{
        required("is", &RecipeSetting::type, setting_type()),
        field("optional", &RecipeSetting::optional, flag()),
        field("default", &RecipeSetting::initial, text()),
    };
    return {[whole = object<RecipeSetting>("setting", fields)](
                Check& check, std::string_view key, const Node& node) -> std::optional<RecipeSetting> {
        if (node.kind == Node::Kind::scalar) {
            RecipeSetting out;
            const auto type = setting_type().read(check, key, node);
            if (type) out.type = *type;
            return type ? std::optional(out) : std::nullopt;
        }
        auto out = whole.read(check, key, node);
        if (!out) return {};
        if (out->optional && !out->initial.empty())
            check.complaints.refuse(node.place,
                                    "setting " + quoted(key) + " has a default and is optional; keep one");
        if (out->secret() && !out->initial.empty())
            check.complaints.refuse(node.place,
                                    "setting " + quoted(key) + " is a secret and has a default; remove it");
        return out;
    }};
}

Type<DerivedName> derived_name() {
    using When = std::vector<std::pair<std::string, std::string>>;
    const Type<When> when{[](Check& check, std::string_view key, const Node& node) -> std::optional<When> {
        if (!expect_map(check, key, node)) return {};
        When out;
        for (std::size_t i = 0; i < node.keys.size(); ++i)
            if (auto value = text().read(check, node.keys[i].text, node.items[i]))
                out.emplace_back(node.keys[i].text, std::move(*value));
        return out;
    }};
    static const Fields<DerivedName> fields{
        required("of", &DerivedName::of, text(32)),
        field("starting", &DerivedName::starting, text(32)),
        field("without", &DerivedName::without, text(32)),
        field("when", &DerivedName::when, when),
    };
    return {[whole = object<DerivedName>("name", fields)](Check& check, std::string_view key,
                                                          const Node& node) -> std::optional<DerivedName> {
        auto out = whole.read(check, key, node);
        if (!out || !out->when.empty() || !out->starting.empty() || !out->without.empty()) return out;
        check.complaints.refuse(node.place,
                                "name " + quoted(key) + " says nothing new; add starting, without or when");
        return {};
    }};
}

/// A map whose keys become names of placeholders.
template <class V>
Field<RecipeDraft> named(std::string key, std::vector<Placed<V>> RecipeDraft::*member, Type<V> type,
                         std::string what) {
    return {key, false, [key, member, type, what](Check& check, const Node& node, RecipeDraft& into) {
                if (!expect_map(check, key, node)) return;
                for (std::size_t i = 0; i < node.keys.size(); ++i) {
                    auto value = type.read(check, node.keys[i].text, node.items[i]);
                    if (!check_own_name(check, what, node.keys[i]) || !value) continue;
                    value->name = node.keys[i].text;
                    (into.*member).push_back({std::move(*value), node.keys[i].place});
                }
            }};
}

/// "1600" characters, or "4096 bytes".
Type<LengthLimit> length_limit() {
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<LengthLimit> {
        const std::string* written = expect_scalar(check, key, node, "a number");
        if (written == nullptr) return {};
        LengthLimit out;
        std::string_view number = *written;
        out.bytes = number.ends_with(" bytes");
        if (out.bytes) number.remove_suffix(6);
        const auto parsed = parse_integer(number);
        if (!parsed.value || *parsed.value < 20 || *parsed.value > 100'000) {
            complain_of_value(check, key, node,
                              "is no length; write 20 to 100000 characters, as in 1600 or '4096 bytes'");
            return {};
        }
        out.most = static_cast<std::size_t>(*parsed.value);
        return out;
    }};
}

Field<RecipeDraft> longest() {
    return {"longest", false, [](Check& check, const Node& node, RecipeDraft& into) {
                if (!expect_map(check, "longest", node)) return;
                const std::vector<std::string> may{"text", "subject", "person"};
                for (std::size_t i = 0; i < node.keys.size(); ++i) {
                    if (std::find(may.begin(), may.end(), node.keys[i].text) == may.end()) {
                        complain_of_unknown_key(check, node.keys[i], may);
                        continue;
                    }
                    auto limit = length_limit().read(check, node.keys[i].text, node.items[i]);
                    if (!limit) continue;
                    limit->name = node.keys[i].text;
                    into.recipe.longest.push_back(std::move(*limit));
                }
            }};
}

Field<RecipeDraft> escapes() {
    return {"escape", false, [](Check& check, const Node& node, RecipeDraft& into) {
                if (!expect_map(check, "escape", node)) return;
                for (std::size_t i = 0; i < node.keys.size(); ++i) {
                    const Node& key = node.keys[i];
                    if (key.text.size() != 1)
                        check.complaints.refuse(key.place, "escape " + quoted(key.text) +
                                                               " is not one ASCII character; write one");
                    else if (auto value = text(16).read(check, key.text, node.items[i]))
                        into.recipe.escapes.emplace_back(key.text, std::move(*value));
                }
            }};
}

Type<std::vector<OperatorId>> operators() {
    return {
        [names = plain_list_of(name(), 1, 16)](Check& check, std::string_view key,
                                               const Node& node) -> std::optional<std::vector<OperatorId>> {
            auto ids = names.read(check, key, node);
            if (!ids) return {};
            std::vector<OperatorId> out;
            for (std::string& id : *ids)
                out.emplace_back(std::move(id));
            return out;
        }};
}

/// Kept for when all names are known; the tree outlives the draft.
Field<RecipeDraft> later(std::string key, const Node* RecipeDraft::*member, bool is_required) {
    return {std::move(key), is_required,
            [member](Check&, const Node& node, RecipeDraft& into) { into.*member = &node; }};
}

const Fields<RecipeDraft>& recipe_fields() {
    using Form = Recipe::Form;
    using Address = Recipe::Address;
    static const Fields<Recipe> plain{
        required("recipe", &Recipe::id, name()),
        required("title", &Recipe::title, text(80)),
        field("form", &Recipe::form, choice<Form>({{"brief", Form::brief}, {"full", Form::full}})),
        required("to", &Recipe::address,
                 choice<Address>({{"phone", Address::phone},
                                  {"text", Address::text},
                                  {"one", Address::one},
                                  {"nobody", Address::nobody}})),
        required("answer", &Recipe::answer, recipe_answer()),
        field("stands_on", &Recipe::stands_on, operators()),
        field("uplink", &Recipe::needs_uplink, flag()),
    };
    static const Fields<RecipeDraft> fields =
        within(&RecipeDraft::recipe, plain) +
        Fields<RecipeDraft>{
            named("settings", &RecipeDraft::settings, setting(), "setting"),
            named("names", &RecipeDraft::names, derived_name(), "name"),
            longest(),
            escapes(),
            later("request", &RecipeDraft::request, true),
            later("recovered", &RecipeDraft::recovered, false),
        };
    return fields;
}

/// What a message has for this recipe.
void add_message_names(const Recipe& recipe, RecipeNames& into) {
    const bool addressed =
        recipe.address == Recipe::Address::phone || recipe.address == Recipe::Address::text;
    for (const std::string& one : message_names()) {
        if (one == "to" && !addressed) continue;
        if (one == "subject" && recipe.form == Recipe::Form::brief) continue;
        into.add({.name = one});
    }
}

void add_derived_name(Check& check, const Placed<DerivedName>& one, RecipeNames& into) {
    RecipeNames::One* const of = into.find(one.value.of);
    if (of == nullptr) {
        check.complaints.refuse(one.place, "name " + quoted(one.value.name) + " is of the unknown " +
                                               quoted(one.value.of) + suggestion(one.value.of, into.known()));
        return;
    }
    of->used = true;
    // What `when` does not list is empty, except of the two kinds when both are there.
    const bool partial = !one.value.when.empty() && !(one.value.of == "kind" && one.value.when.size() == 2);
    into.add({.name = one.value.name,
              .may_be_empty = of->may_be_empty || partial || !one.value.starting.empty(),
              .secret = of->secret});
}

void check_kinds(Check& check, const Placed<DerivedName>& one) {
    if (one.value.of != "kind") return;
    for (const auto& [value, instead] : one.value.when)
        if (value != "opened" && value != "recovered")
            check.complaints.refuse(one.place, "name " + quoted(one.value.name) + " has 'when' for " +
                                                   quoted(value) + "; a kind is opened or recovered");
}

/// A key that nothing reads would be asked of everybody for nothing.
void check_use(Check& check, const RecipeDraft& draft, RecipeNames& names) {
    for (const Placed<RecipeSetting>& one : draft.settings)
        if (const auto* known = names.find(one.value.name); known != nullptr && !known->used)
            check.complaints.refuse(one.place, "setting " + quoted(one.value.name) +
                                                   " is used by nothing; remove it or use '{" +
                                                   one.value.name + "}'");
}

}  // namespace

std::optional<Recipe> read_recipe(Check& check, const Node& root) {
    if (root.kind == Node::Kind::null && check.complaints.refused()) return {};  // no YAML, and complained of
    if (!expect_map(check, "a recipe", root)) return {};
    RecipeDraft draft;
    read_fields(check, "recipe", root, recipe_fields(), draft);
    RecipeNames names;
    add_message_names(draft.recipe, names);
    for (const Placed<RecipeSetting>& one : draft.settings)
        names.add({.name = one.value.name,
                   .may_be_empty = one.value.optional,
                   .number = one.value.type == RecipeSetting::Type::number,
                   .url = one.value.url(),
                   .secret = one.value.secret()});
    for (const Placed<DerivedName>& one : draft.names) {
        check_kinds(check, one);
        add_derived_name(check, one, names);
    }
    Recipe& recipe = draft.recipe;
    const Type<RecipeRequest> request = recipe_request(names);
    bool whole = draft.request != nullptr;
    if (whole) {
        auto one = request.read(check, "request", *draft.request);
        whole = one.has_value();
        if (one) recipe.request = std::move(*one);
    }
    if (draft.recovered != nullptr) recipe.recovered = request.read(check, "recovered", *draft.recovered);
    if (whole) check_use(check, draft, names);
    for (Placed<RecipeSetting>& one : draft.settings)
        recipe.settings.push_back(std::move(one.value));
    for (Placed<DerivedName>& one : draft.names)
        recipe.names.push_back(std::move(one.value));
    return std::move(recipe);
}

std::vector<Recipe> read_builtin_recipes(Complaints& complaints) {
    std::vector<Recipe> out;
    for (const std::string_view file : builtin_files("recipes")) {
        const int number = complaints.open("built-in " + std::string(file));
        Check check{complaints, "."};
        if (auto recipe = read_recipe(check, read_document(builtin_file(file), number, complaints)))
            out.push_back(std::move(*recipe));
    }
    return out;
}

const std::vector<Recipe>& builtin_recipes() {
    static const std::vector<Recipe> recipes = [] {
        Complaints ignored;  // a test reads them all and finds none
        return read_builtin_recipes(ignored);
    }();
    return recipes;
}

}  // namespace sereno
