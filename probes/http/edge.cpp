#include "probes/http/edge.hpp"

#include <algorithm>
#include <array>

#include "probes/attempt.hpp"

namespace sereno {

namespace {

constexpr std::array<std::string_view, 21> telling{
    "server",
    "via",
    "proxy-status",
    "x-served-by",
    "cf-ray",
    "x-amz-cf-id",
    "x-fb-debug",
    "x-azure-ref",
    "x-github-request-id",
    "x-akamai-request-id",
    "x-akamai-transformed",
    "akamai-grn",
    "cf-mitigated",
    "x-amzn-waf-action",
    "location",
    "retry-after",
    "date",
    "age",
    "x-cache",
    "proxy-authenticate",
    "x-squid-error",
};

struct Marker {
    std::string_view header;
    std::string_view value;  ///< with which the header's value begins; empty: any
    std::string_view edge;
};

// The first that fits. A CDN in front says more than what stands behind it: its own headers come first.
constexpr std::array<Marker, 17> markers{{
    {"cf-ray", "", "cloudflare"},
    {"server", "cloudflare", "cloudflare"},
    {"x-amz-cf-id", "", "cloudfront"},
    {"server", "CloudFront", "cloudfront"},
    {"x-akamai-request-id", "", "akamai"},
    {"x-akamai-transformed", "", "akamai"},
    {"akamai-grn", "", "akamai"},
    {"server", "AkamaiGHost", "akamai"},
    {"server", "AkamaiNetStorage", "akamai"},
    {"x-azure-ref", "", "azure-front-door"},
    {"x-fb-debug", "", "meta"},
    {"server", "proxygen", "meta"},
    {"server", "gws", "google"},
    {"server", "ESF", "google"},
    {"server", "sffe", "google"},
    {"server", "GSE", "google"},
    {"server", "Google Frontend", "google"},
}};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

std::span<const std::string_view> telling_headers() {
    return telling;
}

std::string_view header_of(const TransferResult& result, std::string_view name) {
    for (const auto& [key, value] : result.headers)
        if (key == name) return value;
    return {};
}

std::string_view known_edge(const TransferResult& result) {
    for (const Marker& marker : markers)
        if (const auto value = header_of(result, marker.header);
            !value.empty() && value.starts_with(marker.value))
            return marker.edge;
    if (contains(header_of(result, "via"), "varnish") && !header_of(result, "x-served-by").empty())
        return "fastly";
    if (!header_of(result, "x-github-request-id").empty()) return "github";
    return {};
}

std::string edge_fingerprint(const TransferResult& result) {
    if (const auto known = known_edge(result); !known.empty()) return std::string{known};
    // In order of how much they tell about who runs the front end, and how little they change between
    // answers.
    for (const std::string_view name : {"server", "via", "proxy-status", "x-served-by"})
        if (std::string value = plain_text(header_of(result, name), 64); !value.empty()) return value;
    return {};
}

bool is_challenge(const TransferResult& result) {
    if (header_of(result, "cf-mitigated") == "challenge") return true;
    const auto waf = header_of(result, "x-amzn-waf-action");
    return waf == "challenge" || waf == "captcha";
}

}  // namespace sereno
