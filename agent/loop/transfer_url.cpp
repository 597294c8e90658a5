#include "agent/loop/transfer_url.hpp"

#include "agent/model/ascii.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <curl/curl.h>

namespace sereno {

namespace {

constexpr std::size_t longest_url = 2000, longest_shown = 100;

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part(const Url& url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
    const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
    return text;
}

Url read(const std::string& text) {
    Url url(curl_url(), &curl_url_cleanup);
    if (url != nullptr &&
        curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        url.reset();
    return url;
}

constexpr std::string_view slashes = "/\\";

/// Where the host, or the user before it, begins. Strangers write slashes this way and that, and libcurl
/// takes one or three after a scheme too.
std::size_t begin_of_authority(std::string_view url) {
    const auto colon = url.find(':');
    const bool scheme = colon != std::string_view::npos && colon < url.find_first_of("/\\@[");
    const std::size_t from = scheme ? colon + 1 : 0;
    const std::size_t end = std::min(url.find_first_not_of(slashes, from), url.size());
    return end - from >= (scheme ? 1 : 2) ? end : 0;
}

/// What follows the colon otherwise is the beginning of a password with a character that ends a host.
bool has_port_or_none(std::string_view authority) {
    if (const auto bracket = authority.rfind(']'); bracket != std::string_view::npos)
        authority.remove_prefix(bracket + 1);
    const auto colon = authority.rfind(':');
    return colon == std::string_view::npos ||
           authority.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

std::optional<UrlParts> parts_of(const std::string& text) {
    const Url url = read(text);
    if (url == nullptr) return std::nullopt;
    UrlParts parts;
    parts.scheme = part(url, CURLUPART_SCHEME);
    parts.host = part(url, CURLUPART_HOST);
    if (parts.host.starts_with('[') && parts.host.ends_with(']'))
        parts.host = parts.host.substr(1, parts.host.size() - 2);
    parts.host = lower_ascii(parts.host);
    if (parts.host.empty()) return std::nullopt;
    parts.port = static_cast<std::uint16_t>(std::atoi(part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str()));
    if (text.find('@') == std::string::npos) return parts;
    parts.user = part(url, CURLUPART_USER, CURLU_URLDECODE);
    parts.password = part(url, CURLUPART_PASSWORD, CURLU_URLDECODE);
    return parts;
}

std::optional<std::string> resolved_url(const std::string& base, std::string_view reference) {
    if (reference.size() > longest_url || std::any_of(reference.begin(), reference.end(), is_control))
        return std::nullopt;
    const Url url = read(base);
    // A second set is relative to the first. Blanks are common in Location headers.
    if (url == nullptr || curl_url_set(url.get(), CURLUPART_URL, std::string{reference}.c_str(),
                                       CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE) != CURLUE_OK)
        return std::nullopt;
    std::string whole = part(url, CURLUPART_URL);
    if (whole.empty() || whole.size() > longest_url) return std::nullopt;
    return whole;
}

std::string shown_url(std::string_view url) {
    url = url.substr(0, url.find_first_of("?#"));
    const auto begin = begin_of_authority(url);
    std::string shown{url.substr(0, begin)};
    url.remove_prefix(begin);
    if (const auto at = url.substr(0, url.find_first_of(slashes)).rfind('@'); at != std::string_view::npos)
        url.remove_prefix(at + 1);
    if (has_port_or_none(url.substr(0, url.find_first_of(slashes))))
        shown += url;
    else
        shown += "***";
    shown.resize(std::min(shown.size(), longest_shown));
    return shown;
}

std::optional<std::int64_t> http_date(const std::string& text) {
    const time_t seconds = curl_getdate(text.c_str(), nullptr);
    if (seconds <= 0) return std::nullopt;
    return static_cast<std::int64_t>(seconds);
}

}  // namespace sereno
