#include "agent/loop/transfer_url.hpp"

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
    std::transform(parts.host.begin(), parts.host.end(), parts.host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
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
    std::string shown;
    if (const auto scheme_end = url.find("://"); scheme_end != std::string_view::npos) {
        shown = url.substr(0, scheme_end + 3);
        url.remove_prefix(scheme_end + 3);
    }
    const auto authority = url.substr(0, url.find('/'));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
    shown += url;
    shown.resize(std::min(shown.size(), longest_shown));
    return shown;
}

std::optional<std::int64_t> http_date(const std::string& text) {
    const time_t seconds = curl_getdate(text.c_str(), nullptr);
    if (seconds <= 0) return std::nullopt;
    return static_cast<std::int64_t>(seconds);
}

}  // namespace sereno
