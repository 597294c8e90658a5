// Everybody who looks from elsewhere, wired together once for all probes.
#pragma once

#include <memory>

#include "agent/model/witness.hpp"
#include "probes/probe.hpp"
#include "probes/witness/asker.hpp"
#include "probes/witness/board.hpp"

namespace sereno {

class RisLive;       // ris/ris_live.hpp
class RipeStat;      // ripestat.hpp
class Globalping;    // globalping.hpp
class StatusPages;   // status/status_pages.hpp
class PrefixFinder;  // prefix_finder.hpp

/// Asks nobody before a probe wants to know something.
struct Witnesses {
    /// `context` must outlive it.
    Witnesses(ProbeContext& context, const WitnessSettings& settings);
    ~Witnesses();

    WitnessBoard board;
    Asker asker;
    // Null: not configured.
    std::unique_ptr<PrefixFinder> prefixes;
    std::unique_ptr<RipeStat> ripestat;
    std::unique_ptr<RisLive> ris_live;
    std::unique_ptr<Globalping> globalping;
    std::unique_ptr<StatusPages> status_pages;
};

}  // namespace sereno
