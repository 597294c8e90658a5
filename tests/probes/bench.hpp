// Runs one probe on a loop of its own and holds its observation against the port's promises.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "probes/local/host_meter.hpp"
#include "probes/probe.hpp"

namespace sereno::test {

class Bench {
  public:
    /// `resolvers`: for host names; `system`: for the server named "system".
    explicit Bench(std::vector<DnsServer> resolvers = {}, std::string ca_bundle = {},
                   const std::vector<Endpoint>& system = {});

    /// Throws when no observation comes in time, when a second one comes, or when it contradicts itself.
    Observation run(const ProbeTask& task, std::chrono::milliseconds timeout = std::chrono::seconds{5});

    Loop loop;
    DnsClient dns, own_dns;
    TransferClient transfers;
    Remembered remembered;
    HostMeter meter;
    ProbeContext context;
};

/// Runs `body` in a forked child, so that it may change what belongs to a whole process (limits, namespaces),
/// and hands its observation back. Throws what `body` threw.
Observation in_child(const std::function<Observation()>& body);

/// "dns_timeout at dns: no answer": what a failed comparison should show.
std::string shown(const Observation& observation);

}  // namespace sereno::test
