#include "agent/rehearsal/world/authority.hpp"

#include "agent/model/ascii.hpp"

namespace sereno::rehearsal {

std::string answer_from(const std::vector<Zone>& zones, Condition condition, std::string_view query) {
    if (condition == Condition::silent) return {};
    auto message = decode_dns(query);
    if (!message) return refuse_dns(query, Rcode::formerr);
    if (message->response) return {};
    if (condition == Condition::servfail) return refuse_dns(query, Rcode::servfail);
    if (condition == Condition::refused) return refuse_dns(query, Rcode::refused);
    if (message->opcode != 0) return refuse_dns(query, Rcode::notimp);
    if (!message->question) return refuse_dns(query, Rcode::formerr);

    const std::string name = lower_ascii(message->question->name);
    for (const Zone& zone : zones) {
        if (!lies_in(name, zone.name)) continue;
        message->response = message->authoritative = true;
        message->answers.clear();
        const auto found = zone.records.find(name);
        if (found == zone.records.end()) {
            message->rcode = name == zone.name ? Rcode::noerror : Rcode::nxdomain;
        } else if (message->question->type == dns_type_a) {
            message->answers.push_back(found->second);
            message->answers.back().name = message->question->name;
        }
        return encode_dns(*message);
    }
    return refuse_dns(query, Rcode::refused);
}

}  // namespace sereno::rehearsal
