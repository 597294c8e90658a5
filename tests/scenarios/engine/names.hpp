// Names: servers that know, resolvers that ask them, caches that remember.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/probe_spec.hpp"
#include "way.hpp"

namespace sereno::scenario {

struct NameAnswer {
    Failure failure = Failure::none;
    int ttl_seconds = -1;
    std::string icmp_from;
    Micros took{0};
    std::vector<std::string> addresses;
    bool is_bogus =
        false;  ///< it came, and was not to be believed (RFC 4035 section 5): nothing stale is given instead
};

class Names {
  public:
    Names(const Ground& ground, const Way& way, const Home& home, const Watch& watch);

    /// One of the servers that serve the site, asked directly.
    [[nodiscard]] NameAnswer ask_server(const Looker& who, const Site& site, const std::string& server,
                                        DnsTransport transport, Stamp at, Draws& draws) const;
    /// This computer asks one resolver for the site's `host`.
    NameAnswer ask_resolver(const std::string& resolver, const Site& site, const std::string& host,
                            DnsTransport transport, bool checking_disabled, Stamp at, Draws& draws);
    /// This computer asks one after the other until one knows, as DnsClient::resolve does.
    NameAnswer resolve(const Site& site, const std::string& host, Stamp at, Micros timeout, Draws& draws);
    /// From then on resolvers know only what they are asked for.
    void empty_caches(Stamp at);
    /// Somebody elsewhere asks a good resolver of his own, which has nothing in its cache.
    [[nodiscard]] NameAnswer resolve_afresh(const Looker& who, const Site& site, Stamp at,
                                            Draws& draws) const;

  private:
    struct Cached {
        Stamp fetched, expires;
        bool known = false;
        Stamp failing_since = Stamp::max();
    };

    NameAnswer from_cache_or_servers(const std::string& resolver, const Site& site, const std::string& host,
                                     bool checking_disabled, Stamp at, Draws& draws);
    [[nodiscard]] NameAnswer recurse(const Looker& who, const Site& site, bool validates, Stamp at,
                                     Draws& draws) const;
    [[nodiscard]] Looker looker_of(const std::string& resolver) const;
    [[nodiscard]] Fate way_to_resolver(const std::string& resolver, DnsTransport transport, Stamp at,
                                       Draws& draws) const;

    const Ground& ground_;
    const Way& way_;
    const Home& home_;
    std::vector<std::string> resolvers_;
    std::map<std::string, std::vector<std::string>> servers_;  ///< of each site
    std::map<std::pair<std::string, std::string>, Cached> cache_;
    Stamp emptied_;
};

}  // namespace sereno::scenario
