// A small Internet with a household in it, of real daemons in network namespaces:
//
//   host --- router --- provider --- transit --- platforms (their name servers and front ends)
//   (us)    (NAT, DNS)                       \-- others    (controls, public resolvers, the parent of all
//   zones)
//
// IPv4 and IPv6. A row of a test makes one, breaks something in it and looks at what the probes say.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certificates.hpp"
#include "daemons.hpp"
#include "network.hpp"

namespace sereno::lab {

namespace at {
// In the household.
inline const std::string host = "192.168.77.2", gateway = "192.168.77.1", gateway6 = "2620:4f:77::1";
inline const std::string app = "127.0.0.1";
// On the way: each router's address towards the household, which is the one that its ICMP errors come from.
inline const std::string provider = "192.52.193.1", transit = "192.175.48.2", provider6 = "2620:4f:0:1::1",
                         transit6 = "2620:4f:0:2::2";
// agora stands alone. bazar and correo share a DNS provider and an edge.
inline const std::string agora_dns1 = "192.88.99.53", agora_dns2 = "192.88.99.54", agora = "192.88.99.80",
                         agora6 = "2620:4f:203::80";
inline const std::string shared_dns1 = "192.88.99.153", shared_dns2 = "192.88.99.154", edge = "192.88.99.180",
                         edge6 = "2620:4f:203::180";
// The rest of the world.
inline const std::string resolver1 = "192.31.196.1", resolver2 = "192.31.196.2",
                         parent_dns = "192.31.196.250";
inline const std::string uno = "192.31.196.11", dos = "192.31.196.12", tres = "192.31.196.13";
/// Where the program looks whether there is IPv6 at all.
inline const std::vector<std::string> ipv6_landmarks{"2001:4860:4860::8888", "2606:4700:4700::1111",
                                                     "2620:fe::fe"};
inline const std::string no_dns = "192.0.2.1";  ///< routed into nothing
}  // namespace at

/// What a name server answers for one zone: lines of a zone file after SOA. Empty: the zone is not loaded.
struct ZoneText {
    std::string name, records;
};

class Household {
  public:
    Household();

    Network host, router, provider, transit, platforms, others;

    // Healthy contents, for a row to change.
    [[nodiscard]] static std::vector<ZoneText> platform_zones(int ttl_seconds = 300);
    [[nodiscard]] static std::vector<ZoneText> parent_zones();
    [[nodiscard]] std::string agora_site(const std::string& locations = {}) const;
    [[nodiscard]] std::string edge_site(const std::string& name, const std::string& locations = {}) const;

    // Each replaces the daemon that ran before. A daemon begins with an empty cache.
    void serve_parent(const std::vector<ZoneText>& zones = parent_zones());
    void serve_platform_zones(const std::vector<ZoneText>& zones = platform_zones());
    void serve_platform_sites(const std::string& agora_servers, const std::string& edge_servers);
    void serve_controls(const std::string& all_servers_directives = {});
    void serve_app(const std::string& location = "return 200 up;");
    /// `options`: further lines of unbound's server section. `validate`: with DNSSEC.
    void resolve_at_router(const std::string& options = {}, bool validate = false);
    void resolve_in_public(const std::string& options = {}, bool validate = false);
    /// Forgets what the resolvers know.
    void empty_caches();
    void stop_resolver_at_router() { router_resolver_.reset(); }
    void stop_app() { app_.reset(); }

    /// nginx with these server blocks, in that network; ready when `probe` accepts connections.
    [[nodiscard]] std::unique_ptr<test::Daemon> web(const Network& network, const std::string& servers,
                                                    const Endpoint& probe, const std::string& log = "off");

    /// A file in the household's own folder.
    [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
        return folder_.write(name, text);
    }
    /// Holds something for as long as the household exists.
    void keep(std::shared_ptr<void> thing) { kept_.push_back(std::move(thing)); }

    test::Authority authority, other_authority;

  private:
    std::unique_ptr<test::Daemon> name_server(const std::string& label, const Network& network,
                                              const std::vector<std::string>& addresses,
                                              const std::vector<ZoneText>& zones);
    std::unique_ptr<test::Daemon> resolver(const Network& network, const std::string& address,
                                           const std::string& clients, const std::string& options,
                                           bool validate);

    test::Folder folder_;
    int files_ = 0;
    test::Certificate agora_certificate_, bazar_certificate_, correo_certificate_, resolver_certificate_;
    std::unique_ptr<test::Daemon> parent_, zones_, sites_, controls_, app_, router_resolver_, resolver1_,
        resolver2_;
    std::vector<std::shared_ptr<void>> kept_;
};

}  // namespace sereno::lab
