#include "agent/rehearsal/judge.hpp"

#include <algorithm>
#include <map>

namespace sereno::rehearsal {

namespace {

bool inside(const std::optional<Window>& window, Stamp at) {
    return !window || (at >= window->from && at <= window->to);
}

std::string seconds_text(Stamp at) {
    return rfc3339(at).substr(11, 8);
}

std::string said_text(const Said& said) {
    const Verdict& verdict = said.record.verdict;
    return verdict.subject.value + " " + std::string(sereno::to_string(verdict.decision)) + " (" +
           std::string(sereno::to_string(verdict.cause)) + ") at " + seconds_text(said.at);
}

std::string arrived_text(const Arrived& alert) {
    return alert.channel + " at " + seconds_text(alert.at);
}

bool about(const Expectation& e, const Said& said) {
    return e.subject.empty() || said.record.verdict.subject.value == e.subject;
}

Judgement decided(const Expectation& e, const Record& record, bool wanted) {
    std::string near_miss;
    for (const Said& said : record.decisions) {
        const Verdict& verdict = said.record.verdict;
        if (verdict.decision != e.decision || !about(e, said)) continue;
        const bool cause =
            e.causes.empty() || std::find(e.causes.begin(), e.causes.end(), verdict.cause) != e.causes.end();
        const bool whose = !e.alone || verdict.from_this_host_alone == *e.alone;
        if (cause && whose && inside(e.between, said.at)) return {to_string(e), wanted, said_text(said)};
        if (near_miss.empty()) near_miss = "; but " + said_text(said);
    }
    return {to_string(e), !wanted, "not decided" + (wanted ? near_miss : std::string{})};
}

Judgement last(const Expectation& e, const Record& record) {
    const Said* found = nullptr;
    for (const Said& said : record.decisions)
        if (about(e, said)) found = &said;
    if (found == nullptr) return {to_string(e), false, "nothing was decided about it"};
    return {to_string(e), found->record.verdict.decision == e.decision, said_text(*found)};
}

Judgement counted_incidents(const Expectation& e, const Record& record) {
    // Doubt that passed by itself is kept as an incident too, but nobody was told of it.
    const auto count =
        std::count_if(record.incidents.begin(), record.incidents.end(),
                      [&](const Incident& one) { return one.key == e.key && one.opened.has_value(); });
    return {to_string(e), count == e.count.value_or(1), std::to_string(count) + " opened"};
}

Judgement arrived(const Expectation& e, const Record& record, bool wanted) {
    int inside_window = 0, all = 0;
    std::string seen;
    for (const Arrived& alert : record.alerts) {
        if (alert.kind != e.alert || (!e.channel.empty() && alert.channel != e.channel)) continue;
        ++all;
        if (inside(e.between, alert.at)) ++inside_window;
        seen += (seen.empty() ? "" : ", ") + arrived_text(alert);
    }
    if (seen.empty()) seen = "none arrived";
    if (!wanted) return {to_string(e), inside_window == 0, inside_window == 0 ? "none arrived then" : seen};
    // With a count, a further one outside the window is one too many.
    const bool met = e.count ? all == *e.count && inside_window == all : inside_window > 0;
    return {to_string(e), met, seen};
}

Judgement ordered(const Expectation& e, const Record& record) {
    std::map<std::pair<std::string, std::uint64_t>, bool> opened;
    for (const Arrived& alert : record.alerts) {
        const std::string who = alert.channel + " to " + alert.to;
        bool& open = opened[{who, alert.incident.value}];
        if (alert.kind == AlertKind::opened) open = true;
        if (alert.kind == AlertKind::recovered && !open)
            return {to_string(e), false,
                    who + ": recovered at " + seconds_text(alert.at) + " without opened before it"};
    }
    return {to_string(e), true, std::to_string(record.alerts.size()) + " alerts"};
}

Judgement judge_one(const Expectation& e, const Record& record) {
    switch (e.kind) {
        case Expectation::Kind::decision:
            return decided(e, record, true);
        case Expectation::Kind::never:
            return decided(e, record, false);
        case Expectation::Kind::finally:
            return last(e, record);
        case Expectation::Kind::incidents:
            return counted_incidents(e, record);
        case Expectation::Kind::alert:
            return arrived(e, record, true);
        case Expectation::Kind::no_alert:
            return arrived(e, record, false);
        case Expectation::Kind::in_order:
            return ordered(e, record);
    }
    return {to_string(e), false, "unknown kind"};
}

}  // namespace

std::vector<Judgement> judge(const std::vector<Expectation>& expectations, const Record& record) {
    std::vector<Judgement> judgements;
    judgements.reserve(expectations.size());
    for (const Expectation& one : expectations)
        judgements.push_back(judge_one(one, record));
    return judgements;
}

}  // namespace sereno::rehearsal
