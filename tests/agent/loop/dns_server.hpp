// A DNS server for what no real one can be made to do: silence, wrong ids, wrong questions, broken bytes. It
// lives on the loop of the test.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/loop/loop.hpp"
#include "agent/model/probe_spec.hpp"
#include "catch.hpp"
#include "run_until.hpp"

namespace sereno::test {

using Bytes = std::string;

inline Bytes number16(unsigned value) {
    return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

inline Bytes number32(unsigned value) {
    return number16(value >> 16) + number16(value & 0xffff);
}

/// "www.example.org" as labels.
inline Bytes labels(const std::string& name) {
    Bytes bytes;
    for (std::size_t at = 0; at < name.size();) {
        const std::size_t end = std::min(name.find('.', at), name.size());
        bytes += static_cast<char>(end - at) + name.substr(at, end - at);
        at = end + 1;
    }
    return bytes + '\0';
}

inline Bytes record(const std::string& owner, unsigned type, unsigned ttl, const Bytes& data) {
    return labels(owner) + number16(type) + number16(1) + number32(ttl) +
           number16(static_cast<unsigned>(data.size())) + data;
}
inline Bytes a_record(const std::string& owner, unsigned ttl, const Bytes& four) {
    return record(owner, 1, ttl, four);
}
inline Bytes alias_record(const std::string& owner, unsigned ttl, const std::string& target) {
    return record(owner, 5, ttl, labels(target));
}

inline Bytes question_of(const Bytes& query) {
    return query.substr(12);
}
inline unsigned type_in(const Bytes& query) {
    return static_cast<unsigned char>(query[query.size() - 3]) |
           static_cast<unsigned>(static_cast<unsigned char>(query[query.size() - 4])) << 8;
}

/// A whole answer. `flags`: 0x8180 is a resolver's good answer, 0x8400 an authoritative one.
inline Bytes answer_to(const Bytes& query, unsigned flags, const std::vector<Bytes>& records) {
    Bytes bytes = query.substr(0, 2) + number16(flags) + number16(1) +
                  number16(static_cast<unsigned>(records.size())) + number32(0) + question_of(query);
    for (const Bytes& one : records)
        bytes += one;
    return bytes;
}

class DnsServer {
  public:
    /// Gets the query and how many came before it; gives the bytes to send back, or nothing.
    using Handler = std::function<std::optional<Bytes>(const Bytes& query, int earlier)>;

    DnsServer(Loop& loop, Handler udp, Handler tcp = nullptr)
        : loop_(loop), udp_(std::move(udp)), tcp_(std::move(tcp)) {
        // The same free port for both: another process may have the TCP one.
        for (int attempt = 0; attempt < 20 && !bind_both(); ++attempt) {
        }
        REQUIRE(datagrams_ >= 0);
        REQUIRE(listener_ >= 0);
        datagram_watch_ = loop_.watch(datagrams_, {.read = true}, [this](Loop::Ready) { answer_datagram(); });
        if (tcp_ == nullptr) {
            ::close(std::exchange(listener_, -1));  // connections are refused
            return;
        }
        ::listen(listener_, 8);
        listener_watch_ = loop_.watch(listener_, {.read = true}, [this](Loop::Ready) { accept_one(); });
    }
    ~DnsServer() {
        for (auto& [fd, connection] : connections_) {
            connection.watch = Loop::Watch{};
            ::close(fd);
        }
        datagram_watch_ = Loop::Watch{};
        listener_watch_ = Loop::Watch{};
        if (datagrams_ >= 0) ::close(datagrams_);
        if (listener_ >= 0) ::close(listener_);
    }
    DnsServer(const DnsServer&) = delete;
    DnsServer& operator=(const DnsServer&) = delete;

    [[nodiscard]] Endpoint endpoint() const { return {"127.0.0.1", port_}; }
    [[nodiscard]] int udp_queries() const { return udp_queries_; }
    [[nodiscard]] int tcp_queries() const { return tcp_queries_; }
    /// From how many different ports.
    [[nodiscard]] std::size_t udp_sources() const { return udp_sources_.size(); }

  private:
    struct Connection {
        Loop::Watch watch;
        Bytes received;
    };

    bool bind_both() {
        if (datagrams_ >= 0) ::close(datagrams_);
        if (listener_ >= 0) ::close(listener_);
        datagrams_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        socklen_t size = sizeof address;
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* raw = reinterpret_cast<sockaddr*>(&address);
        if (::bind(datagrams_, raw, size) != 0 || ::getsockname(datagrams_, raw, &size) != 0) return false;
        port_ = ntohs(address.sin_port);
        return ::bind(listener_, raw, size) == 0;
    }

    void answer_datagram() {
        char buffer[2048];
        sockaddr_in from{};
        socklen_t from_size = sizeof from;
        const auto size =
            ::recvfrom(datagrams_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &from_size);
        if (size < 12) return;
        udp_sources_.insert(from.sin_port);
        const auto reply = udp_(Bytes(buffer, static_cast<std::size_t>(size)), udp_queries_++);
        if (reply)
            ::sendto(datagrams_, reply->data(), reply->size(), 0, reinterpret_cast<sockaddr*>(&from),
                     from_size);
    }

    void accept_one() {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        connections_[fd].watch =
            loop_.watch(fd, {.read = true}, [this, fd](Loop::Ready) { read_stream(fd); });
    }

    void read_stream(int fd) {
        Connection& connection = connections_[fd];
        char buffer[2048];
        const auto size = ::read(fd, buffer, sizeof buffer);
        std::optional<Bytes> reply;
        if (size > 0) {
            connection.received.append(buffer, static_cast<std::size_t>(size));
            if (connection.received.size() < 2 + 12) return;
            reply = tcp_(connection.received.substr(2), tcp_queries_++);
            connection.received.clear();
        }
        if (reply) {
            const Bytes framed = number16(static_cast<unsigned>(reply->size())) + *reply;
            ::send(fd, framed.data(), framed.size(), MSG_NOSIGNAL);
            return;
        }
        connection.watch = Loop::Watch{};
        connections_.erase(fd);
        ::close(fd);
    }

    Loop& loop_;
    Handler udp_, tcp_;
    int datagrams_ = -1, listener_ = -1;
    std::uint16_t port_ = 0;
    Loop::Watch datagram_watch_, listener_watch_;
    std::map<int, Connection> connections_;
    int udp_queries_ = 0, tcp_queries_ = 0;
    std::set<std::uint16_t> udp_sources_;
};

}  // namespace sereno::test
