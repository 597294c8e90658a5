#include "network.hpp"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <exception>
#include <fstream>
#include <stdexcept>

#include "daemons.hpp"

namespace sereno::lab {

namespace {

[[noreturn]] void complain(const std::string& what) {
    throw std::runtime_error(what + " (" + ::strerror(errno) + "): run this test as root");
}

int this_network() {
    const int fd = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0) complain("/proc/thread-self/ns/net cannot be opened");
    return fd;
}

void go_to(int fd) {
    if (::setns(fd, CLONE_NEWNET) != 0) complain("a network namespace cannot be entered");
}

}  // namespace

Network::Network() {
    const int home = this_network();
    if (::unshare(CLONE_NEWNET) != 0) complain("a network namespace cannot be made");
    fd_ = this_network();
    go_to(home);
    ::close(home);
    // No second of waiting for twins of an address that cannot have any (RFC 4862 section 5.4).
    set_kernel("net/ipv6/conf/default/accept_dad", "0");
    set_kernel("net/ipv6/conf/default/router_solicitations", "0");
    // Every packet that deserves an ICMP error gets one.
    set_kernel("net/ipv4/icmp_ratelimit", "0");
    set_kernel("net/ipv6/icmp/ratelimit", "0");
    ip("link set lo up");
}

Network::~Network() {
    ::close(fd_);
}

void Network::in(const std::function<void()>& body) const {
    const int home = this_network();
    go_to(fd_);
    std::exception_ptr problem;
    try {
        body();
    } catch (...) {
        problem = std::current_exception();
    }
    go_to(home);
    ::close(home);
    if (problem) std::rethrow_exception(problem);
}

void Network::enter() const {
    go_to(fd_);
}

void Network::ip(const std::string& commands) const {
    const test::Folder folder;
    const std::string file = folder.write("commands", commands + "\n");
    in([&] { test::run({"ip", "-batch", file}, "iproute2"); });
}

void Network::nft(const std::string& rules) const {
    const test::Folder folder;
    const std::string file = folder.write("rules", rules + "\n");
    in([&] { test::run({"nft", "-f", file}, "nftables"); });
}

void Network::set_kernel(const std::string& name, const std::string& value) const {
    in([&] {
        std::ofstream file("/proc/sys/" + name);
        file << value << std::flush;
        if (!file) complain("/proc/sys/" + name + " cannot be written");
    });
}

std::string Network::path() const {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_);
}

void join(const Network& left, const std::string& left_name, const Network& right,
          const std::string& right_name) {
    left.ip("link add " + left_name + " type veth peer name " + right_name + " netns " + right.path() +
            "\nlink set " + left_name + " up");
    right.ip("link set " + right_name + " up");
}

}  // namespace sereno::lab
