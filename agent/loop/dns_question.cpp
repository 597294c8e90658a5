// c-ares makes the packets, retries, changes to TCP and matches answers with questions. The sockets are ours:
// that is the only way to learn the errno, which c-ares keeps to itself, and who sent an ICMP error.
#include "agent/loop/dns_question.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include <ares.h>

#include "agent/loop/dns_answer.hpp"
#include "agent/loop/socket_error.hpp"

namespace sereno {

namespace {

constexpr std::chrono::milliseconds shortest_try{20}, longest_try{3'600'000};

/// c-ares wants to be told, although on Unix there is nothing to initialise.
void start_library() {
    static const int started = ares_library_init(ARES_LIB_INIT_ALL);
    static_cast<void>(started);
}

std::string error_text(int error) {
    return std::string(std::strerror(error)) + " (errno " + std::to_string(error) + ")";
}

DnsReply failed(Failure failure, std::string detail) {
    DnsReply reply;
    reply.failure = failure;
    reply.detail = std::move(detail);
    return reply;
}

}  // namespace

struct DnsQuestion::State : std::enable_shared_from_this<State> {
    State(Loop& on, DnsQuery what, Stamp until, bool private_ok, std::function<void(DnsReply)> then)
        : loop(on),
          query(std::move(what)),
          deadline(until),
          private_answers_are_real(private_ok),
          done(std::move(then)) {}
    ~State() { close(); }

    void start();
    void abandon();

    Loop& loop;
    DnsQuery query;
    Stamp deadline;
    bool private_answers_are_real;
    std::function<void(DnsReply)> done;  // empty: nobody waits any more

  private:
    struct Socket {
        bool tcp = false;
        Loop::Watch watch;
    };

    bool open();
    void close();
    void rearm();
    void report(DnsReply reply);
    void answered(int status, std::span<const unsigned char> answer);
    DnsReply without_answer(int status) const;
    void note_error(int fd, int error);
    void note_received(int fd, const unsigned char* bytes, std::size_t size);

    static State& of(void* self) { return *static_cast<State*>(self); }
    static void on_answer(void* self, int status, int timeouts, unsigned char* answer, int size);
    static void on_interest(void* self, ares_socket_t fd, int read, int write);
    static ares_socket_t make_socket(int family, int type, int protocol, void* self);
    static int close_socket(ares_socket_t fd, void* self);
    static int connect_socket(ares_socket_t fd, const sockaddr* to, ares_socklen_t size, void* self);
    static ares_ssize_t receive(ares_socket_t fd, void* into, std::size_t size, int flags, sockaddr* from,
                                ares_socklen_t* from_size, void* self);
    static ares_ssize_t send(ares_socket_t fd, const iovec* parts, int count, void* self);

    ares_channel channel_ = nullptr;
    bool closing_ = false, reported_ = false;
    std::map<int, Socket> sockets_;
    Loop::Timer retry_, end_;
    std::optional<Failure> failed_;  // what the errno of the first failed call says
    std::string failed_detail_;
    int sent_id_ = -1;       // of the query, as sent over UDP
    bool nonsense_ = false;  // a datagram with our id that c-ares could not use
};

void DnsQuestion::State::start() {
    end_ = loop.at(deadline, [this] { report(without_answer(ARES_ETIMEOUT)); });
    if (deadline <= loop.now()) return;  // the timer says dns_timeout
    if (!open()) {
        report(failed(Failure::host_resources, "no DNS channel could be made"));
        return;
    }
    ares_query(channel_, query.name.c_str(), 1 /* IN */, static_cast<int>(query.type), on_answer, this);
    rearm();
}

bool DnsQuestion::State::open() {
    start_library();
    const std::chrono::milliseconds left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - loop.now());
    const bool tcp = query.transport == DnsTransport::tcp;
    char lookups[] = "b", no_file[] = "/dev/null";
    ares_options options{};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP;
    if (!query.recursion) options.flags |= ARES_FLAG_NORECURSE;
    if (tcp) options.flags |= ARES_FLAG_USEVC;
    // Each try lasts twice as long as the one before: a third and two thirds of the time. A TCP query that is
    // on its way must not be sent twice.
    options.tries = tcp ? 1 : 2;
    options.timeout = static_cast<int>(std::clamp(tcp ? left : left / 3, shortest_try, longest_try).count());
    options.ndots = 1;
    options.lookups = lookups;
    options.sock_state_cb = on_interest;
    options.sock_state_cb_data = this;
    options.resolvconf_path = no_file;
    // Everything that c-ares would look up in files is set, to nothing where possible: it then opens none of
    // them.
    const int set = ARES_OPT_FLAGS | ARES_OPT_TRIES | ARES_OPT_TIMEOUTMS | ARES_OPT_NDOTS | ARES_OPT_LOOKUPS |
                    ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF | ARES_OPT_DOMAINS | ARES_OPT_SERVERS |
                    ARES_OPT_SORTLIST;
    if (ares_init_options(&channel_, &options, set) != ARES_SUCCESS) {
        channel_ = nullptr;
        return false;
    }
    static const ares_socket_functions functions{make_socket, close_socket, connect_socket, receive, send};
    ares_set_socket_functions(channel_, &functions, this);
    Endpoint server = query.server.endpoint;
    server.address = server.address.substr(0, server.address.find('%'));  // connect_socket() adds the zone
    return ares_set_servers_ports_csv(channel_, to_string(server).c_str()) == ARES_SUCCESS;
}

