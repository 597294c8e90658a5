// Vendors' status pages: the first byte chooses the format and whether components are asked for.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "probes/witness/status/report.hpp"

using namespace sereno;

namespace {

void hold(bool promise) {
    if (!promise) std::abort();
}

constexpr std::array formats{StatusFormat::statuspage, StatusFormat::slack, StatusFormat::google,
                             StatusFormat::aws, StatusFormat::feed};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view body{reinterpret_cast<const char*>(data) + 1, size - 1};
    StatusPage page;
    page.format = formats.at(data[0] % formats.size());
    if (data[0] >= 128) page.components = {"API", "us-*"};
    const StatusReport report = read_status(page, body, Stamp{std::chrono::seconds{1775304000}});
    hold(report.understood == report.why.empty());
    hold(report.understood || report.says == Failure::none);
    hold(!report.understood || !report.words.empty());
    hold(report.words.size() <= 200 && report.why.size() <= 200 && report.affected.size() <= 16);
    hold(report.says == Failure::none || report.says == Failure::reported_outage ||
         report.says == Failure::reported_degraded || report.says == Failure::reported_maintenance);
    return 0;
}
