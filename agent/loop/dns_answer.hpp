// What the bytes of a DNS answer say (RFC 1035 section 4). Pure.
#pragma once

#include <span>
#include <string>

#include "agent/loop/dns_client.hpp"

namespace sereno {

/// Reads a whole answer to `query`. Without recursion the answer must be authoritative, and an alias (CNAME)
/// alone is a good answer: its target may live in another zone. An answer that is no public address is bogus;
/// with `private_answers_are_real` only the unspecified address (0.0.0.0, ::) is bogus. The addresses of a
/// bogus answer are given too. A cut short answer is dns_truncated.
DnsReply read_dns_answer(std::span<const unsigned char> answer, const DnsQuery& query,
                         bool private_answers_are_real);

}  // namespace sereno
