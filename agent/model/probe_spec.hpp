// What there is to observe, as plain data: configuration makes these, the scheduler times them, probes run
// them.
#pragma once

#include <cstdint>
#include <optional>
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
    std::string https_url;  ///< its DNS over HTTPS (RFC 8484), asked at endpoint.address; empty: none known
    auto operator<=>(const DnsServer&) const = default;
};

enum class RecordType : std::uint16_t { a = 1, ns = 2, soa = 6, txt = 16, aaaa = 28 };
enum class DnsTransport : std::uint8_t { udp, tcp, https };
enum class Family : std::uint8_t { any, v4, v6 };

/// Asks one server (RFC 1035). A resolver gets recursion desired; an authoritative server does not, and must
/// set AA.
struct DnsQuery {
    DnsServer server;
    std::string name;
    RecordType type = RecordType::a;
    DnsTransport transport = DnsTransport::udp;  ///< a truncated UDP answer is asked again over TCP
    bool recursion = true;
    bool checking_disabled = false;  ///< the CD bit: a validating resolver passes on what it cannot validate
    bool expect_silence = false;     ///< nobody runs DNS there: an answer is dns_intercepted, none is well
};

/// Compares the value at a JSON pointer (RFC 6901) of a body. Absent, or a body that is no JSON: a mismatch.
struct JsonRule {
    enum class Is : std::uint8_t { present, equal, different, at_least, at_most };
    std::string pointer;
    Is is = Is::equal;
    std::string value;  ///< as JSON text: "\"ok\"", "3", "true"
    bool operator==(const JsonRule&) const = default;
};

enum class HttpVersion : std::uint8_t { http1, http2 };

/// Fetches one URL (http or https) at an address that the resolvers gave, then what is in `then`, in order.
struct HttpFetch {
    std::string url;
    std::vector<std::pair<int, int>> expected_status{{200, 399}};  ///< inclusive ranges
    std::string contains;     ///< must stand in the body; empty: any body
    bool empty_body = false;  ///< the body must be empty (captive portals answer generate_204 with a page)
    std::size_t max_body_bytes = 262144;
    std::vector<JsonRule> json;
    std::vector<std::string> redirect_hosts;   ///< a redirect to one of them is followed, at most 5 times; a
                                               ///< status that is expected ends it. None: none is followed
    std::vector<HttpFetch> then;               ///< further steps, in order; the first that fails ends it
    Family family = Family::any;               ///< any: IPv4, or IPv6 when there is no IPv4 address
    HttpVersion version = HttpVersion::http1;  ///< http2: offered by ALPN; the answer may be 1.1 all the same
    bool direct = false;                       ///< past the proxy that ProbeContext names
    bool at_remembered = false;       ///< at the last-known-good address instead of what resolvers say now
    std::uint16_t segment_bytes = 0;  ///< largest TCP segment (TCP_MAXSEG); 0: the path's own
};

/// The fetch itself and all that follows it, in the order in which they are done; at most 8. They point into
/// `fetch`.
std::vector<const HttpFetch*> steps_of(const HttpFetch& fetch);

/// A TLS handshake with the address of `host`, for another name: filters that go by name let it pass. Any
/// certificate is an answer.
struct TlsHandshake {
    std::string host;
    std::uint16_t port = 443;
    std::string server_name;     ///< sent as SNI
    bool at_remembered = false;  ///< see HttpFetch
};

enum class PathProtocol : std::uint8_t { udp, tcp };

/// Where packets to `host` get to: rising hop limits, and the errors that routers send back, without
/// privileges (IP_RECVERR, as tracepath(8) does). Arriving is well, also when the port refuses.
struct PathTrace {
    std::string host;  ///< a literal address; or a name, whose remembered or resolved address is taken
    std::uint16_t port = 443;
    PathProtocol protocol = PathProtocol::udp;
    int most_hops = 30;
};

