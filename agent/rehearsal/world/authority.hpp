// What an authoritative server says about its zones. Pure: bytes in, bytes out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/rehearsal/plan.hpp"
#include "agent/rehearsal/world/dns_wire.hpp"

namespace sereno::rehearsal {

/// A zone: its names in lower case with their one address.
struct Zone {
    std::string name;
    std::map<std::string, AddressRecord> records;
};

/// The answer to one query, AA set for names within a zone: an address, NODATA or NXDOMAIN; REFUSED for any
/// other name (RFC 8499, "lame"). Empty when there is nothing to say: silence, or bytes that are no query.
std::string answer_from(const std::vector<Zone>& zones, Condition condition, std::string_view query);

}  // namespace sereno::rehearsal
