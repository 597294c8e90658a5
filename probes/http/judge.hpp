// What an HTTP answer means for the one who fetched it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/loop/transfer_client.hpp"
#include "agent/model/probe_spec.hpp"

namespace sereno {

struct HttpJudgement {
    Stage reached = Stage::done;
    Failure failure = Failure::none;
    std::string detail;
};

/// The transfer's own failure first, then the status, then the body. A body longer than max_body_bytes is a
/// failure only when its rest could have mattered. 511 is http_status and not http_server_error: it is a
/// captive portal speaking (RFC 6585 section 6).
HttpJudgement judge(const HttpFetch& task, const TransferResult& result);

/// A short stable name for the front end that answered: "cloudflare", the `server` header, or whatever of
/// via, proxy-status and x-served-by is there. Printable ASCII, at most 64 bytes; empty when nothing tells.
std::string edge_fingerprint(const TransferResult& result);

/// The host of an http or https URL, brackets of an IPv6 address removed (RFC 3986 section 3.2). Empty for
/// anything else.
std::optional<std::string> host_of(std::string_view url);

}  // namespace sereno
