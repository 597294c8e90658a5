#include "world.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace sereno::lab::bgp {

namespace {

struct As {
    std::string name;
    std::uint32_t number;
    std::string host;  // of the collector that it talks to; empty: to none
};

/// In the order of their router ids: of two ways equally long, that of the lower one is taken.
const std::vector<As> ases{
    {"impostor", 64514, ""},
    {"platform", 64512, ""},
    {"stranger", 64513, ""},
    {"north", 64601, ""},
    {"south", 64602, ""},
    {"peer1", 64701, "rrc00"},
    {"peer2", 64702, "rrc00"},
    {"peer3", 64703, "rrc00"},
    {"peer4", 64704, "rrc21.ripe.net"},
    {"peer5", 64705, "rrc21.ripe.net"},
    {"peer6", 64706, "rrc21.ripe.net"},
    {"peer7", 64707, "rrc25.ripe.net"},
    {"peer8", 4200000008, "rrc25.ripe.net"},  // of four bytes
    {"noisy", 64800, "rrc00"},
};

const std::vector<std::pair<std::string, std::string>> cables{
    {"platform", "north"}, {"platform", "south"}, {"stranger", "north"}, {"stranger", "south"},
    {"impostor", "north"}, {"impostor", "south"}, {"north", "south"},    {"north", "peer1"},
    {"north", "peer2"},    {"north", "peer3"},    {"south", "peer3"},    {"south", "peer4"},
    {"south", "peer5"},    {"peer1", "peer6"},    {"peer4", "peer6"},    {"peer3", "peer7"},
    {"peer6", "peer7"},    {"peer5", "peer8"},    {"peer7", "peer8"},    {"north", "noisy"},
};

constexpr std::uint32_t collector_as = 12654;

const As& as_of(const std::string& name) {
    const auto found = std::find_if(ases.begin(), ases.end(), [&](const As& as) { return as.name == name; });
    if (found == ases.end()) throw std::invalid_argument("there is no router " + name);
    return *found;
}

/// One end of a cable: to whom, and from which address to which.
struct End {
    std::string to;
    std::string own4, other4, own6, other6;
};

End end_of(std::size_t cable, bool left, const std::string& to) {
    const std::string v4 = "172.31." + std::to_string(cable) + ".",
                      v6 = "fd00:31:" + std::to_string(cable) + "::";
    const std::string own = left ? "1" : "2", other = left ? "2" : "1";
    return {to, v4 + own, v4 + other, v6 + own, v6 + other};
}

std::string addresses(const std::string& interface, const End& end) {
    return "addr add " + end.own4 + "/30 dev " + interface + "\naddr add " + end.own6 + "/64 dev " +
           interface + " nodad\n";
}

bool takes_connections(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// Many prefixes, ten from each of many origins: as many messages as a tenth of them.
std::string noise_text(std::size_t prefixes) {
    std::ostringstream text;
    text << "protocol static noise {\n    ipv4;\n";
    for (std::size_t i = 0; i < prefixes; ++i)
        text << "    route " << 20 + i / 65536 << '.' << i / 256 % 256 << '.' << i % 256
             << ".0/24 blackhole { bgp_path.prepend(" << 100'000 + i / 10 << "); };\n";
    text << "}\n";
    return text.str();
}

}  // namespace

struct World::Router {
    Network network;
    test::Folder folder;
    std::vector<End> ends;
    bool is_silent = false;  // towards the collector
    std::unique_ptr<test::Daemon> daemon;

