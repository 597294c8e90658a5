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

enum class ProbeKind : std::uint8_t { dns, http, tcp, route, gateway, unit, tls, path, zone, health };
inline constexpr std::size_t probe_kinds = 10;

/// Evidence that shares fate: what fails together for one reason counts once.
enum class Group : std::uint8_t {
    link,           ///< default route and gateway
    controls,       ///< names and literal addresses that have nothing to do with the platform
    resolver,       ///< the platform's names through resolvers
    authoritative,  ///< the platform's own name servers, asked directly
    edge,           ///< TCP, TLS and HTTP to the platform from here
    app,            ///< the team's own program
    witness,        ///< eyes in other networks
    host,           ///< this computer's own health
    network,        ///< what this network does to traffic: interception, IPv6, proxies, other transports
    path,           ///< where packets get to
    second_look,    ///< a platform asked in another way: remembered address, other name, small segments
};

/// From where it was seen. `asn` 0 and an empty name mean this host.
struct Vantage {
    std::string name;
    std::uint32_t asn = 0;
    [[nodiscard]] bool is_this_host() const { return name.empty(); }
    bool operator==(const Vantage&) const = default;
};

/// What a TLS server showed, also when it was not accepted.
struct CertificateSeen {
    std::string issuer;  ///< common name or organisation of the issuer, at most 64 bytes
    int days_left = 0;   ///< whole days until the certificate itself expires; negative: since
    bool operator==(const CertificateSeen&) const = default;
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
    int ttl_seconds = -1;                              ///< smallest TTL of the answer; -1: no answer
    std::string address;  ///< the address asked or connected to, "157.240.0.35:443"; may be empty
    std::vector<std::string>
        answers;       ///< addresses or names a DNS answer held, at most 16; hops of a path, at most 32
    std::string edge;  ///< fingerprint of the front end, "cloudflare", "proxygen-bolt"; may be empty
    std::string via;   ///< of an HTTP answer: the proxies that it names (RFC 9110 section 7.6.3), 64 bytes
    std::string icmp_from;  ///< who sent the ICMP error, and which: "203.0.113.9 host unreachable"
    std::optional<CertificateSeen> certificate;
    std::optional<std::int32_t>
        clock_offset_seconds;  ///< the answer's Date minus this host's wall clock (RFC 9110 section 6.6.1)
    std::string detail;        ///< for people only, never parsed; at most 200 bytes

    [[nodiscard]] bool ok() const { return failure == Failure::none; }
    /// A platform that turns us away is alive. A control or an app of our own that does is not what it should
    /// be.
    [[nodiscard]] bool well() const {
        return ok() || (is_reachable(failure) && (group == Group::edge || group == Group::second_look));
    }
};

std::string_view to_string(ProbeKind kind);
std::string_view to_string(Group group);

}  // namespace sereno
