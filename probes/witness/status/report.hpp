// What a vendor's status page says, whatever its format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/model/probe_spec.hpp"
#include "agent/model/time.hpp"

namespace sereno {

struct StatusReport {
    bool understood = false;            ///< false: `why` says what was expected and what came instead
    Failure says = Failure::none;       ///< none, reported_outage, reported_degraded or reported_maintenance
    std::string words;                  ///< the vendor's own, of what counts; plain text, at most 200 bytes
    std::vector<std::string> affected;  ///< components or services that are not well and count, at most 16
    std::string why;
};

/// Reads `body` of a page in `page.format`, keeps what `page.components` name. `wall_now`: the wall clock,
/// for pages that only tell when. Any bytes are safe; no answer is remembered.
StatusReport read_status(const StatusPage& page, std::string_view body, Stamp wall_now);

// One reader a format, each in a file of its own.
StatusReport read_statuspage(const StatusPage& page, std::string_view body, Stamp wall_now);
StatusReport read_slack(const StatusPage& page, std::string_view body, Stamp wall_now);
StatusReport read_google(const StatusPage& page, std::string_view body, Stamp wall_now);
StatusReport read_aws(const StatusPage& page, std::string_view body, Stamp wall_now);
StatusReport read_feed(const StatusPage& page, std::string_view body, Stamp wall_now);

/// Does this component count? See StatusPage::components.
bool counts(const StatusPage& page, std::string_view component);

}  // namespace sereno