/// Do a zone's servers, and its parent's, agree on who they are? Asks each server for NS and SOA and one of
/// the parent's for the delegation (RFC 1034 section 4.2.2). Different serials are told, not a failure: they
/// differ for a while after every change.
struct ZoneCheck {
    std::string zone;
    std::vector<DnsServer> servers;
};

/// This computer's own health since the last look: lateness of the loop, sleep, descriptors, memory.
struct HostHealth {};

/// Do the peers of route collectors still have a route for exactly these prefixes? Read from a live feed (RIS
/// Live), at no cost to anybody. A covering route proves nothing. Fails with route_withdrawn when that is
/// said of at least half of those of which something is known.
struct RouteVisibility {
    std::vector<std::string> prefixes;  ///< "129.134.30.0/24"
    std::vector<DnsServer> servers;     ///< without prefixes: those in which these servers' addresses are
                                        ///< announced, learned from the origin service
};

/// The same, by asking a looking glass now (RIPEstat).
struct LookingGlass {
    std::vector<std::string> prefixes;
    std::vector<DnsServer> servers;
};

/// Asks probes in other networks to resolve a name or fetch a page (Globalping). Each becomes a Voice; it
/// fails as most of those that speak do.
struct ViewElsewhere {
    enum class What : std::uint8_t { dns, http };
    What what = What::http;
    std::string name;  ///< dns: the name, type A
    HttpFetch fetch;   ///< http: its URL and expected status; steps and body rules are not asked of others
    int voices = 3;    ///< networks that are asked, each in another AS
};

/// How a vendor's status page is to be read.
enum class StatusFormat : std::uint8_t {
    statuspage,  ///< /api/v2/summary.json of Atlassian Statuspage
    slack,       ///< slack-status.com/api/v2.0.0/current
    google,      ///< incidents.json of Google Cloud and Google Workspace
    aws,         ///< health.aws.amazon.com/public/currentevents, UTF-16
    feed,        ///< RSS 2.0 or Atom
};
std::string_view to_string(StatusFormat format);
std::optional<StatusFormat> status_format_from(std::string_view text);

/// What the vendor says of itself: fails with reported_outage or reported_degraded, with status_page_gone
/// when the page does not answer, with witness_unknown when it cannot be understood.
struct StatusPage {
    StatusFormat format = StatusFormat::statuspage;
    std::string url;
    std::vector<std::string> components;  ///< those that count, by name or id, case ignored; a trailing '*'
                                          ///< is any ending. None: all
    bool operator==(const StatusPage&) const = default;
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
    int echoes = 5;          ///< sent 100 ms apart; some lost, or half of them slower than 200 ms: link_weak
};

/// Is a systemd unit active? Asks `systemctl is-active`, by argv.
struct UnitState {
    std::string unit;
};

using ProbeTask =
    std::variant<DnsQuery, HttpFetch, TcpConnect, RouteLookup, GatewayEcho, UnitState, TlsHandshake,
                 PathTrace, ZoneCheck, HostHealth, RouteVisibility, LookingGlass, ViewElsewhere, StatusPage>;

struct ProbeSpec {
    ProbeId id;
    SubjectId subject;
    Group group = Group::edge;
    ProbeTask task;
    Micros interval{60'000'000};  ///< between two runs when all is quiet
    Micros timeout{5'000'000};    ///< for one run, all phases and steps together
    bool on_suspicion = false;    ///< run only when asked for: has no rhythm of its own
    Micros pause{0};              ///< never asked for out of turn sooner than this after the last run; 0: as
                                  ///< doubt wants it. Strangers are asked gently
    WitnessId witness;            ///< who is asked to look from elsewhere; empty: this host looks itself
};

/// The proxy between this network and the rest (RFC 9110 section 7.6; CONNECT for https).
struct Proxy {
    std::string http_url, https_url;  ///< "http://proxy.example:3128" for each scheme; empty: direct
    std::vector<std::string>
        no_proxy;  ///< fetched directly: hosts, ".domains", addresses, prefixes; "*": all
    bool operator==(const Proxy&) const = default;
};

ProbeKind kind_of(const ProbeTask& task);

}  // namespace sereno
