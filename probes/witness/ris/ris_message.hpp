// The messages of RIS Live (https://ris-live.ripe.net/manual/), as plain values. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/loop/address.hpp"

namespace sereno {

/// Who told a collector. One session each.
struct RisPeer {
    std::string collector;  ///< "rrc21", without ".ripe.net"
    std::string address;    ///< as RFC 5952 writes it
    std::uint32_t asn = 0;
    auto operator<=>(const RisPeer&) const = default;
};

struct RisUpdate {
    RisPeer peer;
    std::int64_t timestamp_micros = 0;  ///< since 1970, of the collector's clock; 0: not told
    std::uint32_t origin = 0;           ///< last AS of the path; of an AS_SET its lowest; 0: no path
    int path_length = 0;                ///< an AS_SET counts as one (RFC 4271 section 9.1.2.2)
    std::vector<Prefix> announced, withdrawn;
};
struct RisPeerState {
    RisPeer peer;
    bool connected = false;
};
struct RisSubscribed {};
struct RisPong {};
struct RisError {
    std::string message;
};
struct RisOther {  ///< of a type that is of no use to us, or not known
    std::string type;
};
struct RisMalformed {
    std::string why;  ///< "peer_asn is neither a number nor its text"
};
using RisMessage =
    std::variant<RisUpdate, RisPeerState, RisSubscribed, RisPong, RisError, RisOther, RisMalformed>;

/// Reads messages one after the other in memory of its own, which it uses again.
class RisReader {
  public:
    /// A BGP message has at most 65,535 octets (RFC 8654), so it names at most this many prefixes ...
    static constexpr std::size_t most_prefixes = 32'768;
    /// ... and its text, without the raw bytes, is shorter than this. Whatever exceeds one is malformed.
    static constexpr std::size_t longest_text = 1'048'576;

    RisReader();
    ~RisReader();
    /// Any bytes are safe. Valid for ever. Prefixes that are none are left out of an otherwise good update.
    RisMessage read(std::string_view text);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Updates that name exactly this prefix.
std::string ris_subscribe(const Prefix& prefix);
/// Sessions that begin and end. The other subscription never brings these: they name no prefix.
std::string ris_subscribe_peer_states();
std::string ris_ping();

}  // namespace sereno
