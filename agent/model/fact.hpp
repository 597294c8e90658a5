// One thing learned by observing, with the time when it was last seen to be true.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/time.hpp"

namespace sereno {

enum class FactKind : std::uint8_t {
    name_server,   ///< key: a DNS server's name; values: its addresses, that of its last good answer first
    zone_servers,  ///< key: a zone, "com"; values: the names of its servers
    front_end,     ///< key: a host name; values: addresses with which an exchange succeeded
    path,          ///< key: "udp 192.0.2.1:53"; values: one a hop, "" for silence, the target last
    as_origin,     ///< key: "192.0.2.0/24", or the address asked for; values: the AS number, then its prefix
    route,         ///< key: an exact prefix; values: how many peers of route collectors had it, its origin AS
    budget,  ///< key: a witness; values: what is left, the limit, and when it resets (seconds since 1970)
};

struct Fact {
    FactKind kind = FactKind::name_server;
    std::string key;
    std::vector<std::string> values;
    Stamp when;
    bool operator==(const Fact&) const = default;
};

std::string_view to_string(FactKind kind);
std::optional<FactKind> fact_kind_from(std::string_view text);

}  // namespace sereno
