// What an answer means.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <optional>
#include <utility>

#include "agent/loop/transfer_url.hpp"
#include "alerting/channels/reach.hpp"
#include "alerting/channels/word.hpp"
#include "alerting/messages/text.hpp"
#include "alerting/recipe_text.hpp"
#include "alerting/recipes.hpp"

namespace sereno {

namespace {

namespace json = boost::json;

constexpr std::int64_t longest_wait_micros = 86'400'000'000;
constexpr std::size_t shortest_secret = 4;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// An answer, parsed once.
struct Answer {
    int status = 0;
    std::string_view text;
    std::optional<json::value> tree;  ///< empty: no JSON
};

std::optional<json::value> parsed(const std::string& body) {
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 16;
    json::value value = json::parse(body, error, {}, options);
    if (error) return std::nullopt;
    return value;
}

/// What stands there, as a text. Empty: nothing, or null.
std::optional<std::string> text_at(const Answer& answer, const std::optional<std::string>& pointer) {
    if (!pointer) return std::string(trimmed(answer.text));
    if (!answer.tree) return std::nullopt;
    boost::system::error_code error;
    const json::value* const found = answer.tree->find_pointer(*pointer, error);
    if (found == nullptr || found->is_null()) return std::nullopt;
    if (found->is_string()) return std::string(found->as_string());
    return json::serialize(*found);
}

bool holds(const Answer& answer, const AnswerCondition& condition) {
    using Is = AnswerCondition::Is;
    const auto text = text_at(answer, condition.pointer);
    const auto& values = condition.values;
    switch (condition.is) {
        case Is::present:
            return text && !text->empty();
        case Is::absent:
            return !text;
        case Is::one_of:
            return text && std::find(values.begin(), values.end(), *text) != values.end();
        case Is::none_of:
            return text && std::find(values.begin(), values.end(), *text) == values.end();
        case Is::contains:
            return text && text->find(values.front()) != std::string::npos;
    }
    return false;
}

bool fits(const Answer& answer, const AnswerRule& rule) {
    const bool status =
        rule.status.empty() || std::any_of(rule.status.begin(), rule.status.end(), [&](const auto& range) {
            return answer.status >= range.first && answer.status <= range.second;
        });
    return status && std::all_of(rule.where.begin(), rule.where.end(),
                                 [&](const AnswerCondition& one) { return holds(answer, one); });
}

Acceptance acceptance(AnswerMeans means) {
    switch (means) {
        case AnswerMeans::accepted:
            return Acceptance::accepted;
        case AnswerMeans::permanent:
            return Acceptance::permanent;
        case AnswerMeans::temporary:
            break;
    }
    return Acceptance::temporary;
}

/// "17" and "0.65" to microseconds, rounded up. Empty: no such number.
std::optional<std::int64_t> micros_of(std::string_view text, RetryHint::Unit unit) {
    const std::int64_t one = unit == RetryHint::Unit::seconds ? 1'000'000 : 1'000;
    std::int64_t whole = 0, part = 0, place = one;
    bool point = false, more = false;
    if (text.empty() || text.front() == '.') return std::nullopt;
    for (const char c : text) {
        if (c == '.' && !point) {
            point = true;
        } else if (c < '0' || c > '9') {
            return std::nullopt;
        } else if (!point) {
            whole = std::min(whole * 10 + (c - '0'), longest_wait_micros);
        } else if (place >= 10) {
            place /= 10;
            part += place * (c - '0');
        } else {
            more = more || c != '0';
        }
    }
    if (whole > longest_wait_micros / one) return longest_wait_micros;
    return std::min(whole * one + part + (more ? 1 : 0), longest_wait_micros);
}

/// JSON's numbers as digits: a serializer may write 1.5 as 1.5E0.
std::optional<std::int64_t> micros_at(const Answer& answer, const RetryHint& hint) {
    if (!answer.tree) return std::nullopt;
    boost::system::error_code error;
    const json::value* const found = answer.tree->find_pointer(hint.pointer, error);
    if (found == nullptr) return std::nullopt;
    if (found->is_string()) return micros_of(found->as_string(), hint.unit);
    if (found->is_int64()) return micros_of(std::to_string(found->as_int64()), hint.unit);
    if (found->is_uint64()) return micros_of(std::to_string(found->as_uint64()), hint.unit);
    if (!found->is_double() || !(found->as_double() >= 0)) return std::nullopt;
    const double micros = found->as_double() * (hint.unit == RetryHint::Unit::seconds ? 1e6 : 1e3);
    return micros >= static_cast<double>(longest_wait_micros) ? longest_wait_micros
                                                              : static_cast<std::int64_t>(std::ceil(micros));
}

/// Seconds, or the moment itself (RFC 9110 section 10.2.3).
std::optional<std::int64_t> micros_in_header(const TransferResult& result, const RetryHint& hint, Stamp now) {
    for (const auto& [name, value] : result.headers) {
        if (name != hint.header) continue;
        if (const auto wait = micros_of(trimmed(value), hint.unit)) return wait;
        const auto moment = http_date(value);
        if (!moment) return std::nullopt;
        const std::int64_t wait = *moment * 1'000'000 - now.time_since_epoch().count();
        return std::clamp<std::int64_t>(wait, 0, longest_wait_micros);
    }
    return std::nullopt;
}

Micros retry_after(const RecipeAnswer& recipe, const Answer& answer, const TransferResult& result,
                   Stamp now) {
    for (const RetryHint& hint : recipe.retry_after) {
        const auto wait = hint.header.empty() ? micros_at(answer, hint) : micros_in_header(result, hint, now);
        if (wait) return Micros{*wait};
    }
    return Micros{0};
}

std::string words_of(const RecipeAnswer& recipe, const Answer& answer) {
    std::string out = std::to_string(answer.status);
    const auto add = [&](const std::optional<std::string>& text) {
        if (text && !text->empty()) out += " " + *text;
    };
    if (!recipe.json) {
        add(std::string(trimmed(answer.text)));
        return out;
    }
    if (recipe.id) add(text_at(answer, *recipe.id));
    for (const std::string& pointer : recipe.words)
        add(text_at(answer, pointer));
    return out;
}

DeliveryAttempt judged(const RecipeAnswer& recipe, const Answer& answer) {
    const std::string status = std::to_string(answer.status);
    // A page instead of JSON is a proxy, a captive portal or a front end in trouble, whatever its status.
    if (recipe.json && !answer.tree)
        return {Acceptance::temporary, "answered " + status + " without readable JSON", {}};
    const auto rule = std::find_if(recipe.rules.begin(), recipe.rules.end(),
                                   [&](const AnswerRule& one) { return fits(answer, one); });
    if (rule == recipe.rules.end())
        return {Acceptance::temporary, "answered what is not understood: " + words_of(recipe, answer), {}};
    return {acceptance(rule->means),
            (rule->says.empty() ? "" : rule->says + ": ") + words_of(recipe, answer),
            {}};
}

void replace_all(std::string& text, std::string_view what) {
    if (what.size() < shortest_secret) return;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 3))
        text.replace(at, what.size(), "***");
}

}  // namespace