void DnsQuestion::State::close() {
    retry_.cancel();
    end_.cancel();
    if (channel_ == nullptr) return;
    closing_ = true;
    ares_destroy(std::exchange(channel_, nullptr));  // calls on_answer, on_interest and close_socket
    sockets_.clear();
}

void DnsQuestion::State::abandon() {
    done = nullptr;
    close();
}

void DnsQuestion::State::rearm() {
    timeval next{};
    if (channel_ == nullptr || reported_ || ares_timeout(channel_, nullptr, &next) == nullptr) {
        retry_.cancel();
        return;
    }
    const Micros delay = std::chrono::seconds{next.tv_sec} + Micros{next.tv_usec};
    retry_ = loop.after(delay, [this] {
        ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        rearm();
    });
}

void DnsQuestion::State::report(DnsReply reply) {
    if (std::exchange(reported_, true)) return;
    reply.server = to_string(query.server.endpoint);
    // Never from inside c-ares: whoever is told may destroy the channel.
    loop.post([self = shared_from_this(), reply = std::move(reply)]() mutable {
        const auto then = std::exchange(self->done, nullptr);
        if (!then) return;
        self->close();
        then(std::move(reply));
    });
}

void DnsQuestion::State::on_answer(void* self, int status, int /*timeouts*/, unsigned char* answer,
                                   int size) {
    if (of(self).closing_) return;
    of(self).answered(status, {answer, answer == nullptr ? 0 : static_cast<std::size_t>(size)});
}

void DnsQuestion::State::answered(int status, std::span<const unsigned char> answer) {
    // With an answer the status only repeats its response code.
    if (!answer.empty()) return report(read_dns_answer(answer, query, private_answers_are_real));
    report(without_answer(status));
}

DnsReply DnsQuestion::State::without_answer(int status) const {
    if (failed_) return failed(*failed_, failed_detail_);
    if (nonsense_) return failed(Failure::dns_malformed, "the answer is to another question, or unreadable");
    switch (status) {
        case ARES_ETIMEOUT:
            return failed(Failure::dns_timeout, "no answer");
        case ARES_EBADNAME:
        case ARES_EBADQUERY:
            return failed(Failure::dns_malformed, "not a domain name: \"" + query.name.substr(0, 80) + "\"");
        case ARES_ENOMEM:
        case ARES_EFILE:
            return failed(Failure::host_resources, ares_strerror(status));
        case ARES_ECONNREFUSED:
            return failed(Failure::dns_unreachable, ares_strerror(status));
        default:
            return failed(Failure::dns_malformed, ares_strerror(status));
    }
}

void DnsQuestion::State::note_error(int fd, int error) {
    if (failed_ || closing_ || error == EAGAIN || error == EWOULDBLOCK || error == EINPROGRESS ||
        error == EINTR)
        return;
    failed_detail_ = error_text(error);
    if (const auto ours = host_failure(error)) {
        failed_ = *ours;
        return;
    }
    switch (error) {
        case ENETUNREACH:
        case EHOSTUNREACH:
            failed_ = icmp_from_elsewhere(fd) ? Failure::dns_unreachable : Failure::no_route;
            break;
        case ETIMEDOUT:
            failed_ = Failure::dns_timeout;
            break;
        case ECONNRESET:
        case EPIPE:
            failed_ = Failure::dns_malformed;
            break;  // accepted, then hung up instead of answering
        default:
            failed_ = Failure::dns_unreachable;
            break;
    }
}

