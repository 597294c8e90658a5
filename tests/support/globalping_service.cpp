#include "globalping_service.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

namespace sereno::test {

namespace json = boost::json;

namespace {

using Part = GlobalpingService::Part;
using Reply = JsonService::Reply;

std::vector<GlobalpingService::Probe> usual_probes() {
    return {{"EU", "DE", "Falkenstein", 24940, "Hetzner Online GmbH"},
            {"EU", "FR", "Paris", 16276, "OVH SAS"},
            {"NA", "US", "Ashburn", 20473, "The Constant Company, LLC"},
            {"NA", "CA", "Toronto", 577, "Bell Canada"},
            {"AS", "JP", "Tokyo", 2516, "KDDI CORPORATION"},
            {"OC", "AU", "Sydney", 1221, "Telstra Limited"}};
}

std::string sees_all_well(const GlobalpingService::Probe&, const GlobalpingService::Question& question) {
    return question.type == "dns" ? GlobalpingService::resolved({"157.240.0.35"})
                                  : GlobalpingService::page(200);
}

Reply problem(int status, const std::string& type, const std::string& message) {
    Reply reply;
    reply.status = status;
    reply.body = json::serialize(json::object{{"error", {{"type", type}, {"message", message}}}});
    return reply;
}

std::string text(const json::object& object, const char* key, const char* otherwise = "") {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : otherwise;
}

std::optional<Part> part_of(const JsonService::Request& request) {
    if (request.method == "GET" && request.path == "/v1/limits") return Part::limits;
    if (request.method == "POST" && request.path == "/v1/measurements") return Part::create;
    if (request.method == "GET" && request.path.starts_with("/v1/measurements/")) return Part::measurement;
    return std::nullopt;
}

GlobalpingService::Question question_in(const std::string& body) {
    const json::object whole = json::parse(body).as_object();
    GlobalpingService::Question question;
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

json::object described(const GlobalpingService::Probe& probe) {
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

GlobalpingService::GlobalpingService()
    : probes_(usual_probes()),
      eyes_(sees_all_well),
      service_([this](const JsonService::Request& request) { return answer(request); }) {}

GlobalpingService::GlobalpingService(const Certificate& certificate)
    : probes_(usual_probes()),
      eyes_(sees_all_well),
      service_([this](const JsonService::Request& request) { return answer(request); }, certificate) {}

std::string GlobalpingService::base_url() const {
    return service_.url("/");
}

void GlobalpingService::set_probes(std::vector<Probe> probes) {
    const std::lock_guard lock(mutex_);
    probes_ = std::move(probes);
}

void GlobalpingService::set_eyes(Eyes eyes) {
    const std::lock_guard lock(mutex_);
    eyes_ = std::move(eyes);
}

void GlobalpingService::set_limits(int left, int limit, int reset_seconds) {
    const std::lock_guard lock(mutex_);
    left_ = left;
    limit_ = limit;
    reset_ = reset_seconds;
}

void GlobalpingService::set_looks(int looks) {
    const std::lock_guard lock(mutex_);
    looks_ = looks;
}

void GlobalpingService::set_early(std::size_t tests) {
    const std::lock_guard lock(mutex_);
    early_ = tests;
}

void GlobalpingService::set_reply(Part part, std::optional<JsonService::Reply> reply) {
    const std::lock_guard lock(mutex_);
    replies_.erase(part);
    if (reply) replies_.emplace(part, *std::move(reply));
}

int GlobalpingService::tests() const {
    const std::lock_guard lock(mutex_);
    return tests_;
}

std::vector<GlobalpingService::Question> GlobalpingService::questions() const {
    const std::lock_guard lock(mutex_);
    return questions_;
}

std::vector<JsonService::Request> GlobalpingService::requests(Part part) const {
    std::vector<JsonService::Request> all = service_.requests();
    std::erase_if(all, [part](const JsonService::Request& request) { return part_of(request) != part; });
    return all;
}

JsonService::Reply GlobalpingService::answer(const JsonService::Request& request) {
    const std::lock_guard lock(mutex_);
    const auto part = part_of(request);
    if (!part) return problem(404, "not_found", "Couldn't find the requested item.");
    if (const auto instead = replies_.find(*part); instead != replies_.end()) return instead->second;
    switch (*part) {
        case Part::limits:
            return limits();
        case Part::create:
            return create(request);
        case Part::measurement:
            break;
    }
    return measurement(request.path.substr(std::string{"/v1/measurements/"}.size()));
}

JsonService::Reply GlobalpingService::limits() const {
    Reply reply;
    const json::object create{{"type", "ip"}, {"limit", limit_}, {"remaining", left_}, {"reset", reset_}};
    reply.body = json::serialize(json::object{{"rateLimit", {{"measurements", {{"create", create}}}}}});
    return reply;
}

JsonService::Reply GlobalpingService::create(const JsonService::Request& request) {
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
        Reply refusal = problem(429, "too_many_probes", "Too many probes requested.");
        refusal.headers = limit_headers(0);
        return refusal;
    }
    left_ -= cost;
    tests_ += cost;
    questions_.push_back(made.question);
    const std::string id = "measurement" + std::to_string(measurements_.size() + 1);
    measurements_[id] = std::move(made);
    Reply reply;
    reply.status = 202;
    reply.headers = limit_headers(cost);
    reply.body = json::serialize(json::object{{"id", id}, {"probesCount", cost}});
    return reply;
}

JsonService::Reply GlobalpingService::measurement(const std::string& id) {
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
    Reply reply;
    reply.body = json::serialize(json::object{{"id", id},
                                              {"type", one.question.type},
                                              {"status", finished ? "finished" : "in-progress"},
                                              {"createdAt", "2026-01-01T00:00:00.000Z"},
                                              {"updatedAt", "2026-01-01T00:00:01.000Z"},
                                              {"target", one.question.target},
                                              {"probesCount", one.probes.size()},
                                              {"results", std::move(results)}});
    return reply;
}

std::vector<GlobalpingService::Probe> GlobalpingService::chosen(const std::string& body) const {
    std::vector<Probe> picked;
    const json::value whole = json::parse(body);
    for (const json::value& location : whole.at("locations").as_array()) {
        const std::string continent = text(location.as_object(), "continent");
        auto wanted = location.at("limit").to_number<int>();
        for (const Probe& probe : probes_)
            if (probe.continent == continent && wanted-- > 0) picked.push_back(probe);
    }
    return picked;
}

std::vector<std::pair<std::string, std::string>> GlobalpingService::limit_headers(int consumed) const {
    return {{"X-RateLimit-Limit", std::to_string(limit_)},
            {"X-RateLimit-Remaining", std::to_string(left_)},
            {"X-RateLimit-Consumed", std::to_string(consumed)},
            {"X-RateLimit-Reset", std::to_string(reset_)}};
}

std::string GlobalpingService::page(int status, const std::string& headers) {
    return R"({"status":"finished","rawOutput":"HTTP/1.1 )" + std::to_string(status) +
           R"(\n","rawHeaders":"","rawBody":"hello","truncated":false,"headers":)" + headers +
           R"(,"statusCode":)" + std::to_string(status) +
           R"(,"statusCodeName":"OK","resolvedAddress":"157.240.0.35","timings":{"total":90,"dns":5,"tcp":20,)"
           R"("tls":40,"firstByte":24,"download":1},"tls":{"authorized":true,"protocol":"TLSv1.3",)"
           R"("expiresAt":"2027-01-01T00:00:00.000Z"}})";
}

std::string GlobalpingService::page_with_certificate(const std::string& error) {
    json::object result = json::parse(page(200)).as_object();
    result["tls"] = json::object{{"authorized", false}, {"protocol", "TLSv1.3"}, {"error", error}};
    return json::serialize(result);
}

std::string GlobalpingService::resolved(const std::vector<std::string>& addresses) {
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

std::string GlobalpingService::code(const std::string& name) {
    return json::serialize(json::object{{"status", "finished"},
                                        {"statusCode", 2},
                                        {"statusCodeName", name},
                                        {"rawOutput", ";; Got answer:"},
                                        {"answers", json::array{}},
                                        {"timings", {{"total", 12}}},
                                        {"resolver", "private"}});
}

std::string GlobalpingService::failed(const std::string& words) {
    return json::serialize(json::object{{"status", "failed"}, {"rawOutput", words}});
}

std::string GlobalpingService::offline() {
    return R"({"status":"offline","rawOutput":"This probe is currently offline. Please try again later."})";
}

}  // namespace sereno::test
