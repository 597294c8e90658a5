#include "agent/loop/curl_multi.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
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
    watch_ = Loop::Watch{};
    if (epoll_ >= 0) ::close(epoll_);
}

void CurlMulti::add(void* easy, std::shared_ptr<SocketNotes> notes, std::function<void(int)> finished) {
    curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Callbacks::make_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, easy);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &Callbacks::close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
    running_[easy] = {std::move(notes), std::move(finished)};
    if (curl_multi_add_handle(multi_, easy) == CURLM_OK) return;
    const std::weak_ptr<SocketNotes> same = running_[easy].notes;
    loop_.post([this, alive = alive_, easy, same] {
        if (!*alive) return;
        // An entry that was removed since, or whose handle's address was used again, must not be called.
        const auto entry = running_.find(easy);
        if (entry != running_.end() && entry->second.notes == same.lock()) finish(easy, CURLE_OUT_OF_MEMORY);
    });
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

void CurlMulti::serve_sockets() {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    const auto alive = alive_;
    for (int i = 0; i < count && *alive; ++i)
        ready(events[static_cast<std::size_t>(i)].data.fd, events[static_cast<std::size_t>(i)].events);
}

void CurlMulti::ready(int fd, std::uint32_t events) {
    const auto found = sockets_.find(fd);
    if (found == sockets_.end()) return;  // closed by what was served before it
    Socket& socket = found->second;
    if (socket.events == 0) {
        ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
        socket.added = false;
        return;
    }
    if (socket.connecting) note_connected(fd, *socket.notes);  // with TLS libcurl reads the CA bundle first
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) events |= socket.events;
    act(fd,
        ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) | ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0));
}

void CurlMulti::act(int fd, int events) {
    int still_running = 0;
    curl_multi_socket_action(multi_, fd, events, &still_running);
    collect();
}

/// libcurl has returned: whoever is told may do with this object what they like.
void CurlMulti::collect() {
    const auto alive = alive_;
    int left = 0;
    while (*alive) {
        const CURLMsg* message = curl_multi_info_read(multi_, &left);
        if (message == nullptr) return;
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
    }
}

void CurlMulti::finish(void* easy, int code) {
    const auto running = running_.find(easy);
    if (running == running_.end()) return;
    const auto then = std::exchange(running->second.finished, nullptr);
    if (then) then(code);
}

int CurlMulti::make_socket(int family, int type, int protocol, void* easy) {
    const auto running = running_.find(easy);
    if (running == running_.end()) return CURL_SOCKET_BAD;
    SocketNotes& notes = *running->second.notes;
    if (epoll_ < 0) epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    const int fd = epoll_ < 0 ? -1 : ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) {
        notes.open_error = errno;
        return CURL_SOCKET_BAD;
    }
    if (!std::exchange(watched_, true))
        watch_ = loop_.watch(epoll_, {.read = true}, [this](Loop::Ready) { serve_sockets(); });
    report_icmp(fd, family);
    if (notes.segment_bytes != 0) {
        const int bytes = notes.segment_bytes;
        ::setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &bytes, sizeof bytes);
    }
    sockets_[fd] = {.notes = running->second.notes, .family = family};
    return fd;
}

int CurlMulti::close_socket(int fd) {
    const auto found = sockets_.find(fd);
    if (found != sockets_.end()) {
        SocketNotes& notes = *found->second.notes;
        if (found->second.connecting)
            if (const auto error = icmp_from_elsewhere(fd)) notes.icmp_from = to_string(*error);
        note_connected(fd, notes);
        const int state = tcp_state(fd);
        notes.ended_by_peer = state == TCP_CLOSE || state == TCP_CLOSE_WAIT;  // by RST or FIN
        sockets_.erase(found);
    }
    return ::close(fd);  // and with it goes its place in epoll
}

void CurlMulti::interest(int fd, int what) {
    const auto found = sockets_.find(fd);
    if (found == sockets_.end()) return;
    Socket& socket = found->second;
    socket.events = 0;
    // Mostly the descriptor is closed next. If not, epoll is told when it reports what nobody wants.
    if (what == CURL_POLL_REMOVE) return;
    if ((what & CURL_POLL_IN) != 0) socket.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) socket.events |= EPOLLOUT;
    if ((what & CURL_POLL_IN) != 0 && std::exchange(socket.connecting, false)) {
        note_connected(fd, *socket.notes);
        // From here on an ICMP error is no longer final: TCP sends again.
        const int off = 0;
        if (socket.family == AF_INET6)
            ::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &off, sizeof off);
        else
            ::setsockopt(fd, IPPROTO_IP, IP_RECVERR, &off, sizeof off);
    }
    epoll_event event{};
    event.events = socket.events;
    event.data.fd = fd;
    // Without a place, nothing is reported, and the deadline of whoever asked ends it.
    socket.added = ::epoll_ctl(epoll_, socket.added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0;
}

/// libcurl sets it several times a transfer, mostly later: then the timer that is there may fire in vain,
/// which costs less than setting it anew.
void CurlMulti::set_timer(long milliseconds) {
    if (milliseconds < 0) {
        due_.reset();
        return;
    }
    due_ = loop_.now() + std::chrono::milliseconds{milliseconds};
    if (milliseconds > 0) {
        if (!timer_.armed() || *due_ < armed_for_) arm(*due_);
        return;
    }
    if (std::exchange(called_at_once_, true)) return;
    loop_.post([this, alive = alive_] {
        if (!*alive) return;
        called_at_once_ = false;
        on_timer();
    });
}

void CurlMulti::on_timer() {
    if (!due_) return;
    if (*due_ > loop_.now()) {
        if (!timer_.armed() || *due_ < armed_for_) arm(*due_);
        return;
    }
    due_.reset();
    act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlMulti::arm(Stamp due) {
    armed_for_ = due;
    timer_ = loop_.at(due, [this] { on_timer(); });
}

}  // namespace sereno
