// What there is to observe, as plain data: configuration makes these, the scheduler times them, probes run
// them.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "agent/model/observation.hpp"

namespace sereno {

/// A literal IPv4 or IPv6 address with a port.
struct Endpoint {
    std::string address;
    std::uint16_t port = 0;
    auto operator<=>(const Endpoint&) const = default;
    [[nodiscard]] bool empty() const { return address.empty(); }
};
/// "192.0.2.1:53", "[2001:db8::1]:53".
std::string to_string(const Endpoint& endpoint);

/// A resolver or name server. With an empty endpoint and a name, its address is learned from the resolvers.
struct DnsServer {
    std::string name;  ///< "cloudflare", "a.ns.facebook.com"; "system" for the configured resolver
    Endpoint endpoint;
    auto operator<=>(const DnsServer&) const = default;
};

enum class RecordType : std::uint16_t { a = 1, aaaa = 28 };
enum class DnsTransport : std::uint8_t { udp, tcp };

/// Asks one server (RFC 1035). A resolver gets recursion desired; an authoritative server does not, and must
/// set AA.
struct DnsQuery {
    DnsServer server;
    std::string name;
    RecordType type = RecordType::a;
    DnsTransport transport = DnsTransport::udp;  ///< a truncated UDP answer is asked again over TCP
    bool recursion = true;
};

/// Fetches one URL (http or https) at an address that the resolvers gave, tried in their order.
struct HttpFetch {
    std::string url;
    std::vector<std::pair<int, int>> expected_status{{200, 399}};  ///< inclusive ranges
    std::string contains;     ///< must stand in the body; empty: any body
    bool empty_body = false;  ///< the body must be empty (captive portals answer generate_204 with a page)
    std::size_t max_body_bytes = 262144;
};

/// Connects and closes. `endpoint.address` may be a name only for apps on this host ("localhost").
struct TcpConnect {
    Endpoint endpoint;
};

/// Is there a route towards the gateway, and is the link up? (rtnetlink(7))
struct RouteLookup {
    std::string gateway;  ///< empty: the default route
};

/// Does the gateway answer anything? ICMP echo where the kernel allows it unprivileged, else TCP, where a
/// refusal counts as an answer.
struct GatewayEcho {
    std::string gateway;     ///< empty: that of the default route
    std::uint16_t port = 0;  ///< 0: ICMP echo first; else TCP to this port only
};

/// Is a systemd unit active? Asks `systemctl is-active`, by argv.
struct UnitState {
    std::string unit;
};

using ProbeTask = std::variant<DnsQuery, HttpFetch, TcpConnect, RouteLookup, GatewayEcho, UnitState>;

struct ProbeSpec {
    ProbeId id;
    SubjectId subject;
    Group group = Group::edge;
    ProbeTask task;
    Micros interval{60'000'000};  ///< between two runs when all is quiet
    Micros timeout{5'000'000};    ///< for one run, all phases together
};

ProbeKind kind_of(const ProbeTask& task);

}  // namespace sereno
