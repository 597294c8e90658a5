#include "probes/witness/globalping_message.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <boost/json.hpp>

#include "agent/loop/address.hpp"
#include "agent/loop/private_address.hpp"
#include "agent/loop/transfer_url.hpp"
#include "probes/attempt.hpp"
#include "probes/witness/bounded_json.hpp"
#include "probes/witness/budget.hpp"
#include "probes/witness/globalping_result.hpp"

namespace sereno {

namespace json = boost::json;

namespace {

using What = ViewElsewhere::What;

constexpr std::size_t most_addresses = 16, longest_name = 64, most_shown = 160;
constexpr std::int64_t longest_reset = 86400;

/// Those with the most probes first.
constexpr std::array continents{"EU", "NA", "AS", "SA", "OC", "AF"};

/// An answer is text for the most part: the largest that is fetched takes 2 MB.
constexpr BoundedJson::Bounds bounds{.deepest = 16, .most_bytes = 8'388'608};

std::string useless(const std::string& body, const BoundedJson& reader) {
    return "it cannot be used: " + reader.why() + ", '" + plain_text(body.substr(0, 60), 40) + "'";
}

std::string_view word_for(What what) {
    return what == What::dns ? "dns" : "http";
}

json::array locations(int voices) {
    json::array spread;
    const int places = static_cast<int>(continents.size());
    for (int at = 0; at < std::min(voices, places); ++at)
        spread.push_back(json::object{{"continent", continents[static_cast<std::size_t>(at)]},
                                      {"limit", voices / places + (at < voices % places ? 1 : 0)}});
    return spread;
}

/// Path and query of a URL, without its fragment.
std::pair<std::string, std::string> path_of(const std::string& url) {
    const auto authority = url.find("://") + 3;
    const auto begin = url.find_first_of("/?#", authority);
    if (begin == std::string::npos) return {"/", ""};
    const std::string rest = url.substr(begin, url.find('#') - begin);
    const auto mark = rest.find('?');
    const std::string path = rest.substr(0, mark);
    return {path.empty() ? "/" : path, mark == std::string::npos ? "" : rest.substr(mark + 1)};
}

/// What is only known here, nobody elsewhere can see, and nobody elsewhere should hear of.
std::string why_not_told(const std::string& host) {
    if (is_literal(host)) return is_public_address(host) ? "" : host + " is no address that others can reach";
    if (host.find('.') == std::string::npos) return "'" + host + "' is a name of this network";
    return {};
}

json::object http_options(const HttpFetch& fetch, const UrlParts& url) {
    const auto [path, query] = path_of(fetch.url);
    json::object request{{"method", "GET"}, {"path", path}};
    if (!query.empty()) request["query"] = query;
    json::object options{{"protocol", url.scheme == "https" ? "HTTPS" : "HTTP"},
                         {"port", url.port},
                         {"request", std::move(request)}};
    if (fetch.family != Family::any && !is_literal(url.host))
        options["ipVersion"] = fetch.family == Family::v6 ? 6 : 4;
    return options;
}

GlobalpingRequest request(const ViewElsewhere& task, const std::string& host, json::object options) {
    GlobalpingRequest made;
    made.tests = std::clamp(task.voices, 1, most_voices);
    made.about = plain_text(host, longest_name);
    made.why = why_not_told(host);
    if (!made.why.empty()) return made;
    made.body = json::serialize(json::object{{"type", word_for(task.what)},
                                             {"target", host},
                                             {"inProgressUpdates", false},
                                             {"locations", locations(made.tests)},
                                             {"measurementOptions", std::move(options)}});
    return made;
}

std::optional<std::int64_t> header_number(const std::vector<std::pair<std::string, std::string>>& headers,
                                          std::string_view name) {
    for (const auto& [key, value] : headers) {
        if (key != name) continue;
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc{} || end != value.data() + value.size()) return std::nullopt;
        return number;
    }
    return std::nullopt;
}

GlobalpingLimits believed(std::optional<std::int64_t> left, std::optional<std::int64_t> limit,
                          std::optional<std::int64_t> reset) {
    GlobalpingLimits limits;
    if (!left || !limit) {
        limits.why = "limit and remaining are not there";
    } else if (*limit < 1 || *limit > Budget::largest_limit || *left < 0 || reset.value_or(0) < 0 ||
               reset.value_or(0) > longest_reset) {
        limits.why = std::to_string(*left) + " of " + std::to_string(*limit) + " for " +
                     std::to_string(reset.value_or(0)) + " s cannot be meant";
    } else {
        limits.known = true;
        limits.limit = static_cast<std::int32_t>(*limit);
        limits.left = static_cast<std::int32_t>(std::min(*left, *limit));
        limits.resets_in = std::chrono::seconds{reset.value_or(0)};
    }
    return limits;
}

/// Empty: no network can be made out.
std::optional<Vantage> vantage_of(const json::object& probe) {
    const auto asn = whole_at(probe, "asn");
    if (!asn || *asn < 1 || *asn > 0xffffffffLL) return std::nullopt;
    Vantage vantage;
    vantage.asn = static_cast<std::uint32_t>(*asn);
    const std::string_view country = text_at(probe, "country");
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (country.size() == 2 && std::all_of(country.begin(), country.end(), is_capital))
        vantage.country = country;
    std::string name{text_at(probe, "city").substr(0, longest_name)};
    const std::string_view network = text_at(probe, "network").substr(0, longest_name);
    if (!network.empty()) name += (name.empty() ? "" : ", ") + std::string{network};
    vantage.name = plain_text(name, longest_name);
    if (vantage.name.empty()) vantage.name = "AS" + std::to_string(vantage.asn);
    return vantage;
}

void add_addresses(const std::vector<std::string>& more, std::vector<std::string>& addresses) {
    for (const std::string& address : more)
        if (addresses.size() < most_addresses &&
            std::find(addresses.begin(), addresses.end(), address) == addresses.end())
            addresses.push_back(address);
}

void add_voice(Voice voice, std::vector<Voice>& voices) {
    const auto same = std::find_if(voices.begin(), voices.end(), [&](const Voice& other) {
        return other.vantage.asn == voice.vantage.asn;
    });
    if (same == voices.end()) {
        if (voices.size() < static_cast<std::size_t>(most_voices)) voices.push_back(std::move(voice));
    } else if (!same->speaks() && voice.speaks()) {
        *same = std::move(voice);
    }
}

void add_result(const json::value& item, const ViewElsewhere& task, GlobalpingMeasured& measured) {
    if (!item.is_object()) return;
    const json::object* probe = object_at(item.get_object(), "probe");
    const json::object* result = object_at(item.get_object(), "result");
    if (probe == nullptr || result == nullptr || text_at(*result, "status") == "in-progress") return;
    auto vantage = vantage_of(*probe);
    if (!vantage) return;
    GlobalpingSight sight = read_sight(*result, task);
    sight.voice.vantage = *std::move(vantage);
    add_addresses(sight.addresses, measured.addresses);
    add_voice(std::move(sight.voice), measured.voices);
}

bool is_identifier(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
}

}  // namespace

