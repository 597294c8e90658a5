#include "probes/witness/status/report.hpp"

#include <algorithm>

#include "agent/model/ascii.hpp"

namespace sereno {

StatusReport read_status(const StatusPage& page, std::string_view body, Stamp wall_now) {
    switch (page.format) {
        case StatusFormat::statuspage:
            return read_statuspage(page, body, wall_now);
        case StatusFormat::slack:
            return read_slack(page, body, wall_now);
        case StatusFormat::google:
            return read_google(page, body, wall_now);
        case StatusFormat::aws:
            return read_aws(page, body, wall_now);
        case StatusFormat::feed:
            return read_feed(page, body, wall_now);
    }
    return {};
}

bool counts(const StatusPage& page, std::string_view component) {
    if (page.components.empty()) return true;
    const std::string name = lower_ascii(component);
    return !name.empty() &&
           std::any_of(page.components.begin(), page.components.end(), [&](const std::string& one) {
               const std::string wanted = lower_ascii(one);
               if (wanted.ends_with('*')) return name.starts_with(wanted.substr(0, wanted.size() - 1));
               return name == wanted;
           });
}

}  // namespace sereno
