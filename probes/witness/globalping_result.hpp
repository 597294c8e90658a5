// What one probe of Globalping saw, as if seen from here. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/probe_spec.hpp"

namespace sereno {

struct GlobalpingSight {
    Voice voice;                         ///< its vantage is left empty
    std::vector<std::string> addresses;  ///< literal ones, to which the name leads there
};
/// Reads one `result` that has ended: finished, failed or offline.
GlobalpingSight read_sight(const boost::json::object& result, const ViewElsewhere& task);

/// What the words of a test that failed mean. They are Node's, undici's, OpenSSL's and dig's and may change
/// any day: what they do not know is witness_unknown, unless it names an error of the network, which is
/// http_reset.
Failure failure_of_words(std::string_view words, ViewElsewhere::What what);

}  // namespace sereno
