// The platforms that can be watched: built-in ones, and what the team's own files add to them or change.
#pragma once

#include <string_view>
#include <vector>

#include "config/schema.hpp"

namespace sereno {

struct CatalogueEntry {
    Platform platform;
    Place place;  ///< of the id in the file that spoke of it last
};
using Catalogue = std::vector<CatalogueEntry>;

/// Adds the platforms of one file. Those already there keep the keys that the file does not give; lists are
/// replaced as a whole.
void read_catalogue(Check& check, const Node& root, Catalogue& into);
/// Everything under config/catalogue/; read once.
const Catalogue& builtin_catalogue();
/// The same, anew and with complaints.
Catalogue read_builtin_catalogue(Complaints& complaints);
/// Complains of platforms that lack something to observe.
void check_catalogue(Complaints& complaints, const Catalogue& catalogue);

const Platform* find_platform(const Catalogue& catalogue, std::string_view id);
/// The first of a platform's names that its name servers are asked; empty when none lies in its zone.
std::string name_in_zone(const Platform& platform);

}  // namespace sereno
