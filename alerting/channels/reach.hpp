// One transfer to a server known by name: through DNS, or without it at the address that answered last.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/dns_client.hpp"
#include "agent/loop/transfer_client.hpp"
#include "alerting/channels/channel.hpp"

namespace sereno {

class Reach {
  public:
    Reach(Loop& loop, DnsClient& dns, TransferClient& transfers, std::vector<DnsServer> resolvers,
          std::string host, Micros timeout);
    ~Reach();

    /// Resolves the host and starts `make()` at its addresses, one after the other, at most three, until one
    /// of them takes up the conversation: what was once said to a server is not said to another. The address
    /// that answered last is used when the name does not resolve. `done` is called once, from the loop, not
    /// before start() returns, within the timeout; with failure dns_* when there is no address to try. Must
    /// not outlive this object's owner: destroying what it returns cancels.
    [[nodiscard]] std::unique_ptr<Sending> start(std::function<Transfer()> make,
                                                 std::function<void(TransferResult)> done);

  private:
    struct Shared;
    class Attempt;
    std::shared_ptr<Shared> shared_;
};

/// "host not found", "connection refused": a failed transfer in a few words, with the library's detail.
std::string failure_word(const TransferResult& result);

}  // namespace sereno
