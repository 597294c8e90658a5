// What the kernel knows about the way out: routes, interfaces, neighbours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sereno {

/// The route that would be taken. Of several default routes that with the smallest metric, IPv4 before IPv6.
struct Route {
    int interface = 0;
    std::string gateway;        ///< literal address; empty on point-to-point links and on the link itself
    bool carrier_lost = false;  ///< the kernel marks the route's link as down (RTNH_F_LINKDOWN)
};
/// `error` 0 and no route: there is none.
struct RouteAnswer {
    int error = 0;
    std::optional<Route> route;
};
/// The default route of the main table.
RouteAnswer default_route();
/// The route that the kernel would choose for this literal address.
RouteAnswer route_to(const std::string& address);
/// The route that it would choose for the IPv6 Internet.
RouteAnswer route_to_ipv6();

struct Link {
    int error = 0;  ///< errno when the interface could not be asked
    std::string name;
    bool up = false;  ///< switched on (IFF_UP)
    bool running =
        false;  ///< and able to carry packets (RFC 2863 operational state); always true for loopback
};
Link link_of(int interface);

/// How many interfaces other than loopback there are, and how many of them are up and running.
struct LinkCount {
    int error = 0;
    int all = 0, running = 0;
};
LinkCount count_links();

/// What the kernel knows of a neighbour's hardware address.
enum class Neighbour : std::uint8_t {
    unknown,  ///< no entry, or it could not be asked
    known,
    sought,  ///< it has asked the link and waits (NUD_INCOMPLETE)
    failed,  ///< it has given up (NUD_FAILED)
};
/// Of this literal address; where it carries an interface ("fe80::1%eth0"), on that one.
Neighbour neighbour(const std::string& address);

}  // namespace sereno
