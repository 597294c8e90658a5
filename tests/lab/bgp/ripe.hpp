// What RIPE runs around its route collectors: RIS Live and RIPEstat's looking glass, on loopback addresses of
// the network of whoever asks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "collector.hpp"
#include "json_service.hpp"
#include "ris_server.hpp"
#include "world.hpp"

namespace sereno::lab::bgp {

class Ripe {
  public:
    /// Returns when every peer has told the collector of everything.
    explicit Ripe(const World& world);
    ~Ripe();
    Ripe(const Ripe&) = delete;
    Ripe& operator=(const Ripe&) = delete;

    [[nodiscard]] std::string ris_live_url() const;
    [[nodiscard]] std::string ripestat_url() const;
    [[nodiscard]] const Collector& collector() const { return *collector_; }

    // The collector loses all its sessions, which is told, and has them again.
    void stop_collector();
    void start_collector();
    // The feed hangs up on everybody, and is there again, where it was.
    void stop_feed();
    void start_feed();

    /// From now on the feed tells of everything, whatever was asked for.
    void ignore_filters() { filters_ = false; }
    /// How many messages it told so far.
    [[nodiscard]] std::uint64_t told() const { return told_; }
    /// How often the looking glass was asked about this prefix.
    [[nodiscard]] std::size_t asked(const std::string& prefix) const;

  private:
    void tell(const std::string& text, const std::vector<Prefix>& about);
    test::JsonService::Reply answer(const std::string& url);

    const World& world_;
    Endpoint place_;
    std::atomic<bool> filters_{true};
    std::atomic<std::uint64_t> told_{0};

    mutable std::mutex mutex_;  // guards what follows; never held while either is made or ended
    std::shared_ptr<test::RisServer> feed_;
    std::shared_ptr<Collector> collector_;
    std::vector<std::string> asked_;

    std::unique_ptr<test::JsonService> ripestat_;
};

}  // namespace sereno::lab::bgp
