#include "slow_neighbour.hpp"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <stdexcept>
#include <vector>

#include "../namespace.hpp"

namespace sereno::test {

namespace {

using Clock = std::chrono::steady_clock;

int open_tun() {
    const int fd = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    ifreq request{};
    ::strncpy(request.ifr_name, "tun0", sizeof request.ifr_name - 1);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (fd < 0 || ::ioctl(fd, TUNSETIFF, &request) != 0)
        throw std::runtime_error(std::string{"a tun device cannot be made ("} + ::strerror(errno) +
                                 "): run this test as root on a kernel with tun");
    return fd;
}

/// Turns an echo request into its reply, in place; false: it is something else.
bool reply_to(std::vector<unsigned char>& packet) {
    constexpr std::size_t header = 20;
    if (packet.size() < header + 8 || packet[0] != 0x45 || packet[9] != 1 || packet[header] != ICMP_ECHO)
        return false;
    std::swap_ranges(packet.begin() + 12, packet.begin() + 16, packet.begin() + 16);
    packet[header] = ICMP_ECHOREPLY;
    // The type went from 8 to 0, so the checksum's one's complement sum rises by 0x0800 (RFC 1624).
    unsigned sum = static_cast<unsigned>(packet[header + 2] << 8 | packet[header + 3]) + 0x0800U;
    sum = (sum & 0xffffU) + (sum >> 16);
    packet[header + 2] = static_cast<unsigned char>(sum >> 8);
    packet[header + 3] = static_cast<unsigned char>(sum & 0xffU);
    return true;
}

[[noreturn]] void answer_for_ever(int fd, std::chrono::milliseconds delay) {
    struct Reply {
        Clock::time_point due;
        std::vector<unsigned char> packet;
    };
    std::deque<Reply> replies;
    for (;;) {
        int wait = -1;
        if (!replies.empty())
            wait = static_cast<int>(std::max<std::int64_t>(
                0, std::chrono::ceil<std::chrono::milliseconds>(replies.front().due - Clock::now()).count()));
        pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
        if (::poll(&readable, 1, wait) > 0) {
            std::vector<unsigned char> packet(2048);
            const auto size = ::read(fd, packet.data(), packet.size());
            if (size <= 0) ::_exit(0);
            packet.resize(static_cast<std::size_t>(size));
            if (reply_to(packet)) replies.push_back({Clock::now() + delay, std::move(packet)});
        }
        while (!replies.empty() && replies.front().due <= Clock::now()) {
            const auto& packet = replies.front().packet;
            if (::write(fd, packet.data(), packet.size()) < 0) ::_exit(1);
            replies.pop_front();
        }
    }
}

}  // namespace

SlowNeighbour::SlowNeighbour(const std::string& address, std::chrono::milliseconds delay) {
    const int fd = open_tun();
    ip("addr add " + address + " dev tun0");
    ip("link set tun0 up");
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        answer_for_ever(fd, delay);
    }
    ::close(fd);
    if (pid_ < 0) throw std::runtime_error("fork failed");
}

SlowNeighbour::~SlowNeighbour() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

}  // namespace sereno::test
