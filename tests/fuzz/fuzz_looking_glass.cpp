// Answers of a looking glass. The first line is the prefix that it was asked about.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/loop/address.hpp"
#include "probes/witness/ripestat.hpp"

using namespace sereno;

namespace {

/// 4 October 2021, 15:58:08 UTC.
constexpr Stamp clock_there{std::chrono::seconds{1633363088}};

void hold(bool promise) {
    if (!promise) std::abort();
}

void hold_to_promises(const LookingGlassAnswer& answer, const std::string& asked) {
    hold(answer.known == answer.why.empty());
    if (!answer.known) return hold(answer.peers.empty() && answer.covered_by.empty());
    hold(answer.said <= clock_there && clock_there - answer.said <= std::chrono::minutes{10});
    const auto prefix = read_prefix(asked);
    hold(prefix.has_value());
    for (const PeerRoute& route : answer.peers) {
        hold(is_literal(route.peer) && !route.collector.empty() && route.path_length > 0);
        hold(std::count_if(answer.peers.begin(), answer.peers.end(), [&](const PeerRoute& other) {
                 return other.collector == route.collector && other.peer == route.peer &&
                        other.asn == route.asn;
             }) == 1);
    }
    if (answer.covered_by.empty()) return;
    const auto covering = read_prefix(answer.covered_by);
    hold(covering && covering->length < prefix->length && holds(*covering, prefix->start));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto end = std::min(text.find('\n'), text.size());
    const std::string prefix = text.substr(0, end), body = text.substr(std::min(end + 1, text.size()));
    const LookingGlassAnswer answer = read_looking_glass(body, prefix, clock_there);
    hold_to_promises(answer, prefix);
    // However the prefix was written.
    if (const auto same = read_prefix(prefix); same && answer.known)
        hold(read_looking_glass(body, to_string(*same), clock_there).peers == answer.peers);
    return 0;
}
