// The request of a recipe: where to, who we are, what is said.
#include <algorithm>

#include "agent/model/ascii.hpp"
#include "config/recipe_parts.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_fields = 64;
using Pairs = std::vector<NamedTemplate>;

struct RequestDraft {
    RecipeRequest request;
    Pairs from_login;  ///< a header that says who we are
    bool has_json = false, has_form = false, has_text = false;
};

/// `key: template` lines.
Type<Pairs> pairs(RecipeNames& names) {
    return {[value = template_text(names)](Check& check, std::string_view key,
                                           const Node& node) -> std::optional<Pairs> {
        if (!expect_map(check, key, node)) return {};
        Pairs out;
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            if (node.keys[i].text.empty() || out.size() >= most_fields) {
                check.complaints.refuse(node.keys[i].place,
                                        std::string(key) + " has an empty name or more than 64; mend it");
                continue;
            }
            if (auto text = value.read(check, node.keys[i].text, node.items[i]))
                out.push_back({node.keys[i].text, std::move(*text)});
        }
        return out;
    }};
}

/// RFC 9110 section 5.1; those that the transfer itself writes are not a recipe's.
bool check_header(Check& check, const Node& node, const std::string& name) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    const bool token =
        !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [&](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   marks.find(c) != marks.npos;
        });
    const std::string lower = lower_ascii(name);
    const bool ours = lower == "host" || lower == "content-length" || lower == "transfer-encoding" ||
                      lower == "connection" || lower == "expect";
    if (token && !ours) return true;
    check.complaints.refuse(node.place, "header " + quoted(name) +
                                            (token ? " is written by the transfer itself; remove it"
                                                   : " is no name of a header; write it as 'X-Example'"));
    return false;
}

Type<Pairs> headers(RecipeNames& names) {
    return {
        [any = pairs(names)](Check& check, std::string_view key, const Node& node) -> std::optional<Pairs> {
            auto out = any.read(check, key, node);
            if (!out) return {};
            for (const Node& name : node.keys)
                check_header(check, name, name.text);
            return out;
        }};
}

bool is_json_number(const std::string& text) {
    const auto digits = text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0);
    const auto first = text.starts_with('-') ? 1U : 0U;
    if (text.size() <= first || text.size() > 18 || (text[first] == '0' && text.size() > first + 1))
        return false;
    return digits == std::string::npos;
}

std::optional<BodyNode> body_node(Check& check, const Node& node, RecipeNames& names,
                                  const Type<Template>& text) {
    BodyNode out;
    switch (node.kind) {
        case Node::Kind::null:
            return out;
        case Node::Kind::scalar: {
            const bool literal = node.plain && (node.text == "true" || node.text == "false" ||
                                                node.text == "null" || is_json_number(node.text));
            if (literal) {
                out.literal = node.text;
                return out;
            }
            if (node.plain && reads_as_boolean(node.text)) {
                complain_of_value(check, "json", node, "could be read as true or false; write it in quotes");
                return {};
            }
            auto value = text.read(check, "json", node);
            if (!value) return {};
            out.kind = BodyNode::Kind::text;
            out.text = std::move(*value);
            const auto& parts = out.text.parts;
            const RecipeNames::One* only = parts.size() == 1 ? names.find(parts.front().name) : nullptr;
            out.number = only != nullptr && only->number;
            return out;
        }
        case Node::Kind::list:
        case Node::Kind::map:
            break;
    }
    out.kind = node.kind == Node::Kind::list ? BodyNode::Kind::list : BodyNode::Kind::map;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        auto item = body_node(check, node.items[i], names, text);
        if (!item) continue;
        if (node.kind == Node::Kind::map) out.keys.push_back(node.keys[i].text);
        out.items.push_back(std::move(*item));
    }
    return out;
}

