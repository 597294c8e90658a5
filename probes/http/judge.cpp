#include "probes/http/judge.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "agent/loop/transfer_url.hpp"
#include "agent/model/ascii.hpp"
#include "probes/attempt.hpp"
#include "probes/http/edge.hpp"
#include "probes/http/json_rule.hpp"

namespace sereno {

namespace {

constexpr int network_authentication_required = 511, proxy_authentication_required = 407;

bool is_meant(const HttpFetch& task, int status) {
    return std::any_of(task.expected_status.begin(), task.expected_status.end(), [status](const auto& range) {
        return range.first == status && range.second == status;
    });
}

bool is_blocked(const TransferResult& result) {
    return result.status == 403 || result.status == 429 || result.status == 451 || is_challenge(result);
}

/// The answer is the proxy's own: it wants a password, or says itself that it got nowhere. A gateway's error
/// is the last gateway's (RFC 9110 section 15.6), unless it came through a tunnel, or from a front end that
/// no office runs.
bool is_of_proxy(const HttpFetch& task, const TransferResult& result) {
    if (result.status == proxy_authentication_required) return true;
    if (result.status < 400) return false;
    const bool of_gateway = result.status >= 502 && result.status <= 504;
    if (of_gateway && !result.verified && !is_meant(task, result.status) && known_edge(result).empty())
        return true;
    const auto server = header_of(result, "server");
    return !header_of(result, "x-squid-error").empty() || server.starts_with("tinyproxy") ||
           server.starts_with("squid");
}

std::uint16_t default_port(std::string_view scheme) {
    return scheme == "https" ? 443 : 80;
}

constexpr std::int64_t a_day = 86400;

/// For how many seconds a cache kept the answer (RFC 9111 section 5.1). Empty: nobody knows, or too long for
/// its date to mean anything.
std::optional<std::int64_t> age_of(const TransferResult& result) {
    const auto age = header_of(result, "age");
    if (age.empty()) {
        const bool kept = lower_ascii(header_of(result, "x-cache")).find("hit") != std::string::npos;
        return kept ? std::nullopt : std::optional<std::int64_t>{0};
    }
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(age.data(), age.data() + age.size(), seconds);
    if (error != std::errc{} || end != age.data() + age.size() || seconds < 0 || seconds > a_day)
        return std::nullopt;
    return seconds;
}

Failure status_failure(int status) {
    if (status == network_authentication_required) return Failure::http_status;
    if (status >= 500) return Failure::http_server_error;
    if (status >= 300 && status < 400) return Failure::http_redirect;
    return Failure::http_status;
}

/// What the front ends on the way say about an error (RFC 9209, RFC 9110 section 7.6.3), and until when.
std::string told_beside(const TransferResult& result) {
    std::string told;
    for (const std::string_view name : {"retry-after", "proxy-status", "via"})
        if (const std::string value = plain_text(header_of(result, name), 64); !value.empty())
            told += "; " + std::string{name} + ": " + value;
    return told;
}

HttpJudgement judge_status(const TransferResult& result) {
    std::string detail = "unexpected status " + std::to_string(result.status);
    if (const auto location = header_of(result, "location"); !location.empty())
        detail += " to " + shown_url(location);
    return {Stage::http, status_failure(result.status), detail + told_beside(result)};
}

HttpJudgement judge_block(const TransferResult& result) {
    return {Stage::http, Failure::http_blocked,
            (is_challenge(result) ? "a challenge for browsers, status " : "status ") +
                std::to_string(result.status) + told_beside(result)};
}

HttpJudgement judge_body(const HttpFetch& task, const TransferResult& result) {
    const bool cut = result.failure == Failure::http_too_large;
    if (task.empty_body && (cut || !result.body.empty()))
        return {Stage::content, Failure::content_mismatch,
                "a body of " + std::to_string(result.body.size()) + " bytes or more where none belongs"};
    if (!task.contains.empty() && result.body.find(task.contains) == std::string::npos) {
        if (cut) return {Stage::http, Failure::http_too_large, result.detail};
        return {Stage::content, Failure::content_mismatch,
                "the body does not contain '" + task.contains + "'"};
    }
    if (!task.json.empty()) {
        if (cut) return {Stage::http, Failure::http_too_large, result.detail};
        if (std::string why = json_mismatch(task.json, result.body); !why.empty())
            return {Stage::content, Failure::content_mismatch, std::move(why)};
    }
    return {Stage::done, Failure::none,
            "status " + std::to_string(result.status) + (result.http2 ? " over HTTP/2" : "")};
}

}  // namespace

bool is_answered(const TransferResult& result) {
    return result.failure == Failure::none ||
           (result.failure == Failure::http_too_large && result.status != 0);
}

bool is_expected(const HttpFetch& task, int status) {
    return std::any_of(task.expected_status.begin(), task.expected_status.end(), [status](const auto& range) {
        return status >= range.first && status <= range.second;
    });
}

HttpJudgement judge(const HttpFetch& task, const TransferResult& result, bool proxied) {
    if (!is_answered(result)) {
        std::string detail = result.detail;
        if (result.reached == Stage::tls && !result.certificate_text.empty())
            detail += "; certificate " + result.certificate_text;
        return {result.reached, result.failure, std::move(detail)};
    }
    if (proxied && is_of_proxy(task, result))
        return {Stage::http, Failure::proxy_refused,
                "the proxy answered itself: status " + std::to_string(result.status) + told_beside(result)};
    if (is_blocked(result) && !is_meant(task, result.status)) return judge_block(result);
    if (!is_expected(task, result.status)) return judge_status(result);
    return judge_body(task, result);
}

std::optional<std::string> redirect_of(const HttpFetch& task, const TransferResult& result) {
    if (task.redirect_hosts.empty() || !is_answered(result) || is_expected(task, result.status))
        return std::nullopt;
    constexpr std::array followed{301, 302, 303, 307, 308};
    if (std::find(followed.begin(), followed.end(), result.status) == followed.end()) return std::nullopt;
    const auto location = header_of(result, "location");
    if (location.empty()) return std::nullopt;
    return std::string{location};
}

std::string redirect_complaint(const HttpFetch& task, const std::string& from, const std::string& to) {
    const auto here = parts_of(from), there = parts_of(to);
    if (!here || !there) return "redirected to no URL";
    if (there->scheme != "https" && there->scheme != "http")
        return "redirected to another scheme, " + shown_url(to);
    if (here->scheme == "https" && there->scheme == "http")
        return "redirected away from https to " + shown_url(to);
    if (!there->user.empty() || !there->password.empty())
        return "redirected with credentials to " + shown_url(to);
    if (there->port != here->port && there->port != default_port(there->scheme))
        return "redirected to " + shown_url(to) + ", a port of its own";
    const bool listed =
        std::any_of(task.redirect_hosts.begin(), task.redirect_hosts.end(),
                    [&](const std::string& host) { return lower_ascii(host) == there->host; });
    return listed ? std::string{} : "redirected to " + shown_url(to) + ", a host that is not on the list";
}

std::optional<std::int32_t> clock_offset(const TransferResult& result, std::int64_t wall_seconds) {
    const auto date = header_of(result, "date");
    if (date.empty()) return std::nullopt;
    const auto seconds = http_date(std::string{date});
    const auto age = age_of(result);
    if (!seconds || !age) return std::nullopt;
    // Some caches keep the date and some renew it: it was now between these two. What says both ahead and
    // behind says nothing.
    const std::int64_t least = *seconds - wall_seconds, most = least + *age;
    if (*age > 0 && least <= 0 && most >= 0) return std::nullopt;
    const std::int64_t offset = least >= 0 ? least : most;
    if (offset < std::numeric_limits<std::int32_t>::min() ||
        offset > std::numeric_limits<std::int32_t>::max())
        return std::nullopt;
    return static_cast<std::int32_t>(offset);
}

std::optional<std::string> host_of(std::string_view url) {
    const auto scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return std::nullopt;
    const std::string scheme = lower_ascii(url.substr(0, scheme_end));
    if (scheme != "http" && scheme != "https") return std::nullopt;

    std::string_view authority = url.substr(scheme_end + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
    std::string_view host;
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        host = authority.substr(1, close - 1);
    } else {
        host = authority.substr(0, authority.find(':'));
    }
    if (host.empty()) return std::nullopt;
    return lower_ascii(host);
}

}  // namespace sereno
