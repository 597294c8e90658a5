// One row of the tables of faults: what is broken, and the trace that it leaves (traces/<name>.txt).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "battery.hpp"

namespace sereno::lab {

enum class Kind : std::uint8_t {
    local,    ///< of this computer, its network or its provider: must never look like an outage
    platform  ///< of the platforms
};

struct RowName {
    std::string name;
    Kind kind;
    std::string declares =
        {};  ///< the platforms of which an outage is declared if it lasts; none of a local row
};
/// All rows that there are; the file traces/<name>.txt of each is compared with all others.
const std::vector<RowName>& all_rows();

struct Row {
    std::string name;                             ///< one of all_rows()
    std::function<void(Household&)> before = {};  ///< the household, before anything is probed
    std::function<void(Settings&, Household&)> configure = {};
    std::function<void(Household&)> fault = {};    ///< after a healthy round
    std::function<void()> in_the_process = {};     ///< the same, in the process that probes
    std::function<void(Battery&)> meanwhile = {};  ///< while the last round is under way
    bool warm_up_is_well = true;                   ///< the round before shows nothing
};

/// Makes a household, probes it, breaks it, probes it again, and holds the trace against the file.
/// With SERENO_WRITE_TRACES in the environment the file is written instead, to be read by a person.
void check(const Row& row);

/// The text of traces/<name>.txt; empty when there is none.
std::string expected_trace(const std::string& name);

}  // namespace sereno::lab
