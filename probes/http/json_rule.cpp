#include "probes/http/json_rule.hpp"

#include <compare>
#include <optional>

#include <boost/json.hpp>

namespace sereno {

namespace {

namespace json = boost::json;

constexpr std::size_t deepest = 32, longest_shown = 60;

std::optional<json::value> parsed(std::string_view text) {
    json::parse_options options;
    options.max_depth = deepest;
    boost::system::error_code error;
    json::value value = json::parse(text, error, {}, options);
    if (error) return std::nullopt;
    return value;
}

std::string shown(const json::value& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "a list";
    std::string text = json::serialize(value);
    if (text.size() > longest_shown) text = text.substr(0, longest_shown) + "...";
    return text;
}

double as_double(const json::value& number) {
    if (number.is_int64()) return static_cast<double>(number.get_int64());
    if (number.is_uint64()) return static_cast<double>(number.get_uint64());
    return number.get_double();
}

/// Only numbers have an order here.
std::partial_ordering order(const json::value& left, const json::value& right) {
    if (!left.is_number() || !right.is_number()) return std::partial_ordering::unordered;
    if (left == right) return std::partial_ordering::equivalent;  // whole ones, without rounding
    if (left.is_int64() && right.is_int64()) return left.get_int64() <=> right.get_int64();
    return as_double(left) <=> as_double(right);
}

/// 3 and 3.0 are the same number.
bool same(const json::value& left, const json::value& right) {
    return left == right || order(left, right) == 0;
}

std::string mismatch(const JsonRule& rule, const json::value& body) {
    const std::string at = rule.pointer.empty() ? "the whole body" : rule.pointer;
    boost::system::error_code error;
    const json::value* found = body.find_pointer(rule.pointer, error);
    if (found == nullptr) return at + " is not there";
    if (rule.is == JsonRule::Is::present) return {};
    const auto wanted = parsed(rule.value);
    if (!wanted) return "the rule for " + at + " compares with '" + rule.value + "', which is no JSON";
    const auto differs = [&](const char* word) {
        return at + " is " + shown(*found) + word + shown(*wanted);
    };
    switch (rule.is) {
        case JsonRule::Is::equal:
            return same(*found, *wanted) ? std::string{} : differs(", not ");
        case JsonRule::Is::different:
            return same(*found, *wanted) ? at + " is " + shown(*found) : std::string{};
        case JsonRule::Is::at_least:
            return order(*found, *wanted) >= 0 ? std::string{} : differs(", not at least ");
        case JsonRule::Is::at_most:
            return order(*found, *wanted) <= 0 ? std::string{} : differs(", not at most ");
        case JsonRule::Is::present:
            break;
    }
    return {};
}

}  // namespace

std::string json_mismatch(const std::vector<JsonRule>& rules, std::string_view body) {
    if (rules.empty()) return {};
    const auto value = parsed(body);
    if (!value) return "the body is no JSON";
    for (const JsonRule& rule : rules)
        if (std::string why = mismatch(rule, *value); !why.empty()) return why;
    return {};
}

}  // namespace sereno
