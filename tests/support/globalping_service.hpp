// The rehearsal's Globalping on a loopback address of its own: its probes see what a test wants, and it knows
// every way to misbehave.
// https://globalping.io/docs/api.globalping.io
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/rehearsal/world/globalping_api.hpp"
#include "json_service.hpp"

namespace sereno::test {

class GlobalpingService {
  public:
    using Probe = rehearsal::GlobalpingProbe;
    using Question = rehearsal::GlobalpingQuestion;
    using Eyes = rehearsal::GlobalpingEyes;
    using Part = rehearsal::GlobalpingApi::Part;

    /// Plain HTTP; probes in six networks on four continents that see status 200 and one address.
    GlobalpingService();
    /// TLS.
    explicit GlobalpingService(const Certificate& certificate);

    /// "https://localhost:PORT/".
    [[nodiscard]] std::string base_url() const;

    void set_probes(std::vector<Probe> probes);
    void set_eyes(Eyes eyes);
    void set_limits(int left, int limit, int reset_seconds);
    /// A measurement is finished at its `looks`th look, counted from 1. Negative: never.
    void set_looks(int looks);
    /// While it is not finished, so many of its first tests are.
    void set_early(std::size_t tests);
    /// Instead of what it would say; nothing: as it should.
    void set_reply(Part part, std::optional<JsonService::Reply> reply);

    /// The tests that were counted.
    [[nodiscard]] int tests() const;
    [[nodiscard]] std::vector<Question> questions() const;
    [[nodiscard]] std::vector<JsonService::Request> requests(Part part) const;

    static std::string page(int status, const std::string& headers = "{}") {
        return Api::page(status, headers);
    }
    static std::string page_with_certificate(const std::string& error) {
        return Api::page_with_certificate(error);
    }
    static std::string resolved(const std::vector<std::string>& addresses) {
        return Api::resolved(addresses);
    }
    static std::string code(const std::string& name) { return Api::code(name); }
    static std::string failed(const std::string& words) { return Api::failed(words); }
    static std::string offline() { return Api::offline(); }

  private:
    using Api = rehearsal::GlobalpingApi;
    JsonService::Reply answer(const JsonService::Request& request);

    mutable std::mutex mutex_;
    Api api_;
    std::map<Part, JsonService::Reply> replies_;
    JsonService service_;  // last: it calls the others' owner
};

}  // namespace sereno::test
