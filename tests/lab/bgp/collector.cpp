#include "collector.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

namespace sereno::lab::bgp {

namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::uint8_t hold_timer_expired = 4, out_of_order = 5, cease = 6;  // RFC 4271 section 4.5
constexpr std::size_t most_ends = 32;

std::int64_t now_micros() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// "::ffff:192.0.2.1" is 192.0.2.1.
std::string plain_address(const SocketAddress& address) {
    const std::string text = address_text(address);
    return text.starts_with("::ffff:") ? text.substr(7) : text;
}

std::vector<Prefix> all_prefixes(const Update& update) {
    std::vector<Prefix> all = update.withdrawn;
    for (const Announced& announced : update.announced)
        all.insert(all.end(), announced.prefixes.begin(), announced.prefixes.end());
    return all;
}

}  // namespace

Fd listen_at(const Endpoint& endpoint) {
    const auto address = socket_address(endpoint);
    if (!address) throw std::invalid_argument(endpoint.address + " is no address");
    Fd fd{::socket(address->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const int on = 1, off = 0;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->family() == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (::bind(fd.get(), address->get(), address->length) != 0 || ::listen(fd.get(), 64) != 0)
        throw std::runtime_error("cannot listen at " + to_string(endpoint) + ": " + ::strerror(errno));
    return fd;
}

/// From a peer's connection to its end: waiting for OPEN, then for KEEPALIVE, then established (RFC 4271
/// section 8.2.2, as far as the passive side goes).
struct Collector::Session {
    enum class State { wait_open, wait_keepalive, established, over } state = State::wait_open;
    Fd fd;
    Peer peer;
    std::string received;
    std::chrono::milliseconds hold{30s};  // until OPEN says otherwise
    steady_clock::time_point heard = steady_clock::now(), spoke = steady_clock::now();

    void send(const std::string& bytes) {
        spoke = steady_clock::now();
        // A few bytes a second: what does not fit into the buffer is not read by anybody, and hold time
        // tells.
        if (::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) heard -= hold;
    }
};

Collector::Collector(Fd listener, std::vector<Peer> peers, Listener on_message, Settings settings)
    : settings_(settings),
      peers_(std::move(peers)),
      on_message_(std::move(on_message)),
      listener_(std::move(listener)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { run(); }) {}

Collector::~Collector() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    const std::uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0) std::terminate();
    thread_.join();
}

