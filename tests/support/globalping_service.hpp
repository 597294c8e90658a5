// Globalping as its documentation describes it, on loopback: measurements of probes in other networks that
// see what a test wants, limits that count down, and every way to misbehave.
// https://globalping.io/docs/api.globalping.io
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "json_service.hpp"

namespace sereno::test {

class GlobalpingService {
  public:
    struct Probe {
        std::string continent, country, city;
        std::uint32_t asn = 0;
        std::string network;
    };
    struct Question {
        std::string type, target;  ///< "http", "www.example.com"
        std::string scheme, path, query, method;
        int port = 0;
    };
    /// The `result` of one probe's test as JSON text, from those below or any other.
    using Eyes = std::function<std::string(const Probe&, const Question&)>;
    enum class Part : std::uint8_t { limits, create, measurement };

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

    static std::string page(int status, const std::string& headers = "{}");
    static std::string page_with_certificate(const std::string& error);  ///< "CERT_HAS_EXPIRED"
    static std::string resolved(const std::vector<std::string>& addresses);
    static std::string code(const std::string& name);  ///< "NXDOMAIN"
    static std::string failed(const std::string& words);
    static std::string offline();

  private:
    struct Measurement {
        Question question;
        std::vector<Probe> probes;
        int looks = 0;
    };
    JsonService::Reply answer(const JsonService::Request& request);
    JsonService::Reply limits() const;
    JsonService::Reply create(const JsonService::Request& request);
    JsonService::Reply measurement(const std::string& id);
    [[nodiscard]] std::vector<Probe> chosen(const std::string& body) const;
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> limit_headers(int consumed) const;

    mutable std::mutex mutex_;
    std::vector<Probe> probes_;
    Eyes eyes_;
    int left_ = 250, limit_ = 250, reset_ = 3600, tests_ = 0, looks_ = 2;
    std::size_t early_ = 0;
    std::map<Part, JsonService::Reply> replies_;
    std::map<std::string, Measurement> measurements_;
    std::vector<Question> questions_;
    JsonService service_;  // last: it calls the others' owner
};

}  // namespace sereno::test
