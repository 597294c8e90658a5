// One plain-text mail as RFC 5322 wants it.
#pragma once

#include <string>
#include <string_view>

#include "agent/model/time.hpp"

namespace sereno {

struct Mail {
    std::string from_address;
    std::string to_name, to_address;
    std::string subject;
    std::string body;        ///< UTF-8; any line ends
    std::string language;    ///< "es"; may be empty
    std::string message_id;  ///< without angle brackets
    Stamp date;              ///< wall clock
};

/// Pure ASCII with CRLF line ends: headers folded and encoded (RFC 2047), body quoted-printable (RFC 2045
/// section 6.7). No value can begin a header of its own. Marked as generated, so that nobody's vacation
/// notice answers it (RFC 3834).
std::string compose(const Mail& mail);

/// Something that may stand in an envelope: one "@", ASCII, no blanks, brackets or control characters, at
/// most 254 bytes.
bool is_mail_address(std::string_view text);

/// `text` as it may stand in an unstructured header after `used` columns: as it is, or as encoded words.
std::string header_text(std::string_view text, std::size_t used);

std::string quoted_printable(std::string_view text);

}  // namespace sereno
