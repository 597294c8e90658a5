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
    // This host's link and network.
    no_route,        ///< no default route, or ENETUNREACH/EHOSTUNREACH raised by this host
    link_down,       ///< ENETDOWN, interface without carrier
    gateway_silent,  ///< the gateway answers nothing
    // DNS (RFC 1035 section 4.1.1, RFC 2308).
    dns_timeout,
    dns_unreachable,  ///< ICMP or refused port: nobody listens there, or a router said so
    dns_refused,
    dns_servfail,
    dns_nxdomain,
    dns_nodata,     ///< NOERROR without an answer of the type asked
    dns_lame,       ///< an authoritative server that is not authoritative for the name
    dns_malformed,  ///< FORMERR, NOTIMP, wrong question or unparsable bytes
    dns_bogus,      ///< an answer that cannot be true: 0.0.0.0, ::, loopback, private addresses
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
    certificate_name,  ///< issued for another name
    certificate_untrusted,
    // HTTP.
    http_timeout,
    http_reset,  ///< the connection ended before a whole answer
    http_malformed,
    http_server_error,  ///< 5xx
    http_status,        ///< any other status than those expected
    http_redirect,      ///< a redirect that the rules do not allow
    http_too_large,
    // Content and applications.
    content_mismatch,
    unit_inactive,  ///< systemd says the unit is not active
};

std::string_view to_string(Stage stage);      ///< "connect"
std::string_view to_string(Failure failure);  ///< "connect_timeout": stable, used in storage and the API
std::optional<Stage> stage_from(std::string_view text);
std::optional<Failure> failure_from(std::string_view text);

/// True when the failure says something about the target at all (false: only about this host, or nothing).
bool speaks_of_target(Failure failure);
/// True for silence on the way: timeouts and unreachables, no word from the target itself.
bool is_silence(Failure failure);

}  // namespace sereno
