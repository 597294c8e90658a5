#include "probes/http/judge.hpp"

#include <algorithm>

#include "probes/attempt.hpp"

namespace sereno {

namespace {

constexpr int network_authentication_required = 511;

std::string_view header(const TransferResult& result, std::string_view name) {
    for (const auto& [key, value] : result.headers)
        if (key == name) return value;
    return {};
}

bool is_expected(const HttpFetch& task, int status) {
    return std::any_of(task.expected_status.begin(), task.expected_status.end(), [status](const auto& range) {
        return status >= range.first && status <= range.second;
    });
}

Failure status_failure(int status) {
    if (status == network_authentication_required) return Failure::http_status;
    if (status >= 500) return Failure::http_server_error;
    if (status >= 300 && status < 400) return Failure::http_redirect;
    return Failure::http_status;
}

HttpJudgement judge_status(const TransferResult& result) {
    std::string detail = "unexpected status " + std::to_string(result.status);
    if (const auto location = header(result, "location"); !location.empty())
        detail += " to " + std::string{location};
    return {Stage::http, status_failure(result.status), std::move(detail)};
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
    return {Stage::done, Failure::none, "status " + std::to_string(result.status)};
}

}  // namespace

HttpJudgement judge(const HttpFetch& task, const TransferResult& result) {
    const bool answered =
        result.failure == Failure::none || (result.failure == Failure::http_too_large && result.status != 0);
    if (!answered) return {result.reached, result.failure, result.detail};
    if (!is_expected(task, result.status)) return judge_status(result);
    return judge_body(task, result);
}

std::string edge_fingerprint(const TransferResult& result) {
    if (!header(result, "cf-ray").empty()) return "cloudflare";
    // In order of how much they tell about who runs the front end, and how little they change between
    // answers.
    for (const std::string_view name : {"server", "via", "proxy-status", "x-served-by"})
        if (std::string value = plain_text(header(result, name), 64); !value.empty()) return value;
    return {};
}

std::optional<std::string> host_of(std::string_view url) {
    const auto scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return std::nullopt;
    std::string scheme{url.substr(0, scheme_end)};
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
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
    return std::string{host};
}

}  // namespace sereno
