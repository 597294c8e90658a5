#include "probes/tcp/connect.hpp"

#include <netinet/in.h>

#include <cerrno>
#include <utility>

#include "agent/loop/socket_error.hpp"

namespace sereno {

Connect::Connect(Loop& loop, const SocketAddress& address, std::function<void(ConnectResult)> done)
    : loop_(loop), done_(std::move(done)), started_(loop.now()), target_(address_text(address)) {
    begin(address);
}

void Connect::begin(const SocketAddress& address) {
    socket_ = Fd{::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)};
    if (!socket_.is_open()) return report_soon(errno);
    report_icmp(socket_.get(), address.family());
    if (::connect(socket_.get(), address.get(), address.length) == 0) return report_soon(0);
    if (errno != EINPROGRESS) return report_soon(errno);
    watch_ = loop_.watch(socket_.get(), {.read = false, .write = true}, [this](Loop::Ready) { on_ready(); });
}

void Connect::on_ready() {
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
    ConnectResult result{.error = error};
    if (const auto icmp = error != 0 ? icmp_from_elsewhere(socket_.get()) : std::nullopt) {
        result.icmp_from = to_string(*icmp);
        // "Port unreachable" means what a reset does when the target says it, and a firewall when another
        // does.
        if (error != ECONNREFUSED || icmp->from != target_) result.by = RaisedBy::a_router;
    }
    watch_ = {};
    socket_.reset();
    const auto done = std::move(done_);
    result.took = loop_.now() - started_;
    done(std::move(result));
}

void Connect::report_soon(int error) {
    soon_ = loop_.after(Micros{0}, [this, error] {
        socket_.reset();
        const auto done = std::move(done_);
        done({.error = error, .at_once = true, .took = loop_.now() - started_});
    });
}

bool lacks_ipv6(const SocketAddress& address, int error) {
    if (address.family() != AF_INET6) return false;
    if (error == ENETUNREACH || error == EAFNOSUPPORT) return true;
    if (error != EADDRNOTAVAIL) return false;
    // UDP chooses the port first, and says EAGAIN when there is none. Nothing is sent.
    const Fd socket{::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    return socket.is_open() && ::connect(socket.get(), address.get(), address.length) != 0 &&
           (errno == EADDRNOTAVAIL || errno == ENETUNREACH);
}

}  // namespace sereno
