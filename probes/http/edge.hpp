// Who runs the front end that answered, and whether it wants to see a browser first. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/loop/transfer_client.hpp"

namespace sereno {

/// A short stable name: "cloudflare", "cloudfront", "fastly", "akamai", "meta", "azure-front-door", "google",
/// "github"; else the `server` header, or whatever of via, proxy-status and x-served-by is there. Printable
/// ASCII, at most 64 bytes; empty when nothing tells.
std::string edge_fingerprint(const TransferResult& result);

/// One of the names above; empty: none of those.
std::string_view known_edge(const TransferResult& result);

/// Is it a page that lets browsers in and keeps programs out (Cloudflare, AWS WAF)? By headers only: the
/// scripts of such pages stand in ordinary pages and error pages too.
bool is_challenge(const TransferResult& result);

/// Every header that anything here or the judge looks at; no probe keeps others.
std::span<const std::string_view> telling_headers();

/// The value of the first header of this name, in lower case; empty: there is none.
std::string_view header_of(const TransferResult& result, std::string_view name);

}  // namespace sereno
