// The sockets are ours, not c-ares': that is the only way to learn the errno of a failure, who sent an ICMP
// error, and what came that was no answer. A channel of c-ares for each question would also cost more than
// the question.
#include "agent/loop/dns_question.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "agent/loop/address.hpp"
#include "agent/loop/dns_answer.hpp"
#include "agent/loop/dns_message.hpp"
#include "agent/loop/socket_error.hpp"

namespace sereno {

namespace {

constexpr std::size_t largest_datagram = 4096;  // without EDNS an honest answer has at most 512 bytes
constexpr int most_datagrams_at_once = 16;
constexpr std::size_t length_bytes = 2, largest_message = 65535;

/// Not to be guessed by who would forge an answer (RFC 5452 section 9.2). The kernel chooses the port alike.
std::uint16_t random_id() {
    std::uint16_t id = 0;
    while (::getrandom(&id, sizeof id, 0) != sizeof id) {
    }
    return id;
}

DnsReply failed(Failure failure, std::string detail) {
    DnsReply reply;
    reply.failure = failure;
    reply.detail = std::move(detail);
    return reply;
}

bool means_try_later(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == EINPROGRESS;
}

/// What a failed call on `fd` says; call it before the descriptor is closed.
DnsReply failed_call(int fd, int error) {
    DnsReply reply = failed(Failure::dns_unreachable,
                            std::string(std::strerror(error)) + " (errno " + std::to_string(error) + ")");
    // First of all: a router's prohibition (ICMPv6) comes as the same EACCES as one of our own firewall.
    if (const auto icmp = fd < 0 ? std::nullopt : icmp_from_elsewhere(fd)) {
        reply.icmp_from = to_string(*icmp);
        return reply;
    }
    if (const auto ours = host_failure(error)) {
        reply.failure = *ours;
        return reply;
    }
    switch (error) {
        case EAGAIN:  // connect(2) for UDP: no local port is left
            reply.failure = Failure::host_resources;
            break;
        case ENETUNREACH:
        case EHOSTUNREACH:
            reply.failure = Failure::no_route;
            break;
        case ETIMEDOUT:
            reply.failure = Failure::dns_timeout;
            break;
        case ECONNRESET:
        case EPIPE:  // accepted, then hung up instead of answering
            reply.failure = Failure::dns_malformed;
            break;
        default:
            break;
    }
    return reply;
}

}  // namespace

struct DnsQuestion::State : std::enable_shared_from_this<State> {
    State(Loop& on, DnsQuery what, Stamp until, bool private_ok, std::function<void(DnsReply)> then)
        : loop_(on),
          query_(std::move(what)),
          deadline_(until),
          private_answers_are_real_(private_ok),
          done_(std::move(then)) {}
    ~State() { close(); }

    void start();
    void abandon();

  private:
    using Bytes = std::span<const unsigned char>;

    bool open(int type);
    void close();
    void start_udp();
    void send_datagram();
    void read_datagrams();
    bool take_datagram(Bytes datagram);
    void on_time();
    void start_tcp();
    void write_stream();
    void read_stream();
    void take_message(Bytes message);
    void end(DnsReply reply);
    void end_without_answer(DnsReply reply);
    void tell(DnsReply reply);
    [[nodiscard]] DnsReply read(Bytes message) const {
        return read_dns_answer(message, query_, private_answers_are_real_);
    }

    Loop& loop_;
    DnsQuery query_;
    Stamp deadline_;
    bool private_answers_are_real_;
    std::function<void(DnsReply)> done_;  // empty: nobody waits any more

