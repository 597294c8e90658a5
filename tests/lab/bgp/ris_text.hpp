// What RIS Live and RIPEstat would write of what a collector heard. Pure. https://ris-live.ripe.net/manual/
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire.hpp"

namespace sereno::lab::bgp {

/// A router that tells a collector its routes.
struct Peer {
    std::string address;
    std::uint32_t asn = 0;
    std::string host;  ///< of the collector, as it writes itself: "rrc00", "rrc21.ripe.net"
    auto operator<=>(const Peer&) const = default;
};

/// One message of type UPDATE, with what readers stumble over: the peer's AS number is text, a set of ASes is
/// an array in the path, a prefix comes once for each of two next hops. A host that is written with
/// ".ripe.net" also writes IPv6 at full length, and names an empty path and no announcements in a withdrawal;
/// the others leave out what is empty.
std::string ris_update(const Peer& peer, const Update& update, std::int64_t micros, std::uint64_t number);
/// One of type RIS_PEER_STATE.
std::string ris_peer_state(const Peer& peer, bool connected, std::int64_t micros, std::uint64_t number);

struct Route {
    Peer peer;
    Prefix prefix;
    std::vector<Segment> path;
    std::string origin, next_hop;
    std::int64_t since_micros = 0;
};

/// The body of RIPEstat's answer about `resource`: these routes, whatever prefix they lead to.
std::string looking_glass_body(const std::string& resource, const std::vector<Route>& routes,
                               std::int64_t micros);

}  // namespace sereno::lab::bgp
