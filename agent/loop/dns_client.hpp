// DNS on the loop: one question to one server, or an address for a host name.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/loop.hpp"
#include "agent/loop/remembered.hpp"
#include "agent/loop/transfer_client.hpp"
#include "agent/model/probe_spec.hpp"

namespace sereno {

/// One server's answer to one question.
struct DnsReply {
    Failure failure = Failure::none;     ///< dns_*, host_*, no_route; over HTTPS also connect_*, tls_*,
                                         ///< certificate_*, http_*
    std::vector<std::string> addresses;  ///< of the type asked, at most 16; also those of a dns_bogus answer
    std::vector<std::string> records;    ///< of ns: server names; of txt: texts; of soa: the serial; at
                                         ///< most 16. A referral's servers too, with dns_lame
    bool validated = false;              ///< the AD bit
    std::string icmp_from;               ///< see Observation
    int ttl_seconds = -1;                ///< smallest of the answer's
    bool authoritative = false;          ///< the AA bit
    std::string server;                  ///< "192.0.2.1:53", the last one asked; empty: none was
    std::string detail;                  ///< for people
};

/// A question under way. Destroying it cancels: its callback is then never called.
class DnsRequest {
  public:
    virtual ~DnsRequest() = default;
};

/// Speaks for itself only: no hosts file, no search domains, no cache but for the addresses of name servers.
/// Its requests may outlive it, but not the loop.
class DnsClient {
  public:
    /// `system_servers` replaces /etc/resolv.conf for the server named "system"; empty: read the file, again
    /// whenever it changes.
    DnsClient(Loop& loop, std::vector<Endpoint> system_servers);
    ~DnsClient();

    /// Where addresses of name servers are kept across restarts. Must outlive the client's requests.
    void remember_in(Remembered* book);
    /// What carries DNS over HTTPS; without it, such questions fail with host_refused. Must outlive the
    /// client's requests.
    void use_transfers(TransferClient* transfers, std::string ca_bundle);

    /// Who is asked for the addresses of servers that have a name only. None (the default): the system's.
    void set_resolvers(std::vector<DnsServer> resolvers);

    /// Answers that hold a loopback, private, link-local or shared address are dns_bogus: no public name has
    /// one. In a lab, where all names do, say true; 0.0.0.0 and :: stay bogus.
    void set_private_answers_are_real(bool real);

    /// Asks exactly one server; "system" without an address: the configured ones in turn until one of them
    /// knows, as the C library does. The address of any other server without one is learned, kept for an
    /// hour, and kept longer when it cannot be learned again; never learned: address_unknown. A server asked
    /// without recursion may answer with an alias alone: no addresses, no failure. What the book knows
    /// is asked at once, and learned anew meanwhile. An address is kept in the book once it has itself
    /// answered with authority, or as a parent with a delegation, up to four former ones behind it; while the
    /// learned one never did, or fails, one of those is asked behind it in the same time, and its answer
    /// counts, its failure does not. With `query.expect_silence` an answer is dns_intercepted, and none is no
    /// failure. `done` is called once, from the loop, not before ask() returns, at the latest at `deadline`
    /// (dns_timeout).
    [[nodiscard]] std::unique_ptr<DnsRequest> ask(const DnsQuery& query, Stamp deadline,
                                                  std::function<void(DnsReply)> done);

    /// The addresses of `host` from the first of `resolvers` that gives any; each gets its share of the time.
    /// Family any: A, or AAAA when there is no A; v4 and v6: that one only. A literal address is its own
    /// answer, dns_nodata when it is of the other family; "localhost" is 127.0.0.1 or ::1. On failure: that
    /// of the last resolver asked, but a dns_bogus answer before any other.
    [[nodiscard]] std::unique_ptr<DnsRequest> resolve(const std::string& host,
                                                      const std::vector<DnsServer>& resolvers, Stamp deadline,
                                                      Family family, std::function<void(DnsReply)> done);
    /// Of any family.
    [[nodiscard]] std::unique_ptr<DnsRequest> resolve(const std::string& host,
                                                      const std::vector<DnsServer>& resolvers, Stamp deadline,
                                                      std::function<void(DnsReply)> done);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
