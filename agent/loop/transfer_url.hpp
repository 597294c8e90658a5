// URLs, as libcurl reads them (RFC 3986), for those who decide where a transfer may go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sereno {

struct UrlParts {
    std::string scheme;          ///< in lower case
    std::string host;            ///< in lower case, an IPv6 address without its brackets
    std::uint16_t port = 0;      ///< the scheme's own when the URL names none
    std::string user, password;  ///< decoded
};

/// Empty when it is no URL with a host.
std::optional<UrlParts> parts_of(const std::string& url);

/// Where `reference` leads when it stands in what `base` brought: an absolute URL. Empty when it is
/// malformed, longer than 2,000 bytes, or holds control characters.
std::optional<std::string> resolved_url(const std::string& base, std::string_view reference);

/// What may be shown of a URL: without user, password, query and fragment, at most 100 bytes.
std::string shown_url(std::string_view url);

/// Seconds since 1970 of an HTTP date (RFC 9110 section 5.6.7). Empty: none.
std::optional<std::int64_t> http_date(const std::string& text);

}  // namespace sereno
