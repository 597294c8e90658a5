#include "agent/rehearsal/report.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cstdio>
#include <ostream>

#include "agent/json/json.hpp"

namespace sereno::rehearsal {

namespace {

constexpr std::size_t column = 52;

std::size_t columns_of(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
    std::vector<std::string> lines(1);
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        if (!lines.back().empty() && columns_of(lines.back()) + 1 + columns_of(word) > width)
            lines.emplace_back();
        lines.back() += (lines.back().empty() ? "" : " ") + word;
        at = end + 1;
    }
    return lines;
}

std::string padded(const std::string& text, std::size_t width) {
    const std::size_t have = columns_of(text);
    return have < width ? text + std::string(width - have, ' ') : text;
}

std::string clock_seconds(Stamp at) {
    return rfc3339(at).substr(11, 8);
}

/// Real seconds since the fault: "+12.3 s".
std::string since(const ScenarioClock& clock, Stamp fault, Stamp at) {
    char text[32];
    const Micros length = clock.elapsed_at(at) - clock.elapsed_at(fault);
    std::snprintf(text, sizeof text, "%+.1f s", static_cast<double>(length.count()) / 1e6);
    return text;
}

struct Row {
    Stamp at;
    std::string happened, said;
};

std::vector<Row> rows_of(const Scenario& scenario, const Words& words, const Record& record) {
    std::vector<Row> rows;
    for (const Happening& one : scenario.timeline)
        rows.push_back({one.at, one.say, ""});
    for (const Said& said : record.decisions)
        if (!said.record.verdict.subject.value.starts_with("control:"))
            rows.push_back({said.at, "", decision_line(scenario, words, said.record.verdict)});
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.at < b.at; });
    return rows;
}

void print_timeline(std::ostream& out, const Scenario& scenario, const ScenarioClock& clock,
                    const Words& words, const Record& record) {
    const Stamp fault = scenario.timeline.front().at;
    out << "\n"
        << padded("UTC", 10) << padded("fault", 10) << padded("what happened", column + 2)
        << "what sereno said\n";
    for (const Row& row : rows_of(scenario, words, record)) {
        const auto left = wrapped(row.happened, column), right = wrapped(row.said, column);
        for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
            const std::string first =
                i == 0 ? padded(clock_seconds(row.at), 10) + padded(since(clock, fault, row.at), 10)
                       : std::string(20, ' ');
            const std::string said = i < right.size() ? right[i] : "";
            const std::string happened = i < left.size() ? left[i] : "";
            out << first << (said.empty() ? happened : padded(happened, column + 2) + said) << "\n";
        }
    }
}

void print_alerts(std::ostream& out, const ScenarioClock& clock, const Scenario& scenario,
                  const Record& record) {
    out << "\nalerts that arrived\n";
    if (record.alerts.empty()) out << "  none\n";
    for (const Arrived& one : record.alerts)
        out << padded(clock_seconds(one.at), 10)
            << padded(since(clock, scenario.timeline.front().at, one.at), 10) << padded(one.channel, 6)
            << padded(one.to, 18) << padded(std::string(sereno::to_string(one.kind)), 11)
            << shortened(first_line(one.text), 64) << "\n";
}

}  // namespace

bool Outcome::as_expected() const {
    return trouble.empty() &&
           std::all_of(judgements.begin(), judgements.end(), [](const auto& one) { return one.met; });
}

std::string Outcome::summary() const {
    if (as_expected()) return "as expected";
    std::string text = "NOT as expected: ";
    if (!trouble.empty()) return text + first_line(trouble);
    constexpr int most_reasons = 3;
    int unmet = 0;
    for (const Judgement& one : judgements)
        if (!one.met && ++unmet <= most_reasons)
            text += (unmet > 1 ? "; " : "") + one.expected + " (" + one.why + ")";
    if (unmet > most_reasons) text += "; and " + std::to_string(unmet - most_reasons) + " more";
    return text;
}

std::string subject_name(const Scenario& scenario, const std::string& subject) {
    for (const PlatformPlan& one : scenario.world.platforms)
        if (one.id == subject && !one.name.empty()) return one.name;
    if (subject == "host") return "this host";
    const std::size_t colon = subject.find(':');
    return colon == std::string::npos ? subject : subject.substr(colon + 1);
}

std::string decision_line(const Scenario& scenario, const Words& words, const Verdict& verdict) {
    std::string text = subject_name(scenario, verdict.subject.value) + ": ";
    // "Nothing to report" with any other cause than health means: not known.
    if (verdict.decision == Decision::none && verdict.cause != Cause::all_well)
        return text + words.cause(verdict.cause);
    text += words.decision(verdict.decision);
    if (verdict.decision != Decision::none) text += ", " + words.cause(verdict.cause);
    if (verdict.decision == Decision::none || verdict.decision == Decision::watch) return text;
    return text + " (" + std::to_string(verdict.confidence_permille / 10) + " %)";
}

std::string first_line(const std::string& text) {
    const std::size_t begin = text.find_first_not_of("\r\n");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_first_of("\r\n", begin) - begin);
}

std::string shortened(const std::string& text, std::size_t width) {
    if (columns_of(text) <= width) return text;
    std::string cut;
    for (const char c : text) {
        const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
        if (!continues && columns_of(cut) + 1 >= width) break;
        cut += c;
    }
    return cut + "\u2026";
}

void print_report(std::ostream& out, const Scenario& scenario, const ScenarioClock& clock, const Words& words,
                  const Outcome& outcome, bool colour) {
    print_timeline(out, scenario, clock, words, outcome.record);
    print_alerts(out, clock, scenario, outcome.record);
    out << "\nexpectations\n";
    std::size_t width = 0;
    for (const Judgement& one : outcome.judgements)
        width = std::max(width, columns_of(one.expected));
    for (const Judgement& one : outcome.judgements) {
        const std::string mark = one.met ? "  met      " : "  NOT met  ";
        out << (colour && !one.met ? "\033[31m" + mark + "\033[0m" : mark) << padded(one.expected, width)
            << "  " << one.why << "\n";
    }
    if (!outcome.trouble.empty()) out << "\n" << outcome.trouble << "\n";
    out << "\nrehearsal " << scenario.id << ": " << outcome.summary() << std::endl;
}

boost::json::object report_json(const Scenario& scenario, const Words& words, const Outcome& outcome) {
    namespace json = boost::json;
    json::array expected, decisions, alerts;
    for (const Judgement& one : outcome.judgements)
        expected.push_back(json::object{{"expected", one.expected}, {"met", one.met}, {"why", one.why}});
    for (const Said& said : outcome.record.decisions) {
        json::object decision = decision_json(said.record, words, Micros{0});
        decision["at"] = rfc3339(said.at);
        decisions.push_back(std::move(decision));
    }
    for (const Arrived& one : outcome.record.alerts) {
        const json::value incident =
            one.incident.empty() ? json::value(nullptr) : json::value(one.incident.value);
        alerts.push_back(json::object{{"at", rfc3339(one.at)},
                                      {"channel", one.channel},
                                      {"to", one.to},
                                      {"kind", sereno::to_string(one.kind)},
                                      {"incident", incident},
                                      {"text", one.text}});
    }
    json::object report{{"scenario", scenario.id},
                        {"ok", outcome.as_expected()},
                        {"expected", std::move(expected)},
                        {"decisions", std::move(decisions)},
                        {"alerts", std::move(alerts)}};
    if (!outcome.trouble.empty()) report["trouble"] = outcome.trouble;
    return report;
}

}  // namespace sereno::rehearsal
