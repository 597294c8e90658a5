// What a recursive resolver remembers, for as long as the TTL says. Pure; time is an argument.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/time.hpp"
#include "agent/rehearsal/world/dns_wire.hpp"

namespace sereno::rehearsal {

class DnsCache {
  public:
    static constexpr std::size_t most = 1000;
    /// A failure to resolve is remembered that long (RFC 2308 section 7.1, RFC 9520).
    static constexpr Micros failure_ttl{5'000'000};

    /// Keeps an answer with addresses for its smallest TTL, SERVFAIL for failure_ttl, and nothing else:
    /// without a SOA record nothing says how long a negative answer holds (RFC 2308 section 5).
    void keep(const DnsQuestion& question, const DnsMessage& answer, Stamp now);

    /// An answer that is still fresh, its TTLs counted down, rounded up to a whole second.
    [[nodiscard]] std::optional<DnsMessage> find(const DnsQuestion& question, Stamp now) const;

  private:
    struct Entry {
        Rcode rcode;
        std::vector<AddressRecord> answers;
        Stamp expires;
    };
    std::map<std::pair<std::string, std::uint16_t>, Entry> entries_;
};

}  // namespace sereno::rehearsal
