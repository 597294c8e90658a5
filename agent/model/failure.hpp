// How one attempt can end. One attempt, one failure: the first thing that went wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sereno {

/// How far one attempt came. A timeout is recorded at the stage that was running.
enum class Stage : std::uint8_t { schedule, link, dns, connect, tls, http, content, done };

enum class Failure : std::uint8_t {
    none,
    // Says nothing about the target (outages.md section 3, the errno rule).
    cancelled,        ///< we gave up on it ourselves: shutdown, reload
    overrun,          ///< the last run of the same probe had not finished
    address_unknown,  ///< no address to ask yet: the server's own name was never resolved
    host_resources,   ///< EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL
    host_refused,     ///< EACCES, EPERM: a local firewall or missing privilege
    host_slow,        ///< this computer came late to its own timers: processor starved or stopped
    host_memory,      ///< this computer is short of memory
    host_resumed,     ///< this computer slept in between: what was begun before says nothing
    no_ipv6,          ///< this network offers no IPv6, so there is nothing to look at
    witness_unknown,  ///< a witness could not be asked, or says nothing that can be understood or believed
    // This host's link and network.
    no_route,        ///< no default route, or ENETUNREACH/EHOSTUNREACH raised by this host
    link_down,       ///< ENETDOWN, interface without carrier
    gateway_silent,  ///< the gateway answers nothing
    link_weak,       ///< it answers, but echoes are lost or take hundreds of milliseconds: Wi-Fi
    // DNS (RFC 1035 section 4.1.1, RFC 2308).
    dns_timeout,
    dns_unreachable,  ///< ICMP or refused port: nobody listens there, or a router said so
    dns_refused,
    dns_servfail,
    dns_nxdomain,
    dns_nodata,        ///< NOERROR without an answer of the type asked
    dns_lame,          ///< an authoritative server that is not authoritative for the name
    dns_malformed,     ///< FORMERR, NOTIMP or unparsable bytes
    dns_mismatch,      ///< only answers with another id or to another question came (RFC 5452 section 4)
    dns_truncated,     ///< cut short over UDP, and TCP brought no whole answer either
    dns_bogus,         ///< an answer that cannot be true: 0.0.0.0, ::, loopback, private addresses
    dns_intercepted,   ///< an address that runs no DNS answered: somebody on the way did
    dns_inconsistent,  ///< a zone's servers, or they and the parent, name different servers
    // TCP.
    connect_timeout,
    connect_refused,
    connect_reset,
    connect_unreachable,  ///< ICMP from beyond this host
    // TLS.
    tls_timeout,
    tls_handshake,
    tls_reset,
    certificate_expired,
    certificate_not_yet_valid,
    certificate_name,            ///< issued for another name
    certificate_issuer_expired,  ///< the certificate itself is in date, one above it is not
    certificate_self_signed,
    certificate_invalid,    ///< wrong purpose, weak key, bad signature, incomplete chain: anything else
    certificate_untrusted,  ///< issued by nobody this host trusts
    // HTTP.
    http_timeout,
    http_reset,  ///< the connection ended before a whole answer
    http_malformed,
    http_server_error,  ///< 5xx
    http_status,        ///< any other status than those expected
    http_redirect,      ///< a redirect that the rules do not allow
    http_too_large,
    http_blocked,   ///< 403, 429, 451 or a challenge page: reachable, but not for us
    proxy_refused,  ///< the proxy spoke instead of the target (407, 502 to CONNECT), or cannot be reached
    // Content and applications.
    content_mismatch,
    unit_inactive,  ///< systemd says the unit is not active
    // Where the path ends. Nothing beyond answers, or a router said so (Observation::icmp_from).
    path_ends_lan,     ///< before or at the gateway
    path_ends_isp,     ///< in the provider's network
    path_ends_beyond,  ///< further on
    // What witnesses say.
    route_withdrawn,       ///< fewer than half of the route collectors' peers that had the routes still do
    reported_outage,       ///< the vendor's own word: a major or critical outage
    reported_degraded,     ///< the vendor's own word: slow, or some of it fails
    reported_maintenance,  ///< the vendor's own word: announced work
    status_page_gone,      ///< the vendor's status page does not answer
};

std::string_view to_string(Stage stage);      ///< "connect"
std::string_view to_string(Failure failure);  ///< "connect_timeout": stable, used in storage and the API
std::optional<Stage> stage_from(std::string_view text);
std::optional<Failure> failure_from(std::string_view text);

/// True when the failure says something about the target at all (false: only about this host, or nothing).
bool speaks_of_target(Failure failure);
/// True when the target answered, whatever it thinks of us: http_blocked.
bool is_reachable(Failure failure);
/// True for silence on the way: timeouts and unreachables, no word from the target itself.
bool is_silence(Failure failure);

}  // namespace sereno
