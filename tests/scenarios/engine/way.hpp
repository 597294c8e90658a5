// Whether packets get there: this computer, its link, its router, its provider, the networks in between.
#pragma once

#include <string>
#include <vector>

#include "ground.hpp"

namespace sereno::scenario {

/// This side.
struct Home {
    std::string country = "ES";
    std::uint32_t asn = 3352;
    bool ipv6 = true;
    bool validates = true;                  ///< its resolver checks DNSSEC
    std::vector<std::string> serves_stale;  ///< resolvers that do (RFC 8767)
};

/// The routers on the way out, with the addresses that they have in tests/lab.
inline constexpr const char* router_address = "192.168.77.1";
inline constexpr const char* provider_address = "192.52.193.1";
inline constexpr const char* transit_address = "192.175.48.2";

enum class Carried : std::uint8_t { udp, tcp };

/// What became of a question or a connection attempt.
struct Fate {
    enum class Kind : std::uint8_t {
        through,
        at_portal,    ///< somebody at the router took it
        lost,         ///< silence
        unreachable,  ///< a router says so: `icmp_from`
        kept,         ///< this computer did not let it go: `kept`
    };
    Kind kind = Kind::through;
    Failure why_kept = Failure::none;
    std::string icmp_from;
    Micros took{0};  ///< there and back

    [[nodiscard]] bool arrives() const { return kind == Kind::through || kind == Kind::at_portal; }
    [[nodiscard]] Failure as_name_failure() const;     ///< dns_timeout and the like; none when it arrives
    [[nodiscard]] Failure as_connect_failure() const;  ///< connect_timeout and the like; none when it arrives
};

/// How far packets come, for a trace of the path.
enum class PathReach : std::uint8_t { nowhere, router, provider, transit, target };

class Way {
  public:
    Way(const Ground& ground, const Home& home) : ground_(ground), home_(home) {}

    /// This computer.
    [[nodiscard]] Looker host() const;
    /// From this computer to its router.
    [[nodiscard]] Fate to_router(Carried carried, Stamp at, Draws& draws) const;
    /// To whatever `asked` is, beyond the household. From elsewhere only what lies on everybody's way counts.
    [[nodiscard]] Fate to(const Looker& who, Carried carried, const Asked& asked, Draws& draws) const;
    /// How far a trace from this computer comes: over UDP to a name server, over TCP to a front end.
    [[nodiscard]] PathReach reach(Carried carried, const Asked& asked, Draws& draws,
                                  std::string& icmp_from) const;

  private:
    [[nodiscard]] Fate leave_host(Carried carried, Stamp at, Draws& draws) const;
    [[nodiscard]] Fate pass_router(Carried carried, const Asked& asked) const;
    [[nodiscard]] Fate cross(const Looker& who, Carried carried, const Asked& asked, Draws& draws) const;

    const Ground& ground_;
    const Home& home_;
};

/// Of a question there are this many packets, of a connection attempt this many SYNs, within a probe's time.
inline constexpr int udp_tries = 2, syn_tries = 3;

}  // namespace sereno::scenario
