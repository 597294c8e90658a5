// Globalping as its documentation describes it: measurements by probes in other networks, and limits that
// count down. Pure: requests in, answers out. https://globalping.io/docs/api.globalping.io
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/rehearsal/world/http_conversation.hpp"

namespace sereno::rehearsal {

struct GlobalpingProbe {
    std::string continent, country, city;
    std::uint32_t asn = 0;
    std::string network;
};
struct GlobalpingQuestion {
    std::string type, target;  ///< "http", "www.example.com"
    std::string scheme, path, query, method;
    int port = 0;
};
/// The `result` of one probe's test as JSON text, from those below or any other.
using GlobalpingEyes = std::function<std::string(const GlobalpingProbe&, const GlobalpingQuestion&)>;

/// In six networks on four continents.
std::vector<GlobalpingProbe> usual_globalping_probes();

class GlobalpingApi {
  public:
    enum class Part : std::uint8_t { limits, create, measurement };
    static constexpr std::size_t most_measurements = 1000;  ///< the oldest is forgotten

    explicit GlobalpingApi(GlobalpingEyes eyes) : eyes_(std::move(eyes)) {}

    [[nodiscard]] HttpAnswer answer(const HttpRequest& request);
    /// What a request is about; empty: nothing that there is.
    static std::optional<Part> part_of(const HttpRequest& request);

    void set_probes(std::vector<GlobalpingProbe> probes) { probes_ = std::move(probes); }
    void set_eyes(GlobalpingEyes eyes) { eyes_ = std::move(eyes); }
    void set_limits(int left, int limit, int reset_seconds);
    /// A measurement is finished at its `looks`th look, counted from 1. Negative: never.
    void set_looks(int looks) { looks_ = looks; }
    /// While it is not finished, so many of its first tests are.
    void set_early(std::size_t tests) { early_ = tests; }

    [[nodiscard]] int tests() const { return tests_; }  ///< that were counted
    [[nodiscard]] const std::vector<GlobalpingQuestion>& questions() const { return questions_; }

    // Results of one test.
    static std::string page(int status, const std::string& headers = "{}");
    static std::string page_with_certificate(const std::string& error);  ///< "CERT_HAS_EXPIRED"
    static std::string resolved(const std::vector<std::string>& addresses);
    static std::string code(const std::string& name);  ///< "NXDOMAIN"
    static std::string failed(const std::string& words);
    static std::string offline();

  private:
    struct Measurement {
        GlobalpingQuestion question;
        std::vector<GlobalpingProbe> probes;
        int looks = 0;
    };
    [[nodiscard]] HttpAnswer limits() const;
    [[nodiscard]] HttpAnswer create(const HttpRequest& request);
    [[nodiscard]] HttpAnswer measurement(const std::string& id);
    [[nodiscard]] std::vector<GlobalpingProbe> chosen(const std::string& body) const;
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> limit_headers(int consumed) const;

    std::vector<GlobalpingProbe> probes_ = usual_globalping_probes();
    GlobalpingEyes eyes_;
    int left_ = 250, limit_ = 250, reset_ = 3600, tests_ = 0, looks_ = 2;
    std::size_t early_ = 0;
    std::uint64_t made_ = 0;
    std::map<std::string, Measurement> measurements_;
    std::vector<GlobalpingQuestion> questions_;  ///< at most the first most_measurements
};

}  // namespace sereno::rehearsal
