#include "globalping_service.hpp"

#include <utility>

namespace sereno::test {

namespace {

using Api = rehearsal::GlobalpingApi;
using Reply = JsonService::Reply;

std::string sees_all_well(const GlobalpingService::Probe&, const GlobalpingService::Question& question) {
    return question.type == "dns" ? GlobalpingService::resolved({"157.240.0.35"})
                                  : GlobalpingService::page(200);
}

rehearsal::HttpRequest plain(const JsonService::Request& request) {
    return {request.method, request.path, {}, request.body};
}

}  // namespace

GlobalpingService::GlobalpingService()
    : api_(sees_all_well),
      service_([this](const JsonService::Request& request) { return answer(request); }) {}

GlobalpingService::GlobalpingService(const Certificate& certificate)
    : api_(sees_all_well),
      service_([this](const JsonService::Request& request) { return answer(request); }, certificate) {}

std::string GlobalpingService::base_url() const {
    return service_.url("/");
}

void GlobalpingService::set_probes(std::vector<Probe> probes) {
    const std::lock_guard lock(mutex_);
    api_.set_probes(std::move(probes));
}

void GlobalpingService::set_eyes(Eyes eyes) {
    const std::lock_guard lock(mutex_);
    api_.set_eyes(std::move(eyes));
}

void GlobalpingService::set_limits(int left, int limit, int reset_seconds) {
    const std::lock_guard lock(mutex_);
    api_.set_limits(left, limit, reset_seconds);
}

void GlobalpingService::set_looks(int looks) {
    const std::lock_guard lock(mutex_);
    api_.set_looks(looks);
}

void GlobalpingService::set_early(std::size_t tests) {
    const std::lock_guard lock(mutex_);
    api_.set_early(tests);
}

void GlobalpingService::set_reply(Part part, std::optional<JsonService::Reply> reply) {
    const std::lock_guard lock(mutex_);
    replies_.erase(part);
    if (reply) replies_.emplace(part, *std::move(reply));
}

int GlobalpingService::tests() const {
    const std::lock_guard lock(mutex_);
    return api_.tests();
}

std::vector<GlobalpingService::Question> GlobalpingService::questions() const {
    const std::lock_guard lock(mutex_);
    return api_.questions();
}

std::vector<JsonService::Request> GlobalpingService::requests(Part part) const {
    std::vector<JsonService::Request> all = service_.requests();
    std::erase_if(
        all, [part](const JsonService::Request& request) { return Api::part_of(plain(request)) != part; });
    return all;
}

JsonService::Reply GlobalpingService::answer(const JsonService::Request& request) {
    const std::lock_guard lock(mutex_);
    const auto part = Api::part_of(plain(request));
    if (part)
        if (const auto instead = replies_.find(*part); instead != replies_.end()) return instead->second;
    rehearsal::HttpAnswer said = api_.answer(plain(request));
    Reply reply;
    reply.status = said.status;
    reply.body = std::move(said.body);
    reply.headers = std::move(said.headers);
    return reply;
}

}  // namespace sereno::test
