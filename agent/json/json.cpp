#include "agent/json/json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "agent/json/parts.hpp"
#include "alerting/messages/text.hpp"

namespace sereno {

namespace json = boost::json;

namespace json_parts {

json::string string(std::string_view text) {
    return json::string{valid_utf8(text)};
}

json::value time(std::optional<Stamp> at, Micros wall_offset) {
    if (!at) return nullptr;
    return json::string{rfc3339(*at + wall_offset)};
}

double confidence(int permille) {
    return std::clamp(permille, 0, 1000) / 1000.0;
}

json::array ruled_out(const Verdict& verdict, const Words& words) {
    json::array list;
    for (const Alternative& one : verdict.ruled_out)
        list.push_back(json::object{{"cause", to_string(one.cause)},
                                    {"confidence", confidence(one.permille)},
                                    {"against", string(one.against)},
                                    {"text", string(words.ruled_out(one, verdict.evidence))}});
    return list;
}

json::array would_settle(const Verdict& verdict, const Words& words) {
    json::array list;
    for (const RuleId& one : verdict.would_settle)
        list.push_back(json::object{{"rule", string(one)}, {"text", string(words.settles(one))}});
    return list;
}

json::value shared_fate(const Verdict& verdict) {
    if (verdict.shared_fate.empty()) return nullptr;
    return string(verdict.shared_fate);
}

json::array evidence(const std::vector<Evidence>& evidence, const Words& words) {
    json::array list;
    list.reserve(evidence.size());
    for (const Evidence& one : evidence) {
        json::object item{{"rule", string(one.rule)},
                          {"group", to_string(one.group)},
                          {"weight", one.weight},
                          {"text", string(words.evidence(one))}};
        if (!one.facts.empty()) {
            json::object facts;
            for (const auto& [name, value] : one.facts)
                facts[valid_utf8(name)] = string(value);
            item["facts"] = std::move(facts);
        }
        list.push_back(std::move(item));
    }
    return list;
}

}  // namespace json_parts

using json_parts::string;

json::object decision_json(const DecisionRecord& record, const Words& words, Micros wall_offset) {
    const Verdict& verdict = record.verdict;
    json::value incident;
    if (!record.incident.empty()) incident = record.incident.value;
    return {{"time", json_parts::time(verdict.at, wall_offset)},
            {"subject", string(verdict.subject.value)},
            {"decision", to_string(verdict.decision)},
            {"cause", to_string(verdict.cause)},
            {"scope", to_string(verdict.scope)},
            {"confidence", json_parts::confidence(verdict.confidence_permille)},
            {"since", json_parts::time(verdict.since, wall_offset)},
            {"alone", verdict.from_this_host_alone},
            {"incident", incident},
            {"evidence", json_parts::evidence(verdict.evidence, words)},
            {"ruled_out", json_parts::ruled_out(verdict, words)},
            {"would_settle", json_parts::would_settle(verdict, words)},
            {"shared_fate", json_parts::shared_fate(verdict)}};
}

/// A length of time stands beside its layer, and only where both ends were seen.
json::array layers_json(const std::vector<LayerTimeline>& layers, const Words& words, Micros wall_offset) {
    const LayerTimeline* first = first_failed(layers);
    json::array list;
    for (const LayerTimeline& one : layers) {
        json::value seconds, length;
        if (one.failed && one.over) {
            seconds = (*one.over - *one.failed) / Micros{1'000'000};
            length = string(words.length(*one.over - *one.failed));
        }
        list.push_back(
            json::object{{"layer", to_string(one.layer)},
                         {"layer_text", string(words.text("layers." + std::string{to_string(one.layer)}))},
                         {"state", to_string(one.state)},
                         {"since", json_parts::time(one.since, wall_offset)},
                         {"failed", json_parts::time(one.failed, wall_offset)},
                         {"over", json_parts::time(one.over, wall_offset)},
                         {"duration_seconds", std::move(seconds)},
                         {"duration_text", std::move(length)},
                         {"first", &one == first}});
    }
    return list;
}

json::object incident_json(const Incident& incident, const Words& words, Micros wall_offset) {
    const auto time = [&](std::optional<Stamp> at) { return json_parts::time(at, wall_offset); };
    json::array subjects;
    for (const IncidentSubject& subject : incident.subjects)
        subjects.push_back(json::object{{"subject", string(subject.subject.value)},
                                        {"name", string(subject.name)},
                                        {"decision", to_string(subject.decision)},
                                        {"cause", to_string(subject.cause)},
                                        {"since", time(subject.since)},
                                        {"over", time(subject.over)},
                                        {"layers", layers_json(subject.layers, words, wall_offset)}});
    const std::string names = subject_names(incident);
    json::object object{{"id", incident.id.value},
                        {"kind", to_string(incident.kind)},
                        {"state", to_string(incident.state)},
                        {"state_text", string(words.state(incident.state))},
                        {"key", string(incident.key)},
                        {"title", string(words.title(incident))},
                        {"headline", string(words.headline(incident.decision, incident.cause, names))},
                        {"decision", to_string(incident.decision)},
                        {"cause", to_string(incident.cause)},
                        {"cause_text", string(words.cause(incident.cause))},
                        {"confidence", json_parts::confidence(incident.confidence_permille)},
                        {"alone", incident.from_this_host_alone},
                        {"quiet", incident.quiet},
                        {"suspected", time(incident.suspected)},
                        {"opened", time(incident.opened)},
                        {"recovering", time(incident.recovering)},
                        {"closed", time(incident.closed)}};
    const auto over = over_at(incident);
    object["duration_text"] =
        over ? json::value(string(words.length(*over - incident.suspected))) : json::value();
    object["subjects"] = std::move(subjects);
    object["evidence"] = json_parts::evidence(incident.evidence, words);
    return object;
}

json::object message_json(const OutboxMessage& message, Micros wall_offset) {
    const std::string text = message.subject.empty() ? message.body : message.subject + "\n\n" + message.body;
    return {{"at", json_parts::time(message.created, wall_offset)},
            {"channel", string(message.recipient.channel)},
            {"to", string(message.recipient.address)},
            {"kind", to_string(message.kind)},
            {"incident", message.incident.value},
            {"text", string(text)}};
}

}  // namespace sereno
