#include "sni_filter.hpp"

#include <arpa/inet.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "odd_servers.hpp"

namespace sereno::lab {

namespace {

/// Copies what comes on `from`; false at its end.
bool copy(int from, int to) {
    std::array<char, 16384> buffer;
    const ssize_t size = ::read(from, buffer.data(), buffer.size());
    if (size <= 0) return false;
    test::write_all(to, std::string(buffer.data(), static_cast<std::size_t>(size)));
    return true;
}

void relay(int client, int server) {
    for (;;) {
        std::array<pollfd, 2> ready{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
        if (::poll(ready.data(), ready.size(), -1) < 0) return;
        if (ready[0].revents != 0 && !copy(client, server)) return;
        if (ready[1].revents != 0 && !copy(server, client)) return;
    }
}

void handle(int client, const std::string& forbidden) {
    const std::string hello = test::read_some(client);
    if (hello.find(forbidden) != std::string::npos) {
        test::reset_on_close(client);
        return;
    }
    sockaddr_in target{};
    socklen_t size = sizeof target;
    const int server = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::getsockopt(client, SOL_IP, SO_ORIGINAL_DST, &target, &size) != 0 ||
        ::connect(server, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0)
        return;
    test::write_all(server, hello);
    relay(client, server);
}

[[noreturn]] void serve(int listener, const std::string& forbidden) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGCHLD, SIG_IGN);
    ::signal(SIGPIPE, SIG_IGN);
    for (;;) {
        const int client = ::accept(listener, nullptr, nullptr);
        if (client >= 0 && ::fork() == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            handle(client, forbidden);
            ::close(client);
            ::_exit(0);
        }
        ::close(client);
    }
}

}  // namespace

SniFilter::SniFilter(std::string forbidden, std::uint16_t port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 64) != 0)
        throw std::runtime_error("the filter cannot listen");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ == 0) serve(listener, forbidden);
    ::close(listener);
}

SniFilter::~SniFilter() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

}  // namespace sereno::lab
