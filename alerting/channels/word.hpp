// What a service said, made fit to be kept and shown.
#pragma once

#include <string>
#include <string_view>

namespace sereno {

/// One line of at most 300 bytes, whole characters, no control characters, and `secret` replaced by "***"
/// wherever the service echoed it.
std::string tidy_word(std::string_view text, std::string_view secret);

/// At most `bytes` of the text, cut between two characters of UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);

}  // namespace sereno
