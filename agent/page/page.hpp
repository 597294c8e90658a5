// The status page and the API on one loopback port (RFC 9110, RFC 9112, server-sent events of the HTML
// standard).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/loop/loop.hpp"
#include "agent/model/probe_spec.hpp"
#include "agent/model/snapshot.hpp"
#include "alerting/messages/words.hpp"

namespace sereno {

/// How patient the page is with those who read it.
struct PageLimits {
    std::size_t viewers = 64;        ///< open event streams; beyond: 503
    Micros header_time{10'000'000};  ///< from the first byte of a request to its last: 408
    Micros idle_time{30'000'000};    ///< between two requests of one connection
    Micros answer_time{10'000'000};  ///< for the database to answer: 503
    Micros write_time{10'000'000};   ///< for a reader to take what was sent
    Micros heartbeat{15'000'000};    ///< a comment on quiet event streams
};

struct PageSettings {
    Endpoint listen{"127.0.0.1", 8484};  ///< a loopback address; port 0: any free one
    std::string team;
    std::string language = "en";
    std::size_t max_connections = 256;  ///< beyond: the oldest idle one is closed, else 503
    PageLimits limits;
};

/// Where older rows come from; answers arrive from the loop.
struct PageHistory {
    std::function<void(Stamp since, std::size_t limit, std::function<void(std::vector<DecisionRecord>)>)>
        decisions;
    std::function<void(std::size_t limit, std::function<void(std::vector<Incident>)>)> incidents;
};

/// GET and HEAD only; anything unknown is 404, any other method 405. Requests whose Host is not a loopback
/// name or address get 421, so that no foreign site can read the page through a name that it points here (DNS
/// rebinding).
///   /                        the page
///   /api/v1/status           the snapshot
///   /api/v1/decisions?since= decisions at or after an RFC 3339 time, oldest first, at most 1,000
///   /api/v1/incidents        newest first, at most 200
///   /api/v1/events           server-sent events: one "snapshot" event with the version at each change
///   /healthz                 200 "ok"
class Page {
  public:
    /// `catalogue` must outlive the page. An empty function in `history` is answered from the snapshot.
    /// Throws std::runtime_error naming the address and the remedy when it cannot, or must not, listen there.
    Page(Loop& loop, PageSettings settings, const MessageCatalogue& catalogue, PageHistory history);
    ~Page();
    [[nodiscard]] Endpoint endpoint() const;  ///< as bound
    [[nodiscard]] std::string url() const;    ///< "http://127.0.0.1:8484/"
    /// Shown from now on; viewers are told at once.
    void show(SnapshotPtr snapshot);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
