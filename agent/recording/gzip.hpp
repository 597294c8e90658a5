// Compresses text into gzip members (RFC 1952), which may be put one after the other.
#pragma once

#include <string>
#include <string_view>

namespace sereno {

/// A whole member. Empty when there is no memory for it.
std::string gzip_member(std::string_view text);

}  // namespace sereno
