// What several sights of routes say together. Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/model/observation.hpp"
#include "probes/witness/ris/route_table.hpp"

namespace sereno {

struct PrefixSight {
    std::string prefix;
    RouteSight sight;
};

struct RoutesReport {
    Failure failure = Failure::none;   ///< route_withdrawn, witness_unknown
    RoutesSeen seen;                   ///< nothing is known: all zero
    std::vector<std::string> answers;  ///< "129.134.30.0/24 12 of 310 peers"; at most 16, the worst first
    std::string detail;                ///< what else is worth knowing: another origin, longer paths, why not
};

RoutesReport report_routes(std::vector<PrefixSight> sights);

}  // namespace sereno