void Collector::run() {
    for (;;) {
        std::vector<pollfd> ready{{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
        for (const auto& session : sessions_)
            ready.push_back({session->fd.get(), POLLIN, 0});
        ::poll(ready.data(), ready.size(), milliseconds_to_wait());
        if (ready[1].revents != 0) break;
        for (std::size_t i = 2; i < ready.size(); ++i)
            if (ready[i].revents != 0) read(*sessions_[i - 2]);
        for (const auto& session : sessions_)
            look_after_time(*session);
        if (ready[0].revents != 0) accept_one();
        std::erase_if(sessions_, [](const auto& session) { return session->state == Session::State::over; });
    }
    for (const auto& session : sessions_) {
        session->send(write_notification(cease, 2));
        end(*session, "the collector ended");
    }
}

int Collector::milliseconds_to_wait() const {
    auto wait = 1000ms;
    for (const auto& session : sessions_)
        wait = std::min({wait, session->hold / 6});
    return static_cast<int>(std::max(wait, 10ms).count());
}

void Collector::accept_one() {
    SocketAddress from;
    from.length = sizeof from.storage;
    Fd fd{::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&from.storage), &from.length,
                    SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!fd.is_open()) return;
    const std::string address = plain_address(from);
    const auto peer =
        std::find_if(peers_.begin(), peers_.end(), [&](const Peer& one) { return one.address == address; });
    if (peer == peers_.end()) return;
    // Whoever connects anew has given up the session that was.
    for (const auto& session : sessions_)
        if (session->peer == *peer) end(*session, "connected anew");
    auto session = std::make_unique<Session>();
    session->fd = std::move(fd);
    session->peer = *peer;
    sessions_.push_back(std::move(session));
}

void Collector::read(Session& session) {
    if (session.state == Session::State::over) return;
    std::array<char, 65536> bytes{};
    const ssize_t count = ::recv(session.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return end(session, "connection closed");
    session.heard = steady_clock::now();
    session.received.append(bytes.data(), static_cast<std::size_t>(count));
    try {
        std::size_t done = 0;
        while (session.state != Session::State::over) {
            const std::string_view left = std::string_view{session.received}.substr(done);
            const std::size_t length = message_length(left);
            if (length == 0 || length > left.size()) break;
            take(session, std::string{left.substr(0, length)});
            done += length;
        }
        session.received.erase(0, done);
    } catch (const Malformed& fault) {
        session.send(write_notification(fault.code, fault.subcode));
        end(session, fault.what());
    }
}

void Collector::take(Session& session, const std::string& message) {
    using State = Session::State;
    const Type type = type_of(message);
    if (type == Type::notification) return end(session, "the peer ended it");
    if (type == Type::open && session.state == State::wait_open) return take_open(session, message);
    if (type == Type::keepalive && session.state == State::wait_keepalive) return establish(session);
    if (type == Type::keepalive && session.state == State::established) return;
    if (type == Type::update && session.state == State::established) return take_update(session, message);
    throw Malformed(out_of_order, 0, "a message out of order");
}

void Collector::take_open(Session& session, const std::string& message) {
    const Open open = read_open(message);
    if (open.asn != session.peer.asn)
        throw Malformed(2, 2, "AS" + std::to_string(open.asn) + " is not the one expected");
    const std::uint16_t hold = std::min(open.hold_seconds, settings_.hold_seconds);
    session.hold = settings_.silence > 0ms ? settings_.silence : std::chrono::seconds{hold};
    if (session.hold == 0ms) session.hold = 24h;  // they want none (section 4.2)
    session.state = Session::State::wait_keepalive;
    session.send(write_open(settings_.asn, settings_.hold_seconds, 0x0aff00feU) + write_keepalive());
}

void Collector::establish(Session& session) {
    session.state = Session::State::established;
    {
        const std::lock_guard lock(mutex_);
        tables_[session.peer].clear();
        ++counts_.sessions;
        pass_on(ris_peer_state(session.peer, true, now_micros(), counts_.messages), {});
    }
    changed_.notify_all();
}

void Collector::take_update(Session& session, const std::string& message) {
    const Update update = read_update(message);
    if (update.is_empty()) return;
    const std::int64_t now = now_micros();
    {
        const std::lock_guard lock(mutex_);
        Table& table = tables_[session.peer];
        counts_.routes -= table.size();
        for (const Prefix& prefix : update.withdrawn)
            table.erase(prefix);
        for (const Announced& announced : update.announced)
            for (const Prefix& prefix : announced.prefixes)
                table[prefix] = {session.peer,           prefix, update.path, update.origin,
                                 announced.next_hops[0], now};
        counts_.routes += table.size();
        if (table.size() > settings_.most_routes) throw Malformed(cease, 1, "too many prefixes");
        pass_on(ris_update(session.peer, update, now, counts_.messages), all_prefixes(update));
    }
    changed_.notify_all();
}

void Collector::end(Session& session, const std::string& why) {
    if (session.state == Session::State::over) return;
    const bool was_established = session.state == Session::State::established;
    session.state = Session::State::over;
    session.fd.reset();
    {
        const std::lock_guard lock(mutex_);
        if (ends_.size() == most_ends) ends_.erase(ends_.begin());
        ends_.push_back(session.peer.address + ": " + why);
        if (was_established) {
            --counts_.sessions;
            counts_.routes -= tables_[session.peer].size();
            tables_.erase(session.peer);
            pass_on(ris_peer_state(session.peer, false, now_micros(), counts_.messages), {});
        }
    }
    changed_.notify_all();
}

void Collector::look_after_time(Session& session) {
    if (session.state == Session::State::over) return;
    const auto now = steady_clock::now();
    if (now - session.heard > session.hold) {
        session.send(write_notification(hold_timer_expired, 0));
        return end(session, "hold timer expired");
    }
    if (session.state != Session::State::wait_open && now - session.spoke > session.hold / 3)
        session.send(write_keepalive());
}

/// Under the lock of what changed: whoever sees the one has seen the other.
void Collector::pass_on(const std::string& text, const std::vector<Prefix>& about) {
    if (on_message_) on_message_(text, about);
    ++counts_.messages;
}

std::vector<Route> Collector::routes(const Prefix& prefix) const {
    const std::lock_guard lock(mutex_);
    std::vector<Route> routes;
    for (const auto& [peer, table] : tables_)
        if (const auto found = table.find(prefix); found != table.end()) routes.push_back(found->second);
    return routes;
}

std::string Collector::looking_glass(const std::string& resource) const {
    const auto asked = read_prefix(resource);
    std::vector<Route> found;
    for (int length = asked ? asked->length : -1; length > 0 && found.empty(); --length)
        found = routes(prefix_of(asked->start, length));
    return looking_glass_body(resource, found, now_micros());
}

Collector::Counts Collector::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

std::vector<std::string> Collector::ends() const {
    const std::lock_guard lock(mutex_);
    return ends_;
}

bool Collector::wait_until(const std::function<bool(const Collector&)>& true_now,
                           std::chrono::milliseconds longest) const {
    for (const auto deadline = steady_clock::now() + longest; !true_now(*this);) {
        std::unique_lock lock(mutex_);
        if (steady_clock::now() > deadline) return false;
        changed_.wait_for(lock, 20ms);  // what changed between the look and the lock is seen then
    }
    return true;
}

}  // namespace sereno::lab::bgp
