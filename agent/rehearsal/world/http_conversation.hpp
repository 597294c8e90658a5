// As much of HTTP/1.1 (RFC 9112) as a front end needs: one request, one answer, connection closed.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/time.hpp"
#include "agent/rehearsal/world/conversation.hpp"

namespace sereno::rehearsal {

struct HttpRequest {
    std::string method, target;
    std::map<std::string, std::string> headers;  ///< names in lower case; the last of several counts
    std::string body;
};
struct HttpAnswer {
    int status = 200;
    std::string body;
    std::string content_type = "text/html; charset=utf-8";
    std::vector<std::pair<std::string, std::string>> headers;
};
using HttpHandler = std::function<HttpAnswer(const HttpRequest&)>;

inline constexpr std::size_t most_http_head_bytes = 16384;
inline constexpr std::size_t most_http_body_bytes = 65536;

/// A request that breaks RFC 9112 gets 400, a head or body beyond the bounds 431 or 413, a chunked body 411.
/// `calendar`: what `Date` tells (RFC 9110 section 6.6.1); empty: nothing.
std::unique_ptr<Conversation> make_http_conversation(HttpHandler handler,
                                                     std::function<Stamp()> calendar = {});

/// "Mon, 04 Oct 2021 15:39:00 GMT" (RFC 9110 section 5.6.7).
std::string http_date_text(Stamp at);

/// "Ana+Mar%C3%ADa" -> "Ana María"; a broken escape stays as written.
std::string url_decoded(std::string_view text);
/// The fields of application/x-www-form-urlencoded, at most 64; the first of several with one name counts.
std::map<std::string, std::string> form_fields(std::string_view body);

}  // namespace sereno::rehearsal
