// Bytes of a DNS server. The first byte chooses what was asked, and whether the answer shall be made to fit.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "agent/loop/dns_answer.hpp"
#include "agent/loop/dns_message.hpp"

using namespace sereno;

namespace {

constexpr std::array types{RecordType::a, RecordType::ns, RecordType::soa, RecordType::txt, RecordType::aaaa};

void hold(bool promise) {
    if (!promise) std::abort();
}

bool is_printable(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void hold_to_promises(const DnsReply& reply, const DnsQuery& query) {
    hold(reply.addresses.size() <= 16 && reply.records.size() <= 16);
    hold(reply.ttl_seconds >= -1);
    hold(reply.failure != Failure::none || reply.ttl_seconds >= 0);
    hold(reply.failure != Failure::none || query.recursion || reply.authoritative);
    const bool literal = query.type == RecordType::a || query.type == RecordType::aaaa;
    hold(literal ? reply.records.empty() : reply.addresses.empty());
    for (const std::string& record : reply.records) {
        hold(record.size() <= 1024 + 3 && is_printable(record));
        hold(query.type != RecordType::ns || !record.ends_with('.') || record.ends_with("\\."));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    DnsQuery query;
    query.name = "shop.example";
    query.type = types.at(data[0] % types.size());
    query.recursion = (data[0] & 0x40) != 0;
    const bool made_to_fit = (data[0] & 0x80) != 0;
    const auto question = dns_question(query, 0x5e0e);
    hold(question.has_value());

    std::vector<unsigned char> answer(data + 1, data + size);
    if (made_to_fit && answer.size() >= 12) {
        std::copy_n(question->begin(), 2, answer.begin());
        answer[2] |= 0x80;
        answer[4] = 0;
        answer[5] = 1;
        answer.insert(answer.begin() + 12, question->begin() + 12, question->end());
        hold(fit_of(answer, *question) == DnsFit::right);
    }
    static_cast<void>(fit_of(answer, *question));
    static_cast<void>(is_cut_short(answer));
    for (const bool private_answers_are_real : {false, true})
        hold_to_promises(read_dns_answer(answer, query, private_answers_are_real), query);
    return 0;
}
