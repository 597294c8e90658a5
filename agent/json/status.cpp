// The whole snapshot as one object.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "agent/json/json.hpp"
#include "agent/json/parts.hpp"
#include "alerting/messages/text.hpp"

namespace sereno {

namespace json = boost::json;
using json_parts::string;

namespace {

/// What a reader needs to know first. A pending verdict ranks above "all is well": nobody has checked yet.
int rank(Decision decision, Cause cause) {
    switch (decision) {
        case Decision::declare_outage:
            return 5;
        case Decision::fix_local:
            return 4;
        case Decision::restart_app:
            return 3;
        case Decision::watch:
            return 2;
        case Decision::none:
            break;
    }
    return cause == Cause::insufficient_evidence ? 1 : 0;
}

bool in_headline(const SubjectView& subject) {
    if (subject.role == SubjectView::Role::control) return false;
    // The host has a verdict only when something is wrong with it.
    return subject.role != SubjectView::Role::host || subject.verdict.decision != Decision::none;
}

json::array strings(const std::vector<std::string>& texts) {
    json::array list;
    for (const std::string& text : texts)
        list.push_back(string(text));
    return list;
}

json::value milliseconds(Micros length) {
    if (length <= Micros{0}) return nullptr;
    return static_cast<double>(length.count()) / 1000.0;
}

json::object verdict_json(const SubjectView& subject, const Words& words, Micros wall_offset) {
    const Verdict& verdict = subject.verdict;
    const std::string headline = words.headline(verdict.decision, verdict.cause, subject.name);
    return {{"decision", to_string(verdict.decision)},
            {"headline", string(headline)},
            {"cause", to_string(verdict.cause)},
            {"cause_text", string(words.cause(verdict.cause))},
            {"scope", to_string(verdict.scope)},
            {"scope_text", string(words.scope(verdict.scope))},
            {"confidence", json_parts::confidence(verdict.confidence_permille)},
            {"alone", verdict.from_this_host_alone},
            {"maintenance", verdict.maintenance},
            {"at", json_parts::time(verdict.at, wall_offset)},
            {"since", json_parts::time(verdict.since, wall_offset)},
            {"evidence", json_parts::evidence(verdict.evidence, words)},
            {"ruled_out", json_parts::ruled_out(verdict, words)},
            {"would_settle", json_parts::would_settle(verdict, words)},
            {"shared_fate", json_parts::shared_fate(verdict)}};
}

/// A stamp that is not set is no time.
json::value time_or_null(Stamp at, Micros wall_offset) {
    if (at == Stamp{}) return nullptr;
    return json_parts::time(at, wall_offset);
}

/// What it made out, or null: nothing of that kind.
json::value voices_json(const std::vector<Voice>& voices, const Words& words) {
    if (voices.empty()) return nullptr;
    json::array list;
    for (const Voice& voice : voices) {
        const Vantage& from = voice.vantage;
        list.push_back(
            {{"name", string(from.name)},
             {"asn", from.asn == 0 ? json::value() : json::value(from.asn)},
             {"country", from.country.empty() ? json::value() : json::value(string(from.country))},
             // Who could not say is neither.
             {"ok", voice.speaks() ? json::value(voice.well()) : json::value()},
             {"failure", to_string(voice.failure)},
             {"failure_text", string(words.failure(voice.failure))},
             {"http_status", voice.http_status == 0 ? json::value() : json::value(voice.http_status)},
             {"words", string(voice.words)}});
    }
    return list;
}

json::value routes_json(const std::optional<RoutesSeen>& routes) {
    if (!routes) return nullptr;
    return json::object{{"prefixes", routes->prefixes},
                        {"withdrawn", routes->withdrawn},
                        {"peers_now", routes->peers_now},
                        {"peers_known", routes->peers_known}};
}

json::object probe_json(const ProbeState& probe, const Words& words, Micros wall_offset) {
    const Observation& last = probe.last;
    json::object object{{"id", string(probe.probe.value)},
                        {"kind", to_string(probe.kind)},
                        {"group", to_string(probe.group)},
                        {"group_text", string(words.group(probe.group))},
                        {"label", string(probe.label)},
                        {"ok", nullptr},
                        {"reached", nullptr},
                        {"reached_text", nullptr},
                        {"failure", nullptr},
                        {"failure_text", nullptr},
                        {"time", nullptr},
                        {"milliseconds", nullptr},
                        {"http_status", nullptr},
                        {"address", nullptr},
                        {"edge", nullptr},
                        {"via", nullptr},
                        {"answers", nullptr},
                        {"ttl_seconds", nullptr},
                        {"icmp_from", nullptr},
                        {"certificate", nullptr},
                        {"clock_offset_seconds", nullptr},
                        {"detail", nullptr},
                        {"witness", nullptr},
                        {"fresh", nullptr},
                        {"said", nullptr},
                        {"voices", nullptr},
                        {"routes", nullptr},
                        {"failures_in_a_row", probe.failures_in_a_row},
                        {"changed", nullptr}};
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? json::value() : json::value(string(text));
    };
    object["witness"] = text_or_null(probe.witness.value);
    if (last.id.empty()) return object;
    object["ok"] = last.ok();
    object["reached"] = to_string(last.reached);
    object["reached_text"] = string(words.stage(last.reached));
    object["failure"] = to_string(last.failure);
    object["failure_text"] = string(words.failure(last.failure));
    object["time"] = json_parts::time(last.finished, wall_offset);
    object["milliseconds"] = json::object{{"total", milliseconds(last.finished - last.started)},
                                          {"dns", milliseconds(last.dns)},
                                          {"connect", milliseconds(last.connect)},
                                          {"tls", milliseconds(last.tls)},
                                          {"first_byte", milliseconds(last.first_byte)}};
    if (last.http_status != 0) object["http_status"] = last.http_status;
    object["address"] = text_or_null(last.address);
    object["edge"] = text_or_null(last.edge);
    object["via"] = text_or_null(last.via);
    if (!last.answers.empty()) object["answers"] = strings(last.answers);
    if (last.ttl_seconds >= 0) object["ttl_seconds"] = last.ttl_seconds;
    object["icmp_from"] = text_or_null(last.icmp_from);
    if (last.certificate)
        object["certificate"] = json::object{{"issuer", string(last.certificate->issuer)},
                                             {"days_left", last.certificate->days_left}};
    if (last.clock_offset_seconds) object["clock_offset_seconds"] = *last.clock_offset_seconds;
    object["detail"] = text_or_null(last.detail);
    object["fresh"] = probe.fresh;
    object["said"] = time_or_null(last.said, wall_offset);
    object["voices"] = voices_json(last.voices, words);
    object["routes"] = routes_json(last.routes);
    object["changed"] = json_parts::time(probe.changed, wall_offset);
    return object;
}

json::object subject_json(const SubjectView& subject, const Words& words, Micros wall_offset) {
    json::array probes;
    for (const ProbeState& probe : subject.probes)
        probes.push_back(probe_json(probe, words, wall_offset));
    return {{"id", string(subject.subject.value)},
            {"name", string(subject.name)},
            {"role", to_string(subject.role)},
            {"operator", string(subject.operator_name)},
            {"status_page", string(subject.status_page)},
            {"restart_command", strings(subject.restart_command)},
            {"verdict", verdict_json(subject, words, wall_offset)},
            {"probes", std::move(probes)}};
}

json::array names(const std::vector<SubjectId>& subjects) {
    json::array list;
    for (const SubjectId& subject : subjects)
        list.push_back(string(subject.value));
    return list;
}

json::object witness_json(const WitnessView& view, const Words& words, Micros wall_offset) {
    const WitnessHealth& it = view.health;
    json::value budget;
    if (it.budget_limit >= 0)
        budget = json::object{{"left", it.budget_left},
                              {"limit", it.budget_limit},
                              {"resets", time_or_null(it.budget_resets, wall_offset)}};
    return {{"id", string(it.id.value)},
            {"name", string(it.name)},
            {"group", to_string(it.group)},
            {"group_text", string(words.group(it.group))},
            {"state", to_string(it.state)},
            {"state_text", string(words.witness_state(it.state))},
            {"why", it.why.empty() ? json::value() : json::value(string(it.why))},
            {"since", time_or_null(it.since, wall_offset)},
            {"last_word", time_or_null(it.last_word, wall_offset)},
            {"words", it.words.empty() ? json::value() : json::value(string(it.words))},
            {"budget", std::move(budget)},
            {"ill", names(view.ill)},
            {"well", names(view.well)}};
}

json::array incidents_json(const std::vector<IncidentView>& views, const Words& words, Micros wall_offset) {
    json::array list;
    for (const IncidentView& view : views) {
        const Substitutions values =
            step_values(words, view.incident, wall_offset, command_text(view.restart_command));
        json::array steps;
        for (const PlaybookStep& step : view.steps)
            steps.push_back(json::object{{"id", string(step.id)},
                                         {"phase", to_string(step.phase)},
                                         {"text", string(words.step(step, values))}});
        json::object object = incident_json(view.incident, words, wall_offset);
        object["steps"] = std::move(steps);
        object["restart_command"] = strings(view.restart_command);
        list.push_back(std::move(object));
    }
    return list;
}

/// Servers like to repeat the address they refuse.
std::string without_address(std::string word, const std::string& address) {
    if (address.empty()) return word;
    const std::string mask = mask_address(address);
    for (std::size_t at = word.find(address); at != std::string::npos;
         at = word.find(address, at + mask.size()))
        word.replace(at, address.size(), mask);
    return word;
}

json::object masked_message_json(const OutboxMessage& message, Micros wall_offset) {
    const std::string& address = message.recipient.address;
    return {{"id", message.id.value},
            {"incident", message.incident.value},
            {"kind", to_string(message.kind)},
            {"person", string(message.recipient.person)},
            {"channel", string(message.recipient.channel)},
            {"to", string(mask_address(address))},
            {"state", to_string(message.state)},
            {"attempts", message.attempts},
            {"created", json_parts::time(message.created, wall_offset)},
            {"done", json_parts::time(message.done, wall_offset)},
            {"last_word", string(without_address(message.last_word, address))}};
}

}  // namespace

