// What is asked and compared with when the configuration does not say: services of unrelated operators.
#pragma once

#include <vector>

#include "agent/model/watch.hpp"

namespace sereno {

std::vector<Resolver> default_public_resolvers();
/// Pages that exist to be fetched: the connectivity checks of three operating systems.
std::vector<Control> default_name_controls();
std::vector<Control> default_address_controls();
/// The platforms watched by default.
std::vector<std::string> default_watch_list();

}  // namespace sereno
