// What could change a verdict's mind: all that Verdict::would_settle can name.
#pragma once

#include <array>
#include <string_view>

namespace sereno::settles {

inline constexpr std::string_view control = "control",  ///< pages of two other operators that answer
    witness_answer = "witness_answer",  ///< somebody elsewhere was asked and has yet to answer
    witness = "witness",                ///< a look from another network
    time = "time";                      ///< it has not lasted long enough

inline constexpr std::array all{control, witness_answer, witness, time};

}  // namespace sereno::settles
