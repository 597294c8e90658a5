// The keys of a person are channels, so they can only be read when the channels are known.
#include "config/people.hpp"

#include <algorithm>
#include <set>

namespace sereno {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

void add_recipient(Check& check, const Draft& draft, const PersonDraft& person, const Node& channel,
                   const Node& address, Settings& settings) {
    std::vector<std::string> known{"name", "language"};
    for (const auto& [id, config] : draft.channels)
        known.push_back(id.value);
    if (std::find(known.begin(), known.end(), channel.text) == known.end()) {
        check.complaints.refuse(channel.place,
                                "unknown channel " + quoted(channel.text) + suggestion(channel.text, known));
        return;
    }
    const auto config = std::find_if(settings.channels.begin(), settings.channels.end(),
                                     [&](const ChannelConfig& one) { return one.id == channel.text; });
    if (config == settings.channels.end()) return;  // a bad channel, complained of
    const bool mail = std::holds_alternative<SmtpConfig>(config->service);
    const auto value = (mail ? mail_address() : phone()).read(check, channel.text, address);
    if (!value) return;
    const std::string& language = person.language.empty() ? settings.language : person.language;
    settings.recipients.push_back({person.name.value, language, channel.text, *value});
}

}  // namespace

void add_people(Check& check, const Draft& draft, Settings& settings) {
    for (const auto& [id, channel] : draft.channels) {
        if (id.value == "name" || id.value == "language")
            check.complaints.refuse(
                id.place, "channel " + quoted(id.value) + " has the name of a key of people; choose another");
        else if (channel)
            settings.channels.push_back({id.value, channel->service});
    }
    std::set<std::string> seen;
    for (const Placed<PersonDraft>& one : draft.people) {
        const PersonDraft& person = one.value;
        if (person.name.given() && !seen.insert(person.name.value).second)
            check.complaints.refuse(person.name.place, "person " + quoted(person.name.value) +
                                                           " is there twice; remove one or rename it");
        for (const auto& [channel, address] : person.addresses)
            add_recipient(check, draft, person, channel, address, settings);
        if (person.addresses.empty())
            check.complaints.warn(one.place, quoted(person.name.value) +
                                                 " has no channel and is never told anything; add one, as in "
                                                 "mail: ana@example.org");
    }
}

std::string to_string(const ChannelConfig& channel) {
    return channel.id + ": " +
           std::visit(Overloaded{[](const SmtpConfig& smtp) {
                                     const std::string server = smtp.host + ":" + std::to_string(smtp.port);
                                     return "smtp " + server +
                                            (smtp.user.empty() ? std::string()
                                                               : " as " + smtp.user + ", password " +
                                                                     to_string(smtp.password));
                                 },
                                 [](const TwilioConfig& twilio) {
                                     return "twilio " + twilio.base_url + " account " + twilio.account_sid +
                                            ", token " + to_string(twilio.auth_token);
                                 }},
                      channel.service);
}

}  // namespace sereno
