#include "agent/page/views/subject_view.hpp"

#include <algorithm>
#include <cstdlib>

#include "agent/model/watch.hpp"
#include "agent/page/views/incident_view.hpp"
#include "agent/page/views/ladder.hpp"
#include "agent/page/views/witness_view.hpp"

namespace sereno {

namespace {

/// Ids of elements: unique on the page, the same at the next rendering, so that the script can keep what is
/// open.
std::string element_id(const SubjectView& view, std::string_view part) {
    std::string id = "subject-" + view.subject.value + "-";
    std::replace(id.begin(), id.end(), ' ', '_');
    return id.append(part);
}

bool never_seen(const SubjectView& view) {
    return std::all_of(view.probes.begin(), view.probes.end(),
                       [](const ProbeState& probe) { return probe.last.id.empty(); });
}

/// One word about one subject: "all is well" is for all.
std::string decision_word(const Scene& scene, const Verdict& verdict) {
    if (verdict.decision != Decision::none) return scene.words.decision(verdict.decision);
    return scene.text(verdict.cause == Cause::insufficient_evidence ? "page.unknown" : "page.well");
}

void verdict(Html& html, const Scene& scene, const SubjectView& view) {
    const std::string tone{to_string(tone_of(view.verdict))};
    html << "<p class=\"chip\">"_html;
    symbol(html, "i-" + tone);
    html << capitalised(never_seen(view) ? scene.text("page.none_yet") : decision_word(scene, view.verdict));
    html << "</p>"_html;
}

/// How many of the probes that say anything say that all is well.
struct Count {
    int passed = 0, total = 0;
    [[nodiscard]] Rung::State state() const {
        return total == 0        ? Rung::State::unknown
               : passed == total ? Rung::State::well
               : passed == 0     ? Rung::State::failing
                                 : Rung::State::partly;
    }
};

Count count_of(const SubjectView& view) {
    Count count;
    for (const auto& probe : view.probes) {
        if (!tells(probe)) continue;
        ++count.total;
        if (probe.last.well()) ++count.passed;
    }
    return count;
}

/// For those whom no verdict is about: the host while all is well, and controls.
void answers_chip(Html& html, const Scene& scene, const Count& count) {
    const std::string state{to_string(count.state())};
    html << "<span class=\"answers "_html << state << "\">"_html;
    symbol(html, "r-" + state);
    html << "<span class=\"word\">"_html << scene.text("page.rung." + state) << "</span>"_html;
    if (count.passed < count.total)
        html << " <span class=\"count\">"_html
             << scene.text("page.rung_count",
                           {{"passed", std::to_string(count.passed)}, {"total", std::to_string(count.total)}})
             << "</span>"_html;
    html << "</span>"_html;
}

void cause(Html& html, const Scene& scene, const SubjectView& view) {
    const Verdict& it = view.verdict;
    html << "<p class=\"cause\">"_html << capitalised(scene.words.cause(it.cause)) << "</p>"_html;
    if (it.cause == Cause::insufficient_evidence) return;
    html << "<p class=\"quiet\">"_html;
    sentence_with_time(html, scene, "page.since", "time", it.since);
    if (it.decision != Decision::none) {
        html << " · "_html
             << scene.text("page.confidence", {{"percent", percent_text(it.confidence_permille)}});
        // Of our own network and apps nobody else can know.
        if (it.decision == Decision::declare_outage || it.decision == Decision::watch)
            html << " · "_html << scene.text(it.from_this_host_alone ? "page.alone" : "page.confirmed");
    }
    if (it.maintenance) html << " · "_html << scene.text("page.maintenance");
    html << "</p>"_html;
}

bool in_incident(const Scene& scene, const SubjectView& view) {
    for (const auto& each : scene.snapshot.incidents)
        for (const auto& subject : each.incident.subjects)
            if (subject.subject == view.subject) return true;
    return false;
}

void rung(Html& html, const Scene& scene, const Rung& it) {
    const std::string state{to_string(it.state)};
    html << "<li class=\"rung "_html << state << "\">"_html;
    symbol(html, "r-" + state);
    html << "<span class=\"layer\">"_html << scene.text("page.layer." + std::string{it.layer})
         << "</span><span class=\"says\"><span class=\"word\">"_html << scene.text("page.rung." + state)
         << "</span>"_html;
    // "4 of 4" says no more than "answers".
    if (it.total > 1 && it.passed < it.total)
        html << " <span class=\"count\">"_html
             << scene.text("page.rung_count",
                           {{"passed", std::to_string(it.passed)}, {"total", std::to_string(it.total)}})
             << "</span>"_html;
    if (it.state == Rung::State::well && it.took > Micros{0})
        html << " <span class=\"took\">"_html << latency_text(it.took) << "</span>"_html;
    html << "</span>"_html;
    if (it.failure != Failure::none)
        html << "<span class=\"failure\">"_html << scene.words.failure(it.failure) << "</span>"_html;
    html << "</li>"_html;
}

void ladder(Html& html, const Scene& scene, const SubjectView& view) {
    html << "<ol class=\"ladder\" aria-label=\""_html << scene.text("page.layers") << "\">"_html;
    for (const auto& it : ladder_of(view, scene.find(host_subject())))
        rung(html, scene, it);
    html << "</ol>"_html;
}

void facts(Html& html, const Scene& scene, const ProbeState& probe) {
    const Observation& last = probe.last;
    html << latency_text(last.finished - last.started);
    if (last.http_status > 0) html << " · HTTP "_html << last.http_status;
    if (last.ttl_seconds >= 0) html << " · TTL "_html << last.ttl_seconds << " s"_html;
    if (!last.address.empty()) html << " · <bdi>"_html << last.address << "</bdi>"_html;
    if (!last.edge.empty()) html << " · <bdi>"_html << last.edge << "</bdi>"_html;
    if (!last.via.empty()) html << " · via <bdi>"_html << last.via << "</bdi>"_html;
    if (!last.icmp_from.empty()) html << " · ICMP <bdi>"_html << last.icmp_from << "</bdi>"_html;
    if (last.certificate)
        html << " · "_html
             << scene.text("page.certificate", {{"issuer", last.certificate->issuer},
                                                {"days", std::to_string(last.certificate->days_left)}});
    // A Date header counts whole seconds, and an answer may be a minute old.
    if (last.clock_offset_seconds && std::abs(*last.clock_offset_seconds) > 60)
        html << " · "_html
             << scene.text("page.clock_differs",
                           {{"duration",
                             duration_text(std::chrono::seconds{std::abs(*last.clock_offset_seconds)})}});
    if (last.routes) html << " · "_html << routes_text(scene, *last.routes);
    if (!last.vantage.is_this_host()) html << " · <bdi>"_html << last.vantage.name << "</bdi>"_html;
    html << " · "_html;
    time_to_second(html, scene, last.finished);
    if (probe.failures_in_a_row > 1)
        html << " · "_html
             << scene.text("page.failing_for", {{"count", std::to_string(probe.failures_in_a_row)}});
    if (!last.answers.empty()) {
        html << "<br><bdi>"_html;
        for (const auto& answer : last.answers)
            html << (&answer == &last.answers.front() ? "" : ", ") << answer;
        html << "</bdi>"_html;
    }
    if (!last.detail.empty()) html << "<br><bdi class=\"said\">"_html << last.detail << "</bdi>"_html;
}

void probe_line(Html& html, const Scene& scene, const ProbeState& probe) {
    const std::string state{to_string(state_of(probe))};
    html << "<li class=\""_html << state << "\">"_html;
    symbol(html, "r-" + state);
    html << "<div><p class=\"what\"><bdi>"_html << (probe.label.empty() ? probe.probe.value : probe.label)
         << "</bdi></p><p><span class=\"word\">"_html;
    html << word_of(scene, probe) << "</span></p>"_html;
    if (!probe.last.id.empty()) {
        html << "<p class=\"quiet\">"_html;
        facts(html, scene, probe);
        html << "</p>"_html;
        voices(html, scene, probe.last.voices);
    }
    html << "</div></li>"_html;
}

void probe_lines(Html& html, const Scene& scene, const SubjectView& view) {
    std::optional<Group> group;
    for (const auto& probe : view.probes) {
        if (group != probe.group) {
            group = probe.group;
            html << "<li class=\"group\">"_html << scene.words.group(probe.group) << "</li>"_html;
        }
        probe_line(html, scene, probe);
    }
}

void probes(Html& html, const Scene& scene, const SubjectView& view) {
    if (view.probes.empty()) return;
    const auto failing = std::count_if(view.probes.begin(), view.probes.end(), [](const ProbeState& probe) {
        return state_of(probe) == Rung::State::failing;
    });
    html << "<details id=\""_html << element_id(view, "probes") << "\"><summary>"_html
         << capitalised(scene.text(
                failing > 0 ? "page.checks_failing" : "page.checks",
                {{"count", std::to_string(view.probes.size())}, {"failing", std::to_string(failing)}}))
         << "<span class=\"hidden\"> "_html << view.name << "</span></summary><ul class=\"probes\">"_html;
    probe_lines(html, scene, view);
    html << "</ul></details>"_html;
}

void decision_line(Html& html, const Scene& scene, const DecisionRecord& record) {
    const Verdict& it = record.verdict;
    const std::string tone{to_string(tone_of(it))};
    html << "<li class=\"tone-"_html << tone << "\"><span class=\"when\">"_html;
    time_to_second(html, scene, it.at);
    html << "</span>"_html;
    symbol(html, "i-" + tone);
    html << "<span><strong>"_html << scene.name_of(it.subject) << "</strong> <span class=\"word\">"_html
         << decision_word(scene, it) << "</span> <span class=\"quiet\">· "_html
         << scene.words.cause(it.cause);
    if (it.decision != Decision::none)
        html << " · "_html
             << scene.text("page.confidence", {{"percent", percent_text(it.confidence_permille)}});
    if (!record.incident.empty()) html << " · #"_html << record.incident.value;
    html << "</span></span></li>"_html;
}

}  // namespace

void platform(Html& html, const Scene& scene, const SubjectView& view) {
    const std::string title = element_id(view, "title");
    html << "<article class=\"card tone-"_html << to_string(tone_of(view.verdict))
         << "\" aria-labelledby=\""_html << title << "\"><header><div><h3 id=\""_html << title << "\">"_html
         << view.name << "</h3>"_html;
    if (!view.operator_name.empty())
        html << "<p class=\"quiet\">"_html << scene.text("page.operator", {{"operator", view.operator_name}})
             << "</p>"_html;
    html << "</div>"_html;
    verdict(html, scene, view);
    html << "</header>"_html;
    cause(html, scene, view);
    ladder(html, scene, view);
    seen_outside(html, scene, view);
    // What an incident above shows already need not be unfolded once more.
    const bool news = view.verdict.decision != Decision::none && !in_incident(scene, view);
    html << "<details id=\""_html << element_id(view, "evidence") << "\""_html;
    if (news) html << " open"_html;
    html << "><summary>"_html << scene.text("page.evidence") << "<span class=\"hidden\"> "_html << view.name
         << "</span></summary>"_html;
    reasoning(html, scene, view.verdict);
    html << "</details>"_html;
    probes(html, scene, view);
    if (!view.status_page.empty()) {
        html << "<p class=\"outside\">"_html;
        outside_link(html, view.status_page, scene.text("page.status_page"));
        html << "<span class=\"hidden\"> "_html << view.name << "</span></p>"_html;
    }
    html << "</article>"_html;
}

void app(Html& html, const Scene& scene, const SubjectView& view) {
    const std::string title = element_id(view, "title");
    html << "<article class=\"card tone-"_html << to_string(tone_of(view.verdict))
         << "\" aria-labelledby=\""_html << title << "\"><header><h3 id=\""_html << title << "\">"_html
         << view.name << "</h3>"_html;
    verdict(html, scene, view);
    html << "</header>"_html;
    cause(html, scene, view);
    if (view.verdict.decision != Decision::none) {
        if (!view.restart_command.empty())
            html << "<p class=\"command\">"_html << scene.text("page.restart_with") << " <code>"_html
                 << command_text(view.restart_command) << "</code></p>"_html;
        reasoning(html, scene, view.verdict);
    }
    probes(html, scene, view);
    html << "</article>"_html;
}

void host(Html& html, const Scene& scene, const SubjectView& view) {
    const std::string title = element_id(view, "title");
    const bool unwell = view.verdict.decision != Decision::none;
    html << "<article class=\"card tone-"_html << (unwell ? to_string(tone_of(view.verdict)) : "quiet")
         << "\" aria-labelledby=\""_html << title << "\"><header><h3 id=\""_html << title << "\">"_html
         << display_name(view, scene.words) << "</h3>"_html;
    if (unwell)
        verdict(html, scene, view);
    else
        answers_chip(html, scene, count_of(view));
    html << "</header>"_html;
    if (unwell) {
        cause(html, scene, view);
        reasoning(html, scene, view.verdict);
    }
    probes(html, scene, view);
    html << "</article>"_html;
}

void controls(Html& html, const Scene& scene) {
    const auto& all = scene.snapshot.subjects;
    const auto each = [&](auto callback) {
        for (const auto& view : all)
            if (view.role == SubjectView::Role::control) callback(view);
    };
    std::size_t checks = 0;
    each([&](const SubjectView& view) { checks += view.probes.size(); });
    if (checks == 0) return;
    html
        << "<article class=\"card tone-quiet\" aria-labelledby=\"controls-title\"><header><h3 id=\"controls-title\">"_html
        << scene.text("page.controls") << "</h3></header><ul class=\"references\">"_html;
    each([&](const SubjectView& view) {
        html << "<li><span class=\"who\">"_html << view.name;
        if (!view.operator_name.empty() && view.operator_name != view.name)
            html << " <span class=\"quiet\">"_html << view.operator_name << "</span>"_html;
        html << "</span>"_html;
        answers_chip(html, scene, count_of(view));
        html << "</li>"_html;
    });
    html << "</ul><details id=\"controls-probes\"><summary>"_html
         << capitalised(scene.text("page.checks", {{"count", std::to_string(checks)}}))
         << "<span class=\"hidden\"> "_html << scene.text("page.controls")
         << "</span></summary><ul class=\"probes\">"_html;
    each([&](const SubjectView& view) {
        html << "<li class=\"group\">"_html << view.name << "</li>"_html;
        for (const auto& probe : view.probes)
            probe_line(html, scene, probe);
    });
    html << "</ul></details></article>"_html;
}

void history(Html& html, const Scene& scene) {
    constexpr std::size_t shown = 8;
    const auto& records = scene.snapshot.recent_decisions;
    html << "<section class=\"history\" aria-labelledby=\"history-title\"><h2 id=\"history-title\">"_html
         << scene.text("page.history") << "</h2>"_html;
    if (records.empty()) {
        html << "<p class=\"quiet\">"_html << scene.text("page.no_history") << "</p></section>"_html;
        return;
    }
    html << "<ul class=\"lines\">"_html;
    for (std::size_t i = 0; i < std::min(shown, records.size()); ++i)
        decision_line(html, scene, records[i]);
    html << "</ul>"_html;
    if (records.size() > shown) {
        html << "<details id=\"older-decisions\"><summary>"_html
             << capitalised(scene.text("page.older", {{"count", std::to_string(records.size() - shown)}}))
             << "</summary><ul class=\"lines\">"_html;
        for (std::size_t i = shown; i < records.size(); ++i)
            decision_line(html, scene, records[i]);
        html << "</ul></details>"_html;
    }
    html << "</section>"_html;
}

}  // namespace sereno
