// What several pairs of eyes together say. Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/model/observation.hpp"

namespace sereno {

/// "fails from DE (AS24940), FR (AS16276); well from US (AS20473)". At most 200 bytes.
std::string summary_of(const std::vector<Voice>& voices);

/// As most of those that speak do.
struct Majority {
    Stage reached = Stage::schedule;
    Failure failure = Failure::witness_unknown;  ///< none: more than half of those that speak are well; else
                                                 ///< what most that fail say, of equally many what is said
                                                 ///< first; witness_unknown: nobody speaks
    int http_status = 0;                         ///< of the first that says so
    std::string words;                           ///< its words
};
Majority majority_of(const std::vector<Voice>& voices);

}  // namespace sereno
