// How one service on the web takes a message, as data: a file of config/recipes/, read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/ids.hpp"

namespace sereno {

/// A text with named holes. A part has a text or a name.
struct Template {
    struct Part {
        std::string text;
        std::string name;  ///< of what is put here; escaped for the place where the template stands
        bool maybe =
            false;  ///< "{name?}": where it is empty, whatever the template is the value of is left out
        bool operator==(const Part&) const = default;
    };
    std::vector<Part> parts;
    bool operator==(const Template&) const = default;
};

struct NamedTemplate {
    std::string name;
    Template value;
};

/// A tree of JSON whose texts are templates.
struct BodyNode {
    enum class Kind : std::uint8_t { literal, text, list, map };
    Kind kind = Kind::literal;
    std::string literal = "null";  ///< null, true, false or a number, as JSON writes it
    Template text;
    bool number = false;            ///< of a text: what comes out is a whole number and no string
    std::vector<std::string> keys;  ///< of a map, one for each item
    std::vector<BodyNode> items;
};

/// HMAC-SHA256 (RFC 2104) of `signs` under `secret`; the header's value may use {signature}.
struct BodySignature {
    enum class Encoding : std::uint8_t { hex, base64 };
    std::string header;
    Template value, secret, signs;  ///< `signs` may use {body} and {now}
    Encoding encoding = Encoding::hex;
};

struct RecipeRequest {
    enum class Body : std::uint8_t { none, json, form, text };
    std::string method = "POST";  ///< GET, POST, PUT or PATCH
    Template url;  ///< "https://host/..." or a setting that is a URL, and more; put in percent-encoded
    std::vector<NamedTemplate> query, headers;
    std::optional<std::pair<Template, Template>> login;  ///< HTTP Basic
    std::optional<BodySignature> signature;
    Body body = Body::none;
    BodyNode json;
    std::vector<NamedTemplate> form;
    Template text;
};

/// One thing that must be true of an answer. Values are compared as texts: 0 and "0" are the same.
struct AnswerCondition {
    enum class Is : std::uint8_t { present, absent, one_of, none_of, contains };
    std::optional<std::string> pointer;  ///< RFC 6901; empty: the whole body, trimmed
    Is is = Is::present;                 ///< null is absent
    std::vector<std::string> values;
};

enum class AnswerMeans : std::uint8_t { accepted, temporary, permanent };

struct AnswerRule {
    AnswerMeans means = AnswerMeans::temporary;
    std::vector<std::pair<int, int>> status;  ///< inclusive ranges; empty: any
    std::vector<AnswerCondition> where;       ///< all of them
    std::string says;                         ///< put before the service's own words; may be empty
};

/// Where the service says how long to wait.
struct RetryHint {
    enum class Unit : std::uint8_t { seconds, milliseconds };
    std::string header;   ///< in lower case; seconds or an HTTP date
    std::string pointer;  ///< when there is no header: a number in the body
    Unit unit = Unit::seconds;
};

struct RecipeAnswer {
    bool json = true;               ///< the body is JSON; else a text
    std::vector<AnswerRule> rules;  ///< the first that fits decides; none: tried again
    std::vector<RetryHint> retry_after;
    std::optional<std::string> id;   ///< JSON pointer of the message's id there
    std::vector<std::string> words;  ///< JSON pointers of what it says to people
};

/// Something that a channel of this kind is told in the configuration.
struct RecipeSetting {
    enum class Type : std::uint8_t { text, account, phone, sender, number, url, secret, secret_url };
    std::string name;
    Type type = Type::text;
    bool optional = false;
    std::string initial;  ///< when it is not given; may be empty
    [[nodiscard]] bool secret() const { return type == Type::secret || type == Type::secret_url; }
    [[nodiscard]] bool url() const { return type == Type::url || type == Type::secret_url; }
};

/// A name for a part of another's value: all that is set applies.
struct DerivedName {
    std::string name, of;
    std::string starting;                                   ///< empty unless the value starts with this
    std::string without;                                    ///< taken off its front
    std::vector<std::pair<std::string, std::string>> when;  ///< value -> what to say instead
};

struct LengthLimit {
    std::string name;
    std::size_t most = 0;
    bool bytes = false;  ///< else UTF-16 units, as most services count
};

struct Recipe {
    enum class Form : std::uint8_t { brief, full };
    enum class Address : std::uint8_t {
        phone,  ///< E.164
        text,   ///< whatever the service calls a chat, a room or a user
        one,    ///< the channel leads to one place: a person has it, or not
        nobody  ///< not for people
    };
    std::string id, title;
    Form form = Form::full;  ///< brief: {text} is all; full: a {subject} and a longer {text}
    Address address = Address::one;
    std::vector<RecipeSetting> settings;
    std::vector<DerivedName> names;
    std::vector<LengthLimit> longest;
    std::vector<std::pair<std::string, std::string>> escapes;  ///< in what comes from the message
    RecipeRequest request;
    std::optional<RecipeRequest> recovered;  ///< instead, when the incident is over
    RecipeAnswer answer;
    std::vector<OperatorId> stands_on;  ///< who must be well for it to work
    bool needs_uplink = true;           ///< false: it is in our own network
};

/// The names that a message brings: text, subject, to, person, language, kind, incident, key, now.
const std::vector<std::string>& message_names();

}  // namespace sereno
