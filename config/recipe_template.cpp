// Texts with named holes, as recipes write them.
#include <algorithm>

#include "config/recipe_parts.hpp"

namespace sereno {

namespace {

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 32 &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

void append(Template& into, char c) {
    if (into.parts.empty() || !into.parts.back().name.empty()) into.parts.emplace_back();
    into.parts.back().text += c;
}

/// Complains unless the recipe has this name, and may use it like this.
bool look_up(Check& check, std::string_view key, const Node& node, const Template::Part& part,
             RecipeNames& names, const std::vector<std::string>& more) {
    if (std::find(more.begin(), more.end(), part.name) != more.end()) return true;
    RecipeNames::One* const known = names.find(part.name);
    if (known == nullptr) {
        std::vector<std::string> all = names.known();
        all.insert(all.end(), more.begin(), more.end());
        check.complaints.refuse(node.place, std::string(key) + " has the unknown placeholder " +
                                                quoted("{" + part.name + "}") + suggestion(part.name, all));
        return false;
    }
    known->used = true;
    if (known->may_be_empty == part.maybe) return true;
    const std::string name = part.name;
    check.complaints.refuse(
        node.place,
        std::string(key) + " has " +
            (part.maybe ? quoted("{" + name + "?}") + ", which is never empty; write '{" + name + "}'"
                        : quoted("{" + name + "}") + ", which may be empty; write '{" + name +
                              "?}', and this is left out then"));
    return false;
}

}  // namespace

RecipeNames::One* RecipeNames::find(std::string_view name) {
    const auto found =
        std::find_if(all_.begin(), all_.end(), [&](const One& one) { return one.name == name; });
    return found == all_.end() ? nullptr : &*found;
}

std::vector<std::string> RecipeNames::known() const {
    std::vector<std::string> out;
    for (const One& one : all_)
        out.push_back(one.name);
    return out;
}

Parsed<Template> parse_template(std::string_view written) {
    Template out;
    for (std::size_t i = 0; i < written.size(); ++i) {
        const char c = written[i];
        const bool doubled = i + 1 < written.size() && written[i + 1] == c;
        if (c != '{' && c != '}') {
            append(out, c);
        } else if (doubled) {
            append(out, c);
            ++i;
        } else if (c == '}') {
            return {{}, "has a '}' without its '{'; write '}}' for the character itself"};
        } else {
            const auto end = written.find('}', i);
            if (end == written.npos)
                return {{}, "has a '{' without its '}'; write '{{' for the character itself"};
            std::string_view name = written.substr(i + 1, end - i - 1);
            const bool maybe = name.ends_with('?');
            if (maybe) name.remove_suffix(1);
            if (!is_name(name))
                return {{}, "has a placeholder that is no name; write it as '{text}', and '{{' for a brace"};
            out.parts.push_back({{}, std::string(name), maybe});
            i = end;
        }
    }
    return {std::move(out), {}};
}

Type<Template> template_text(RecipeNames& names, std::vector<std::string> more) {
    return {[&names, more = std::move(more)](Check& check, std::string_view key,
                                             const Node& node) -> std::optional<Template> {
        constexpr std::size_t longest = 4000;
        const std::string* written = expect_scalar(check, key, node, "a text");
        if (written == nullptr) return {};
        if (written->size() > longest) {
            complain_of_value(check, key, node, "is too long; at most 4000 bytes");
            return {};
        }
        Parsed<Template> parsed = parse_template(*written);
        if (!parsed.value) {
            complain_of_value(check, key, node, parsed.wrong);
            return {};
        }
        bool fine = true;
        for (const Template::Part& part : parsed.value->parts)
            if (!part.name.empty()) fine = look_up(check, key, node, part, names, more) && fine;
        if (!fine) return {};
        return std::move(parsed.value);
    }};
}

}  // namespace sereno
