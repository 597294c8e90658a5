#include <stdexcept>

#include "config/load.hpp"
#include "scenario.hpp"

namespace sereno::scenario {

Settings settings_for(const std::vector<std::string>& watch, const std::string& more) {
    std::string text = "watch: [";
    for (std::size_t i = 0; i < watch.size(); ++i)
        text += (i == 0 ? "" : ", ") + watch[i];
    text += "]\ncatalogue: [catalogue.yaml]\npage: off\n" + more;
    Loaded loaded = load_text(text, std::string{SERENO_SCENARIOS} + "/configuration.yaml");
    std::string wrong;
    for (const Complaint& complaint : loaded.complaints)
        if (!complaint.warning) wrong += (wrong.empty() ? "" : "; ") + complaint.message;
    if (!wrong.empty()) throw std::runtime_error(wrong);
    return std::move(loaded.settings);
}

}  // namespace sereno::scenario
