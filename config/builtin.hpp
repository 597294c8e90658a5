// What cmake/embed.cmake turns the YAML files under config/ into.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/complaints.hpp"

namespace sereno {

struct EmbeddedFile {
    std::string_view name;  ///< "catalogue/meta.yaml"
    std::string_view content;
};
/// Sorted by name. Defined in generated code.
std::span<const EmbeddedFile> embedded_files();

/// Those that there are messages in, sorted: "de", "en". A playbook may be written in each of them.
const std::vector<std::string>& languages();

/// What builtin_messages() holds, complaining of files that cannot be read.
MessageCatalogue read_builtin_messages(Complaints& complaints);

}  // namespace sereno
