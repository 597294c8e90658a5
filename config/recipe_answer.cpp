// The answer to a recipe's request: what it means, when to come again.
#include <algorithm>

#include "agent/model/ascii.hpp"
#include "config/draft.hpp"
#include "config/recipe_parts.hpp"

namespace sereno {

namespace {

using Is = AnswerCondition::Is;

struct ConditionWord {
    std::string_view key;
    Is is;
};
constexpr std::array<ConditionWord, 6> condition_words{{{"equals", Is::one_of},
                                                        {"one_of", Is::one_of},
                                                        {"none_of", Is::none_of},
                                                        {"contains", Is::contains},
                                                        {"present", Is::present},
                                                        {"absent", Is::absent}}};

/// A text or a number; plain or quoted makes no difference.
Type<std::string> compared() {
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<std::string> {
        const std::string* written = expect_scalar(check, key, node, "a value");
        if (written == nullptr) return {};
        if (!written->empty() && written->size() <= 200) return *written;
        complain_of_value(check, key, node, "is empty or longer than 200 bytes; write what stands there");
        return {};
    }};
}

void read_comparison(Check& check, const Node& key, const Node& node, AnswerCondition& into) {
    if (into.is == Is::present || into.is == Is::absent) {
        if (node.kind != Node::Kind::scalar || node.text != "true")
            check.complaints.refuse(node.place, key.text + " must be true; write '" + key.text + ": true'");
    } else if (key.text == "one_of" || key.text == "none_of") {
        if (auto values = plain_list_of(compared(), 1, 64).read(check, key.text, node))
            into.values = std::move(*values);
    } else if (auto value = compared().read(check, key.text, node)) {
        into.values = {std::move(*value)};
    }
}

/// `at`, and exactly one comparison.
Type<AnswerCondition> condition() {
    return {[](Check& check, std::string_view, const Node& node) -> std::optional<AnswerCondition> {
        if (!expect_map(check, "a condition", node)) return {};
        AnswerCondition out;
        int comparisons = 0;
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            const Node& key = node.keys[i];
            if (key.text == "at") {
                out.pointer = json_pointer().read(check, key.text, node.items[i]);
                continue;
            }
            const auto word = std::find_if(condition_words.begin(), condition_words.end(),
                                           [&](const ConditionWord& one) { return one.key == key.text; });
            if (word == condition_words.end()) {
                std::vector<std::string> known{"at"};
                for (const ConditionWord& one : condition_words)
                    known.emplace_back(one.key);
                complain_of_unknown_key(check, key, known);
                return {};
            }
            ++comparisons;
            out.is = word->is;
            read_comparison(check, key, node.items[i], out);
        }
        if (comparisons == 1) return out;
        check.complaints.refuse(
            node.place,
            "a condition needs exactly one of equals, one_of, none_of, contains, present and absent");
        return {};
    }};
}

Type<AnswerRule> rule() {
    static const Fields<AnswerRule> fields{
        required("is", &AnswerRule::means,
                 choice<AnswerMeans>({{"accepted", AnswerMeans::accepted},
                                      {"temporary", AnswerMeans::temporary},
                                      {"permanent", AnswerMeans::permanent}})),
        field("status", &AnswerRule::status, status_ranges()),
        field("where", &AnswerRule::where, plain_list_of(condition(), 1, 16)),
        field("says", &AnswerRule::says, text(80)),
    };
    return {[whole = object<AnswerRule>("rule", fields)](Check& check, std::string_view key,
                                                         const Node& node) -> std::optional<AnswerRule> {
        auto out = whole.read(check, key, node);
        if (out && out->means == AnswerMeans::accepted && node.find("status") == nullptr)
            check.complaints.refuse(node.place,
                                    "rule accepts whatever its status; add 'status', as in 'status: 200'");
        return out;
    }};
}

Type<RetryHint> retry_hint() {
    using Unit = RetryHint::Unit;
    static const Fields<RetryHint> fields{
        field("header", &RetryHint::header, text(64)),
        field("at", &RetryHint::pointer, json_pointer()),
        field("unit", &RetryHint::unit, choice<Unit>({{"s", Unit::seconds}, {"ms", Unit::milliseconds}})),
    };
    return {[whole = object<RetryHint>("retry_after", fields)](Check& check, std::string_view key,
                                                               const Node& node) -> std::optional<RetryHint> {
        auto out = whole.read(check, key, node);
        if (!out) return {};
        out->header = lower_ascii(out->header);
        if ((node.find("header") == nullptr) == (node.find("at") == nullptr))
            check.complaints.refuse(node.place, "retry_after needs exactly one of header and at");
        return out;
    }};
}

/// A text has no places in it.
void check_text(Check& check, const Node& node, const RecipeAnswer& answer) {
    const bool pointers =
        answer.id || !answer.words.empty() ||
        std::any_of(answer.retry_after.begin(), answer.retry_after.end(),
                    [](const RetryHint& hint) { return hint.header.empty(); }) ||
        std::any_of(answer.rules.begin(), answer.rules.end(), [](const AnswerRule& one) {
            return std::any_of(one.where.begin(), one.where.end(),
                               [](const AnswerCondition& where) { return where.pointer.has_value(); });
        });
    if (!answer.json && pointers)
        check.complaints.refuse(node.place,
                                "answer is a text but is looked into with JSON pointers; write "
                                "'format: json' or remove them");
}

}  // namespace

Type<RecipeAnswer> recipe_answer() {
    static const Fields<RecipeAnswer> fields{
        field("format", &RecipeAnswer::json, choice<bool>({{"json", true}, {"text", false}})),
        required("rules", &RecipeAnswer::rules, plain_list_of(rule(), 1, 32)),
        field("retry_after", &RecipeAnswer::retry_after, plain_list_of(retry_hint(), 1, 8)),
        field("id", &RecipeAnswer::id, json_pointer()),
        field("words", &RecipeAnswer::words, plain_list_of(json_pointer(), 1, 8)),
    };
    return {[whole = object<RecipeAnswer>("answer", fields)](
                Check& check, std::string_view key, const Node& node) -> std::optional<RecipeAnswer> {
        auto out = whole.read(check, key, node);
        if (!out) return {};
        check_text(check, node, *out);
        const bool accepts = std::any_of(out->rules.begin(), out->rules.end(), [](const AnswerRule& one) {
            return one.means == AnswerMeans::accepted;
        });
        const Node* const rules = node.find("rules");
        if (!accepts && rules != nullptr && !out->rules.empty())
            check.complaints.refuse(rules->place,
                                    "no rule accepts anything; add one, as in {is: accepted, status: 200}");
        return out;
    }};
}

}  // namespace sereno
