// What cmake/embed.cmake turns the YAML files under config/ into.
#pragma once

#include <span>
#include <string_view>

#include "config/complaints.hpp"

namespace sereno {

struct EmbeddedFile {
    std::string_view name;  ///< "catalogue/meta.yaml"
    std::string_view content;
};
/// Sorted by name. Defined in generated code.
std::span<const EmbeddedFile> embedded_files();

/// What builtin_messages() holds, complaining of files that cannot be read.
MessageCatalogue read_builtin_messages(Complaints& complaints);

}  // namespace sereno
