// What one attempt saw. Probes and witnesses make these; the diagnosis reads nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/failure.hpp"
#include "agent/model/ids.hpp"
#include "agent/model/time.hpp"

namespace sereno {

enum class ProbeKind : std::uint8_t {
    dns,
    http,
    tcp,
    route,
    gateway,
    unit,
    tls,
    path,
    zone,
    health,
    visibility,     ///< exact prefixes in a live feed of route collectors
    looking_glass,  ///< the same, asked once
    elsewhere,      ///< names and pages, asked by probes in other networks
    status_page     ///< what the vendor says
};
inline constexpr std::size_t probe_kinds = 14;

/// Evidence that shares fate: what fails together for one reason counts once.
enum class Group : std::uint8_t {
    link,           ///< default route and gateway
    controls,       ///< names and literal addresses that have nothing to do with the platform
    resolver,       ///< the platform's names through resolvers
    authoritative,  ///< the platform's own name servers, asked directly
    edge,           ///< TCP, TLS and HTTP to the platform from here
    app,            ///< the team's own program
    witness,        ///< eyes in other networks: probe networks, later other watchmen
    host,           ///< this computer's own health
    network,        ///< what this network does to traffic: interception, IPv6, proxies, other transports
    path,           ///< where packets get to
    second_look,    ///< a platform asked in another way: remembered address, other name, small segments
    routing,        ///< what route collectors see of the platform's prefixes
    vendor,         ///< what the platform says of itself
};
inline constexpr std::size_t group_count = 13;

/// From where it was seen. An empty name means this host.
struct Vantage {
    std::string name;       ///< "globalping Frankfurt", at most 64 bytes
    std::uint32_t asn = 0;  ///< 0: not known
    std::string country;    ///< ISO 3166-1 alpha-2, "DE"; empty: not known
    [[nodiscard]] bool is_this_host() const { return name.empty(); }
    bool operator==(const Vantage&) const = default;
};

/// What a TLS server showed, also when it was not accepted.
struct CertificateSeen {
    std::string issuer;  ///< common name or organisation of the issuer, at most 64 bytes
    int days_left = 0;   ///< whole days until the certificate itself expires; negative: since
    bool operator==(const CertificateSeen&) const = default;
};

/// What one pair of eyes elsewhere saw.
struct Voice {
    Vantage vantage;
    Stage reached = Stage::done;
    Failure failure = Failure::none;  ///< as if seen from here; witness_unknown: it could not say
    int http_status = 0;              ///< 0: none came
    std::string words;                ///< for people, never parsed; at most 200 bytes
    /// Being turned away is an answer.
    [[nodiscard]] bool well() const { return failure == Failure::none || is_reachable(failure); }
    [[nodiscard]] bool speaks() const { return well() || speaks_of_target(failure); }
    bool operator==(const Voice&) const = default;
};

/// What route collectors see of a set of exact prefixes.
struct RoutesSeen {
    int prefixes = 0;     ///< of which something is known
    int withdrawn = 0;    ///< of these: seen by fewer than half of the peers that had them
    int peers_now = 0;    ///< of the prefix that is seen least
    int peers_known = 0;  ///< how many had that one within a day
    bool operator==(const RoutesSeen&) const = default;
};

struct Observation {
    ObservationId id;  ///< given by the brain's shell when it enters the core; probes leave it empty
    ProbeId probe;
    SubjectId subject;
    ProbeKind kind = ProbeKind::http;
    Group group = Group::edge;
    Vantage vantage;
    Stamp scheduled, started,
        finished;                     ///< scheduled..started is our own lateness, never blamed on the target
    Stage reached = Stage::schedule;  ///< done exactly when failure is none
    Failure failure = Failure::none;
    Micros dns{0}, connect{0}, tls{0}, first_byte{0};  ///< length of each phase; 0: the phase did not happen
    int http_status = 0;                               ///< 0: no status line came
    int step = 0;          ///< of a fetch in several steps: the one that failed, or the last; 0 is the first
    int ttl_seconds = -1;  ///< smallest TTL of the answer; -1: no answer
    std::string address;   ///< the address asked or connected to, "157.240.0.35:443"; may be empty
    std::vector<std::string>
        answers;       ///< addresses or names a DNS answer held, at most 16; hops of a path, at most 32
    std::string edge;  ///< fingerprint of the front end, "cloudflare", "proxygen-bolt"; may be empty
    std::string via;   ///< of an HTTP answer: the proxies that it names (RFC 9110 section 7.6.3), 64 bytes
    std::string icmp_from;  ///< who sent the ICMP error, and which: "203.0.113.9 host unreachable"
    std::optional<CertificateSeen> certificate;
    std::optional<std::int32_t>
        clock_offset_seconds;   ///< the answer's Date minus this host's wall clock (RFC 9110 section 6.6.1)
    std::vector<Voice> voices;  ///< of a witness that is several, at most 16
    std::optional<RoutesSeen> routes;
    Stamp said;  ///< of a witness: when what it says was true, which may be long before it was asked; zero of
                 ///< our own probes
    std::string detail;  ///< for people only, never parsed; at most 200 bytes

    /// When what it tells was true.
    [[nodiscard]] Stamp seen_at() const { return said == Stamp{} ? finished : said; }
    [[nodiscard]] bool ok() const { return failure == Failure::none; }
    /// A platform that turns us away is alive, and so is one that is being maintained as announced. A control
    /// or an app of our own that turns us away is not what it should be.
    [[nodiscard]] bool well() const {
        const bool of_platform =
            group == Group::edge || group == Group::second_look || group == Group::witness;
        return ok() || (is_reachable(failure) && of_platform) || failure == Failure::reported_maintenance;
    }
};

std::string_view to_string(ProbeKind kind);
std::string_view to_string(Group group);

}  // namespace sereno
