// Playbook files: who does what, in which order, in the languages of the team.
#pragma once

#include <string_view>
#include <vector>

#include "config/schema.hpp"

namespace sereno {

/// Reads every playbook (one a YAML document) in `text`, which came from the file numbered `file`.
std::vector<Placed<Playbook>> read_playbooks(Check& check, std::string_view text, int file);
/// Everything under config/playbooks/; read once.
const std::vector<Playbook>& builtin_playbooks();
/// The same, anew and with complaints.
std::vector<Playbook> read_builtin_playbooks(Complaints& complaints);

}  // namespace sereno
