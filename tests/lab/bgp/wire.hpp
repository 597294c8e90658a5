// BGP-4 messages (RFC 4271) with four-byte AS numbers (RFC 6793) and IPv6 (RFC 4760), as plain values. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/loop/address.hpp"

namespace sereno::lab::bgp {

enum class Type : std::uint8_t { open = 1, update = 2, notification = 3, keepalive = 4 };

inline constexpr std::size_t header_bytes = 19, most_bytes = 4096;  // RFC 4271 section 4.1

/// A peer broke the protocol; the session ends with a NOTIFICATION of this code and subcode (section 6).
struct Malformed : std::runtime_error {
    Malformed(std::uint8_t code_, std::uint8_t subcode_, const std::string& what)
        : std::runtime_error(what), code(code_), subcode(subcode_) {}
    std::uint8_t code, subcode;
};

struct Open {
    std::uint32_t asn = 0;
    std::uint16_t hold_seconds = 0;
    bool ipv4 = false, ipv6 = false;  ///< unicast routes of that family may be exchanged
};

/// A stretch of an AS_PATH: ASes in their order, or a set of them behind an aggregate.
struct Segment {
    bool is_set = false;
    std::vector<std::uint32_t> asns;
    bool operator==(const Segment&) const = default;
};

struct Announced {
    std::vector<std::string> next_hops;  ///< of IPv6 one or two: global, link-local (RFC 2545)
    std::vector<Prefix> prefixes;
};

struct Update {
    std::vector<Segment> path;
    std::string origin;  ///< "igp", "egp", "incomplete"; empty: nothing is announced
    std::optional<std::uint32_t> med;
    std::vector<std::pair<std::uint16_t, std::uint16_t>> communities;
    std::vector<Announced> announced;
    std::vector<Prefix> withdrawn;
    /// Says nothing: the mark at the end of a first table (RFC 4724 section 2).
    [[nodiscard]] bool is_empty() const { return announced.empty() && withdrawn.empty(); }
};

/// Bytes of the message that `received` begins with; 0: more must come before that can be told. Throws
/// Malformed.
std::size_t message_length(std::string_view received);
/// Of a whole message.
Type type_of(std::string_view message);
/// Each takes a whole message of that type. Throws Malformed; no bytes can do more harm.
Open read_open(std::string_view message);
Update read_update(std::string_view message);

std::string write_open(std::uint32_t asn, std::uint16_t hold_seconds, std::uint32_t router_id);
std::string write_keepalive();
std::string write_notification(std::uint8_t code, std::uint8_t subcode);
/// A message of any type and content, with a header that fits.
std::string write_message(Type type, std::string_view body);

/// The AS that the routes come from: the last of the path, of a set its lowest; 0: no path.
std::uint32_t origin_of(const std::vector<Segment>& path);

}  // namespace sereno::lab::bgp
