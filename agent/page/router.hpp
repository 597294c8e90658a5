// Which address gives what. Default-deny: a table of exact paths, everything else is 404.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "agent/model/snapshot.hpp"
#include "agent/page/request.hpp"
#include "agent/page/response.hpp"
#include "alerting/messages/words.hpp"

namespace sereno {

/// What is shown now, with what was already rendered from it.
class Display {
  public:
    Display(std::string team, Words words) : team_(std::move(team)), words_(std::move(words)) {}

    void show(SnapshotPtr snapshot);
    [[nodiscard]] const Snapshot& snapshot() const;  ///< an empty one before the first show()
    [[nodiscard]] const Words& words() const { return words_; }
    /// The front page, rendered at most once a snapshot.
    [[nodiscard]] const Response& front();

  private:
    std::string team_;
    Words words_;
    SnapshotPtr snapshot_;
    Response front_;  ///< no body: not rendered yet
};

/// Rows that the database must be asked for.
struct AskDecisions {
    Stamp since;
};
struct AskIncidents {};
/// Send event after event from now on.
struct OpenEvents {};
using Outcome = std::variant<Response, AskDecisions, AskIncidents, OpenEvents>;

constexpr std::size_t most_decisions = 1000, most_incidents = 200;

/// Pure but for the cache in `display`. `listen` is the address bound to, one of the hosts answered to.
Outcome route(const Request& request, const std::string& listen, Display& display);

/// The answer to a request that was refused.
Response refusal_response(const Refusal& refusal);

Response decisions_response(const std::vector<DecisionRecord>& records, const Display& display);
Response incidents_response(const std::vector<Incident>& incidents, const Display& display);

/// True for the names under which only this computer can be meant: localhost and loopback addresses, any
/// port.
bool is_own_host(std::string_view host, std::string_view listen);

}  // namespace sereno
