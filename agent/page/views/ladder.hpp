// A platform layer by layer: how far one gets from here, from the own network up to the content. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "agent/model/snapshot.hpp"

namespace sereno {

struct Rung {
    enum class State { well, partly, failing, unreached, unknown, unused };
    std::string_view layer;  ///< "link", "resolver", "servers", "connect", "tls", "http", "content"
    State state = State::unknown;
    int passed = 0, total = 0;        ///< probes that got an answer on this layer, that tried it
    Failure failure = Failure::none;  ///< the commonest, when any failed
    Micros took{0};                   ///< median of those that passed; 0: not measured
};

std::string_view to_string(Rung::State state);

/// Seven rungs, always in this order. `host` may be null: then the first is unknown.
std::vector<Rung> ladder_of(const SubjectView& platform, const SubjectView* host);

/// Says this observation anything: made, lately enough, and not about our own machinery only?
bool tells(const ProbeState& probe);

/// How one probe counts: well, failing, in part (work or half an outage that a vendor tells of, a status page
/// that is gone, networks that do not agree) or unknown. What is too old, or no word at all, is never
/// anything else than unknown.
Rung::State state_of(const ProbeState& probe);

}  // namespace sereno
