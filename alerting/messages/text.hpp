// UTF-8 that is safe to put into a subject line, a JSON string or a short message. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sereno {

/// Bytes that are not UTF-8 (RFC 3629: also overlong forms and surrogates) become U+FFFD, one each.
std::string valid_utf8(std::string_view text);

/// One line: line ends, control characters (C0, DEL, C1, U+2028, U+2029) and runs of spaces become one space
/// each, direction overrides (U+202A..U+202E, U+2066..U+2069) vanish, ends are trimmed. Always valid UTF-8.
/// What it returns cannot start a new header field.
std::string one_line(std::string_view text);

/// The length of valid UTF-8 as SMS counts it: UTF-16 code units (3GPP TS 23.038, UCS2).
std::size_t sms_length(std::string_view text);

/// At most `most` by sms_length(); a longer text ends in "...". Never cuts inside a character.
std::string shortened(std::string_view text, std::size_t most);

/// Replaces what would force a short message out of the GSM 7-bit alphabet (3GPP TS 23.038 section 6.2.1)
/// where readers do not mind: typographic quotes, dashes and spaces, and accents that the alphabet lacks (í,
/// ê, ç). Letters of other scripts stay.
std::string gsm_friendly(std::string_view text);

}  // namespace sereno
