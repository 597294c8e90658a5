#include "wire.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace sereno::lab::bgp {

namespace {

// Codes of NOTIFICATION (RFC 4271 section 4.5).
constexpr std::uint8_t header_error = 1, open_error = 2, update_error = 3;
constexpr std::uint8_t malformed_attributes = 1, attribute_flags = 4, attribute_length = 5,
                       invalid_origin = 6, invalid_network = 10, malformed_path = 11;

constexpr std::uint16_t stand_in_asn = 23456;  // AS_TRANS, RFC 6793 section 9
constexpr std::uint16_t afi_ipv4 = 1, afi_ipv6 = 2;
constexpr std::uint8_t safi_unicast = 1;

/// Takes numbers from the front of bytes, never more than there are.
class Bytes {
  public:
    Bytes(std::string_view bytes, std::uint8_t code, std::uint8_t subcode, const char* where)
        : left_(bytes), code_(code), subcode_(subcode), where_(where) {}

    std::string_view take(std::size_t count) {
        if (count > left_.size())
            throw Malformed(
                code_, subcode_,
                std::string{where_} + " ends " + std::to_string(count - left_.size()) + " bytes too early");
        const std::string_view taken = left_.substr(0, count);
        left_.remove_prefix(count);
        return taken;
    }
    std::uint32_t number(std::size_t bytes) {
        std::uint32_t value = 0;
        for (const char byte : take(bytes))
            value = value << 8U | static_cast<unsigned char>(byte);
        return value;
    }
    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return number(4); }
    [[nodiscard]] bool empty() const { return left_.empty(); }
    [[nodiscard]] std::size_t size() const { return left_.size(); }
    [[nodiscard]] std::string_view rest() { return take(size()); }

  private:
    std::string_view left_;
    std::uint8_t code_, subcode_;
    const char* where_;
};

std::string number(std::uint32_t value, int bytes) {
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        text += static_cast<char>(value >> shift & 0xffU);
    return text;
}

std::string_view body_of(std::string_view message) {
    if (message.size() < header_bytes) throw Malformed(header_error, 2, "a message without a whole header");
    return message.substr(header_bytes);
}

std::string address_of(std::string_view bytes) {
    AddressBits address;
    address.bits = static_cast<int>(bytes.size()) * 8;
    std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
    const std::string text = to_string(prefix_of(address, address.bits));
    return text.substr(0, text.find('/'));
}

/// A length in bits, then as many bytes as that takes, again and again (section 4.3).
std::vector<Prefix> read_prefixes(std::string_view bytes, int family_bits) {
    std::vector<Prefix> prefixes;
    for (Bytes left(bytes, update_error, invalid_network, "a prefix"); !left.empty();) {
        const int length = left.u8();
        if (length > family_bits)
            throw Malformed(update_error, invalid_network,
                            "a prefix of length " + std::to_string(length) + " is none");
        AddressBits start;
        start.bits = family_bits;
        const std::string_view given = left.take(static_cast<std::size_t>(length + 7) / 8);
        std::copy(given.begin(), given.end(), start.bytes.begin());
        prefixes.push_back(prefix_of(start, length));
    }
    return prefixes;
}

std::vector<Segment> read_path(std::string_view bytes) {
    std::vector<Segment> path;
    for (Bytes left(bytes, update_error, malformed_path, "AS_PATH"); !left.empty();) {
        const int kind = left.u8(), count = left.u8();
        if (kind != 1 && kind != 2)
            throw Malformed(update_error, malformed_path,
                            "AS_PATH has a segment of kind " + std::to_string(kind));
        if (count == 0) throw Malformed(update_error, malformed_path, "AS_PATH has an empty segment");
        Segment segment{.is_set = kind == 1, .asns = {}};
        for (int i = 0; i < count; ++i)
            segment.asns.push_back(left.u32());
        path.push_back(std::move(segment));
    }
    return path;
}

/// Of the families that were agreed on; others are passed over.
int family_bits(std::uint16_t afi, std::uint8_t safi) {
    if (safi != safi_unicast) return 0;
    return afi == afi_ipv4 ? 32 : afi == afi_ipv6 ? 128 : 0;
}

