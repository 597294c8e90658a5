#include "probes/tcp/connect.hpp"

#include <netinet/in.h>

#include <cerrno>
#include <utility>

#include "agent/loop/socket_error.hpp"

namespace sereno {

Connect::Connect(Loop& loop, const SocketAddress& address, std::function<void(ConnectResult)> done)
    : loop_(loop), done_(std::move(done)), started_(loop.now()) {
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
    const bool unreachable = error == ENETUNREACH || error == EHOSTUNREACH;
    const auto by =
        unreachable && icmp_from_elsewhere(socket_.get()) ? RaisedBy::a_router : RaisedBy::this_host;
    watch_ = {};
    socket_.reset();
    const auto done = std::move(done_);
    done({.error = error, .by = by, .at_once = false, .took = loop_.now() - started_});
}

void Connect::report_soon(int error) {
    soon_ = loop_.after(Micros{0}, [this, error] {
        socket_.reset();
        const auto done = std::move(done_);
        done({.error = error, .by = RaisedBy::this_host, .at_once = true, .took = loop_.now() - started_});
    });
}

}  // namespace sereno