Type<BodyNode> json_body(RecipeNames& names) {
    return {[&names, text = template_text(names)](Check& check, std::string_view key,
                                                  const Node& node) -> std::optional<BodyNode> {
        if (node.kind == Node::Kind::map || node.kind == Node::Kind::list)
            return body_node(check, node, names, text);
        check.complaints.refuse(node.place,
                                std::string(key) + " must be a map or a list; write 'key: value' lines");
        return {};
    }};
}

bool is_url_text(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return c <= ' ' || c >= 0x7F || c == '\\' || c == '"' || c == '#' || c == '<' || c == '>';
    });
}

/// The text of a URL's first part up to its path.
std::string_view origin_of(std::string_view text) {
    const auto scheme = text.find("://");
    return text.substr(0, scheme == text.npos ? text.npos : text.find_first_of("/?", scheme + 3));
}

/// What is wrong with where it leads; empty: nothing.
std::string wrong_url(const Template& url, RecipeNames& names) {
    std::string begin =
        "must begin with 'https://HOST/' or with a setting that is a URL, as in '{server}/message'";
    if (url.parts.empty()) return begin;
    for (const Template::Part& part : url.parts)
        if (part.maybe || !is_url_text(part.text))
            return part.maybe ? "has a placeholder that may be empty; a URL needs all of its parts"
                              : "has characters that a URL cannot hold; write them as %XX";
    const Template::Part& first = url.parts.front();
    for (std::size_t i = 1; i < url.parts.size(); ++i)
        if (const auto* name = names.find(url.parts[i].name); name != nullptr && name->url)
            return "has a URL in its middle; " + begin.substr(0, 10) + " with it";
    if (!first.name.empty()) {
        const auto* name = names.find(first.name);
        if (name == nullptr || !name->url) return begin;
        const bool path = url.parts.size() == 1 || url.parts[1].text.starts_with('/');
        return path ? "" : "must go on with '/' behind {" + first.name + "}";
    }
    const std::string_view origin = origin_of(first.text);
    if (origin.size() == first.text.size() && url.parts.size() > 1)
        return "has a placeholder in its host; write the host out, base_url can replace it";
    return parse_service_url(origin).wrong;
}

Type<Template> url_template(RecipeNames& names) {
    return {[&names, text = template_text(names)](Check& check, std::string_view key,
                                                  const Node& node) -> std::optional<Template> {
        auto url = text.read(check, key, node);
        if (!url) return {};
        const std::string wrong = wrong_url(*url, names);
        if (wrong.empty()) return url;
        complain_of_value(check, key, node, wrong);
        return {};
    }};
}

using Login = std::pair<Template, Template>;

Type<Login> basic(RecipeNames& names) {
    const Fields<Login> fields{required("user", &Login::first, template_text(names)),
                               required("password", &Login::second, template_text(names))};
    return object<Login>("basic", fields);
}

Type<BodySignature> hmac(RecipeNames& names) {
    using Encoding = BodySignature::Encoding;
    const Fields<BodySignature> fields{
        required("header", &BodySignature::header, text(64)),
        required("secret", &BodySignature::secret, template_text(names)),
        field("signs", &BodySignature::signs, template_text(names, {"body"})),
        field("value", &BodySignature::value, template_text(names, {"signature"})),
        field("as", &BodySignature::encoding,
              choice<Encoding>({{"hex", Encoding::hex}, {"base64", Encoding::base64}})),
    };
    BodySignature initial;
    initial.signs = *parse_template("{body}").value;
    initial.value = *parse_template("{signature}").value;
    return {[whole = object<BodySignature>("hmac", fields, initial)](
                Check& check, std::string_view key, const Node& node) -> std::optional<BodySignature> {
        auto out = whole.read(check, key, node);
        if (out && !out->header.empty() && !check_header(check, node, out->header)) return {};
        return out;
    }};
}

