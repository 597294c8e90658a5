#include "agent/page/response.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace sereno {

namespace {

/// Nothing may run, load or frame but what this server sent itself.
constexpr std::string_view security_headers =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

std::string_view cache_control(Response::Caching caching) {
    switch (caching) {
        case Response::Caching::ask:
            return "no-cache";
        case Response::Caching::forever:
            return "public, max-age=31536000, immutable";
        case Response::Caching::never:
            break;
    }
    return "no-store";
}

std::string status_line(int status) {
    std::string line = "HTTP/1.1 " + std::to_string(status) + " ";
    line += reason_of(status);
    line += "\r\n";
    return line;
}

}  // namespace

Response text_response(int status, std::string text) {
    Response response;
    response.status = status;
    response.body = std::make_shared<const std::string>(std::move(text) + "\n");
    return response;
}

std::string_view reason_of(int status) {
    constexpr auto reasons = std::to_array<std::pair<int, std::string_view>>({
        {200, "OK"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {421, "Misdirected Request"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    });
    for (const auto& [code, reason] : reasons)
        if (code == status) return reason;
    return "Unknown";
}

std::string head_of(const Response& response, Ending ending, Stamp date) {
    std::string head = status_line(response.status);
    head.reserve(1024);
    head += "Date: " + http_date(date) + "\r\n";
    // A 304 speaks of the stored answer, whose length it must not contradict (RFC 9110 section 15.4.5).
    if (response.status != 304) {
        head += "Content-Type: ";
        head += response.type;
        head += "\r\nContent-Length: " + std::to_string(response.body ? response.body->size() : 0) + "\r\n";
    }
    if (!response.etag.empty()) head += "ETag: " + response.etag + "\r\n";
    head += "Cache-Control: ";
    head += cache_control(response.caching);
    head += "\r\n";
    if (response.allow_header) head += "Allow: GET, HEAD\r\n";
    if (response.retry_seconds > 0) head += "Retry-After: " + std::to_string(response.retry_seconds) + "\r\n";
    head += security_headers;
    head += ending.close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n";
    return head;
}

std::string event_stream_head(Stamp date) {
    std::string head = status_line(200);
    head += "Date: " + http_date(date) + "\r\n";
    head += "Content-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n";
    head += security_headers;
    head += "Connection: close\r\n\r\n";
    return head;
}

std::string http_date(Stamp at) {
    using namespace std::chrono;
    constexpr std::array day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto since = floor<seconds>(at.time_since_epoch());
    const sys_days day{floor<days>(since)};
    const year_month_day date{day};
    const hh_mm_ss time{since - day.time_since_epoch()};
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
                  day_names[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                  month_names[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return text;
}

std::string etag_of(std::string_view content) {
    std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a, 64 bits
    for (const char c : content)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    char text[32];
    std::snprintf(text, sizeof text, "\"%016llx\"", static_cast<unsigned long long>(hash));
    return text;
}

bool names_etag(std::string_view if_none_match, std::string_view etag) {
    if (etag.empty()) return false;
    while (!if_none_match.empty()) {
        const std::size_t comma = if_none_match.find(',');
        std::string_view item = if_none_match.substr(0, comma);
        while (item.starts_with(' ') || item.starts_with('\t'))
            item.remove_prefix(1);
        while (item.ends_with(' ') || item.ends_with('\t'))
            item.remove_suffix(1);
        if (item.starts_with("W/")) item.remove_prefix(2);
        if (item == "*" || item == etag) return true;
        if (comma == std::string_view::npos) return false;
        if_none_match.remove_prefix(comma + 1);
    }
    return false;
}

}  // namespace sereno
