// What the readers of status pages share: careful JSON, plain words, and the worst of what was found.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/witness/bounded_json.hpp"
#include "probes/witness/status/report.hpp"

namespace sereno::status {

/// Larger documents are not looked at.
inline constexpr std::size_t most_body_bytes = 4 * 1024 * 1024;

StatusReport not_understood(std::string why);

/// What a body looks like, for whoever expected something else: "nothing", "an HTML page", "other text".
std::string_view looks_like(std::string_view body);

/// One JSON document; else why not.
struct Document {
    BoundedJson json;
    const boost::json::value* value;  ///< held by `json`; null: `why`
    std::string why;
};
Document read_json(std::string_view body);

/// Without tags, with the commonest entities resolved, white space made single. At most `most` bytes.
std::string without_markup(std::string_view html, std::size_t most);

/// Gathers what is not well, and says the worst of it.
class Findings {
  public:
    /// `words`: the vendor's, with or without markup.
    void add(Failure says, std::string_view words);
    /// Something that counts is not well.
    void affect(std::string_view name);
    /// `otherwise`: said when nothing was found. There are always some words.
    [[nodiscard]] StatusReport report(std::string_view otherwise) const;

  private:
    struct Finding {
        Failure says;
        std::string words;
    };
    std::vector<Finding> findings_;
    std::vector<std::string> affected_;
    Failure worst_ = Failure::none;
};

}  // namespace sereno::status
