// A recursive resolver: asks the world's authoritative servers over real sockets and remembers by TTL.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/probe_spec.hpp"
#include "agent/model/time.hpp"

namespace boost::asio {
class io_context;
}

namespace sereno::rehearsal {

/// Which servers serve a zone. A resolver remembers a delegation for two days, so it never asks for it here.
using Delegations = std::map<std::string, std::vector<Endpoint>>;

class Resolver {
  public:
    /// One server is waited for that long, and `most_tries` are asked, before the answer is SERVFAIL:
    /// together less than an asking agent's own timeout, so that it sees the SERVFAIL.
    static constexpr Micros try_timeout{100'000};
    static constexpr int most_tries = 3;
    static constexpr std::size_t most_pending = 256;  ///< further questions get SERVFAIL at once

    /// Whether what the servers of this zone say does not validate (RFC 4035 section 4.3).
    using Bogus = std::function<bool(const std::string& zone)>;

    /// `now` tells scenario time. `bogus`: SERVFAIL for names of such a zone, unless the asker disables
    /// checking; empty: it does not validate. Runs on one thread.
    Resolver(boost::asio::io_context& context, Delegations delegations, std::function<Stamp()> now,
             Bogus bogus);
    ~Resolver();

    /// Answers one query, now or later; NXDOMAIN for names outside all delegations.
    void ask(const std::string& query, const std::function<void(std::string)>& reply);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno::rehearsal
