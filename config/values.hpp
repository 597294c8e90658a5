// One written value at a time: durations, addresses, URLs, people's addresses. Text in; a value, or what is
// wrong with the text and what to write instead, out. The wrong part follows the quoted value: "'90' has no
// unit; write '90s'".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/model/probe_spec.hpp"
#include "agent/model/time.hpp"

namespace sereno {

template <class T>
struct Parsed {
    std::optional<T> value;
    std::string wrong;  ///< set exactly when there is no value
};

/// "60s": a whole number and ms, s, min or h.
Parsed<Micros> parse_duration(std::string_view text);
/// The shortest text that parse_duration reads back: "90s", "5min".
std::string write_duration(Micros length);
/// Decimal, no leading zeros.
Parsed<std::int64_t> parse_integer(std::string_view text);
/// Text that YAML 1.1 reads as true or false although a person may have meant a word.
bool reads_as_boolean(std::string_view text);

struct HostPort {
    std::string host;  ///< a host name in lower case, or a literal address without brackets
    std::optional<std::uint16_t> port;
};
/// "host", "host:port", "192.0.2.1:25", "2001:db8::1", "[2001:db8::1]:25". Port 0 only where `any_port`.
Parsed<HostPort> parse_host_port(std::string_view text, bool any_port = false);
/// The same with a literal IPv4 or IPv6 address (inet_pton(3)) and nothing else.
Parsed<HostPort> parse_address(std::string_view text, bool any_port = false);
bool is_address(std::string_view text);

/// A host name of RFC 1123 in lower case, without a final dot; an underscore is let pass.
Parsed<std::string> parse_host_name(std::string_view text);
/// "129.134.30.0/24", no bits set behind the length.
Parsed<std::string> parse_prefix(std::string_view text);
/// http or https, a host, perhaps a port, path and query; no user, password or fragment (RFC 3986).
Parsed<std::string> parse_url(std::string_view text);
/// The same, encrypted; plain http only on this computer, as in a rehearsal.
Parsed<std::string> parse_service_url(std::string_view text);
/// The same of a WebSocket: wss, or ws on this computer (RFC 6455 section 3).
Parsed<std::string> parse_feed_url(std::string_view text);
/// The host of a URL that parse_url accepted, without brackets.
std::string host_of_url(std::string_view url);
/// Its port, or that of its scheme.
std::uint16_t port_of_url(std::string_view url);
/// A mailbox as RFC 5321 writes it, without quoted local parts.
Parsed<std::string> parse_mail_address(std::string_view text);
/// "+34600111222" (E.164).
Parsed<std::string> parse_phone(std::string_view text);
/// What a URL may show of itself in a message: its user and password become ***.
std::string without_password(std::string_view url);

}  // namespace sereno