Headline headline_of(const Snapshot& snapshot, const Words& words) {
    Headline headline;
    int highest = -1;
    std::string names;
    for (const SubjectView& subject : snapshot.subjects) {
        if (!in_headline(subject)) continue;
        const int own = rank(subject.verdict.decision, subject.verdict.cause);
        if (own < highest) continue;
        if (own > highest) {
            highest = own;
            headline = {subject.verdict.decision, subject.verdict.cause, {}, {}};
            names.clear();
        }
        headline.subjects.push_back(subject.subject);
        names += (names.empty() ? "" : ", ") + one_line(subject.name);
    }
    headline.text = words.headline(headline.decision, headline.cause, names);
    return headline;
}

json::object status_json(const Snapshot& snapshot, const Words& words) {
    const Headline headline = headline_of(snapshot, words);
    json::array subjects, witnesses, decisions, messages;
    for (const SubjectView& subject : snapshot.subjects)
        subjects.push_back(subject_json(subject, words, snapshot.wall_offset));
    for (const WitnessView& witness : snapshot.witnesses)
        witnesses.push_back(witness_json(witness, words, snapshot.wall_offset));
    for (const DecisionRecord& record : snapshot.recent_decisions)
        decisions.push_back(decision_json(record, words, snapshot.wall_offset));
    for (const OutboxMessage& message : snapshot.messages)
        messages.push_back(masked_message_json(message, snapshot.wall_offset));
    return {{"version", snapshot.version},
            {"time", json_parts::time(snapshot.at, snapshot.wall_offset)},
            {"started", json_parts::time(snapshot.started, snapshot.wall_offset)},
            {"language", string(words.language())},
            {"headline", json::object{{"decision", to_string(headline.decision)},
                                      {"cause", to_string(headline.cause)},
                                      {"text", string(headline.text)},
                                      {"subjects", names(headline.subjects)}}},
            {"subjects", std::move(subjects)},
            {"witnesses", std::move(witnesses)},
            {"incidents", incidents_json(snapshot.incidents, words, snapshot.wall_offset)},
            {"recent_incidents", incidents_json(snapshot.recent_incidents, words, snapshot.wall_offset)},
            {"decisions", std::move(decisions)},
            {"messages", std::move(messages)}};
}

std::string mask_address(std::string_view address) {
    const std::string clean = one_line(address);
    const std::size_t at = clean.rfind('@');
    if (at != std::string::npos && at > 0) {
        std::size_t first = 1;  // one whole character, however many bytes
        while (first < at && (static_cast<unsigned char>(clean[first]) & 0xC0) == 0x80)
            ++first;
        return clean.substr(0, first) + "***" + clean.substr(at);
    }
    const auto plain = [](char c) { return (c >= '0' && c <= '9') || c == '+'; };
    if (clean.size() >= 9 && std::all_of(clean.begin(), clean.end(), plain))
        return clean.substr(0, 3) + "***" + clean.substr(clean.size() - 3);
    return "***";
}

}  // namespace sereno
