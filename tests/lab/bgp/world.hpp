// A small Internet of BIRD routers (apt package bird2), each in a network of its own, around a route
// collector:
//
//     platform -- north ---- peer1 ------\                 north and south: transit, joined
//        |  \      | \ \---- peer2        peer6 -- peer7   every peer has a session with the collector,
//        |   \     |  \----- peer3 -------|-------/  |     peer5 over IPv6
//        |    \    |  /                   |          |     stranger and impostor: as the platform, on both
//        |     -- south ---- peer4 ------/          peer8  noisy: on north, and tells the collector of
//        |            \----- peer5 ------------------/     thousands of prefixes of its own
//
// The routers' configurations are in world/.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../network.hpp"
#include "collector.hpp"
#include "daemons.hpp"

namespace sereno::lab::bgp {

class World {
  public:
    /// `noise`: prefixes that the noisy peer announces beside all others.
    explicit World(std::size_t noise = 0);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// Everything that each of the nine peers should have: the platform's eight prefixes, the stranger's
    /// two, the beacon and the two yardsticks.
    static const std::vector<std::string>& prefixes();
    /// Those that are announced for the platform's name servers with and without a covering route.
    static const std::vector<std::string>&covered(), &alone();

    // One block of a router's configuration ("name_servers" of "platform") on or off.
    void announce(const std::string& router, const std::string& what) const;
    void withdraw(const std::string& router, const std::string& what) const;
    /// The noisy peer goes on talking to its neighbours, but tells the collector of nothing; or of all again.
    void hush(bool silent) const;
    /// Dies at once: kill -9.
    void kill(const std::string& router);
    void start(const std::string& router);

    /// Who talks to the collector, under the names of three of RIPE's.
    [[nodiscard]] const std::vector<Peer>& peers() const { return peers_; }
    [[nodiscard]] const Peer& peer(const std::string& router) const;
    /// The place where peers expect the collector.
    [[nodiscard]] Fd listen() const;
    [[nodiscard]] std::string log(const std::string& router) const;

  private:
    struct Router;
    void lay_cables();
    void write_configuration(const std::string& router) const;
    void control(const std::string& router, const std::string& command) const;

    std::size_t noise_;
    Network collector_;
    std::map<std::string, std::unique_ptr<Router>> routers_;
    std::vector<Peer> peers_;
};

}  // namespace sereno::lab::bgp
