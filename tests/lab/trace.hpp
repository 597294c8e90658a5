// What a round of observations says, as short text in a stable order.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/model/observation.hpp"

namespace sereno::lab {

/// The fingerprint of the front end that each probe met.
using Edges = std::map<ProbeId, std::string>;
Edges edges_of(const std::vector<Observation>& round);

/// One line for each probe that did not go well, or that saw something remarkable on the way:
///   agora/dns/system/www dns_nxdomain
///   control:uno/http ok, clock behind
/// Probes of one subject and kind with the same fate share a line. A round that is void (link_weak,
/// host_slow, host_resumed) has no lines but those of the host: what else it saw is chance.
std::string trace_of(const std::vector<Observation>& round, const Edges& usual_edges);

}  // namespace sereno::lab
