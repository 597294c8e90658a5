#include "probes/local/routing.hpp"

#include <linux/if.h>
#include <linux/neighbour.h>
#include <netinet/in.h>
#include <string.h>

#include <cerrno>
#include <limits>
#include <string_view>

#include "agent/loop/address.hpp"
#include "probes/local/netlink.hpp"

namespace sereno {

namespace {

using netlink::Request;

struct Candidate {
    Route route;
    std::uint32_t metric = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t table = RT_TABLE_UNSPEC;
};

std::string scoped(std::string address, int interface) {
    // fe80::/10 means nothing without its interface.
    const bool link_local = address.size() > 4 && address.starts_with("fe") && address[4] == ':' &&
                            std::string_view("89ab").find(address[2]) != std::string_view::npos;
    if (link_local) address += "%" + std::to_string(interface);
    return address;
}

/// The first next hop of a multipath route.
void read_multipath(int family, const rtattr& attribute, Route& route) {
    const auto bytes = netlink::payload(attribute);
    if (bytes.size() < sizeof(rtnexthop)) return;
    const auto* hop = reinterpret_cast<const rtnexthop*>(bytes.data());
    if (hop->rtnh_len > bytes.size() || hop->rtnh_len < sizeof(rtnexthop)) return;
    route.interface = hop->rtnh_ifindex;
    route.carrier_lost = (hop->rtnh_flags & (RTNH_F_LINKDOWN | RTNH_F_DEAD)) != 0;
    auto left = static_cast<unsigned>(hop->rtnh_len - sizeof(rtnexthop));
    const auto* start = bytes.data() + sizeof(rtnexthop);
    for (const auto* rta = reinterpret_cast<const rtattr*>(start); RTA_OK(rta, left);
         rta = RTA_NEXT(rta, left))
        if (rta->rta_type == RTA_GATEWAY)
            route.gateway = netlink::address_text(family, netlink::payload(*rta));
}

/// RTA_VIA: a gateway of the other family (RFC 5549), an address family followed by the address.
std::string read_via(const rtattr& attribute) {
    const auto bytes = netlink::payload(attribute);
    if (bytes.size() < sizeof(std::uint16_t)) return {};
    std::uint16_t family = 0;
    ::memcpy(&family, bytes.data(), sizeof family);
    return netlink::address_text(family, bytes.subspan(sizeof family));
}

Candidate read_route(const nlmsghdr& header) {
    const auto& message = *static_cast<const rtmsg*>(NLMSG_DATA(&header));
    Candidate found;
    found.metric = 0;  // absent: the best
    found.table = message.rtm_table;
    found.route.carrier_lost = (message.rtm_flags & (RTNH_F_LINKDOWN | RTNH_F_DEAD)) != 0;
    netlink::each_attribute(header, sizeof(rtmsg), [&](const rtattr& attribute) {
        switch (attribute.rta_type) {
            case RTA_OIF:
                found.route.interface = static_cast<int>(netlink::number(attribute));
                break;
            case RTA_PRIORITY:
                found.metric = netlink::number(attribute);
                break;
            case RTA_TABLE:
                found.table = netlink::number(attribute);
                break;
            case RTA_GATEWAY:
                found.route.gateway = netlink::address_text(message.rtm_family, netlink::payload(attribute));
                break;
            case RTA_VIA:
                found.route.gateway = read_via(attribute);
                break;
            case RTA_MULTIPATH:
                read_multipath(message.rtm_family, attribute, found.route);
                break;
            default:
                break;
        }
    });
    found.route.gateway = scoped(std::move(found.route.gateway), found.route.interface);
    return found;
}

bool is_route(const nlmsghdr& header) {
    return header.nlmsg_type == RTM_NEWROUTE && header.nlmsg_len >= NLMSG_LENGTH(sizeof(rtmsg));
}

RouteAnswer default_route(int family) {
    rtmsg body{};
    body.rtm_family = static_cast<unsigned char>(family);
    const Request request(RTM_GETROUTE, NLM_F_DUMP, body);
    Candidate best;
    bool any = false;
    const int error = netlink::ask(request, [&](const nlmsghdr& header) {
        if (!is_route(header)) return;
        const auto& message = *static_cast<const rtmsg*>(NLMSG_DATA(&header));
        if (message.rtm_dst_len != 0 || message.rtm_type != RTN_UNICAST) return;
        Candidate found = read_route(header);
        if (found.table != RT_TABLE_MAIN || (any && found.metric >= best.metric)) return;
        best = std::move(found);
        any = true;
    });
    if (error != 0) return {error, std::nullopt};
    return {0, any ? std::optional<Route>(std::move(best.route)) : std::nullopt};
}

/// The address alone, as netlink takes it.
std::span<const std::byte> raw_address(const SocketAddress& address) {
    if (address.family() == AF_INET6)
        return std::as_bytes(std::span(&reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_addr, 1));
    return std::as_bytes(std::span(&reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr, 1));
}

/// The interface that a link-local address carries; 0: none.
std::uint32_t scope_of(const SocketAddress& address) {
    if (address.family() != AF_INET6) return 0;
    return reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_scope_id;
}

Neighbour state_of(unsigned state) {
    if ((state & NUD_FAILED) != 0) return Neighbour::failed;
    return (state & NUD_INCOMPLETE) != 0 ? Neighbour::sought : Neighbour::known;
}

bool means_no_route(int error) {
    return error == ENETUNREACH || error == EHOSTUNREACH || error == EINVAL || error == ESRCH;
}

Link read_link(const nlmsghdr& header) {
    const auto& message = *static_cast<const ifinfomsg*>(NLMSG_DATA(&header));
    Link link;
    link.up = (message.ifi_flags & IFF_UP) != 0;
    link.running = link.up && (message.ifi_flags & (IFF_RUNNING | IFF_LOOPBACK)) != 0;
    netlink::each_attribute(header, sizeof(ifinfomsg), [&link](const rtattr& attribute) {
        if (attribute.rta_type != IFLA_IFNAME) return;
        const auto bytes = netlink::payload(attribute);
        link.name.assign(reinterpret_cast<const char*>(bytes.data()),
                         ::strnlen(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    });
    return link;
}

bool is_link(const nlmsghdr& header) {
    return header.nlmsg_type == RTM_NEWLINK && header.nlmsg_len >= NLMSG_LENGTH(sizeof(ifinfomsg));
}

}  // namespace

RouteAnswer default_route() {
    RouteAnswer v4 = default_route(AF_INET);
    if (v4.route) return v4;
    RouteAnswer v6 = default_route(AF_INET6);
    if (v6.error != 0 && v4.error == 0) return v4;  // a kernel without IPv6
    return v6;
}

RouteAnswer route_to(const std::string& address) {
    const auto target = socket_address({address, 0});
    if (!target) return {EINVAL, std::nullopt};
    const auto bytes = raw_address(*target);
    rtmsg body{};
    body.rtm_family = static_cast<unsigned char>(target->family());
    body.rtm_dst_len = static_cast<unsigned char>(bytes.size() * 8);
    Request request(RTM_GETROUTE, 0, body);
    request.add(RTA_DST, bytes);
    if (target->family() == AF_INET6) {
        const std::uint32_t scope = scope_of(*target);
        if (scope != 0) request.add(RTA_OIF, std::as_bytes(std::span(&scope, 1)));
    }
    RouteAnswer answer;
    answer.error = netlink::ask(request, [&answer](const nlmsghdr& header) {
        if (is_route(header)) answer.route = read_route(header).route;
    });
    if (means_no_route(answer.error)) return {};
    return answer;
}

// What is in use is all under 2000::/3 (RFC 4291 section 2.4); a way to its first address is a default route,
// or one that some networks announce instead of it.
RouteAnswer route_to_ipv6() {
    return route_to("2000::");
}

Link link_of(int interface) {
    ifinfomsg body{};
    body.ifi_index = interface;
    Link link;
    const int error = netlink::ask(Request(RTM_GETLINK, 0, body), [&link](const nlmsghdr& header) {
        if (is_link(header)) link = read_link(header);
    });
    link.error = error;
    return link;
}

LinkCount count_links() {
    const ifinfomsg body{};
    LinkCount count;
    count.error = netlink::ask(Request(RTM_GETLINK, NLM_F_DUMP, body), [&count](const nlmsghdr& header) {
        if (!is_link(header)) return;
        if ((static_cast<const ifinfomsg*>(NLMSG_DATA(&header))->ifi_flags & IFF_LOOPBACK) != 0) return;
        ++count.all;
        if (read_link(header).running) ++count.running;
    });
    return count;
}

Neighbour neighbour(const std::string& address) {
    const auto target = socket_address({address, 0});
    if (!target) return Neighbour::unknown;
    const auto wanted = raw_address(*target);
    const auto interface = static_cast<int>(scope_of(*target));
    ndmsg body{};
    body.ndm_family = static_cast<unsigned char>(target->family());
    auto found = Neighbour::unknown;
    const auto look = [&](const nlmsghdr& header) {
        if (header.nlmsg_type != RTM_NEWNEIGH || header.nlmsg_len < NLMSG_LENGTH(sizeof(ndmsg))) return;
        const auto& message = *static_cast<const ndmsg*>(NLMSG_DATA(&header));
        if (interface != 0 && message.ndm_ifindex != interface) return;
        netlink::each_attribute(header, sizeof(ndmsg), [&](const rtattr& attribute) {
            const auto bytes = netlink::payload(attribute);
            if (attribute.rta_type == NDA_DST && bytes.size() == wanted.size() &&
                ::memcmp(bytes.data(), wanted.data(), wanted.size()) == 0)
                found = state_of(message.ndm_state);
        });
    };
    const int error = netlink::ask(Request(RTM_GETNEIGH, NLM_F_DUMP, body), look);
    return error == 0 ? found : Neighbour::unknown;
}

}  // namespace sereno
