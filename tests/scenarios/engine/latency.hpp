// Where the seconds go between a fault and what is said of it: one fault, met at many instants of the rhythm.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/verdict.hpp"
#include "config/load.hpp"
#include "world.hpp"

namespace sereno::scenario {

/// What goes wrong at one instant, in a world where all is well otherwise.
struct Blow {
    std::string name;                   ///< for people
    std::vector<Fault> faults;          ///< all begin together; when is drawn
    std::vector<std::string> subjects;  ///< who is down
};
/// 4 October 2021 at 15:40: routes to Facebook's and WhatsApp's name servers and front ends gone, Instagram's
/// front ends answer 503.
Blow facebook_2021();
/// Each kind of outage, of one platform.
std::vector<Blow> all_blows(const std::string& platform);

/// How far one platform's case has come, each since the fault began; nothing: it did not.
struct Passage {
    std::string subject;
    std::optional<Micros> begun;    ///< the first run of its probes that begins after the fault and fails
    std::optional<Micros> failed;   ///< that run, or an earlier one that fails, has ended
    std::optional<Micros> watched;  ///< a doubt is recorded, or more
    std::optional<Micros> asked;    ///< the first look from another network begins
    std::optional<Micros> agreed;   ///< the first of those fails as well
    std::optional<Micros> declared;
    std::optional<Micros> since;  ///< at the declaration: when its trouble is said to have begun
    std::string first_sign;       ///< "authoritative dns_timeout"
};

/// The passages of those who are down, at a moment of the rhythm that `seed` draws. The same for the same
/// seed.
std::vector<Passage> pass(const Settings& settings, const Blow& blow, std::uint64_t seed);

}  // namespace sereno::scenario
