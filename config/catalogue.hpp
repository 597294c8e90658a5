// The platforms that can be watched: built-in ones, and what the team's own files add to them or change.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/schema.hpp"

namespace sereno {

struct CatalogueEntry {
    Platform platform;
    Place place;  ///< of the id in the file that spoke of it last
};

/// At most 2,000 platforms, in the order in which they were first spoken of.
class Catalogue {
  public:
    static constexpr std::size_t most = 2000;

    /// The entry of this id, made when there is none; null when there is no room for another.
    CatalogueEntry* entry_for(const std::string& id);
    [[nodiscard]] const Platform* find(const std::string& id) const;
    [[nodiscard]] std::vector<std::string> ids() const;

    auto begin() { return entries_.begin(); }
    auto end() { return entries_.end(); }
    [[nodiscard]] auto begin() const { return entries_.begin(); }
    [[nodiscard]] auto end() const { return entries_.end(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    std::vector<CatalogueEntry> entries_;
    std::unordered_map<std::string, std::size_t> places_;  ///< of ids in entries_
};

/// Adds the platforms of one file. Those already there keep the keys that the file does not give; lists are
/// replaced as a whole.
void read_catalogue(Check& check, const Node& root, Catalogue& into);
/// Everything under config/catalogue/; read once.
const Catalogue& builtin_catalogue();
/// The same, anew and with complaints.
Catalogue read_builtin_catalogue(Complaints& complaints);
/// Complains of platforms that lack something to observe.
void check_catalogue(Complaints& complaints, const Catalogue& catalogue);

/// The first of a platform's names that its name servers are asked; empty when none lies in its zone.
std::string name_in_zone(const Platform& platform);

}  // namespace sereno
