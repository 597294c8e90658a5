#include <stdexcept>

#include "config/load.hpp"
#include "scenario.hpp"

namespace sereno::scenario {

namespace {

std::string list_of(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return "[" + text + "]";
}

}  // namespace

Settings settings_for(const std::vector<std::string>& watch, const std::string& more,
                      const std::vector<std::string>& catalogues) {
    const std::string text =
        "watch: " + list_of(watch) + "\ncatalogue: " + list_of(catalogues) + "\npage: off\n" + more;
    Loaded loaded = load_text(text, std::string{SERENO_SCENARIOS} + "/configuration.yaml");
    std::string wrong;
    for (const Complaint& complaint : loaded.complaints)
        if (!complaint.warning) wrong += (wrong.empty() ? "" : "; ") + complaint.message;
    if (!wrong.empty()) throw std::runtime_error(wrong);
    return std::move(loaded.settings);
}

}  // namespace sereno::scenario