/// c-ares drops datagrams that do not fit. One with our id is the server's: it answered, only not what was
/// asked.
void DnsQuestion::State::note_received(int fd, const unsigned char* bytes, std::size_t size) {
    const auto socket = sockets_.find(fd);
    if (socket == sockets_.end()) return;
    if (socket->second.tcp) {
        if (size == 0 && !failed_) {
            failed_ = Failure::dns_malformed;
            failed_detail_ = "the connection was closed without an answer";
        }
        return;
    }
    const bool truncated = size >= 3 && (bytes[2] & 0x02) != 0;  // asked again over TCP
    if (size >= 2 && (bytes[0] << 8 | bytes[1]) == sent_id_ && !truncated) nonsense_ = true;
}

void DnsQuestion::State::on_interest(void* self, ares_socket_t fd, int read, int write) {
    State& state = of(self);
    const auto found = state.sockets_.find(fd);
    if (found == state.sockets_.end()) return;
    if (read == 0 && write == 0) {
        found->second.watch = Loop::Watch{};
        return;
    }
    found->second.watch =
        state.loop.watch(fd, {.read = read != 0, .write = write != 0}, [&state, fd](Loop::Ready now) {
            ares_process_fd(state.channel_, now.read ? fd : ARES_SOCKET_BAD,
                            now.write ? fd : ARES_SOCKET_BAD);
            state.rearm();
        });
}

ares_socket_t DnsQuestion::State::make_socket(int family, int type, int protocol, void* self) {
    const int fd = ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (fd < 0) {
        of(self).note_error(-1, errno);
        return ARES_SOCKET_BAD;
    }
    report_icmp(fd, family);
    const bool tcp = (type & 0xf) == SOCK_STREAM;
    if (tcp) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    of(self).sockets_[fd].tcp = tcp;
    return fd;
}

int DnsQuestion::State::close_socket(ares_socket_t fd, void* self) {
    of(self).sockets_.erase(fd);  // the watch goes before the descriptor
    return ::close(fd);
}

int DnsQuestion::State::connect_socket(ares_socket_t fd, const sockaddr* to, ares_socklen_t size,
                                       void* self) {
    const std::string& address = of(self).query.server.endpoint.address;
    const auto zone = address.find('%');
    sockaddr_in6 scoped{};
    if (to->sa_family == AF_INET6 && size == sizeof scoped && zone != std::string::npos) {
        std::memcpy(&scoped, to, sizeof scoped);
        scoped.sin6_scope_id = ::if_nametoindex(address.c_str() + zone + 1);
        to = reinterpret_cast<const sockaddr*>(&scoped);
    }
    const int result = ::connect(fd, to, size);
    if (result != 0) {
        const int error = errno;
        of(self).note_error(fd, error);
        errno = error;
    }
    return result;
}

ares_ssize_t DnsQuestion::State::receive(ares_socket_t fd, void* into, std::size_t size, int flags,
                                         sockaddr* from, ares_socklen_t* from_size, void* self) {
    const ssize_t received = ::recvfrom(fd, into, size, flags, from, from_size);
    const int error = errno;
    if (received < 0)
        of(self).note_error(fd, error);
    else
        of(self).note_received(fd, static_cast<const unsigned char*>(into),
                               static_cast<std::size_t>(received));
    errno = error;
    return received;
}

ares_ssize_t DnsQuestion::State::send(ares_socket_t fd, const iovec* parts, int count, void* self) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = static_cast<std::size_t>(count);
    const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    const int error = errno;
    if (sent < 0) of(self).note_error(fd, error);
    if (const auto socket = of(self).sockets_.find(fd);
        sent >= 2 && socket != of(self).sockets_.end() && !socket->second.tcp && parts[0].iov_len >= 2) {
        const auto* bytes = static_cast<const unsigned char*>(parts[0].iov_base);
        of(self).sent_id_ = bytes[0] << 8 | bytes[1];
    }
    errno = error;
    return sent;
}

DnsQuestion::DnsQuestion(Loop& loop, DnsQuery query, Stamp deadline, bool private_answers_are_real,
                         std::function<void(DnsReply)> done)
    : state_(std::make_shared<State>(loop, std::move(query), deadline, private_answers_are_real,
                                     std::move(done))) {
    state_->start();
}

DnsQuestion::~DnsQuestion() {
    state_->abandon();
}

}  // namespace sereno
