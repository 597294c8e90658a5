#include "agent/rehearsal/world/dns_cache.hpp"

#include <algorithm>

#include "agent/model/ascii.hpp"

namespace sereno::rehearsal {

void DnsCache::keep(const DnsQuestion& question, const DnsMessage& answer, Stamp now) {
    Micros lifetime = failure_ttl;
    if (answer.rcode == Rcode::noerror && !answer.answers.empty()) {
        const auto least =
            std::min_element(answer.answers.begin(), answer.answers.end(),
                             [](const auto& a, const auto& b) { return a.ttl_seconds < b.ttl_seconds; });
        lifetime = std::chrono::seconds{least->ttl_seconds};
    } else if (answer.rcode != Rcode::servfail) {
        return;
    }
    if (entries_.size() >= most)
        std::erase_if(entries_, [&](const auto& item) { return item.second.expires <= now; });
    if (entries_.size() >= most) entries_.erase(entries_.begin());
    entries_[{lower_ascii(question.name), question.type}] = {answer.rcode, answer.answers, now + lifetime};
}

std::optional<DnsMessage> DnsCache::find(const DnsQuestion& question, Stamp now) const {
    const auto found = entries_.find({lower_ascii(question.name), question.type});
    if (found == entries_.end() || found->second.expires <= now) return std::nullopt;
    DnsMessage message;
    message.rcode = found->second.rcode;
    message.answers = found->second.answers;
    const auto left = std::chrono::ceil<std::chrono::seconds>(found->second.expires - now);
    for (AddressRecord& record : message.answers)
        record.ttl_seconds = static_cast<std::uint32_t>(left.count());
    return message;
}

}  // namespace sereno::rehearsal