std::string without_secrets(const RecipeService& service, std::string text) {
    std::vector<std::string> hidden;
    for (const auto& [name, secret] : service.secrets) {
        hidden.push_back(secret);
        hidden.push_back(percent_encoded(secret));
        hidden.push_back(percent_encoded(secret, ":"));
        // Of a secret URL the path is the secret; an error may name it without its host.
        const auto scheme = secret.find("://");
        const auto path = scheme == std::string::npos ? scheme : secret.find('/', scheme + 3);
        if (path != std::string::npos) hidden.push_back(secret.substr(path));
        if (path != std::string::npos) hidden.push_back(secret.substr(secret.rfind('/') + 1));
    }
    // The longest first: a part of one may be another.
    std::stable_sort(hidden.begin(), hidden.end(),
                     [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
    for (const std::string& one : hidden)
        replace_all(text, one);
    return text;
}

DeliveryAttempt attempt_of(const RecipeService& service, const TransferResult& result, Stamp now) {
    const RecipeAnswer& recipe = service.recipe.answer;
    const auto told = [&](DeliveryAttempt attempt) {
        attempt.word = tidy_word(without_secrets(service, valid_utf8(attempt.word)), "");
        return attempt;
    };
    if (result.failure != Failure::none) return told({Acceptance::temporary, failure_word(result), {}});
    const Answer answer{result.status, result.body, recipe.json ? parsed(result.body) : std::nullopt};
    DeliveryAttempt attempt = judged(recipe, answer);
    if (attempt.acceptance == Acceptance::temporary)
        attempt.retry_after = retry_after(recipe, answer, result, now);
    return told(std::move(attempt));
}

}  // namespace sereno
