#include "agent/commands/settings_source.hpp"

#include <filesystem>
#include <iostream>

#include "config/load.hpp"

namespace sereno {

std::optional<Settings> settings_from(const std::string& path) {
    std::string file = path;
    const std::string installed = "/etc/sereno/sereno.yaml";
    std::error_code ignored;
    if (file.empty() && std::filesystem::exists(installed, ignored)) file = installed;
    if (file.empty()) return default_settings();
    Loaded loaded = load_file(file);
    for (const Complaint& complaint : loaded.complaints)
        std::cerr << to_string(complaint) << '\n';
    if (!loaded.ok()) return std::nullopt;
    return std::move(loaded.settings);
}

}  // namespace sereno
