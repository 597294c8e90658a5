#include "namespace.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "agent/loop/address.hpp"
#include "daemons.hpp"

namespace sereno::test {

namespace {

std::vector<std::string> words(const std::string& program, const std::string& arguments) {
    std::vector<std::string> argv{program};
    std::istringstream text(arguments);
    for (std::string word; text >> word;)
        argv.push_back(word);
    return argv;
}

void enter_new_network() {
    if (::unshare(CLONE_NEWNET) != 0)
        throw std::runtime_error(std::string{"a network namespace cannot be made ("} + ::strerror(errno) +
                                 "): run this test as root");
}

Fd current_network() {
    Fd fd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
    if (!fd.is_open()) throw std::runtime_error("/proc/thread-self/ns/net cannot be opened");
    return fd;
}

void enter(const Fd& network) {
    if (::setns(network.get(), CLONE_NEWNET) != 0) throw std::runtime_error("setns failed");
}

/// Of cable `i`, between networks i and i+1: all but the last number.
std::string cable_v4(std::size_t i) {
    static const std::vector<std::string> cables{"192.168.1.", "100.64.0.", "198.51.100.", "203.0.113.",
                                                 "192.0.2."};
    return i < cables.size() ? cables[i] : "10." + std::to_string(i + 1) + ".0.";
}
std::string cable_v6(std::size_t i) {
    return "2001:db8:" + std::to_string(i + 1) + "::";
}

/// Until a packet gets to `address` and the answer back: neighbours on new cables take a while to meet.
void wait_until_refused(const std::string& address) {
    const auto target = socket_address({address, 9});
    const Fd fd{::socket(target->family(), SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (::connect(fd.get(), target->get(), target->length) != 0)
        throw std::runtime_error("no way to " + address);
    for (int tries = 0; tries < 500; ++tries) {
        const bool sent = ::send(fd.get(), "?", 1, 0) == 1;
        pollfd refused{.fd = fd.get(), .events = 0, .revents = 0};
        if (!sent || ::poll(&refused, 1, 20) == 1) return;
    }
    throw std::runtime_error("packets do not get to " + address);
}

}  // namespace

Observation in_namespace(const std::function<Observation()>& body) {
    return in_child([&body] {
        enter_new_network();
        ip("link set lo up");
        return body();
    });
}

Neighbourhood::Neighbourhood() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe failed");
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const char word = ::unshare(CLONE_NEWNET) == 0 ? 'y' : 'n';
        if (::write(ends[1], &word, 1) == 1 && word == 'y') ::pause();
        ::_exit(0);
    }
    ::close(ends[1]);
    char word = 'n';
    const bool told = ::read(ends[0], &word, 1) == 1;
    ::close(ends[0]);
    if (!told || word != 'y') throw std::runtime_error("a second network namespace cannot be made");
}

Neighbourhood::~Neighbourhood() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void Neighbourhood::ip(const std::string& arguments) const {
    run(words("nsenter", "-t " + pid() + " -n ip " + arguments), "util-linux");
}

Chain::Chain(std::size_t networks) : home_(current_network()) {
    try {
        for (std::size_t i = 0; i < networks; ++i) {
            enter_new_network();
            networks_.push_back(current_network());
            for (const char* setting : {"ipv4/ip_forward", "ipv6/conf/all/forwarding"})
                test::set_kernel(std::string{"net/"} + setting, i > 0 && i + 1 < networks ? "1" : "0");
            test::set_kernel("net/ipv6/conf/default/accept_dad", "0");  // its addresses are of use at once
            test::set_kernel("net/ipv4/icmp_ratelimit", "0");
            test::set_kernel("net/ipv6/icmp/ratelimit", "0");
        }
        build();
        enter(networks_.at(0));
        wait_until_refused(v4(networks - 1));
        wait_until_refused(v6(networks - 1));
    } catch (...) {
        enter(home_);
        throw;
    }
}

Chain::~Chain() {
    enter(home_);
}

/// Cables from left to right, each made by the network at its left end; then addresses and routes.
void Chain::build() const {
    const Folder folder;
    const std::size_t last = networks_.size() - 1;
    std::vector<std::string> cables(networks_.size()), roads(networks_.size());
    const auto add = [](std::string& batch, const std::string& line) { batch += line + "\n"; };
    for (std::size_t i = 0; i < last; ++i) {
        const std::string peer =
            "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(networks_[i + 1].get());
        add(cables[i], "link add right type veth peer name left netns " + peer);
        add(roads[i], "addr add " + cable_v4(i) + "2/24 dev right");
        add(roads[i], "addr add " + cable_v6(i) + "2/64 dev right nodad");
        add(roads[i], "link set right up");
        add(roads[i + 1], "addr add " + cable_v4(i) + "1/24 dev left");
        add(roads[i + 1], "addr add " + cable_v6(i) + "1/64 dev left nodad");
        add(roads[i + 1], "link set left up");
    }
    for (std::size_t i = 0; i <= last; ++i) {
        const std::string left_v4 = i > 0 ? cable_v4(i - 1) + "2" : "",
                          left_v6 = i > 0 ? cable_v6(i - 1) + "2" : "";
        add(roads[i], "link set lo up");
        for (std::size_t far = 0; far + 1 < i; ++far) {
            add(roads[i], "route add " + cable_v4(far) + "0/24 via " + left_v4);
            add(roads[i], "route add " + cable_v6(far) + "/64 via " + left_v6);
        }
        if (i == last) continue;
        add(roads[i], "route add default via " + cable_v4(i) + "1");
        add(roads[i], "route add default via " + cable_v6(i) + "1");
    }
    for (std::size_t i = 0; i < last; ++i)
        in(i, [&] { run({"ip", "-batch", folder.write("batch", cables[i])}, "iproute2"); });
    for (std::size_t i = 0; i <= last; ++i)
        in(i, [&] {
            for (const std::string family : {"ipv4", "ipv6"})  // neighbours meet soon, or never
                for (const std::string cable : {"left", "right"})
                    if ((cable == "left" && i > 0) || (cable == "right" && i < last))
                        test::set_kernel("net/" + family + "/neigh/" + cable + "/retrans_time_ms", "50");
            run({"ip", "-batch", folder.write("batch", roads[i])}, "iproute2");
        });
}

void Chain::in(std::size_t network, const std::function<void()>& body) const {
    const Fd before = current_network();
    enter(networks_.at(network));
    try {
        body();
    } catch (...) {
        enter(before);
        throw;
    }
    enter(before);
}

void Chain::ip(std::size_t network, const std::string& arguments) const {
    in(network, [&] { test::ip(arguments); });
}

void Chain::nft(std::size_t network, const std::string& rules) const {
    in(network, [&] { test::nft(rules); });
}

void Chain::set_kernel(std::size_t network, const std::string& name, const std::string& value) const {
    in(network, [&] { test::set_kernel(name, value); });
}

std::string Chain::v4(std::size_t network) const {
    return network == 0 ? cable_v4(0) + "2" : cable_v4(network - 1) + "1";
}

std::string Chain::v6(std::size_t network) const {
    return network == 0 ? cable_v6(0) + "2" : cable_v6(network - 1) + "1";
}

void ip(const std::string& arguments) {
    run(words("ip", arguments), "iproute2");
}

void nft(const std::string& rules) {
    const Folder folder;
    run({"nft", "-f", folder.write("rules", rules)}, "nftables");
}

void set_kernel(const std::string& name, const std::string& value) {
    std::ofstream file("/proc/sys/" + name);
    file << value << std::flush;
    if (!file) throw std::runtime_error("/proc/sys/" + name + " cannot be written: run this test as root");
}

}  // namespace sereno::test
