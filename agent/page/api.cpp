#include "agent/page/api.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "agent/json/json.hpp"
#include "agent/page/html.hpp"

namespace sereno {

namespace json = boost::json;

namespace {

/// Whatever a detail from the network holds: no JSON may hold ill-formed UTF-8.
std::string text_of(const json::value& value) {
    return well_formed(json_text(value));
}

std::optional<unsigned> hexadecimal(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const auto high = hexadecimal(text[i + 1]), low = hexadecimal(text[i + 2]);
        if (!high || !low) return std::nullopt;
        out += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    return out;
}

}  // namespace

std::string status_text(const Snapshot& snapshot, const Words& words) {
    return text_of(status_json(snapshot, words));
}

std::string decisions_text(const std::vector<DecisionRecord>& records, const Words& words,
                           Micros wall_offset) {
    json::array rows;
    rows.reserve(records.size());
    for (const auto& record : records)
        rows.push_back(decision_json(record, words, wall_offset));
    return text_of(json::object{{"decisions", std::move(rows)}});
}

std::string incidents_text(const std::vector<Incident>& incidents, const Words& words, Micros wall_offset) {
    json::array rows;
    rows.reserve(incidents.size());
    for (const auto& incident : incidents)
        rows.push_back(incident_json(incident, words, wall_offset));
    return text_of(json::object{{"incidents", std::move(rows)}});
}

std::string error_text(std::string_view what) {
    return text_of(json::object{{"error", what}});
}

Response json_response(int status, std::string text) {
    Response response = text_response(status, std::move(text));
    response.type = "application/json";
    return response;
}

std::optional<std::string> parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view item = query.substr(0, end);
        const std::size_t equals = item.find('=');
        if (item.substr(0, equals) == name)
            return decoded(equals == std::string_view::npos ? "" : item.substr(equals + 1)).value_or("");
        if (end == std::string_view::npos) break;
        query.remove_prefix(end + 1);
    }
    return std::nullopt;
}

}  // namespace sereno
