// From a file to Settings, or to every complaint about it at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "alerting/messages/words.hpp"
#include "config/settings.hpp"

namespace sereno {

/// Printed as `file:line:column: message`; lines and columns count from 1.
struct Complaint {
    std::string file;
    int line = 0, column = 0;
    std::string message;   ///< what, the value in quotes, the remedy
    bool warning = false;  ///< worth saying, not worth refusing
    auto operator<=>(const Complaint&) const = default;
};
std::string to_string(const Complaint& complaint);

struct Loaded {
    Settings settings;                  ///< meaningful only when there is no complaint but warnings
    std::vector<Complaint> complaints;  ///< in the order of their places
    [[nodiscard]] bool ok() const;
};

/// Reads `path` and the files it names (relative to it). A file that cannot be read is a complaint too.
Loaded load_file(const std::string& path);
/// The same for text already read; `name` stands in complaints, its folder is where named files are looked
/// for.
Loaded load_text(std::string_view text, const std::string& name);
/// Without a file: facebook, instagram and whatsapp, three controls, nobody to alert.
Settings default_settings();

/// The texts of config/messages/, built in.
const MessageCatalogue& builtin_messages();

/// A file under config/ as built into the program: "catalogue/meta.yaml". Empty when there is none.
std::string_view builtin_file(std::string_view name);
std::vector<std::string_view> builtin_files(std::string_view folder);

}  // namespace sereno
