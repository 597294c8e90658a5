#include "agent/rehearsal/world/globalping_api.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace sereno::rehearsal {

namespace json = boost::json;

namespace {

constexpr const char* measurements_path = "/v1/measurements";

HttpAnswer of_json(int status, std::string body,
                   std::vector<std::pair<std::string, std::string>> headers = {}) {
    return {status, std::move(body), "application/json", std::move(headers)};
}

HttpAnswer problem(int status, const std::string& type, const std::string& message) {
    return of_json(status, json::serialize(json::object{{"error", {{"type", type}, {"message", message}}}}));
}

std::string text(const json::object& object, const char* key, const char* otherwise = "") {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : otherwise;
}

/// Throws what Boost.JSON throws when anything is not there.
GlobalpingQuestion question_in(const std::string& body) {
    const json::object whole = json::parse(body).as_object();
    GlobalpingQuestion question;
    question.type = text(whole, "type");
    question.target = text(whole, "target");
    const json::object options = whole.at("measurementOptions").as_object();
    if (question.type == "dns") return question;
    const json::object request = options.at("request").as_object();
    question.scheme = text(options, "protocol", "HTTPS");
    question.port = static_cast<int>(options.at("port").to_number<int>());
    question.path = text(request, "path");
    question.query = text(request, "query");
    question.method = text(request, "method", "HEAD");
    return question;
}

json::object described(const GlobalpingProbe& probe) {
    return {{"continent", probe.continent},
            {"region", "Western Europe"},
            {"country", probe.country},
            {"state", nullptr},
            {"city", probe.city},
            {"asn", probe.asn},
            {"longitude", 8.68},
            {"latitude", 50.11},
            {"network", probe.network},
            {"tags", {"datacenter-network"}},
            {"resolvers", {"private"}}};
}

}  // namespace

std::vector<GlobalpingProbe> usual_globalping_probes() {
    return {{"EU", "DE", "Falkenstein", 24940, "Hetzner Online GmbH"},
            {"EU", "FR", "Paris", 16276, "OVH SAS"},
            {"NA", "US", "Ashburn", 20473, "The Constant Company, LLC"},
            {"NA", "CA", "Toronto", 577, "Bell Canada"},
            {"AS", "JP", "Tokyo", 2516, "KDDI CORPORATION"},
            {"OC", "AU", "Sydney", 1221, "Telstra Limited"}};
}

void GlobalpingApi::set_limits(int left, int limit, int reset_seconds) {
    left_ = left;
    limit_ = limit;
    reset_ = reset_seconds;
}

std::optional<GlobalpingApi::Part> GlobalpingApi::part_of(const HttpRequest& request) {
    if (request.method == "GET" && request.target == "/v1/limits") return Part::limits;
    if (request.method == "POST" && request.target == measurements_path) return Part::create;
    if (request.method == "GET" && request.target.starts_with(std::string(measurements_path) + "/"))
        return Part::measurement;
    return std::nullopt;
}

HttpAnswer GlobalpingApi::answer(const HttpRequest& request) {
    const auto part = part_of(request);
    if (!part) return problem(404, "not_found", "Couldn't find the requested item.");
    switch (*part) {
        case Part::limits:
            return limits();
        case Part::create:
            return create(request);
        case Part::measurement:
            break;
    }
    return measurement(request.target.substr(std::string(measurements_path).size() + 1));
}

HttpAnswer GlobalpingApi::limits() const {
    const json::object create{{"type", "ip"}, {"limit", limit_}, {"remaining", left_}, {"reset", reset_}};
    return of_json(200,
                   json::serialize(json::object{{"rateLimit", {{"measurements", {{"create", create}}}}}}));
}

HttpAnswer GlobalpingApi::create(const HttpRequest& request) {
    Measurement made;
    try {
        made.question = question_in(request.body);
        made.probes = chosen(request.body);
    } catch (const std::exception& wrong) {
        return problem(400, "validation_error", std::string{"Parameter validation failed: "} + wrong.what());
    }
    if (made.probes.empty()) return problem(422, "no_probes_found", "No matching IPv4 probes available.");
    const int cost = static_cast<int>(made.probes.size());
    if (cost > left_) {
        HttpAnswer refusal = problem(429, "too_many_probes", "Too many probes requested.");
        refusal.headers = limit_headers(0);
        return refusal;
    }
    left_ -= cost;
    tests_ += cost;
    if (questions_.size() < most_measurements) questions_.push_back(made.question);
    const std::string id = "measurement" + std::to_string(++made_);
    measurements_[id] = std::move(made);
    if (made_ > most_measurements)
        measurements_.erase("measurement" + std::to_string(made_ - most_measurements));
    return of_json(202, json::serialize(json::object{{"id", id}, {"probesCount", cost}}),
                   limit_headers(cost));
}

