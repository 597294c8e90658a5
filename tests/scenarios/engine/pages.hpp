// Pages: name, connection, encryption, answer, content; the first thing that goes wrong ends it.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "names.hpp"

namespace sereno::scenario {

/// One page asked for once.
struct PageRequest {
    std::string url;
    std::string host;
    Micros timeout{0};
    bool is_https = false;
    bool is_step = false;  ///< not the landing page but what is behind it
    bool has_body_rule = false;
    bool by_proxy = false;
    Family family = Family::any;
    bool at_remembered = false;
    bool small_segments = false;
    bool handshake_only = false;  ///< for another name: no filter by name meets it
};

/// What a page request fills in of an observation.
struct PageSeen {
    Stage reached = Stage::done;
    Failure failure = Failure::none;
    Micros dns{0}, connect{0}, tls{0}, first_byte{0};
    int http_status = 0, ttl_seconds = -1;
    std::string address, edge, via, icmp_from;
    std::optional<CertificateSeen> certificate;
    std::optional<std::int32_t> clock_offset_seconds;
    [[nodiscard]] Micros took() const { return dns + connect + tls + first_byte; }
};

class Pages {
  public:
    Pages(const Ground& ground, const Way& way, const Home& home, Names& names)
        : ground_(ground), way_(way), home_(home), names_(names) {}

    /// From this computer.
    PageSeen fetch(const Site& site, const PageRequest& request, Stamp at, Draws& draws);
    /// From a probe in another network.
    [[nodiscard]] PageSeen fetch_elsewhere(const Looker& who, const Site& site, const PageRequest& request,
                                           Stamp at, Draws& draws) const;
    /// How far this computer's clock is ahead of the truth.
    [[nodiscard]] Micros clock_ahead(Stamp at) const;

  private:
    bool find(const Site& site, const PageRequest& request, Stamp at, Draws& draws, PageSeen& seen);
    bool connect(const Looker& who, const Site& site, const PageRequest& request, Stamp at, Draws& draws,
                 PageSeen& seen) const;
    bool encrypt(const Looker& who, const Site& site, const PageRequest& request, Stamp at, Draws& draws,
                 PageSeen& seen) const;
    bool trust(const Looker& who, const Site& site, Stamp at, PageSeen& seen) const;
    void answer(const Looker& who, const Site& site, const PageRequest& request, Stamp at, Draws& draws,
                PageSeen& seen) const;
    [[nodiscard]] bool blocked_by_proxy(const PageRequest& request, Stamp at, PageSeen& seen) const;

    const Ground& ground_;
    const Way& way_;
    const Home& home_;
    Names& names_;
    std::set<std::string> remembered_;  ///< subjects whose front end answered once
};

}  // namespace sereno::scenario
