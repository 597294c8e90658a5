// The port every probe implements: run once, say once what was seen, decide nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/dns_client.hpp"
#include "agent/loop/loop.hpp"
#include "agent/loop/remembered.hpp"
#include "agent/loop/transfer_client.hpp"
#include "agent/model/observation.hpp"
#include "agent/model/probe_spec.hpp"

namespace sereno {

class HostMeter;
struct Witnesses;

/// What probes share.
struct ProbeContext {
    Loop& loop;
    DnsClient& dns;
    DnsClient& own_dns;  ///< for the team's own programs, whose names may well lead to private addresses
    TransferClient& transfers;
    std::vector<DnsServer> resolvers;  ///< for host names, in the order in which they are tried
    std::string ca_bundle;             ///< empty: Debian's
    Remembered& remembered;
    HostMeter& meter;
    Proxy proxy;
    std::string as_origin_zone;      ///< answers which AS announces an address, "origin.asn.cymru.com" (its
                                     ///< sibling for IPv6 is origin6...); empty: nobody is asked
    Witnesses* witnesses = nullptr;  ///< null: nobody looks from elsewhere
};

/// Called exactly once a run, from the loop, never before start returns.
using ObservationSink = std::function<void(Observation)>;

/// A run under way. Destroying it cancels: its sink is then never called.
class ProbeRun {
  public:
    virtual ~ProbeRun() = default;
};

/// Starts one run of `spec`, now. `scheduled` is when it should have started. The observation carries
/// everything but its id; it comes at the latest at start + spec.timeout.
std::unique_ptr<ProbeRun> start_probe(ProbeContext& context, const ProbeSpec& spec, Stamp scheduled,
                                      ObservationSink sink);

}  // namespace sereno
