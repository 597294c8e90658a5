// Texts on their way into a request: made valid, cut, escaped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sereno {

/// At most `most` UTF-16 units; what was cut ends with an ellipsis, between two characters.
std::string cut_units(std::string_view text, std::size_t most);
/// The same in bytes.
std::string cut_bytes(std::string_view text, std::size_t most);

/// All but RFC 3986's unreserved characters, and those of `also`, as %XX: for a path, a query or a form.
std::string percent_encoded(std::string_view text, std::string_view also = {});

std::string hex(std::string_view bytes);     ///< small letters
std::string base64(std::string_view bytes);  ///< RFC 4648 section 4

}  // namespace sereno
