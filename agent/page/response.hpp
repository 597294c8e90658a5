// An answer and its bytes: status line, the headers that every answer carries, body.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/model/time.hpp"

namespace sereno {

/// Shared between all that read it at the same time; never changed.
using Body = std::shared_ptr<const std::string>;

struct Response {
    enum class Caching { never, ask, forever };
    int status = 200;
    std::string_view type = "text/plain; charset=utf-8";
    Body body;         ///< null: none
    std::string etag;  ///< with its quotes; empty: none
    Caching caching = Caching::never;
    bool allow_header = false;  ///< "Allow: GET, HEAD"
    int retry_seconds = 0;      ///< "Retry-After"; 0: none
};

struct Ending {
    bool head_only = false;  ///< the request was HEAD: headers as for GET, no body
    bool close = false;      ///< the connection ends after this answer
};

/// A plain line of text: what is wrong and what to do, for people who look with curl.
Response text_response(int status, std::string text);

/// Status line and headers up to and with the empty line. `date` is the wall clock's.
std::string head_of(const Response& response, Ending ending, Stamp date);

/// Head of an event stream, which never ends by itself.
std::string event_stream_head(Stamp date);

/// "Sat, 21 Nov 2026 20:51:09 GMT" (RFC 9110 section 5.6.7).
std::string http_date(Stamp at);

std::string_view reason_of(int status);

/// A strong validator for `content`: the same bytes, the same tag.
std::string etag_of(std::string_view content);
/// Does If-None-Match name this tag? (RFC 9110 section 13.1.2: weak comparison, `*` matches all.)
bool names_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace sereno
