// What others say of one platform. Witnesses are heard alike: from where, what they saw, how long ago. Pure.
#pragma once

#include <map>
#include <vector>

#include "agent/diagnosis/picture.hpp"
#include "agent/model/verdict.hpp"
#include "agent/model/witness.hpp"

namespace sereno {

using WitnessStates = std::map<WitnessId, WitnessHealth::State>;

struct Testimony {
    std::vector<Evidence> evidence;  ///< one for each group that spoke
    bool heard = false;              ///< somebody spoke, and lately enough
    bool awaited = false;         ///< somebody in another network was asked, or will be, and may yet answer
    int agreeing = 0;             ///< groups that say the platform is ill
    bool networks_agree = false;  ///< among them those who look from other networks
    bool mixed = false;           ///< it fails in some other networks and answers in others
    bool passes = false;          ///< in most other networks a page of it answers, be it another
    bool routes_withdrawn = false;
    bool contradicted = false;       ///< in other networks the very page answers that fails here
    bool maintenance = false;        ///< the vendor announced work
    bool vendor_unasked = false;     ///< its page was not read yet since the start
    Stamp ill_since = Stamp::max();  ///< since when an outage is told that deserves a look of our own
};

/// `blind_until`: what did not answer us before this says nothing. `since`: when our own trouble with it
/// began; what others saw well before that contradicts nothing, and they are awaited until they have spoken
/// after it. Stamp::max(): we have none. `over`: when the last outage that was declared of it ended; what was
/// said of that one accuses nobody any more.
Testimony hear_witnesses(const Picture& picture, const Platform& platform, const WitnessStates& witnesses,
                         Stamp blind_until, Stamp since, Stamp over, Stamp now);

/// Is there anything to ask of others just now? Of pages they are asked for those that fail here; for the
/// first, when the trouble is with something else. Of all else: always.
bool worth_asking(const Picture& picture, const ProbeSpec& spec);

}  // namespace sereno
