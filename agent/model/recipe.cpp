#include "agent/model/recipe.hpp"

namespace sereno {

const std::vector<std::string>& message_names() {
    static const std::vector<std::string> names{"text", "subject",  "to",  "person", "language",
                                                "kind", "incident", "key", "now"};
    return names;
}

}  // namespace sereno