    bool starting_ = true;  // done_ is not called before the constructor has returned
    bool sent_twice_ = false;
    bool cut_short_ = false;  // over UDP; now on TCP
    DnsBytes question_;
    std::optional<DnsReply> noted_;  // what came that did not fit, said when nothing better comes
    int fd_ = -1;
    Loop::Watch watch_;
    Loop::Timer timer_;
    DnsBytes out_, in_;  // over TCP, with the length in front
    std::size_t written_ = 0;
};

void DnsQuestion::State::start() {
    if (deadline_ <= loop_.now()) {
        end_without_answer(failed(Failure::dns_timeout, "no time left to ask"));
    } else if (auto question = dns_question(query_, random_id())) {
        question_ = *std::move(question);
        query_.transport == DnsTransport::tcp ? start_tcp() : start_udp();
    } else {
        end(failed(Failure::dns_malformed, "not a domain name: \"" + query_.name.substr(0, 80) + "\""));
    }
    starting_ = false;
}

bool DnsQuestion::State::open(int type) {
    const auto to = socket_address(query_.server.endpoint);
    if (!to) {
        end(failed(Failure::dns_unreachable, "\"" + query_.server.endpoint.address + "\" is no address"));
        return false;
    }
    fd_ = ::socket(to->family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
        end_without_answer(failed_call(-1, errno));
        return false;
    }
    report_icmp(fd_, to->family());
    // Connected, also for UDP: the kernel then drops what comes from others and tells of ICMP errors.
    if (::connect(fd_, to->get(), to->length) != 0 && errno != EINPROGRESS) {
        end_without_answer(failed_call(fd_, errno));
        return false;
    }
    return true;
}

void DnsQuestion::State::close() {
    timer_.cancel();
    watch_ = Loop::Watch{};  // before the descriptor
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void DnsQuestion::State::abandon() {
    done_ = nullptr;
    close();
}

void DnsQuestion::State::start_udp() {
    if (!open(SOCK_DGRAM)) return;
    watch_ = loop_.watch(fd_, {.read = true}, [this](Loop::Ready) {
        const auto alive = shared_from_this();
        read_datagrams();
    });
    timer_ = loop_.after((deadline_ - loop_.now()) / 3, [this] {
        const auto alive = shared_from_this();
        on_time();
    });
    send_datagram();
}

void DnsQuestion::State::send_datagram() {
    // An error of the first datagram may be told by the sending of the second.
    if (::send(fd_, question_.data(), question_.size(), MSG_NOSIGNAL) < 0 && !means_try_later(errno))
        end_without_answer(failed_call(fd_, errno));
}

void DnsQuestion::State::read_datagrams() {
    std::array<unsigned char, largest_datagram> buffer;
    for (int i = 0; i < most_datagrams_at_once; ++i) {
        const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
        if (size < 0 && errno == EMSGSIZE) {  // a router wants smaller packets; the next goes in fragments
            while (next_icmp_error(fd_)) {
            }
        } else if (size < 0) {
            if (!means_try_later(errno)) end_without_answer(failed_call(fd_, errno));
            return;
        } else if (take_datagram({buffer.data(), static_cast<std::size_t>(size)})) {
            return;
        }
    }
}

/// True when no other datagram is waited for.
bool DnsQuestion::State::take_datagram(Bytes datagram) {
    const DnsFit fit = fit_of(datagram, question_);
    if (fit == DnsFit::right && is_cut_short(datagram) && !query_.expect_silence) {
        close();
        cut_short_ = true;
        start_tcp();
        return true;
    }
    if (fit == DnsFit::right) {
        end(read(datagram));
        return true;
    }
    const bool of_the_server = fit == DnsFit::unreadable;
    if (!noted_ || of_the_server)
        noted_ = of_the_server ? failed(Failure::dns_malformed, "an answer that cannot be read")
                               : failed(Failure::dns_mismatch, fit == DnsFit::other_id
                                                                   ? "only an answer with another id"
                                                                   : "only an answer to another question");
    if (!query_.expect_silence) return false;
    end(*std::move(noted_));
    return true;
}

void DnsQuestion::State::on_time() {
    // When this host was busy, the answer may have waited longer than the timer.
    read_datagrams();
    if (fd_ < 0 || cut_short_) return;
    if (std::exchange(sent_twice_, true) || loop_.now() >= deadline_)
        return end_without_answer(noted_ ? *std::move(noted_) : failed(Failure::dns_timeout, "no answer"));
    timer_ = loop_.at(deadline_, [this] {
        const auto alive = shared_from_this();
        on_time();
    });
    send_datagram();
}

void DnsQuestion::State::start_tcp() {
    if (!open(SOCK_STREAM)) return;
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    out_ = {static_cast<unsigned char>(question_.size() >> 8),
            static_cast<unsigned char>(question_.size() & 0xff)};
    out_.insert(out_.end(), question_.begin(), question_.end());
    watch_ = loop_.watch(fd_, {.write = true}, [this](Loop::Ready) {
        const auto alive = shared_from_this();
        write_stream();
    });
    timer_ = loop_.at(deadline_, [this] {
        const auto alive = shared_from_this();
        end_without_answer(failed(Failure::dns_timeout, "no answer"));
    });
}

void DnsQuestion::State::write_stream() {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return end_without_answer(failed_call(fd_, error));
    const ssize_t sent = ::send(fd_, out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (sent < 0) {
        if (!means_try_later(errno)) end_without_answer(failed_call(fd_, errno));
        return;
    }
    written_ += static_cast<std::size_t>(sent);
    if (written_ < out_.size()) return;
    watch_ = loop_.watch(fd_, {.read = true}, [this](Loop::Ready) {
        const auto alive = shared_from_this();
        read_stream();
    });
}

void DnsQuestion::State::read_stream() {
    std::array<unsigned char, largest_datagram> buffer;
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0) {
        if (!means_try_later(errno)) end_without_answer(failed_call(fd_, errno));
        return;
    }
    if (size == 0)
        return end_without_answer(
            failed(Failure::dns_malformed, "the connection was closed without an answer"));
    in_.insert(in_.end(), buffer.data(), buffer.data() + size);
    if (in_.size() < length_bytes) return;
    const std::size_t whole = static_cast<std::size_t>(in_[0]) << 8 | in_[1];
    static_assert(length_bytes + largest_message + largest_datagram < 70'000);  // the most that in_ can hold
    if (in_.size() >= length_bytes + whole) take_message(Bytes(in_).subspan(length_bytes, whole));
}

/// Over TCP nothing better comes after an answer that does not fit.
void DnsQuestion::State::take_message(Bytes message) {
    switch (fit_of(message, question_)) {
        case DnsFit::right:
            return end(read(message));
        case DnsFit::other_id:
            return end_without_answer(failed(Failure::dns_mismatch, "an answer with another id"));
        case DnsFit::other_question:
            return end_without_answer(failed(Failure::dns_mismatch, "an answer to another question"));
        case DnsFit::unreadable:
            return end_without_answer(failed(Failure::dns_malformed, "an answer that cannot be read"));
    }
}

/// After a cut short answer over UDP, a failure on the way over TCP means that the whole one cannot be had.
void DnsQuestion::State::end_without_answer(DnsReply reply) {
    if (cut_short_ && speaks_of_target(reply.failure)) {
        reply.detail =
            "cut short over UDP; " + std::string(to_string(reply.failure)) + " over TCP: " + reply.detail;
        reply.failure = Failure::dns_truncated;
    }
    end(std::move(reply));
}

void DnsQuestion::State::end(DnsReply reply) {
    close();
    if (!starting_) return tell(std::move(reply));
    loop_.post(
        [self = shared_from_this(), reply = std::move(reply)]() mutable { self->tell(std::move(reply)); });
}

void DnsQuestion::State::tell(DnsReply reply) {
    const auto then = std::exchange(done_, nullptr);
    if (!then) return;
    reply.server = to_string(query_.server.endpoint);
    then(query_.expect_silence ? judged_as_silence(std::move(reply)) : std::move(reply));
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

DnsReply judged_as_silence(DnsReply reply) {
    switch (reply.failure) {
        case Failure::dns_timeout:
        case Failure::dns_unreachable:
            reply.failure = Failure::none;
            reply.detail = "nobody answers, as it should be: " + reply.detail;
            break;
        case Failure::none:
        case Failure::dns_refused:
        case Failure::dns_servfail:
        case Failure::dns_nxdomain:
        case Failure::dns_nodata:
        case Failure::dns_lame:
        case Failure::dns_malformed:
        case Failure::dns_mismatch:
        case Failure::dns_truncated:
        case Failure::dns_bogus:
            reply.detail =
                reply.server + " answers (" +
                (reply.addresses.empty() ? std::string(to_string(reply.failure)) : reply.addresses.front()) +
                ") although nobody runs DNS there";
            reply.failure = Failure::dns_intercepted;
            break;
        default:
            break;
    }
    return reply;
}

}  // namespace sereno
