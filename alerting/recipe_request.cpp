// What a message becomes.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "alerting/messages/text.hpp"
#include "alerting/recipe_text.hpp"
#include "alerting/recipes.hpp"

namespace sereno {

namespace {

namespace json = boost::json;

constexpr std::size_t most_call_bytes = 262'144;
constexpr std::size_t longest_text = 4'000, longest_name = 250;

using Values = std::map<std::string, std::string>;
using Escape = std::function<std::string(std::string_view)>;

std::string as_it_is(std::string_view text) {
    return std::string(text);
}

/// As the recipe says a message must be written there.
std::string escaped(const Recipe& recipe, std::string_view text) {
    if (recipe.escapes.empty()) return std::string(text);
    std::string out;
    for (const char c : text) {
        const auto found = std::find_if(recipe.escapes.begin(), recipe.escapes.end(),
                                        [&](const auto& one) { return one.first[0] == c; });
        if (found == recipe.escapes.end())
            out += c;
        else
            out += found->second;
    }
    return out;
}

std::string shortened(const Recipe& recipe, const std::string& name, std::string_view text) {
    const auto limit = std::find_if(recipe.longest.begin(), recipe.longest.end(),
                                    [&](const LengthLimit& one) { return one.name == name; });
    if (limit == recipe.longest.end()) return cut_units(text, name == "text" ? longest_text : longest_name);
    return limit->bytes ? cut_bytes(text, limit->most) : cut_units(text, limit->most);
}

// Not the number alone: after a database was lost the numbers begin again, and a service that remembers them
// would take a new alert for an old one.
std::string key_of(const OutboxMessage& message) {
    const std::string one =
        message_key(message) + "/" + std::to_string(message.created.time_since_epoch().count());
    return hex(std::string_view(sha256(one)).substr(0, 16));
}

std::string derived(const DerivedName& name, const std::string& value) {
    if (!value.starts_with(name.starting)) return {};
    std::string out = value.starts_with(name.without) ? value.substr(name.without.size()) : value;
    if (name.when.empty()) return out;
    for (const auto& [from, to] : name.when)
        if (from == out) return to;
    return {};
}

Values values_of(const RecipeService& service, const OutboxMessage& message, Stamp now) {
    const Recipe& recipe = service.recipe;
    Values out;
    for (const auto& [name, value] : service.settings)
        out[name] = value;
    for (const auto& [name, value] : service.secrets)
        out[name] = value;
    const auto put = [&](const std::string& name, std::string_view text) {
        out[name] = escaped(recipe, shortened(recipe, name, valid_utf8(text)));
    };
    put("text", message.body);
    put("subject", message.subject);
    put("person", message.recipient.person);
    out["to"] = valid_utf8(message.recipient.address);
    out["language"] = valid_utf8(message.recipient.language);
    out["kind"] = std::string(to_string(message.kind));
    out["incident"] = std::to_string(message.incident.value);
    out["key"] = key_of(message);
    out["now"] = std::to_string(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
    for (const DerivedName& name : recipe.names)
        out[name.name] = derived(name, out[name.of]);
    return out;
}

/// Empty: a part that may be missing is.
std::optional<std::string> filled(const Template& text, const Values& values, const Escape& escape) {
    std::string out;
    for (const Template::Part& part : text.parts) {
        if (part.name.empty()) {
            out += part.text;
            continue;
        }
        const auto value = values.find(part.name);
        const bool missing = value == values.end() || value->second.empty();
        if (missing && part.maybe) return std::nullopt;
        if (!missing) out += escape(value->second);
    }
    return out;
}

/// `name=value&...`, without those that are left out.
std::string form_of(const std::vector<NamedTemplate>& fields, const Values& values) {
    std::string out;
    for (const NamedTemplate& field : fields) {
        const auto value = filled(field.value, values, as_it_is);
        if (!value) continue;
        if (!out.empty()) out += '&';
        out += percent_encoded(field.name) + "=" + percent_encoded(*value);
    }
    return out;
}

/// Empty: left out.
std::optional<json::value> json_of(const BodyNode& node, const Values& values) {
    switch (node.kind) {
        case BodyNode::Kind::literal: {
            boost::system::error_code error;
            json::value value = json::parse(node.literal, error);
            return error ? json::value(nullptr) : value;
        }
        case BodyNode::Kind::text: {
            const auto text = filled(node.text, values, as_it_is);
            if (!text) return std::nullopt;
            std::int64_t number = 0;
            const auto end = std::from_chars(text->data(), text->data() + text->size(), number);
            if (node.number && end.ec == std::errc{} && end.ptr == text->data() + text->size()) return number;
            return json::value(json::string(*text));
        }
        case BodyNode::Kind::list: {
            json::array list;
            for (const BodyNode& item : node.items)
                if (auto value = json_of(item, values)) list.push_back(std::move(*value));
            return list;
        }
        case BodyNode::Kind::map:
            break;
    }
    json::object map;
    for (std::size_t i = 0; i < node.items.size(); ++i)
        if (auto value = json_of(node.items[i], values)) map[node.keys[i]] = std::move(*value);
    return map;
}

/// "https://host:port" of a URL.
std::string_view origin_of(std::string_view url) {
    const auto scheme = url.find("://");
    return url.substr(0, scheme == url.npos ? url.npos : url.find_first_of("/?", scheme + 3));
}

std::string url_of(const RecipeService& service, const RecipeRequest& request, const Values& values) {
    std::string url;
    bool first = true;
    for (const Template::Part& part : request.url.parts) {
        const auto value = values.find(part.name);
        if (part.name.empty())
            url += part.text;
        else if (value != values.end())
            // First: a setting that is a URL. A colon may stand in a path (RFC 3986 section 3.3), and
            // Telegram's tokens have one.
            url += first ? value->second : percent_encoded(value->second, ":");
        first = false;
    }
    const bool literal = !request.url.parts.empty() && request.url.parts.front().name.empty();
    if (literal && !service.base_url.empty()) url = service.base_url + url.substr(origin_of(url).size());
    const std::string query = form_of(request.query, values);
    if (!query.empty()) url += (url.find('?') == std::string::npos ? "?" : "&") + query;
    return url;
}

std::string body_of(const RecipeRequest& request, const Values& values) {
    switch (request.body) {
        case RecipeRequest::Body::json:
            return json::serialize(json_of(request.json, values).value_or(json::value(nullptr)));
        case RecipeRequest::Body::form:
            return form_of(request.form, values);
        case RecipeRequest::Body::text:
            return filled(request.text, values, as_it_is).value_or(std::string());
        case RecipeRequest::Body::none:
            break;
    }
    return {};
}

std::string_view content_type(RecipeRequest::Body body) {
    switch (body) {
        case RecipeRequest::Body::json:
            return "application/json";
        case RecipeRequest::Body::form:
            return "application/x-www-form-urlencoded";
        case RecipeRequest::Body::text:
            return "text/plain; charset=utf-8";
        case RecipeRequest::Body::none:
            break;
    }
    return {};
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool names_content_type(const RecipeRequest& request) {
    constexpr std::string_view wanted = "content-type";
    return std::any_of(request.headers.begin(), request.headers.end(), [&](const NamedTemplate& header) {
        return header.name.size() == wanted.size() &&
               std::equal(wanted.begin(), wanted.end(), header.name.begin(),
                          [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b); });
    });
}

/// Empty: all of them are fine.
std::string add_headers(const RecipeRequest& request, const Values& values, RecipeCall& call) {
    const std::string_view type = content_type(request.body);
    if (!type.empty() && !names_content_type(request))
        call.headers.push_back("Content-Type: " + std::string(type));
    for (const NamedTemplate& header : request.headers) {
        const auto value = filled(header.value, values, as_it_is);
        if (!value) continue;
        // It would begin a header, or a request, of the sender's choosing.
        if (has_control(*value))
            return "header " + header.name + " would hold a line break or control character";
        call.headers.push_back(header.name + ": " + *value);
    }
    return {};
}

std::string signature_of(const BodySignature& signature, Values values, const std::string& body) {
    values["body"] = body;
    const std::string secret = filled(signature.secret, values, as_it_is).value_or(std::string());
    const std::string signs = filled(signature.signs, values, as_it_is).value_or(std::string());
    const std::string mac = hmac_sha256(secret, signs);
    values["signature"] = signature.encoding == BodySignature::Encoding::hex ? hex(mac) : base64(mac);
    return filled(signature.value, values, as_it_is).value_or(std::string());
}

}  // namespace

std::string hmac_sha256(std::string_view secret, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(), &size);
    return {reinterpret_cast<const char*>(out.data()), size};
}

std::string sha256(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, EVP_sha256(), nullptr);
    return {reinterpret_cast<const char*>(out.data()), size};
}

boost::system::result<RecipeCall, RecipeRefusal> call_of(const RecipeService& service,
                                                         const OutboxMessage& message, Stamp now) {
    const Recipe& recipe = service.recipe;
    const bool over = message.kind == AlertKind::recovered && recipe.recovered.has_value();
    const RecipeRequest& request = over ? *recipe.recovered : recipe.request;
    const Values values = values_of(service, message, now);
    RecipeCall call;
    call.method = request.method;
    call.url = url_of(service, request, values);
    if (has_control(call.url)) return RecipeRefusal{"the URL would hold a control character"};
    if (const std::string wrong = add_headers(request, values, call); !wrong.empty())
        return RecipeRefusal{wrong};
    call.body = body_of(request, values);
    if (call.url.size() + call.body.size() > most_call_bytes)
        return RecipeRefusal{"the request would be larger than 256 KiB"};
    if (request.login) {
        call.user = filled(request.login->first, values, as_it_is).value_or(std::string());
        call.password = filled(request.login->second, values, as_it_is).value_or(std::string());
    }
    if (request.signature)
        call.headers.push_back(request.signature->header + ": " +
                               signature_of(*request.signature, values, call.body));
    return call;
}

}  // namespace sereno
