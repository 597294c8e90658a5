#include "alerting/messages/words.hpp"

#include <algorithm>

#include "alerting/messages/text.hpp"

namespace sereno {

namespace {

bool names_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/// The name at the front of "{name}...", empty when none stands there.
std::string_view name_at(std::string_view text) {
    std::size_t end = 1;
    while (end < text.size() && names_char(text[end]))
        ++end;
    return end > 1 && end < text.size() && text[end] == '}' ? text.substr(1, end - 1) : std::string_view{};
}

/// Calls `plain(piece)` and `name(name)` for the parts of a text, in order.
template <class Plain, class Named>
void scan(std::string_view text, Plain plain, Named named) {
    while (!text.empty()) {
        const std::size_t brace = text.find_first_of("{}");
        plain(text.substr(0, brace));
        if (brace == std::string_view::npos) return;
        text.remove_prefix(brace);
        if (text.size() > 1 && text[1] == text[0]) {
            plain(text.substr(0, 1));
            text.remove_prefix(2);
            continue;
        }
        const std::string_view name = text[0] == '{' ? name_at(text) : std::string_view{};
        if (name.empty()) {
            plain(text.substr(0, 1));
            text.remove_prefix(1);
            continue;
        }
        named(name);
        text.remove_prefix(name.size() + 2);
    }
}

const std::string* find(const Substitutions& values, std::string_view name) {
    const auto found =
        std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.first == name; });
    return found == values.end() ? nullptr : &found->second;
}

}  // namespace

std::string fill(std::string_view text, const Substitutions& values) {
    std::string filled;
    scan(
        text, [&](std::string_view piece) { filled += piece; },
        [&](std::string_view name) {
            if (const std::string* value = find(values, name))
                filled += *value;
            else
                filled.append("{").append(name).append("}");
        });
    return filled;
}

std::vector<std::string> names_in(std::string_view text) {
    std::vector<std::string> names;
    scan(
        text, [](std::string_view) {},
        [&](std::string_view name) {
            if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
        });
    return names;
}

Words::Words(const MessageCatalogue& catalogue, std::string language)
    : catalogue_(&catalogue), language_(std::move(language)) {}

std::string Words::text(std::string_view key, const Substitutions& values) const {
    std::string wanted{key};
    for (const std::string& language : {language_, std::string{"en"}}) {
        const auto texts = catalogue_->find(language);
        if (texts == catalogue_->end()) continue;
        const auto found = texts->second.find(wanted);
        if (found != texts->second.end()) return fill(found->second, values);
    }
    return wanted;
}

std::string Words::coded(std::string_view section, std::string_view code) const {
    return text(std::string{section}.append(".").append(code));
}

std::string Words::decision(Decision decision) const {
    return coded("decision", to_string(decision));
}
std::string Words::cause(Cause cause) const {
    return coded("cause", to_string(cause));
}
std::string Words::failure(Failure failure) const {
    return coded("failure", to_string(failure));
}
std::string Words::scope(Scope scope) const {
    return coded("scope", to_string(scope));
}
std::string Words::stage(Stage stage) const {
    return coded("stage", to_string(stage));
}
std::string Words::group(Group group) const {
    return coded("group", to_string(group));
}
std::string Words::state(IncidentState state) const {
    return coded("incident_state", to_string(state));
}
std::string Words::witness_state(WitnessHealth::State state) const {
    return coded("witness_state", to_string(state));
}
std::string Words::layer(Cause cause) const {
    return coded("layer", to_string(cause));
}

std::string Words::here(Cause cause) const {
    switch (cause) {
        case Cause::host:
        case Cause::clock:
        case Cause::lan:
        case Cause::isp:
        case Cause::resolver:
        case Cause::policy:
        case Cause::blocked_here:
        case Cause::trust_store:
        case Cause::ipv6:
        case Cause::path_mtu:
        case Cause::public_resolver:
        case Cause::transit:
            return coded("here", to_string(cause));
        default:
            return text("here.other");
    }
}

std::string Words::headline(Decision decision, Cause cause, const std::string& names) const {
    // "All is well" would be a promise that nobody checked.
    if (decision == Decision::none && cause == Cause::insufficient_evidence)
        return text("decision_headline.no_verdict");
    const bool local = decision == Decision::fix_local;
    return text("decision_headline." + std::string{to_string(decision)},
                {{"name", names}, {"cause", local ? here(cause) : this->cause(cause)}});
}

std::string Words::evidence(const Evidence& evidence) const {
    Substitutions values = evidence.facts;
    for (auto& [name, value] : values) {
        if (name != "failure") continue;
        if (const auto known = failure_from(value)) value = failure(*known);
    }
    return text("evidence." + evidence.rule, values);
}

std::string Words::settles(const RuleId& rule) const {
    return coded("settles", rule);
}

std::string Words::ruled_out(const Alternative& alternative, const std::vector<Evidence>& evidence) const {
    // "Everything answers" would be no explanation of what fails.
    const std::string explanation =
        alternative.cause == Cause::all_well ? text("ruled_out.passing") : cause(alternative.cause);
    const auto against = std::find_if(evidence.begin(), evidence.end(),
                                      [&](const Evidence& one) { return one.rule == alternative.against; });
    if (against == evidence.end())
        return alternative.against.empty() ? text("ruled_out.rarer", {{"cause", explanation}}) : explanation;
    return text("ruled_out.line", {{"cause", explanation}, {"evidence", this->evidence(*against)}});
}

std::string Words::step(const PlaybookStep& step, const Substitutions& values) const {
    for (const std::string& language : {language_, std::string{"en"}}) {
        const auto found = step.text.find(language);
        if (found != step.text.end()) return fill(found->second, values);
    }
    return step.id;
}

std::string Words::title(const Incident& incident) const {
    if (incident.kind == IncidentKind::local) return here(incident.cause);
    return incident.title.empty() ? subject_names(incident) : one_line(incident.title);
}

std::string Words::length(Micros length) const {
    std::string words = duration_text(length);
    const std::size_t days = words.find(" d");
    if (days != std::string::npos) words.replace(days + 1, 1, text("unit.days"));
    return words;
}

}  // namespace sereno
