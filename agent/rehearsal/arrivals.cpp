#include "agent/rehearsal/arrivals.hpp"

#include <algorithm>

namespace sereno::rehearsal {

namespace {

/// What transport may change: line ends and white space.
std::string bare(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') out += c;
    return out;
}

}  // namespace

std::vector<const OutboxMessage*> messages_of(const std::vector<Arrival>& arrivals,
                                              const std::vector<OutboxMessage>& outbox) {
    std::vector<const OutboxMessage*> found;
    const auto taken = [&](const OutboxMessage& one) {
        return std::find(found.begin(), found.end(), &one) != found.end();
    };
    for (const Arrival& arrival : arrivals) {
        const std::string text = bare(arrival.text);
        const OutboxMessage *same = nullptr, *repeated = nullptr, *next = nullptr;
        for (const OutboxMessage& one : outbox) {
            if (one.recipient.channel != arrival.channel || one.recipient.address != arrival.to) continue;
            const bool same_text = bare(one.body) == text;
            if (same_text && !same && !taken(one)) same = &one;
            if (same_text && !repeated) repeated = &one;
            if (!next && !taken(one)) next = &one;
        }
        found.push_back(same ? same : repeated ? repeated : next);
    }
    return found;
}

}  // namespace sereno::rehearsal
