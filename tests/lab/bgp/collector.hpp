// A route collector as RIPE RIS runs them: speaks BGP-4 with its peers, keeps what each of them told, and
// passes every message on as RIS Live writes it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "probes/fd.hpp"
#include "ris_text.hpp"

namespace sereno::lab::bgp {

/// A listening TCP socket in the network of the calling thread; `address` "::" takes IPv4 as well.
Fd listen_at(const Endpoint& endpoint);

/// Passive: its peers connect. One thread of its own; everything here may be called from any other.
class Collector {
  public:
    struct Settings {
        std::uint32_t asn = 12654;
        std::uint16_t hold_seconds = 9;        ///< offered; the smaller of both sides' counts
        std::chrono::milliseconds silence{0};  ///< a peer silent for longer is lost; 0: the hold time
        std::size_t most_routes = 200'000;     ///< of one peer; with more it is turned away
    };
    /// One message of RIS Live, and the prefixes it speaks of (of a peer's state none). Called from the
    /// collector's thread. What is told and what can be looked up here change at once, so it must not ask
    /// the collector.
    using Listener = std::function<void(const std::string& text, const std::vector<Prefix>& about)>;

    /// `listener` is from listen_at(). Connections from others than `peers` are refused.
    Collector(Fd listener, std::vector<Peer> peers, Listener on_message, Settings settings);
    Collector(Fd listener, std::vector<Peer> peers, Listener on_message)
        : Collector(std::move(listener), std::move(peers), std::move(on_message), Settings{}) {}
    /// Takes leave of everybody (NOTIFICATION, cease).
    ~Collector();
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;

    /// Who has a route for exactly this prefix.
    [[nodiscard]] std::vector<Route> routes(const Prefix& prefix) const;
    /// The body of the looking glass's answer. For a prefix that nobody has it tells of the longest one that
    /// covers it, as RIPEstat does of an address.
    [[nodiscard]] std::string looking_glass(const std::string& resource) const;

    struct Counts {
        std::size_t sessions = 0;    ///< established now
        std::size_t routes = 0;      ///< of all peers, now
        std::uint64_t messages = 0;  ///< passed on so far
    };
    [[nodiscard]] Counts counts() const;
    /// Why sessions ended so far, the last 32: "192.0.2.1: hold timer expired".
    [[nodiscard]] std::vector<std::string> ends() const;
    /// Waits until `true_now` holds; false when it does not within `longest`.
    bool wait_until(const std::function<bool(const Collector&)>& true_now,
                    std::chrono::milliseconds longest = std::chrono::seconds{20}) const;

  private:
    struct Session;
    using Table = std::map<Prefix, Route>;

    void run();
    void accept_one();
    void read(Session& session);
    void take(Session& session, const std::string& message);
    void take_open(Session& session, const std::string& message);
    void take_update(Session& session, const std::string& message);
    void establish(Session& session);
    void end(Session& session, const std::string& why);
    void look_after_time(Session& session);
    void pass_on(const std::string& text, const std::vector<Prefix>& about);
    [[nodiscard]] int milliseconds_to_wait() const;

    const Settings settings_;
    const std::vector<Peer> peers_;
    const Listener on_message_;
    Fd listener_, wake_;
    std::vector<std::unique_ptr<Session>> sessions_;  // of the thread alone

    mutable std::mutex mutex_;  // guards what follows
    mutable std::condition_variable changed_;
    std::map<Peer, Table> tables_;
    Counts counts_;
    std::vector<std::string> ends_;
    bool stop_ = false;

    std::thread thread_;
};

}  // namespace sereno::lab::bgp
