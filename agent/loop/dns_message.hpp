// The bytes of a DNS question, and which answers belong to it (RFC 1035 section 4, RFC 5452 section 4). Pure
// but for c-ares' allocations.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agent/model/probe_spec.hpp"

namespace sereno {

using DnsBytes = std::vector<unsigned char>;

/// The question as sent over UDP and HTTPS; over TCP its length comes first. A resolver is told that the AD
/// bit is understood (RFC 6840 section 5.7). Empty when the name fits into no question.
std::optional<DnsBytes> dns_question(const DnsQuery& query, std::uint16_t id);

enum class DnsFit : std::uint8_t {
    right,           ///< an answer to this question, whatever it says
    other_id,        ///< not ours: forged, or meant for somebody else
    other_question,  ///< our id, another question
    unreadable,      ///< no other id, but no whole header and question either, or a question itself
};
/// Does `message` answer `question`? One that says REFUSED or the like may leave the question out.
DnsFit fit_of(std::span<const unsigned char> message, std::span<const unsigned char> question);

/// A good answer of which only a part came: the TC bit.
bool is_cut_short(std::span<const unsigned char> message);

}  // namespace sereno
