// The keys of a person are channels, so they can only be read when the channels are known.
#include "config/people.hpp"

#include <algorithm>
#include <set>

namespace sereno {

namespace {

/// Where a person is reached over this channel. Empty: nowhere, and complained of where that is a mistake.
std::optional<std::string> address_on(Check& check, const ChannelConfig& channel, const Node& node,
                                      std::set<std::string>& places) {
    const auto* const config = std::get_if<RecipeConfig>(&channel.service);
    if (config == nullptr) return mail_address().read(check, channel.id, node);
    switch (config->recipe.address) {
        case Recipe::Address::phone:
            return phone().read(check, channel.id, node);
        case Recipe::Address::text:
            return text().read(check, channel.id, node);
        case Recipe::Address::nobody:
            check.complaints.refuse(node.place,
                                    "channel " + quoted(channel.id) + " is not for people; remove it here");
            return {};
        case Recipe::Address::one:
            break;
    }
    const auto wanted = flag().read(check, channel.id, node);
    if (!wanted || !*wanted) return {};
    if (places.insert(channel.id).second) return channel.id;
    check.complaints.refuse(
        node.place,
        "channel " + quoted(channel.id) + " leads to one place, and somebody has it already; remove it here");
    return {};
}

void add_recipient(Check& check, const Draft& draft, const PersonDraft& person, const Node& channel,
                   const Node& address, std::set<std::string>& places, Settings& settings) {
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
    const auto value = address_on(check, *config, address, places);
    if (!value) return;
    const std::string& language = person.language.empty() ? settings.language : person.language;
    settings.recipients.push_back({person.name.value, language, channel.text, *value});
}

}  // namespace

void add_people(Check& check, const Draft& draft, Settings& settings) {
    std::set<std::string> seen;
    std::set<std::string> places;  ///< channels that lead to one place, and have somebody
    for (const Placed<PersonDraft>& one : draft.people) {
        const PersonDraft& person = one.value;
        if (person.name.given() && !seen.insert(person.name.value).second)
            check.complaints.refuse(person.name.place, "person " + quoted(person.name.value) +
                                                           " is there twice; remove one or rename it");
        for (const auto& [channel, address] : person.addresses)
            add_recipient(check, draft, person, channel, address, places, settings);
        if (person.addresses.empty())
            check.complaints.warn(one.place, quoted(person.name.value) +
                                                 " has no channel and is never told anything; add one, as in "
                                                 "mail: ana@example.org");
    }
}

}  // namespace sereno
