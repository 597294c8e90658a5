// c-ares on the loop: one question to one server, or an address for a host name.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/loop.hpp"
#include "agent/model/probe_spec.hpp"

namespace sereno {

/// One server's answer to one question.
struct DnsReply {
    Failure failure = Failure::none;     ///< dns_* or host_* kinds, cancelled
    std::vector<std::string> addresses;  ///< of the type asked, at most 16
    int ttl_seconds = -1;                ///< smallest of the answer's
    bool authoritative = false;          ///< the AA bit
    std::string detail;
};

/// A question under way. Destroying it cancels: its callback is then never called.
class DnsRequest {
  public:
    virtual ~DnsRequest() = default;
};

/// Speaks for itself only: no hosts file, no search domains, no cache.
class DnsClient {
  public:
    /// `system_servers` replaces /etc/resolv.conf for the server named "system"; empty: read the file, again
    /// whenever it changes.
    DnsClient(Loop& loop, std::vector<Endpoint> system_servers);
    ~DnsClient();

    /// Asks exactly one server. `done` is called once, from the loop, not before ask() returns, at the latest at
    /// `deadline` (dns_timeout).
    [[nodiscard]] std::unique_ptr<DnsRequest> ask(const DnsQuery& query, Stamp deadline,
                                                  std::function<void(DnsReply)> done);

    /// The addresses of `host`, A before AAAA, from the first of `resolvers` that gives any. A literal address is
    /// its own answer; "localhost" is 127.0.0.1. On failure: that of the last resolver asked.
    [[nodiscard]] std::unique_ptr<DnsRequest> resolve(const std::string& host,
                                                      const std::vector<DnsServer>& resolvers, Stamp deadline,
                                                      std::function<void(DnsReply)> done);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
