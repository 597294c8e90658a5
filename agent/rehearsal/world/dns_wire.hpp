// As much of the DNS wire format (RFC 1035 section 4) as the world speaks: one question, A records, nothing
// else. Pure; reads hostile bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sereno::rehearsal {

inline constexpr std::uint16_t dns_type_a = 1;
inline constexpr std::uint16_t dns_type_aaaa = 28;
inline constexpr std::uint16_t dns_class_in = 1;

enum class Rcode : std::uint8_t {
    noerror = 0,
    formerr = 1,
    servfail = 2,
    nxdomain = 3,
    notimp = 4,
    refused = 5
};

struct DnsQuestion {
    std::string name;  ///< as written by who asks, without the final dot; "" is the root
    std::uint16_t type = dns_type_a;
    std::uint16_t klass = dns_class_in;
    bool operator==(const DnsQuestion&) const = default;
};
using Ipv4 = std::array<std::uint8_t, 4>;
struct AddressRecord {
    std::string name;
    std::uint32_t ttl_seconds = 0;
    Ipv4 address{};
    bool operator==(const AddressRecord&) const = default;
};
struct DnsMessage {
    std::uint16_t id = 0;
    bool response = false, authoritative = false, truncated = false;
    bool recursion_desired = false, recursion_available = false;
    bool checking_disabled = false;  ///< RFC 4035 section 3.2.2
    int opcode = 0;
    Rcode rcode = Rcode::noerror;
    std::optional<DnsQuestion> question;
    std::vector<AddressRecord> answers;  ///< at most 64
    bool operator==(const DnsMessage&) const = default;
};

inline constexpr std::size_t most_dns_bytes = 4096;

/// Answer records of other types, the authority and the additional section are skipped. Empty when the bytes
/// break off, a name is too long, points forward or around in circles, or holds anything but printable ASCII.
std::optional<DnsMessage> decode_dns(std::string_view bytes);

/// Names must be valid: labels of 1 to 63 bytes, 253 in all.
std::string encode_dns(const DnsMessage& message);

/// The same question with nothing but a result code, for bytes that decode_dns may not have understood. Empty
/// when there is not even a header, or when the bytes are a response.
std::string refuse_dns(std::string_view query, Rcode rcode);

/// True when `name` is `zone` or lies below it.
bool lies_in(std::string_view name, std::string_view zone);

}  // namespace sereno::rehearsal
