// What RIPE's route collectors know, and the texts in which RIS Live and RIPEstat tell of it. Pure.
// https://ris-live.ripe.net/manual/ https://stat.ripe.net/docs/
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/model/time.hpp"

namespace sereno::rehearsal {

/// An UPDATE of RIS Live. `path`: the peer's AS first, the origin last; `heard`: by the collector.
std::string ris_announcement(const std::string& prefix, const std::string& peer,
                             const std::vector<std::uint32_t>& path, const std::string& collector,
                             Stamp heard);
std::string ris_withdrawal(const std::string& prefix, const std::string& peer, std::uint32_t peer_asn,
                           const std::string& collector, Stamp heard);

/// A router that tells a collector its routes.
struct RoutePeer {
    std::string address;
    std::uint32_t asn = 0;
    std::string collector;  ///< "rrc00"
};
/// Eight of each family, at three collectors.
const std::vector<RoutePeer>& route_peers(bool v6);
bool is_v6(const std::string& prefix);

/// Whom RIPEstat's looking glass finds with a route, prefix by prefix.
struct GlassAnswer {
    std::string prefix;
    std::uint32_t origin = 0;
    bool announced = true;  ///< by every peer, or by none
};
/// The body of RIPEstat's answer; `newest`: the time of what the collectors heard last.
std::string looking_glass_body(const GlassAnswer& answer, Stamp newest);

/// The peer's path to `origin`, through one of two transits.
std::vector<std::uint32_t> path_to(std::uint32_t origin, const RoutePeer& peer);

/// Prefixes of the RIPE NCC itself (AS3333), announced to everybody without a break.
const std::map<std::string, std::uint32_t>& lasting_prefixes();

}  // namespace sereno::rehearsal
