// What Globalping is asked and what it answers, as text. Pure.
// https://globalping.io/docs/api.globalping.io
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/probe_spec.hpp"

namespace sereno {

inline constexpr int most_voices = 16;

/// The body of POST /v1/measurements.
struct GlobalpingRequest {
    std::string body;
    int tests = 0;      ///< that it costs at most, 1..16
    std::string about;  ///< for people: "www.example.com"
    std::string why;  ///< it may not be asked of others: passwords, addresses of this network; empty: it may
};
/// Each voice is asked for in another continent, in turn, because the service promises nothing about
/// networks: those on different continents are seldom one and the same. One that has no probe gives none.
/// Pages are fetched with GET, as this host does: HEAD is often answered differently.
GlobalpingRequest globalping_request(const ViewElsewhere& task);
/// The same for questions whose answers are the same.
std::string question_of(const ViewElsewhere& task);

/// `rateLimit.measurements.create` of GET /v1/limits.
struct GlobalpingLimits {
    bool known = false;
    std::int32_t left = 0, limit = 0;
    Micros resets_in{0};  ///< 0: not said, or the time has not begun
    std::string why;      ///< not known: what is wrong with it
};
GlobalpingLimits read_limits(const std::string& body);
/// The same from the answer to a POST: X-RateLimit-Limit, -Remaining, -Reset. Names in lower case.
GlobalpingLimits limits_of(const std::vector<std::pair<std::string, std::string>>& headers);

/// The answer to a POST.
struct GlobalpingCreated {
    std::string id;  ///< letters and digits, at most 64; empty: `why`
    int probes = 0;  ///< 0: not said
    std::string why;
};
GlobalpingCreated read_created(const std::string& body);

/// The answer to GET /v1/measurements/ID.
struct GlobalpingMeasured {
    bool known = false;     ///< false: `why`
    bool finished = false;  ///< nothing more will come
    /// Of the tests that have ended; one a network: of several in one AS the first that can say something.
    std::vector<Voice> voices;
    std::vector<std::string> addresses;  ///< to which the name leads there, each once, at most 16
    std::string why;
};
GlobalpingMeasured read_measured(const std::string& body, const std::string& id, const ViewElsewhere& task);

/// What an answer that is no 2xx says is wrong: "no_probes_found: No suitable probes found". Empty: nothing.
std::string read_error(const std::string& body);

}  // namespace sereno