    [[nodiscard]] std::string control() const { return folder.path() + "/control"; }
};

const std::vector<std::string>& World::covered() {
    static const std::vector<std::string> list{"198.18.30.0/23", "198.18.30.0/24", "198.18.31.0/24"};
    return list;
}
const std::vector<std::string>& World::alone() {
    static const std::vector<std::string> list{"198.19.218.0/23", "198.19.218.0/24", "198.19.219.0/24"};
    return list;
}
const std::vector<std::string>& World::prefixes() {
    static const std::vector<std::string> list{
        "198.18.0.0/17",    "198.18.30.0/23",  "198.18.30.0/24",     "198.18.31.0/24", "198.19.218.0/23",
        "198.19.218.0/24",  "198.19.219.0/24", "2001:db8:fac0::/48", "203.0.113.0/24", "84.205.64.0/24",
        "2001:db8:54::/48", "193.0.0.0/21",    "2001:67c:2e8::/48",
    };
    return list;
}

World::World(std::size_t noise) : noise_(noise) {
    for (const As& as : ases)
        routers_[as.name] = std::make_unique<Router>();
    lay_cables();
    for (const As& as : ases)
        start(as.name);
}

World::~World() = default;

/// Those between routers first, then one from the collector to each of its peers.
void World::lay_cables() {
    std::size_t cable = 0;
    std::map<std::string, std::string> batches;
    std::string collector_batch;
    for (const auto& [left, right] : cables) {
        join(routers_.at(left)->network, right, routers_.at(right)->network, left);
        routers_.at(left)->ends.push_back(end_of(cable, true, right));
        routers_.at(right)->ends.push_back(end_of(cable, false, left));
        batches[left] += addresses(right, end_of(cable, true, right));
        batches[right] += addresses(left, end_of(cable, false, left));
        ++cable;
    }
    for (const As& as : ases) {
        if (as.host.empty()) continue;
        join(collector_, as.name, routers_.at(as.name)->network, "collector");
        const End end = end_of(cable, false, "collector");
        routers_.at(as.name)->ends.push_back(end);
        batches[as.name] += addresses("collector", end);
        collector_batch += addresses(as.name, end_of(cable, true, as.name));
        peers_.push_back({as.name == "peer5" ? end.own6 : end.own4, as.number, as.host});
        ++cable;
    }
    for (const auto& [name, batch] : batches)
        routers_.at(name)->network.ip(batch);
    collector_.ip(collector_batch);
}

void World::write_configuration(const std::string& router) const {
    const Router& own = *routers_.at(router);
    const As& as = as_of(router);
    const std::string world = SERENO_BGP_WORLD;
    const auto id = &as - ases.data() + 1;
    std::ostringstream text;
    text << "# " << router << "\nrouter id 10.255.0." << id << ";\ndefine own_as = " << as.number
         << ";\ninclude \"" << world << "/common.conf\";\n";
    if (const std::string routes = world + "/" + router + ".conf"; std::filesystem::exists(routes))
        text << "include \"" << routes << "\";\n";
    if (router == "noisy") text << "include \"" << own.folder.path() << "/noise.conf\";\n";
    for (const End& end : own.ends) {
        const bool to_collector = end.to == "collector";
        const bool over_v6 = to_collector && router == "peer5";
        text << "\nprotocol bgp to_" << end.to << " from session {\n    neighbor "
             << (over_v6 ? end.other6 : end.other4) << " as "
             << (to_collector ? collector_as : as_of(end.to).number) << ";\n";
        // The noisy one's own prefixes are for the collector alone: to all others it is an ordinary customer.
        if (router == "noisy" && !to_collector)
            text << "    ipv4 { import all; export none; };\n    ipv6 { import all; export none; };\n";
        if (to_collector)
            for (const std::string family : {"ipv4", "ipv6"})
                text << "    " << family << " { import none; export " << (own.is_silent ? "none" : "all")
                     << "; };\n";
        text << "}\n";
    }
    own.folder.write("bird.conf", text.str());
}

void World::start(const std::string& router) {
    Router& own = *routers_.at(router);
    own.daemon.reset();
    if (router == "noisy") own.folder.write("noise.conf", noise_text(noise_));
    write_configuration(router);
    own.network.in([&] {
        own.daemon = std::make_unique<test::Daemon>(
            std::vector<std::string>{"bird", "-f", "-c", own.folder.path() + "/bird.conf", "-s",
                                     own.control()},
            "bird2", [&own] { return takes_connections(own.control()); });
    });
}

void World::kill(const std::string& router) {
    Router& own = *routers_.at(router);
    ::kill(own.daemon->pid(), SIGKILL);
    own.daemon.reset();
}

void World::control(const std::string& router, const std::string& command) const {
    std::vector<std::string> argv{"birdc", "-s", routers_.at(router)->control()};
    std::istringstream words(command);
    for (std::string word; words >> word;)
        argv.push_back(word);
    // birdc ends with 0 whatever the router replies.
    const std::string answer = test::run(argv, "bird2");
    for (const std::string good : {"abled", "Reconfigured", "Reconfiguration in progress"})
        if (answer.find(good) != std::string::npos) return;
    throw std::runtime_error(router + " does not " + command + ": " + answer);
}

void World::announce(const std::string& router, const std::string& what) const {
    control(router, "enable " + what);
}

void World::withdraw(const std::string& router, const std::string& what) const {
    control(router, "disable " + what);
}

void World::hush(bool silent) const {
    routers_.at("noisy")->is_silent = silent;
    write_configuration("noisy");
    control("noisy", "configure");
}

const Peer& World::peer(const std::string& router) const {
    const std::uint32_t number = as_of(router).number;
    return *std::find_if(peers_.begin(), peers_.end(), [&](const Peer& peer) { return peer.asn == number; });
}

Fd World::listen() const {
    Fd fd;
    collector_.in([&] { fd = listen_at({"::", 179}); });
    return fd;
}

std::string World::log(const std::string& router) const {
    return routers_.at(router)->daemon->log();
}

}  // namespace sereno::lab::bgp
