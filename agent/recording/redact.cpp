#include "agent/recording/redact.hpp"

#include <map>

#include "agent/recording/texts.hpp"

namespace sereno {

using recording::Of;

namespace {

enum class Treatment : std::uint8_t { words, keep, text, person, contact };

// By owner and member; whatever is not named here is redacted word by word.
template <class Owner>
Treatment treatment(Of<Owner>, std::string_view) {
    return Treatment::words;
}
Treatment treatment(Of<Evidence>, std::string_view member) {
    return member == "rule" ? Treatment::keep : Treatment::words;
}
Treatment treatment(Of<Observation>, std::string_view member) {
    return member == "detail" ? Treatment::text : Treatment::words;
}
Treatment treatment(Of<Voice>, std::string_view) {
    return Treatment::text;
}
Treatment treatment(Of<WitnessHealth>, std::string_view member) {
    return member == "why" || member == "words" ? Treatment::text : Treatment::words;
}
Treatment treatment(Of<OutboxMessage>, std::string_view) {
    return Treatment::text;
}
Treatment treatment(Of<Recipient>, std::string_view member) {
    if (member == "person") return Treatment::person;
    if (member == "address") return Treatment::contact;
    return member == "language" ? Treatment::keep : Treatment::text;
}
Treatment treatment(Of<Playbook>, std::string_view) {
    return Treatment::text;
}
Treatment treatment(Of<PlaybookStep>, std::string_view) {
    return Treatment::text;
}
Treatment treatment(Of<App>, std::string_view member) {
    return member == "restart_command" ? Treatment::text : Treatment::words;
}
Treatment treatment(Of<HttpFetch>, std::string_view member) {
    return member == "contains" ? Treatment::text : Treatment::words;
}
Treatment treatment(Of<JsonRule>, std::string_view) {
    return Treatment::text;
}

/// A playbook binds to kinds of platforms: those must go on matching.
bool binds(Of<Playbook>, std::string_view member) {
    return member == "platform_kinds";
}
template <class Owner>
bool binds(Of<Owner>, std::string_view) {
    return false;
}

}  // namespace

Redactor::Redactor(std::function<bool(std::string_view)> is_public) : pseudonyms_(std::move(is_public)) {}

template <class T>
void Redactor::replace(T& value) {
    recording::for_each_text(value, [&](auto owner, std::string_view member, std::string& text) {
        switch (binds(owner, member) ? Treatment::words : treatment(owner, member)) {
            case Treatment::words:
                text = pseudonyms_.of_words(text);
                break;
            case Treatment::keep:
                break;
            case Treatment::text:
                text = pseudonyms_.of_text(text);
                break;
            case Treatment::person:
                text = pseudonyms_.of_person(text);
                break;
            case Treatment::contact:
                text = pseudonyms_.of_contact(text);
                break;
        }
    });
}

Event Redactor::redact(Event event) {
    replace(event);
    return event;
}

Checkpoint Redactor::redact(Checkpoint checkpoint) {
    replace(checkpoint.configuration);
    replace(checkpoint.state);
    return checkpoint;
}

ConfigChanged without_secrets(ConfigChanged event) {
    std::map<std::string, std::string> queries;
    recording::for_each_text(event.watch, [&](auto, std::string_view member, std::string& text) {
        if (member != "url" && member != "https_url" && member != "status_page") return;
        const auto mark = text.find('?');
        if (mark == text.npos || mark + 1 == text.size()) return;
        const auto [it, fresh] =
            queries.try_emplace(text.substr(mark + 1), std::to_string(queries.size() + 1));
        text.replace(mark + 1, text.npos, it->second);
    });
    return event;
}

}  // namespace sereno
