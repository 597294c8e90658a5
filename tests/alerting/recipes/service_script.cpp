#include "service_script.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>

#include <boost/json.hpp>

#include "alerting/recipe_text.hpp"
#include "alerting/recipes.hpp"
#include "config/reader.hpp"
#include "tests/config/support.hpp"

namespace sereno::test {

namespace {

namespace json = boost::json;

const Node& must(const Node& node, const std::string& key, const std::string& path) {
    if (const Node* const found = node.find(key)) return *found;
    throw std::runtime_error(path + ":" + std::to_string(node.place.line) + ": no '" + key + "'");
}

std::string text_of(const Node& node, const std::string& key) {
    const Node* const found = node.find(key);
    return found == nullptr ? std::string() : found->text;
}

/// Plain null, true, false and whole numbers are themselves; everything else is a text.
json::value json_of(const Node& node) {
    json::array list;
    json::object map;
    switch (node.kind) {
        case Node::Kind::null:
            return nullptr;
        case Node::Kind::scalar: {
            boost::system::error_code error;
            json::value value = json::parse(node.text, error);
            const bool itself = node.plain && !error && !value.is_string();
            return itself ? value : json::value(json::string(node.text));
        }
        case Node::Kind::list:
            for (const Node& item : node.items)
                list.push_back(json_of(item));
            return list;
        case Node::Kind::map:
            break;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i)
        map[node.keys[i].text] = json_of(node.items[i]);
    return map;
}

JsonService::Reply reply_of(const Node& node, const std::string& path) {
    JsonService::Reply reply;
    reply.status = std::stoi(must(node, "status", path).text);
    if (const Node* const body = node.find("json"))
        reply.body = json::serialize(json_of(*body));
    else
        reply.body = text_of(node, "text");
    if (node.find("json") == nullptr) reply.headers.emplace_back("Content-Type", "text/plain");
    if (const Node* const headers = node.find("headers"))
        for (std::size_t i = 0; i < headers->items.size(); ++i)
            reply.headers.emplace_back(headers->keys[i].text, headers->items[i].text);
    return reply;
}

Demand demand_of(const Node& node, const std::string& path) {
    Demand out;
    out.otherwise = reply_of(must(node, "else", path), path);
    for (const char* what : {"method", "path", "query", "header", "basic", "at", "field", "signed"})
        if (const Node* const found = node.find(what)) {
            out.what = what;
            out.name = found->text;
        }
    if (out.what.empty()) throw std::runtime_error(path + ": a demand of nothing");
    if (out.what == "method" || out.what == "path" || out.what == "basic") out.is = out.name;
    if (const Node* const is = node.find("is")) out.is = is->text;
    if (const Node* const most = node.find("most")) out.most = std::stoul(most->text);
    return out;
}

std::string form_decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::map<std::string, std::string> form_in(const std::string& body) {
    std::map<std::string, std::string> form;
    std::istringstream pairs{body};
    for (std::string pair; std::getline(pairs, pair, '&');) {
        const auto equals = std::min(pair.find('='), pair.size());
        const auto [at, fresh] = form.emplace(form_decoded(pair.substr(0, equals)),
                                              form_decoded(pair.substr(std::min(equals + 1, pair.size()))));
        if (!fresh) form[at->first] = "two of these";
    }
    return form;
}

/// Empty: it is not there.
std::optional<std::string> field_in(const std::string& form, const std::string& name) {
    const auto fields = form_in(form);
    const auto found = fields.find(name);
    return found == fields.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> value_at(const std::string& body, const std::string& pointer) {
    boost::system::error_code error;
    const json::value tree = json::parse(body, error);
    if (error) return {};
    const json::value* const found = tree.find_pointer(pointer, error);
    if (found == nullptr) return {};
    return found->is_string() ? std::string(found->as_string()) : json::serialize(*found);
}

std::optional<std::string> seen(const Demand& demand, const JsonService::Request& request) {
    const auto question = std::min(request.path.find('?'), request.path.size());
    if (demand.what == "method") return request.method;
    if (demand.what == "path") return request.path.substr(0, question);
    if (demand.what == "query")
        return field_in(request.path.substr(std::min(question + 1, request.path.size())), demand.name);
    if (demand.what == "at") return value_at(request.body, demand.name);
    if (demand.what == "field") return field_in(request.body, demand.name);
    const std::string header =
        request.header(demand.what == "basic" ? std::string("authorization") : demand.name);
    if (demand.what == "signed") return header;
    return header.empty() ? std::nullopt : std::optional(header);
}

std::string wanted(const Demand& demand, const JsonService::Request& request) {
    if (demand.what == "basic") return "Basic " + base64(*demand.is);
    if (demand.what == "signed") return "sha256=" + hex(hmac_sha256(*demand.is, request.body));
    return *demand.is;
}

bool met(const Demand& demand, const JsonService::Request& request) {
    const auto value = seen(demand, request);
    if (!value || value->empty()) return false;
    if (demand.most > 0 && characters(*value) > demand.most) return false;
    if (!demand.is) return true;
    const std::string is = wanted(demand, request);
    return is.ends_with('*') ? value->starts_with(is.substr(0, is.size() - 1)) : *value == is;
}

Case case_of(const Node& node, const std::string& path) {
    Case out;
    out.name = must(node, "case", path).text;
    out.channel = text_of(node, "channel");
    out.to = text_of(node, "to");
    out.is = must(node, "is", path).text;
    out.word = must(node, "word", path).text;
    out.wait = text_of(node, "wait");
    if (const Node* const answer = node.find("answer")) out.answer = reply_of(*answer, path);
    return out;
}

}  // namespace

std::size_t characters(const std::string& utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

ServiceScript read_script(const std::string& path) {
    Complaints complaints;
    const int file = complaints.open(path);
    const Node root = read_document(content_of(path), file, complaints);
    for (const Complaint& one : complaints.sorted())
        throw std::runtime_error(to_string(one));
    ServiceScript out;
    const auto slash = path.rfind('/') + 1;
    out.id = path.substr(slash, path.rfind('.') - slash);
    out.channel = must(root, "channel", path).text;
    out.to = text_of(root, "to");
    if (const Node* const text = root.find("text")) {
        out.text_at = text_of(*text, "at");
        out.text_field = text_of(*text, "field");
    }
    out.entities = text_of(root, "entities") == "true";
    out.any_2xx = text_of(root, "any_2xx") == "true";
    for (const Node& one : must(root, "demands", path).items)
        out.demands.push_back(demand_of(one, path));
    if (const Node* const recovered = root.find("recovered"))
        for (const Node& one : recovered->items)
            out.recovered.push_back(demand_of(one, path));
    out.answer = reply_of(must(root, "answer", path), path);
    out.word = must(root, "word", path).text;
    for (const Node& one : must(root, "cases", path).items)
        out.cases.push_back(case_of(one, path));
    return out;
}

JsonService::Reply answer_to(const ServiceScript& script, const std::vector<Demand>& demands,
                             const JsonService::Request& request) {
    for (const Demand& demand : demands)
        if (!met(demand, request)) return demand.otherwise;
    return script.answer;
}

std::string text_in(const ServiceScript& script, const JsonService::Request& request) {
    if (!script.text_field.empty()) return field_in(request.body, script.text_field).value_or("");
    if (!script.text_at.empty()) return value_at(request.body, script.text_at).value_or("");
    return {};
}

}  // namespace sereno::test
