#include "play.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <tuple>

namespace sereno::scenario {

namespace {

/// How often it is written down what is seen.
constexpr Micros a_look{30'000'000};
constexpr std::size_t most_evidence = 6, most_in_doubt = 3;

const std::vector<Recipient> team{{"Ana", "es", "mail", "ana@example.org"},
                                  {"Ana", "es", "sms", "+34600111222"}};

std::string share_text(int permille) {
    return std::to_string(permille / 10) + "." + std::to_string(permille % 10) + " %";
}

/// What was seen, by subject and group, told when it changes.
class Seen {
  public:
    void take(const Observation& o) {
        if (o.failure == Failure::overrun || o.failure == Failure::cancelled) return;
        std::string text{to_string(o.failure)};
        if (o.well() && o.failure == Failure::none) text.clear();
        if (o.failure != Failure::none && o.http_status != 0) text += " " + std::to_string(o.http_status);
        probes_[{o.subject.value, o.group}][o.probe.value] = text;
    }
    void tell(std::string& into, const std::string& when) {
        for (const auto& [place, probes] : probes_) {
            const std::string now = summary(probes);
            std::string& before = told_[place];
            if (before == now || (before.empty() && now == "well")) continue;
            before = now;
            into += when + " " + place.first + " " + std::string{to_string(place.second)} + ": " + now + "\n";
        }
    }

  private:
    static std::string summary(const std::map<std::string, std::string>& probes) {
        std::map<std::string, int> kinds;
        for (const auto& [probe, text] : probes)
            if (!text.empty()) ++kinds[text];
        if (kinds.empty()) return "well";
        std::string out;
        for (const auto& [kind, count] : kinds)
            out += (out.empty() ? "" : ", ") + std::to_string(count) + " " + kind;
        return out + " of " + std::to_string(probes.size());
    }
    std::map<std::pair<std::string, Group>, std::map<std::string, std::string>> probes_;
    std::map<std::pair<std::string, Group>, std::string> told_;
};

class Chronicler {
  public:
    Chronicler(const Scenario& scenario, const Listener& listener)
        : scenario_(scenario), listener_(listener) {}

    Played play() {
        World world(scenario_.settings.watch, scenario_.world);
        Driver driver(scenario_.settings.watch, scenario_.starts, hooks(world));
        driver.configure(team, scenario_.settings.playbooks);
        driver.start({});
        std::vector<Fault> faults = scenario_.world.faults;
        std::stable_sort(faults.begin(), faults.end(),
                         [](const Fault& a, const Fault& b) { return a.begins < b.begins; });
        out_.verdicts = "# " + scenario_.about + "\n";
        auto next = faults.begin();
        for (Micros at = a_look; at <= scenario_.length; at += a_look) {
            for (; next != faults.end() && next->begins <= scenario_.starts + at; ++next)
                out_.observations += when(next->begins) + " -- " + to_string(*next) + until(*next) + "\n";
            driver.pass_until(scenario_.starts + at);
            seen_.tell(out_.observations, when(scenario_.starts + at));
        }
        out_.effects += "probes run: " + std::to_string(driver.runs()) +
                        ", asked for out of turn: " + std::to_string(asked_) + "\n";
        out_.runs = driver.runs();
        if (listener_.end) listener_.end(driver.state());
        return std::move(out_);
    }

  private:
    Driver::Hooks hooks(World& world) {
        return {.run = [&world](const ProbeSpec& spec, Stamp scheduled,
                                Stamp started) { return world.run(spec, scheduled, started); },
                .before =
                    [this](const Event& event) {
                        if (listener_.event) listener_.event(event);
                        if (const auto* observed = std::get_if<Observed>(&event))
                            seen_.take(observed->observation);
                    },
                .news = [&world](Stamp at) { return world.news(at); },
                .effect = [this](Stamp at, const Effect& effect) { take(at, effect); }};
    }

    [[nodiscard]] std::string when(Stamp at) const { return offset_text(at - scenario_.starts); }
    [[nodiscard]] std::string until(const Fault& fault) const {
        return fault.ends == Stamp::max() ? "" : ", until " + when(fault.ends);
    }

    void take(Stamp at, const Effect& effect) {
        if (listener_.effect) listener_.effect(effect);
        if (std::holds_alternative<RunProbe>(effect)) ++asked_;
        if (const auto* record = std::get_if<RecordDecision>(&effect)) decided(at, record->record.verdict);
        if (const auto* incident = std::get_if<RecordIncident>(&effect)) noted(at, incident->incident);
        if (const auto* message = std::get_if<Enqueue>(&effect)) told(at, *message);
    }

    void decided(Stamp at, const Verdict& v) {
        const std::string cause{to_string(v.cause)};
        out_.standings.push_back({at, v.subject.value, v.decision, cause, v.confidence_permille});
        std::string& text = out_.verdicts;
        text += when(at) + " " + v.subject.value + ": " + std::string{to_string(v.decision)} + ", " + cause +
                ", " + share_text(v.confidence_permille) + (v.from_this_host_alone ? "" : ", others agree") +
                "\n";
        // Once is enough: who comes and goes for the same reasons gives no others each time.
        const bool first = explained_.insert({v.subject.value, v.decision, v.cause}).second;
        if (v.decision == Decision::none || !first) return;
        const std::size_t most = v.decision == Decision::watch ? most_in_doubt : most_evidence;
        for (std::size_t i = 0; i < std::min(most, v.evidence.size()); ++i) {
            const Evidence& e = v.evidence[i];
            text += "    " + std::to_string(e.weight) + " " + e.rule;
            for (const auto& [key, value] : e.facts)
                text += " " + key + "=" + value;
            text += "\n";
        }
    }

    void noted(Stamp at, const Incident& incident) {
        std::string line = " incident " + std::to_string(incident.id.value) + " (" + incident.key + ") " +
                           std::string{to_string(incident.kind)} + " " +
                           std::string{to_string(incident.state)};
        for (const IncidentSubject& subject : incident.subjects)
            line += " " + subject.subject.value + (subject.over ? "(over)" : "");
        if (incident.opened) out_.incidents[incident.id.value] = incident;
        std::string& last = noted_[incident.id.value];
        if (line == last) return;
        last = line;
        out_.effects += when(at) + line + "\n";
    }

    void told(Stamp at, const Enqueue& message) {
        out_.alerts.push_back({at, message.kind, message.incident.key});
        out_.effects += when(at) + " tell " + message.recipient.person + " by " + message.recipient.channel +
                        ": " + std::string{to_string(message.kind)} + " incident " +
                        std::to_string(message.incident.id.value) + "\n";
    }

    const Scenario& scenario_;
    const Listener& listener_;
    Seen seen_;
    Played out_;
    std::set<std::tuple<std::string, Decision, Cause>> explained_;
    std::map<std::uint64_t, std::string> noted_;
    int asked_ = 0;
};

}  // namespace

std::string offset_text(Micros since_start) {
    const auto seconds = since_start / Micros{1'000'000};
    char text[32];
    if (seconds >= 3600)
        std::snprintf(text, sizeof text, "+%lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
                      static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
    else
        std::snprintf(text, sizeof text, "+%lld:%02lld", static_cast<long long>(seconds / 60),
                      static_cast<long long>(seconds % 60));
    return text;
}

Played play(const Scenario& scenario, const Listener& listener) {
    return Chronicler(scenario, listener).play();
}

}  // namespace sereno::scenario