HttpAnswer GlobalpingApi::measurement(const std::string& id) {
    const auto found = measurements_.find(id);
    if (found == measurements_.end()) return problem(404, "not_found", "Couldn't find the requested item.");
    Measurement& one = found->second;
    const bool finished = looks_ >= 0 && ++one.looks >= looks_;
    json::array results;
    for (std::size_t at = 0; at < one.probes.size(); ++at) {
        json::value result = json::object{{"status", "in-progress"}, {"rawOutput", ""}};
        if (finished || at < early_) result = json::parse(eyes_(one.probes[at], one.question));
        results.push_back(json::object{{"probe", described(one.probes[at])}, {"result", std::move(result)}});
    }
    return of_json(200, json::serialize(json::object{{"id", id},
                                                     {"type", one.question.type},
                                                     {"status", finished ? "finished" : "in-progress"},
                                                     {"createdAt", "2026-01-01T00:00:00.000Z"},
                                                     {"updatedAt", "2026-01-01T00:00:01.000Z"},
                                                     {"target", one.question.target},
                                                     {"probesCount", one.probes.size()},
                                                     {"results", std::move(results)}}));
}

std::vector<GlobalpingProbe> GlobalpingApi::chosen(const std::string& body) const {
    std::vector<GlobalpingProbe> picked;
    const json::value whole = json::parse(body);
    for (const json::value& location : whole.at("locations").as_array()) {
        const std::string continent = text(location.as_object(), "continent");
        auto wanted = location.at("limit").to_number<int>();
        for (const GlobalpingProbe& probe : probes_)
            if (probe.continent == continent && wanted-- > 0) picked.push_back(probe);
    }
    return picked;
}

std::vector<std::pair<std::string, std::string>> GlobalpingApi::limit_headers(int consumed) const {
    return {{"X-RateLimit-Limit", std::to_string(limit_)},
            {"X-RateLimit-Remaining", std::to_string(left_)},
            {"X-RateLimit-Consumed", std::to_string(consumed)},
            {"X-RateLimit-Reset", std::to_string(reset_)}};
}

std::string GlobalpingApi::page(int status, const std::string& headers) {
    return R"({"status":"finished","rawOutput":"HTTP/1.1 )" + std::to_string(status) +
           R"(\n","rawHeaders":"","rawBody":"hello","truncated":false,"headers":)" + headers +
           R"(,"statusCode":)" + std::to_string(status) +
           R"(,"statusCodeName":"OK","resolvedAddress":"157.240.0.35","timings":{"total":90,"dns":5,"tcp":20,)"
           R"("tls":40,"firstByte":24,"download":1},"tls":{"authorized":true,"protocol":"TLSv1.3",)"
           R"("expiresAt":"2027-01-01T00:00:00.000Z"}})";
}

std::string GlobalpingApi::page_with_certificate(const std::string& error) {
    json::object result = json::parse(page(200)).as_object();
    result["tls"] = json::object{{"authorized", false}, {"protocol", "TLSv1.3"}, {"error", error}};
    return json::serialize(result);
}

std::string GlobalpingApi::resolved(const std::vector<std::string>& addresses) {
    json::array answers;
    answers.push_back(
        {{"name", "example.com."}, {"type", "CNAME"}, {"ttl", 60}, {"class", "IN"}, {"value", "a.example."}});
    for (const std::string& address : addresses)
        answers.push_back(
            {{"name", "a.example."}, {"type", "A"}, {"ttl", 60}, {"class", "IN"}, {"value", address}});
    return json::serialize(json::object{{"status", "finished"},
                                        {"statusCode", 0},
                                        {"statusCodeName", "NOERROR"},
                                        {"rawOutput", ";; Got answer:"},
                                        {"answers", std::move(answers)},
                                        {"timings", {{"total", 12}}},
                                        {"resolver", "private"}});
}

std::string GlobalpingApi::code(const std::string& name) {
    return json::serialize(json::object{{"status", "finished"},
                                        {"statusCode", 2},
                                        {"statusCodeName", name},
                                        {"rawOutput", ";; Got answer:"},
                                        {"answers", json::array{}},
                                        {"timings", {{"total", 12}}},
                                        {"resolver", "private"}});
}

std::string GlobalpingApi::failed(const std::string& words) {
    return json::serialize(json::object{{"status", "failed"}, {"rawOutput", words}});
}

std::string GlobalpingApi::offline() {
    return R"({"status":"offline","rawOutput":"This probe is currently offline. Please try again later."})";
}

}  // namespace sereno::rehearsal
