// Which network (autonomous system) announces an address: asked from a DNS service in Team Cymru's format,
// and remembered. Nothing fails when nobody knows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/loop/dns_client.hpp"
#include "agent/loop/remembered.hpp"
#include "probes/probe.hpp"

namespace sereno {

struct AsOrigin {
    std::uint32_t number = 0;
    std::string prefix;  ///< "192.0.2.0/24"
    bool operator==(const AsOrigin&) const = default;
};

/// Reads "64500 | 192.0.2.0/24 | ES | ripencc | 2010-01-01", with or without quotes; of several numbers the
/// first. Empty: anything else, and prefixes shorter than /8 (IPv4) or /16 (IPv6).
std::optional<AsOrigin> parse_as_origin(std::string_view text);

/// The name to ask for: "1.2.0.192.origin.asn.cymru.com" for 192.0.2.1; an IPv6 address nibble by nibble, in
/// the sibling of `zone` whose first label ends in 6 ("origin6.asn..."). Empty: not a literal address, or no
/// zone.
std::string as_question(const std::string& address, const std::string& zone);

/// What is remembered about `address`: the longest prefix that holds it and was learned not before `since`.
std::optional<AsOrigin> remembered_origin(const Remembered& remembered, const std::string& address,
                                          Stamp since);

/// Numbers by address; those nobody knows are missing.
using AsNumbers = std::map<std::string, std::uint32_t>;

/// Looks up several addresses at once. What is remembered for less than a week is not asked again; private
/// and shared addresses are never asked about.
class AsLookup {
  public:
    static constexpr std::size_t most = 4;  ///< addresses; further ones are left out

    /// Calls `done` once, from the loop, not before the constructor returns, at the latest at `deadline`,
    /// unless destroyed first.
    AsLookup(ProbeContext& context, const std::vector<std::string>& addresses, Stamp deadline,
             std::function<void(AsNumbers)> done);

  private:
    struct Question {
        std::string address;
        std::size_t resolver = 0;  ///< which of them is asked
        std::unique_ptr<DnsRequest> request;
    };
    void ask(Question& question);
    void answered(Question& question, const DnsReply& reply);
    void end();

    ProbeContext& context_;
    Stamp deadline_;
    std::function<void(AsNumbers)> done_;
    std::vector<DnsServer> resolvers_;
    AsNumbers numbers_;
    std::vector<Question> questions_;
    std::size_t unanswered_ = 0;
    Loop::Timer timer_;
};

}  // namespace sereno