GlobalpingRequest globalping_request(const ViewElsewhere& task) {
    if (task.what == What::dns) return request(task, task.name, {{"query", json::object{{"type", "A"}}}});
    const auto url = parts_of(task.fetch.url);
    if (!url || (url->scheme != "https" && url->scheme != "http"))
        return {.body = {}, .tests = 0, .about = {}, .why = "it has no http or https URL"};
    if (!url->user.empty() || !url->password.empty())
        return {.body = {}, .tests = 0, .about = url->host, .why = "its URL has a password in it"};
    return request(task, url->host, http_options(task.fetch, *url));
}

std::string question_of(const ViewElsewhere& task) {
    std::string question = std::string{word_for(task.what)} + ' ' + std::to_string(task.voices) + ' ';
    if (task.what == What::dns) return question + task.name;
    question += std::to_string(static_cast<int>(task.fetch.family)) + ' ';
    for (const auto& [from, to] : task.fetch.expected_status)
        question += std::to_string(from) + '-' + std::to_string(to) + ' ';
    return question + task.fetch.url;
}

GlobalpingLimits read_limits(const std::string& body) {
    BoundedJson reader(bounds);
    GlobalpingLimits unknown;
    const json::object* at = reader.read_object(body);
    unknown.why = useless(body, reader);
    if (at == nullptr) return unknown;
    for (const std::string_view key : {"rateLimit", "measurements", "create"}) {
        at = object_at(*at, key);
        unknown.why = std::string{key} + " is not there";
        if (at == nullptr) return unknown;
    }
    return believed(whole_at(*at, "remaining"), whole_at(*at, "limit"), whole_at(*at, "reset"));
}

GlobalpingLimits limits_of(const std::vector<std::pair<std::string, std::string>>& headers) {
    return believed(header_number(headers, "x-ratelimit-remaining"),
                    header_number(headers, "x-ratelimit-limit"), header_number(headers, "x-ratelimit-reset"));
}

GlobalpingCreated read_created(const std::string& body) {
    BoundedJson reader(bounds);
    const json::object* whole = reader.read_object(body);
    if (whole == nullptr) return {.id = {}, .probes = 0, .why = useless(body, reader)};
    const std::string_view id = text_at(*whole, "id");
    if (!is_identifier(id)) return {.id = {}, .probes = 0, .why = "it names no measurement"};
    const auto probes = whole_at(*whole, "probesCount");
    return {.id = std::string{id},
            .probes = static_cast<int>(std::clamp<std::int64_t>(probes.value_or(0), 0, most_voices)),
            .why = {}};
}

GlobalpingMeasured read_measured(const std::string& body, const std::string& id, const ViewElsewhere& task) {
    GlobalpingMeasured measured;
    BoundedJson reader(bounds);
    const json::object* whole = reader.read_object(body);
    if (whole == nullptr) {
        measured.why = useless(body, reader);
        return measured;
    }
    const json::array* results = list_at(*whole, "results");
    const std::string_view status = text_at(*whole, "status");
    if (results == nullptr || status.empty()) {
        measured.why = "status or results are not there";
    } else if (text_at(*whole, "id") != id) {
        measured.why = "it is another measurement";
    } else if (text_at(*whole, "type") != word_for(task.what)) {
        measured.why = "it is a measurement of another kind";
    } else {
        measured.known = true;
        measured.finished = status != "in-progress";
        for (const json::value& item : *results)
            add_result(item, task, measured);
    }
    return measured;
}

std::string read_error(const std::string& body) {
    BoundedJson reader(bounds);
    const json::object* whole = reader.read_object(body);
    const json::object* error = whole != nullptr ? object_at(*whole, "error") : nullptr;
    if (error == nullptr) return {};
    std::string text{text_at(*error, "type").substr(0, most_shown)};
    if (const auto message = text_at(*error, "message"); !message.empty())
        text += (text.empty() ? "" : ": ") + std::string{message.substr(0, most_shown)};
    if (const json::object* params = object_at(*error, "params"))
        for (const auto& [name, value] : *params) {
            if (text.size() >= most_shown) break;
            if (value.is_string())
                text +=
                    "; " + std::string{name} + ": " + std::string{value.get_string()}.substr(0, most_shown);
        }
    return plain_text(text, most_shown);
}

}  // namespace sereno
