// Reads a mail for people: the decoded subject and the plain text (RFC 5322, 2045, 2047). Pure; reads hostile
// bytes.
#pragma once

#include <string>
#include <string_view>

namespace sereno::rehearsal {

/// White space is skipped, reading ends at the first character that is no base64.
std::string base64_decoded(std::string_view text);
std::string quoted_printable_decoded(std::string_view text);
/// "=?UTF-8?Q?...?=" and "=?UTF-8?B?...?=" decoded, the rest as it is.
std::string encoded_words_decoded(std::string_view text);

struct ReadMail {
    std::string subject;
    std::string text;  ///< of the first text/plain part, "\n" line ends, no final line end
};
/// Looks into one level of multipart; whatever cannot be understood is left as it stands.
ReadMail read_mail(std::string_view message);

}  // namespace sereno::rehearsal
