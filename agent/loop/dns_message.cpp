#include "agent/loop/dns_message.hpp"

#include "agent/model/ascii.hpp"

#include <algorithm>
#include <memory>

#include <ares.h>

namespace sereno {

namespace {

constexpr std::size_t header_bytes = 12, type_and_class_bytes = 4;
constexpr unsigned char authentic_data = 0x20, checking_disabled = 0x10;  // RFC 4035 section 3.2, fourth byte

unsigned number(std::span<const unsigned char> message, std::size_t at) {
    return static_cast<unsigned>(message[at]) << 8 | message[at + 1];
}

/// Names are compared without regard to case. The lengths of labels are below 'A', so all bytes are treated
/// alike; nothing stands before the first name that it could be compressed against.
bool repeats(std::span<const unsigned char> answer, std::span<const unsigned char> question) {
    const std::size_t name_ends = question.size() - type_and_class_bytes;
    for (std::size_t i = header_bytes; i < question.size(); ++i)
        if (i < name_ends ? lower_ascii(answer[i]) != lower_ascii(question[i]) : answer[i] != question[i])
            return false;
    return true;
}

}  // namespace

std::optional<DnsBytes> dns_question(const DnsQuery& query, std::uint16_t id) {
    unsigned char* bytes = nullptr;
    int size = 0;
    const int status = ares_create_query(query.name.c_str(), 1 /* IN */, static_cast<int>(query.type), id,
                                         query.recursion ? 1 : 0, &bytes, &size, 0);
    const std::unique_ptr<unsigned char, decltype(&ares_free_string)> owned(bytes, &ares_free_string);
    if (status != ARES_SUCCESS || size < static_cast<int>(header_bytes + type_and_class_bytes))
        return std::nullopt;
    DnsBytes question(bytes, bytes + size);
    if (query.recursion) question[3] |= authentic_data;
    if (query.checking_disabled) question[3] |= checking_disabled;
    return question;
}

DnsFit fit_of(std::span<const unsigned char> message, std::span<const unsigned char> question) {
    if (message.size() < 2) return DnsFit::unreadable;
    if (number(message, 0) != number(question, 0)) return DnsFit::other_id;
    if (message.size() < header_bytes || (message[2] & 0x80) == 0) return DnsFit::unreadable;
    const unsigned questions = number(message, 4), code = message[3] & 0x0f;
    if (questions == 0) return code != 0 ? DnsFit::right : DnsFit::unreadable;
    if (questions != 1) return DnsFit::other_question;
    if (message.size() < question.size()) return DnsFit::unreadable;
    return repeats(message, question) ? DnsFit::right : DnsFit::other_question;
}

bool is_cut_short(std::span<const unsigned char> message) {
    return message.size() >= header_bytes && (message[2] & 0x02) != 0 && (message[3] & 0x0f) == 0;
}

}  // namespace sereno
