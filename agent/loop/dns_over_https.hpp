// One question to one server over HTTPS (RFC 8484).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/loop/dns_client.hpp"

namespace sereno {

/// What carries it.
struct DnsCarrier {
    TransferClient* transfers = nullptr;  ///< null: nothing does, and every question is host_refused
    std::string ca_bundle;
};

/// Asks at `query.server.https_url`, connected to `query.server.endpoint.address` on the URL's own port: no
/// other DNS is needed. Fails as TransferClient does (connect_*, tls_*, certificate_*, http_*); also with
/// http_blocked, http_server_error and http_status, http_malformed when the answer is no DNS message, and as
/// a question over TCP does. `done` is called once, from the loop, at the latest at `deadline`.
std::unique_ptr<DnsRequest> ask_over_https(Loop& loop, const DnsCarrier& carrier, DnsQuery query,
                                           Stamp deadline, bool private_answers_are_real,
                                           std::function<void(DnsReply)> done);

}  // namespace sereno