void read_reach(std::string_view value, Update& update) {
    Bytes left(value, update_error, attribute_length, "MP_REACH_NLRI");
    const std::uint16_t afi = left.u16();
    const int bits = family_bits(afi, left.u8());
    const std::string_view next_hops = left.take(left.u8());
    left.u8();  // reserved
    const std::string_view prefixes = left.rest();
    if (bits == 0) return;
    const std::size_t address = static_cast<std::size_t>(bits) / 8;
    if (next_hops.empty() || next_hops.size() % address != 0 || next_hops.size() > 2 * address)
        throw Malformed(update_error, attribute_length,
                        "a next hop of " + std::to_string(next_hops.size()) + " bytes");
    Announced announced;
    for (std::size_t i = 0; i < next_hops.size(); i += address)
        announced.next_hops.push_back(address_of(next_hops.substr(i, address)));
    announced.prefixes = read_prefixes(prefixes, bits);
    if (!announced.prefixes.empty()) update.announced.push_back(std::move(announced));
}

void read_unreach(std::string_view value, Update& update) {
    Bytes left(value, update_error, attribute_length, "MP_UNREACH_NLRI");
    const std::uint16_t afi = left.u16();
    const int bits = family_bits(afi, left.u8());
    const std::string_view prefixes = left.rest();
    if (bits == 0) return;
    for (const Prefix& prefix : read_prefixes(prefixes, bits))
        update.withdrawn.push_back(prefix);
}

void want_length(std::string_view value, std::size_t length, const char* name) {
    if (value.size() != length)
        throw Malformed(update_error, attribute_length,
                        std::string{name} + " has " + std::to_string(value.size()) + " bytes");
}

std::string read_origin(std::string_view value) {
    static constexpr std::array<const char*, 3> names{"igp", "egp", "incomplete"};
    want_length(value, 1, "ORIGIN");
    const auto number = static_cast<unsigned char>(value[0]);
    if (number >= names.size())
        throw Malformed(update_error, invalid_origin, "ORIGIN is " + std::to_string(number));
    return names.at(number);
}

std::uint32_t read_u32(std::string_view value, const char* name) {
    want_length(value, 4, name);
    return Bytes(value, update_error, attribute_length, name).u32();
}

void read_communities(std::string_view value, Update& update) {
    for (Bytes left(value, update_error, attribute_length, "COMMUNITIES"); !left.empty();) {
        const std::uint16_t asn = left.u16();
        update.communities.emplace_back(asn, left.u16());
    }
}

/// `next_hop`: of the prefixes at the end of the message.
void read_attribute(std::uint8_t type, std::string_view value, Update& update, std::string& next_hop) {
    switch (type) {
        case 1:
            update.origin = read_origin(value);
            return;
        case 2:
            update.path = read_path(value);
            return;
        case 3:
            want_length(value, 4, "NEXT_HOP");
            next_hop = address_of(value);
            return;
        case 4:
            update.med = read_u32(value, "MULTI_EXIT_DISC");
            return;
        case 8:
            return read_communities(value, update);
        case 14:
            return read_reach(value, update);
        case 15:
            return read_unreach(value, update);
        default:
            return;  // nobody here wants to know
    }
}

/// Returns the next hop of the prefixes at the end of the message; empty: none.
std::string read_attributes(std::string_view bytes, Update& update) {
    std::string next_hop;
    std::set<std::uint8_t> seen;
    for (Bytes left(bytes, update_error, malformed_attributes, "path attributes"); !left.empty();) {
        const std::uint8_t flags = left.u8(), type = left.u8();
        const bool extended = (flags & 0x10U) != 0;
        if ((flags & 0x0fU) != 0)
            throw Malformed(update_error, attribute_flags, "flags that are reserved are set");
        const std::size_t length = extended ? left.u16() : left.u8();
        if (!seen.insert(type).second)
            throw Malformed(update_error, malformed_attributes,
                            "attribute " + std::to_string(type) + " comes twice");
        read_attribute(type, left.take(length), update, next_hop);
    }
    return next_hop;
}

/// Capabilities (RFC 5492): a kind, a length, a value each.
void read_capabilities(Bytes capabilities, Open& open, bool& four_bytes) {
    while (!capabilities.empty()) {
        const std::uint8_t kind = capabilities.u8();
        Bytes value(capabilities.take(capabilities.u8()), open_error, 0, "a capability");
        if (kind == 1) {
            const std::uint16_t afi = value.u16();
            value.u8();  // reserved
            const int bits = family_bits(afi, value.u8());
            open.ipv4 |= bits == 32;
            open.ipv6 |= bits == 128;
        } else if (kind == 65) {
            open.asn = value.u32();
            four_bytes = true;
        }
    }
}

