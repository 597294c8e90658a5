// A trace that did not arrive: in whose network did it end? Pure.
//
// The way ends at the last hop that answered; or at the router that said unreachable, when one did; or where
// it starts to go in circles. That hop is
//   path_ends_lan     when it is the first one (the gateway), or when no hop answered at all
//   path_ends_isp     when no hop between the gateway and it has a public address, or it is the first public
//                     one; or it is in the same network (AS) as the first public one; or, when their AS
//                     numbers are not known, it is one of the first three
//   path_ends_beyond  otherwise
// Silent hops before it do not matter. A way on which the target answered has no end, however silent its
// routers are.
#pragma once

#include <string>
#include <vector>

#include "agent/loop/remembered.hpp"
#include "agent/model/failure.hpp"
#include "probes/path/as_origin.hpp"
#include "probes/path/tracer.hpp"

namespace sereno {

/// For a trace that did not arrive.
struct PathEnd {
    int hop = 0;          ///< 0: this host
    std::string address;  ///< of that hop; empty with 0
    bool operator==(const PathEnd&) const = default;
};
PathEnd end_of(const Trace& trace);

/// path_ends_lan, path_ends_isp or path_ends_beyond.
Failure whose_end(const Trace& trace, const AsNumbers& numbers);

/// The addresses whose AS numbers are of use: the first public hop, the end, the target.
std::vector<std::string> worth_looking_up(const Trace& trace, const std::string& target);

/// "3 203.0.113.1 AS64500 4.2 ms", "4 *": one a hop. A target whose distance is not known comes last, with
/// "-" for its number.
std::vector<std::string> hop_lines(const Trace& trace, const std::string& target, const AsNumbers& numbers);

/// What to remember of a trace that arrived, see FactKind::path.
std::vector<std::string> path_values(const Trace& trace, const std::string& target);

/// Where the way went on when it last arrived: "on 2026-11-20 12:31 it went on to 198.51.100.7". Empty:
/// nothing is known.
std::string last_known_good(const PathEnd& end, const Fact* path);

}  // namespace sereno
