// The texts of config/messages as they are shipped, read straight from the files.
#pragma once

#include <yaml-cpp/yaml.h>

#include "alerting/messages/words.hpp"

namespace shipped {

inline const std::vector<std::string> languages{"en", "es", "it", "fr", "pt", "de"};

inline void flatten(const YAML::Node& node, const std::string& before,
                    std::map<std::string, std::string>& into) {
    if (!node.IsMap()) {
        into[before] = node.as<std::string>();
        return;
    }
    for (const auto& entry : node)
        flatten(entry.second, (before.empty() ? "" : before + ".") + entry.first.as<std::string>(), into);
}

/// Tests run in the source tree's root.
inline const sereno::MessageCatalogue& catalogue() {
    static const sereno::MessageCatalogue all = [] {
        sereno::MessageCatalogue read;
        for (const std::string& language : languages)
            flatten(YAML::LoadFile("config/messages/" + language + ".yaml"), "", read[language]);
        return read;
    }();
    return all;
}

}  // namespace shipped
