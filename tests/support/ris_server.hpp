// RIS Live as its manual describes it (https://ris-live.ripe.net/manual/), over a real WebSocket (RFC 6455),
// in a thread of its own. It says what a test gives it, and misbehaves when told to.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/model/probe_spec.hpp"
#include "certificates.hpp"

namespace sereno::test {

/// How connections go from their beginning.
struct RisManners {
    std::string refusal;             ///< sent instead of the upgrade: a whole HTTP answer; empty: it upgrades
    bool speaks = true;              ///< false: it accepts connections and never says a word, not even TLS
    bool acknowledges = true;        ///< ris_subscribe_ok
    bool pongs = true;               ///< to RIS Live's own {"type":"ping"}
    bool reads = true;               ///< false: not a byte after the upgrade
    std::set<std::string> hates;     ///< prefixes that are answered with ris_error
    std::size_t fragment_bytes = 0;  ///< texts go out in frames of at most so many; 0: in one
    std::vector<std::string> after_upgrade;    ///< texts that are sent at once
    std::vector<std::string> on_subscription;  ///< texts that are sent after each ris_subscribe_ok
};

/// One client at a time: the next one takes the place of the one before. All calls from any thread.
class RisServer {
  public:
    /// Speaks TLS with a certificate, else plain. Without `listen`: on a loopback address of its own.
    explicit RisServer(std::optional<Certificate> certificate = {}, RisManners manners = {},
                       std::optional<Endpoint> listen = {});
    ~RisServer();
    RisServer(const RisServer&) = delete;
    RisServer& operator=(const RisServer&) = delete;

    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    /// "wss://ris.example:1234/v1/ws/" or "ws://127.1.2.3:1234/v1/ws/". Without a name: by address.
    [[nodiscard]] std::string url(const std::string& name = {}) const;

    /// For the connections to come, and for what is answered on the present one.
    void behave(RisManners manners);

    // To the present client, in this order; forgotten when there is none.
    void say(std::string text);
    /// Only when the client has subscribed to exactly this prefix (as the client wrote it).
    void say_of(const std::string& prefix, std::string text);
    /// The same text so many times, as fast as the client takes it.
    void flood(std::string text, std::size_t times);
    /// A frame as it is: opcode 1 text, 2 binary, 8 close, 9 ping.
    void frame(int opcode, std::string payload, std::size_t times = 1);
    /// Bytes that need not be a frame.
    void raw(std::string bytes);
    /// Says goodbye (RFC 6455 section 7.1.1) and hangs up.
    void close(std::uint16_t code = 1000, const std::string& reason = {});
    /// Announces a text frame of `announced` bytes, sends `sent` of them, and hangs up.
    void close_in_mid_frame(std::uint64_t announced = 1000, std::size_t sent = 10);
    /// Hangs up without a word.
    void hang_up();

    /// Every text of every client so far.
    [[nodiscard]] std::vector<std::string> heard() const;
    /// How many of them hold this.
    [[nodiscard]] std::size_t heard(std::string_view part) const;
    /// What the present client has subscribed to.
    [[nodiscard]] std::set<std::string> subscriptions() const;
    /// Upgrade requests so far, and the last of them.
    [[nodiscard]] int upgrades() const;
    [[nodiscard]] std::string request() const;
    /// Control frames (pongs, closes) from all clients so far.
    [[nodiscard]] std::size_t control_frames() const;
    [[nodiscard]] bool has_client() const;
    /// Nothing waits to be sent.
    [[nodiscard]] bool is_done() const;

  private:
    class Client;
    using Order = std::function<void(Client&)>;
    void serve();
    void serve(Client& client);
    [[nodiscard]] bool welcome(Client& client);
    void answer(Client& client, int opcode, const std::string& payload);
    [[nodiscard]] RisManners manners() const;
    void order(Order order);
    std::deque<Order> take_orders();
    void done();

    Endpoint endpoint_;
    bool tls_;
    int listener_ = -1, wake_ = -1;
    std::atomic<bool> stopping_ = false;
    std::shared_ptr<void> context_;  ///< SSL_CTX

    mutable std::mutex mutex_;
    RisManners manners_;
    std::deque<Order> orders_;
    std::vector<std::string> heard_;
    std::set<std::string> subscriptions_;
    std::string request_;
    int upgrades_ = 0;
    std::size_t control_frames_ = 0;
    bool has_client_ = false, busy_ = false;

    std::thread thread_;
};

/// Messages as RIS Live writes them. `peer`: the peer's address; `path`: its AS first, the origin last;
/// `ago`: when the collector had heard it.
std::string ris_announcement(const std::string& prefix, const std::string& peer,
                             const std::vector<std::uint32_t>& path, const std::string& collector = "rrc00",
                             std::chrono::minutes ago = {});
std::string ris_withdrawal(const std::string& prefix, const std::string& peer, std::uint32_t peer_asn,
                           const std::string& collector = "rrc00");

}  // namespace sereno::test
