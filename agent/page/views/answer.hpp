// The answer to "is it us?": one sentence, one tone. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/snapshot.hpp"
#include "alerting/messages/words.hpp"

namespace sereno {

/// How something is shown: colour, shape and word belong to it together.
enum class Tone { well, unknown, watch, app, outage, local };
std::string_view to_string(Tone tone);  ///< "outage": part of class names and of symbols' names
Tone tone_of(const Verdict& verdict);

struct PlainAnswer {
    Tone tone = Tone::unknown;
    std::string sentence;  ///< "Outage: Facebook, Instagram"
    std::string lead;      ///< what that means, in one more sentence
    std::optional<Stamp> since;
    std::vector<std::string> also;  ///< lesser answers that hold at the same time
};

/// An outage before the own network before an app before mere doubt, as in the API.
PlainAnswer answer_of(const Snapshot& snapshot, const Words& words);

/// The subject's name for people; the host is "This computer".
std::string display_name(const SubjectView& view, const Words& words);

/// "their servers" -> "Their servers"; what does not begin with an ASCII letter stays.
std::string capitalised(std::string text);

}  // namespace sereno
