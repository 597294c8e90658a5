#include "agent/loop/curl_multi.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <utility>

#include <curl/curl.h>

#include "agent/loop/socket_error.hpp"

namespace sereno {

namespace {

int tcp_state(int fd) {
    tcp_info info{};
    socklen_t size = sizeof info;
    return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? int{info.tcpi_state}
                                                                      : int{TCP_SYN_SENT};
}

}  // namespace

/// libcurl's C callbacks; each passes on to the method of the same name.
struct CurlMulti::Callbacks {
    static CurlMulti& of(void* self) { return *static_cast<CurlMulti*>(self); }

    static int interest(CURL*, curl_socket_t fd, int what, void* self, void*) {
        of(self).interest(fd, what);
        return 0;
    }
    static int set_timer(CURLM*, long milliseconds, void* self) {
        of(self).set_timer(milliseconds);
        return 0;
    }
    static curl_socket_t make_socket(void* easy, curlsocktype, curl_sockaddr* address) {
        void* self = nullptr;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
        return of(self).make_socket(address->family, address->socktype, address->protocol, easy);
    }
    static int close_socket(void* self, curl_socket_t fd) { return of(self).close_socket(fd); }
};

CurlMulti::CurlMulti(Loop& loop) : loop_(loop), multi_(curl_multi_init()) {
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Callbacks::interest);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Callbacks::set_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 4L);  // of idle ones; ours are closed after use anyway
}

CurlMulti::~CurlMulti() {
    *alive_ = false;
    for (auto& [easy, running] : running_)
        curl_multi_remove_handle(multi_, easy);
    curl_multi_cleanup(multi_);
}

void CurlMulti::add(void* easy, std::shared_ptr<SocketNotes> notes, std::function<void(int)> finished) {
    curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Callbacks::make_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, easy);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &Callbacks::close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
    running_[easy] = {std::move(notes), std::move(finished)};
    if (curl_multi_add_handle(multi_, easy) != CURLM_OK) finish(easy, CURLE_OUT_OF_MEMORY);
}

void CurlMulti::remove(void* easy) {
    curl_multi_remove_handle(multi_, easy);
    running_.erase(easy);
}

/// libcurl sets its own time of the connect late, and not at all when TLS fails.
void CurlMulti::note_connected(int fd, SocketNotes& notes) const {
    if (notes.connected != Stamp{}) return;
    const int state = tcp_state(fd);
    if (state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT) notes.connected = loop_.now();
}

void CurlMulti::act(int fd, int events) {
    int still_running = 0;
    curl_multi_socket_action(multi_, fd, events, &still_running);
    collect();
}

void CurlMulti::collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left))
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
}

void CurlMulti::finish(void* easy, int code) {
    const auto running = running_.find(easy);
    if (running == running_.end()) return;
    // An entry that was removed since, or whose handle's address was used again, must not be called.
    const std::weak_ptr<SocketNotes> same = running->second.notes;
    loop_.post([this, alive = alive_, easy, same, code] {
        if (!*alive) return;
        const auto entry = running_.find(easy);
        if (entry == running_.end() || entry->second.notes != same.lock()) return;
        const auto then = std::move(entry->second.finished);
        then(code);
    });
}

int CurlMulti::make_socket(int family, int type, int protocol, void* easy) {
    const auto running = running_.find(easy);
    if (running == running_.end()) return CURL_SOCKET_BAD;
    SocketNotes& notes = *running->second.notes;
    const int fd = ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) {
        notes.open_error = errno;
        return CURL_SOCKET_BAD;
    }
    report_icmp(fd, family);
    sockets_[fd].notes = running->second.notes;
    return fd;
}

int CurlMulti::close_socket(int fd) {
    const auto found = sockets_.find(fd);
    if (found != sockets_.end()) {
        SocketNotes& notes = *found->second.notes;
        if (found->second.connecting) notes.router_said_so = icmp_from_elsewhere(fd).has_value();
        note_connected(fd, notes);
        const int state = tcp_state(fd);
        notes.ended_by_peer = state == TCP_CLOSE || state == TCP_CLOSE_WAIT;  // by RST or FIN
        sockets_.erase(found);  // the watch goes before the descriptor
    }
    return ::close(fd);
}

void CurlMulti::interest(int fd, int what) {
    const auto found = sockets_.find(fd);
    if (found == sockets_.end()) return;
    Socket& socket = found->second;
    if (what == CURL_POLL_REMOVE) {  // stop watching; the descriptor may live on
        socket.watch = Loop::Watch{};
        return;
    }
    const Loop::Ready wanted{.read = (what & CURL_POLL_IN) != 0, .write = (what & CURL_POLL_OUT) != 0};
    if (wanted.read && std::exchange(socket.connecting, false)) {
        note_connected(fd, *socket.notes);
        // From here on an ICMP error is no longer final: TCP sends again.
        const int off = 0;
        ::setsockopt(fd, IPPROTO_IP, IP_RECVERR, &off, sizeof off);
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &off, sizeof off);
    }
    socket.watch = loop_.watch(fd, wanted, [this, fd, notes = socket.notes](Loop::Ready now) {
        note_connected(fd, *notes);  // before libcurl goes on: with TLS it reads the CA bundle first
        act(fd, (now.read ? CURL_CSELECT_IN : 0) | (now.write ? CURL_CSELECT_OUT : 0));
    });
}

void CurlMulti::set_timer(long milliseconds) {
    if (milliseconds < 0) return timer_.cancel();
    timer_ = loop_.after(std::chrono::milliseconds{milliseconds}, [this] { act(CURL_SOCKET_TIMEOUT, 0); });
}

}  // namespace sereno