std::string capability(std::uint8_t kind, const std::string& value) {
    return number(kind, 1) + number(static_cast<std::uint32_t>(value.size()), 1) + value;
}

}  // namespace

std::size_t message_length(std::string_view received) {
    if (received.size() < header_bytes) return 0;
    if (received.substr(0, 16) != std::string(16, '\xff'))
        throw Malformed(header_error, 1, "the marker is not all ones");
    const std::size_t length = Bytes(received.substr(16, 2), header_error, 2, "header").u16();
    if (length < header_bytes || length > most_bytes)
        throw Malformed(header_error, 2, "a message of " + std::to_string(length) + " bytes");
    return length;
}

Type type_of(std::string_view message) {
    body_of(message);
    const auto type = static_cast<unsigned char>(message[header_bytes - 1]);
    if (type < 1 || type > 4) throw Malformed(header_error, 3, "a message of type " + std::to_string(type));
    return static_cast<Type>(type);
}

Open read_open(std::string_view message) {
    Bytes left(body_of(message), open_error, 0, "OPEN");
    if (left.u8() != 4) throw Malformed(open_error, 1, "a version of BGP that is not 4");
    Open open;
    open.asn = left.u16();
    open.hold_seconds = left.u16();
    if (open.hold_seconds == 1 || open.hold_seconds == 2)
        throw Malformed(open_error, 6, "a hold time below three seconds");
    left.u32();  // router id
    bool four_bytes = false;
    for (Bytes parameters(left.take(left.u8()), open_error, 0, "OPEN"); !parameters.empty();) {
        const std::uint8_t kind = parameters.u8();
        const Bytes value(parameters.take(parameters.u8()), open_error, 0, "a capability");
        if (kind != 2) throw Malformed(open_error, 4, "a parameter of OPEN that is no capability");
        read_capabilities(value, open, four_bytes);
    }
    if (!four_bytes) throw Malformed(open_error, 7, "no capability of four-byte AS numbers");
    return open;
}

Update read_update(std::string_view message) {
    Bytes left(body_of(message), update_error, malformed_attributes, "UPDATE");
    Update update;
    update.withdrawn = read_prefixes(left.take(left.u16()), 32);
    const std::string next_hop = read_attributes(left.take(left.u16()), update);
    const std::vector<Prefix> prefixes = read_prefixes(left.rest(), 32);
    if (!prefixes.empty()) {
        if (next_hop.empty()) throw Malformed(update_error, 3, "prefixes without NEXT_HOP");
        update.announced.insert(update.announced.begin(), {{next_hop}, prefixes});
    }
    if (!update.announced.empty() && update.origin.empty())
        throw Malformed(update_error, 3, "prefixes without ORIGIN");
    if (!update.announced.empty() && update.path.empty())
        throw Malformed(update_error, 3, "prefixes without AS_PATH");
    return update;
}

std::string write_message(Type type, std::string_view body) {
    return std::string(16, '\xff') + number(static_cast<std::uint32_t>(header_bytes + body.size()), 2) +
           number(static_cast<std::uint32_t>(type), 1) + std::string{body};
}

std::string write_open(std::uint32_t asn, std::uint16_t hold_seconds, std::uint32_t router_id) {
    const auto family = [](std::uint16_t afi) {
        return number(afi, 2) + number(0, 1) + number(safi_unicast, 1);
    };
    const std::string capabilities =
        capability(1, family(afi_ipv4)) + capability(1, family(afi_ipv6)) + capability(65, number(asn, 4));
    const std::string parameter = capability(2, capabilities);
    return write_message(Type::open, number(4, 1) + number(asn > 0xffff ? stand_in_asn : asn, 2) +
                                         number(hold_seconds, 2) + number(router_id, 4) +
                                         number(static_cast<std::uint32_t>(parameter.size()), 1) + parameter);
}

std::string write_keepalive() {
    return write_message(Type::keepalive, {});
}

std::string write_notification(std::uint8_t code, std::uint8_t subcode) {
    return write_message(Type::notification, number(code, 1) + number(subcode, 1));
}

std::uint32_t origin_of(const std::vector<Segment>& path) {
    if (path.empty()) return 0;
    const Segment& last = path.back();
    return last.is_set ? *std::min_element(last.asns.begin(), last.asns.end()) : last.asns.back();
}

}  // namespace sereno::lab::bgp
