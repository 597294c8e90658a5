// Who looks from elsewhere, and how well they do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/model/observation.hpp"

namespace sereno {

/// One source of words from outside. What it says of a platform comes as observations; this is about itself.
struct WitnessHealth {
    enum class State : std::uint8_t {
        idle,   ///< not asked yet: nothing gave a reason to
        able,   ///< its last answer, or its feed, can be used
        unable  ///< it cannot be asked, is silent, or speaks no sense: `why`
    };
    WitnessId id;
    std::string name;  ///< for people: "RIPE RIS Live", "status page of GitHub"
    Group group = Group::witness;
    State state = State::idle;
    std::string why;    ///< of unable: what is wrong and what can be done; at most 200 bytes
    Stamp since;        ///< of the state
    Stamp last_word;    ///< when it last said something that could be used; zero: never
    std::string words;  ///< what that was, for people; at most 200 bytes
    std::int32_t budget_left = -1, budget_limit = -1;  ///< questions; -1: it sets no limit, or none is known
    Stamp budget_resets;                               ///< zero: not known
    bool operator==(const WitnessHealth&) const = default;
};

std::string_view to_string(WitnessHealth::State state);

inline const WitnessId ris_live_id{"ris-live"}, ripestat_id{"ripestat"}, globalping_id{"globalping"};
/// Vendors' status pages are witnesses by their host, with its port where the URL has one:
/// "status:www.githubstatus.com".
WitnessId status_witness(std::string_view url);

/// Whom to ask. An empty URL: that one is not asked.
struct WitnessSettings {
    std::string ris_live_url = "wss://ris-live.ripe.net/v1/ws/";
    std::string ripestat_url = "https://stat.ripe.net/";
    std::string globalping_url = "https://api.globalping.io/";
    std::string globalping_token;  ///< of an account, which may ask more; empty: none. A secret
    bool status_pages = true;
    std::string contact;  ///< how those who run these services reach whoever runs this: an address or URL
};

}  // namespace sereno