Field<RequestDraft> auth(RecipeNames& names) {
    const Type<Template> value = template_text(names);
    const Fields<NamedTemplate> header{required("name", &NamedTemplate::name, text(64)),
                                       required("value", &NamedTemplate::value, value)};
    const Fields<RequestDraft> kinds{
        {"basic", false,
         [type = basic(names)](Check& check, const Node& node, RequestDraft& into) {
             into.request.login = type.read(check, "basic", node);
         }},
        {"bearer", false,
         [value](Check& check, const Node& node, RequestDraft& into) {
             auto token = value.read(check, "bearer", node);
             if (!token) return;
             token->parts.insert(token->parts.begin(), {"Bearer ", {}, false});
             into.from_login.push_back({"Authorization", std::move(*token)});
         }},
        {"header", false,
         [type = object<NamedTemplate>("header", header)](Check& check, const Node& node,
                                                          RequestDraft& into) {
             auto one = type.read(check, "header", node);
             if (one && check_header(check, node, one->name)) into.from_login.push_back(std::move(*one));
         }},
        {"hmac", false,
         [type = hmac(names)](Check& check, const Node& node, RequestDraft& into) {
             into.request.signature = type.read(check, "hmac", node);
         }},
    };
    return {"auth", false, [kinds](Check& check, const Node& node, RequestDraft& into) {
                if (!expect_map(check, "auth", node)) return;
                if (node.keys.size() != 1)
                    check.complaints.refuse(node.place,
                                            "auth needs exactly one of basic, bearer, header and hmac");
                read_fields(check, "auth", node, kinds, into);
            }};
}

void check_body(Check& check, const Node& node, const RequestDraft& draft) {
    const int bodies = int{draft.has_json} + int{draft.has_form} + int{draft.has_text};
    if (bodies > 1)
        check.complaints.refuse(node.place, "request has more than one of json, form and text; keep one");
    if (bodies > 0 && draft.request.method == "GET")
        check.complaints.refuse(node.place, "request has a body, which GET does not send; write POST or PUT");
    if (bodies == 0 && draft.request.signature)
        check.complaints.refuse(node.place, "request has no body to sign; add json, form or text");
}

Fields<RequestDraft> request_fields(RecipeNames& names) {
    using Body = RecipeRequest::Body;
    const Fields<RecipeRequest> plain{
        field("method", &RecipeRequest::method,
              choice<std::string>({{"GET", "GET"}, {"POST", "POST"}, {"PUT", "PUT"}, {"PATCH", "PATCH"}})),
        required("url", &RecipeRequest::url, url_template(names)),
        field("query", &RecipeRequest::query, pairs(names)),
        field("headers", &RecipeRequest::headers, headers(names)),
    };
    const auto body = [](std::string key, bool RequestDraft::*has, Body kind, auto member, auto type) {
        return Field<RequestDraft>{
            key, false, [key, has, kind, member, type](Check& check, const Node& node, RequestDraft& into) {
                into.*has = true;
                into.request.body = kind;
                if (auto value = type.read(check, key, node)) into.request.*member = std::move(*value);
            }};
    };
    return within(&RequestDraft::request, plain) +
           Fields<RequestDraft>{
               auth(names),
               body("json", &RequestDraft::has_json, Body::json, &RecipeRequest::json, json_body(names)),
               body("form", &RequestDraft::has_form, Body::form, &RecipeRequest::form, pairs(names)),
               body("text", &RequestDraft::has_text, Body::text, &RecipeRequest::text, template_text(names)),
           };
}

}  // namespace

Type<RecipeRequest> recipe_request(RecipeNames& names) {
    return {[fields = request_fields(names)](Check& check, std::string_view key,
                                             const Node& node) -> std::optional<RecipeRequest> {
        if (!expect_map(check, key, node)) return {};
        RequestDraft draft;
        read_fields(check, key, node, fields, draft);
        check_body(check, node, draft);
        RecipeRequest& request = draft.request;
        request.headers.insert(request.headers.end(), std::make_move_iterator(draft.from_login.begin()),
                               std::make_move_iterator(draft.from_login.end()));
        return std::move(request);
    }};
}

}  // namespace sereno
