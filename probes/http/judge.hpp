// What an HTTP answer means for the one who fetched it. Pure.
#pragma once

#include <cstdint>
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

/// The transfer's own failure first, then a proxy that answered in the target's place, then a front end that
/// lets us not in (unless exactly that status is expected), then the status, then the body. A body longer
/// than max_body_bytes is a failure only when its rest could have mattered. 511 is http_status and not
/// http_server_error: it is a captive portal speaking (RFC 6585 section 6).
HttpJudgement judge(const HttpFetch& task, const TransferResult& result, bool proxied = false);

/// Did a whole answer come, or one that is cut at max_body_bytes?
bool is_answered(const TransferResult& result);
bool is_expected(const HttpFetch& task, int status);

/// Where an answer with a status that is not expected wants to be followed to; empty: it does not, or nothing
/// is followed.
std::optional<std::string> redirect_of(const HttpFetch& task, const TransferResult& result);
/// Why `to` may not be followed from `from`; empty: it may.
std::string redirect_complaint(const HttpFetch& task, const std::string& from, const std::string& to);

/// The host of an http or https URL in lower case, brackets of an IPv6 address removed (RFC 3986
/// section 3.2). Empty for anything else.
std::optional<std::string> host_of(std::string_view url);

/// The answer's Date minus this host's wall clock; of an answer from a cache, the least that may be meant.
/// Empty: no date, one that cannot be meant, or one that says nothing because a cache kept it.
std::optional<std::int32_t> clock_offset(const TransferResult& result, std::int64_t wall_seconds);

}  // namespace sereno
