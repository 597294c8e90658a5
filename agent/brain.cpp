#include "agent/brain.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "agent/diagnosis/diagnosis.hpp"
#include "agent/incidents/book.hpp"
#include "alerting/playbook/select.hpp"
#include "alerting/policy/policy.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_decisions_shown = 50;
constexpr std::size_t most_messages_shown = 100;
constexpr Micros snapshot_pause{1'000'000};  ///< readers are not told of mere measurements more often

/// Doubt is looked at closely for this many times declare_after; what stays doubtful longer is looked at in
/// the usual rhythm, so that one page that never worked does not keep everything busy for ever.
constexpr int patience = 10;

bool is_settled(const Verdict& verdict) {
    return verdict.decision == Decision::declare_outage || verdict.decision == Decision::fix_local ||
           verdict.decision == Decision::restart_app;
}

}  // namespace

struct Brain::Impl {
    Picture picture;
    IncidentBook book;
    std::vector<Recipient> recipients;
    std::vector<Playbook> playbooks;

    std::map<SubjectId, Verdict> verdicts;
    std::map<SubjectId, std::pair<Cause, Stamp>>
        next_cause;  ///< of declared outages: what it seems to be now
    std::map<SubjectId, Decision> recorded_decision;
    std::map<SubjectId, Cause> recorded_cause;
    std::map<ProbeId, Stamp> asked;  ///< when a run was last asked for out of turn, or seen to finish
    std::vector<DecisionRecord> recent_decisions;  ///< newest first
    std::vector<OutboxMessage> messages;           ///< newest first

    std::uint64_t last_observation = 0, last_decision = 0, version = 0;
    Stamp started, blind_until, last_snapshot;
    Micros wall_offset{0};
    bool dirty = true;
    std::vector<Effect> effects;

    void on(const ConfigChanged& e) {
        picture.replace(e.watch);
        recipients = e.recipients;
        playbooks = e.playbooks;
        std::erase_if(verdicts, [this](const auto& entry) { return picture.of(entry.first).empty(); });
        dirty = true;
    }

    void on(const Started& e) {
        started = e.at;
        last_decision = e.last_decision;
        for (const Incident& incident : e.unfinished)
            for (const IncidentSubject& subject : incident.subjects)
                remember(incident, subject, e.at);
        book.restore(e.unfinished, e.last_incident);
        book.add_recent(e.recent);
        recent_decisions = e.recent_decisions;
        reassess(e.at);
    }

    /// What an earlier run had declared stands until the subject is seen well: a restart is no recovery.
    void remember(const Incident& incident, const IncidentSubject& subject, Stamp at) {
        if (incident.state != IncidentState::open || subject.over) return;
        if (subject.decision != Decision::declare_outage) return;
        Verdict verdict;
        verdict.subject = subject.subject;
        verdict.decision = subject.decision;
        verdict.cause = subject.cause;
        verdict.scope = Scope::platform;
        verdict.confidence_permille = incident.confidence_permille;
        verdict.evidence = incident.evidence;
        verdict.at = at;
        verdict.since = subject.since;
        verdicts[subject.subject] = verdict;
        recorded_decision[subject.subject] = verdict.decision;
        recorded_cause[subject.subject] = verdict.cause;
    }

    void on(const Tick& e) {
        reassess(e.at);
        keep_fresh(e.at);
    }

    void on(const Observed& e) {
        Observation observation = e.observation;
        observation.id = ObservationId{++last_observation};
        bool turned = false;
        const Track* track = picture.take(observation, turned);
        if (!track) return;
        asked[observation.probe] = std::max(asked[observation.probe], observation.finished);
        dirty = true;
        reassess(e.at);
        look_closer(*track, turned, e.at);
    }

    void on(const DeliveryReport& e) {
        const auto same = std::find_if(messages.begin(), messages.end(),
                                       [&](const OutboxMessage& m) { return m.id == e.message.id; });
        if (same != messages.end()) {
            *same = e.message;
        } else {
            messages.insert(messages.begin(), e.message);
            if (messages.size() > most_messages_shown) messages.pop_back();
        }
        publish(e.at);
    }

    void on(const ClockStepped& e) {
        wall_offset = e.offset;
        publish(e.at);
    }

    // ---- verdicts ----

    void reassess(Stamp now) {
        const Watch& watch = picture.watch();
        const LocalView local = look_around(picture, now);
        // Whatever was begun while our own network was in doubt says nothing about others.
        if (local.trouble) blind_until = now;

        std::map<SubjectId, Verdict> fresh;
        fresh[host_subject()] = local.verdict;
        for (const Platform& platform : watch.platforms) {
            const PlatformContext context{local, blind_until, verdicts[platform.id],
                                          failing_siblings(platform)};
            Verdict verdict = judge_platform(picture, platform, context, now);
            steady_cause(verdict, context.previous, now);
            fresh[platform.id] = std::move(verdict);
        }
        for (const App& app : watch.apps) {
            std::vector<Verdict> needs;
            for (const SubjectId& need : app.needs)
                if (const auto it = fresh.find(need); it != fresh.end()) needs.push_back(it->second);
            fresh[app.id] = judge_app(picture, app, needs, local, now);
        }
        verdicts = std::move(fresh);

        const std::vector<Standing> standings = stand();
        std::map<SubjectId, IncidentId> before;
        for (const Standing& s : standings)
            before[s.verdict.subject] = book.incident_of(s.verdict.subject);
        const std::vector<IncidentChange> changes = book.update(standings, watch.thresholds, now);

        bool news = false;
        for (const Standing& standing : standings)
            news |= record(standing.verdict, before, now);
        for (const IncidentChange& change : changes) {
            news = true;
            effects.push_back(RecordIncident{change.incident});
            if (change.what == IncidentChange::What::opened) tell(AlertKind::opened, change.incident, now);
            if (change.what == IncidentChange::What::closed) tell(AlertKind::recovered, change.incident, now);
        }
        if (news || (dirty && now - last_snapshot >= snapshot_pause)) publish(now);
    }

    /// A declared outage changes its cause only when the new one has held for a while: layers fail and return
    /// one after the other, and in between any of them may seem to be the cause.
    void steady_cause(Verdict& verdict, const Verdict& previous, Stamp now) {
        const bool stands =
            verdict.decision == Decision::declare_outage && previous.decision == Decision::declare_outage;
        if (!stands || verdict.cause == previous.cause) {
            next_cause.erase(verdict.subject);
            return;
        }
        auto& [cause, since] = next_cause.try_emplace(verdict.subject, verdict.cause, now).first->second;
        if (cause != verdict.cause) cause = verdict.cause, since = now;
        if (now - since < picture.watch().thresholds.local_after) verdict.cause = previous.cause;
    }

    std::vector<std::string> failing_siblings(const Platform& platform) const {
        std::vector<std::string> names;
        for (const Platform& other : picture.watch().platforms) {
            if (other.id == platform.id || other.operator_id != platform.operator_id) continue;
            const auto it = verdicts.find(other.id);
            if (it == verdicts.end()) continue;
            const Verdict& verdict = it->second;
            const bool fails = verdict.decision == Decision::declare_outage ||
                               (verdict.decision == Decision::watch && verdict.cause != Cause::suspicion);
            if (fails) names.push_back(other.name);
        }
        return names;
    }

    std::vector<Standing> stand() const {
        std::vector<Standing> standings;
        const auto add = [&](const SubjectId& id, const std::string& name, std::string key,
                             const std::string& title) {
            if (const auto it = verdicts.find(id); it != verdicts.end())
                standings.push_back({it->second, name, std::move(key), title});
        };
        add(host_subject(), "", "local", "");
        for (const Platform& p : picture.watch().platforms) {
            const bool grouped = !p.operator_id.empty();
            add(p.id, p.name, grouped ? "operator:" + p.operator_id.value : "platform:" + p.id.value,
                grouped && !p.operator_name.empty() ? p.operator_name : p.name);
        }
        for (const App& a : picture.watch().apps)
            add(a.id, a.name, a.id.value, a.name);
        return standings;
    }

    /// Records the verdict when it differs from the last one recorded. True when it did.
    bool record(const Verdict& verdict, const std::map<SubjectId, IncidentId>& before, Stamp now) {
        const SubjectId& id = verdict.subject;
        const auto decision = recorded_decision.find(id);
        const bool first = decision == recorded_decision.end();
        if (first && verdict.decision == Decision::none && verdict.cause == Cause::insufficient_evidence)
            return false;
        if (!first && decision->second == verdict.decision && recorded_cause[id] == verdict.cause)
            return false;
        recorded_decision[id] = verdict.decision;
        recorded_cause[id] = verdict.cause;
        DecisionRecord record;
        record.sequence = ++last_decision;
        record.verdict = verdict;
        record.verdict.at = now;
        record.incident = book.incident_of(id);
        if (const auto it = before.find(id); record.incident.empty() && it != before.end())
            record.incident = it->second;
        effects.push_back(RecordDecision{record});
        recent_decisions.insert(recent_decisions.begin(), record);
        if (recent_decisions.size() > most_decisions_shown) recent_decisions.pop_back();
        return true;
    }

    // ---- telling ----

    std::vector<PlaybookStep> steps_for(const Incident& incident, Phase phase) const {
        std::vector<std::string> kinds;
        for (const IncidentSubject& subject : incident.subjects)
            for (const Platform& platform : picture.watch().platforms)
                if (platform.id == subject.subject) kinds.push_back(platform.kind);
        const Playbook* playbook = choose_playbook(playbooks, incident.kind, kinds);
        return playbook ? steps_of(*playbook, phase) : std::vector<PlaybookStep>{};
    }

    std::vector<std::string> restart_command(const Incident& incident) const {
        for (const App& app : picture.watch().apps)
            if (app.id.value == incident.key) return app.restart_command;
        return {};
    }

    void tell(AlertKind kind, const Incident& incident, Stamp now) {
        const Phase phase = kind == AlertKind::opened ? Phase::open : Phase::recovered;
        const std::vector<PlaybookStep> steps = steps_for(incident, phase);
        for (const Recipient& recipient : recipients_for(incident, kind, recipients))
            effects.push_back(Enqueue{kind, incident, recipient, steps, restart_command(incident), now});
    }

    // ---- looking closer ----

    [[nodiscard]] bool urgent(Stamp since, Stamp now) const {
        const Thresholds& t = picture.watch().thresholds;
        return now - since <= patience * std::max(t.declare_after, t.retry_most);
    }

    void ask(const ProbeId& probe, Stamp due) {
        effects.push_back(RunProbe{probe, due});
        asked[probe] = std::max(asked[probe], due);
    }

    /// A failure is looked at again soon and from all sides; so is the first answer after one.
    void look_closer(const Track& track, bool turned, Stamp now) {
        const Thresholds& t = picture.watch().thresholds;
        const auto verdict = verdicts.find(track.spec.subject);
        const bool settled = verdict != verdicts.end() && is_settled(verdict->second);
        if (track.failing() && (turned || (!settled && urgent(track.first_failure, now)))) {
            Micros wait = t.retry_first;
            for (int i = 1; i < track.failures && wait < t.retry_most; ++i)
                wait *= 2;
            ask(track.spec.id, now + std::min(wait, t.retry_most));
        } else if (track.well() && settled && track.successes < 2) {
            ask(track.spec.id, now + t.retry_first);
        }
        if (turned && (track.failing() || settled)) ask_neighbours(track, now);
    }

    /// The subject's other probes, all controls and the link, spread over one first retry.
    void ask_neighbours(const Track& track, Stamp now) {
        const Thresholds& t = picture.watch().thresholds;
        std::vector<const Track*> neighbours;
        for (const Track& other : picture.tracks()) {
            if (other.spec.id == track.spec.id) continue;
            const bool same = other.spec.subject == track.spec.subject;
            const bool reference = other.spec.group == Group::link || other.spec.group == Group::controls;
            if (!same && !reference) continue;
            if (const auto it = asked.find(other.spec.id);
                it != asked.end() && now - it->second < t.retry_first)
                continue;
            neighbours.push_back(&other);
        }
        const auto count = static_cast<std::int64_t>(neighbours.size());
        for (std::int64_t i = 0; i < count; ++i)
            ask(neighbours[static_cast<std::size_t>(i)]->spec.id, now + t.retry_first * i / count);
    }

    /// What was begun while our own network was in doubt was not used; now that it is not, it is looked at
    /// again.
    void ask_again_what_was_voided(Stamp now) {
        const Thresholds& t = picture.watch().thresholds;
        if (blind_until == Stamp{} || now - blind_until < t.retry_first || !urgent(blind_until, now)) return;
        for (const Track& track : picture.tracks()) {
            if (!track.seen() || track.last.started >= blind_until) continue;
            if (const auto it = asked.find(track.spec.id); it == asked.end() || it->second < blind_until)
                ask(track.spec.id, now);
        }
    }

    /// While in doubt nothing may grow older than retry_most: neither what is doubted nor what it is held
    /// against.
    void keep_fresh(Stamp now) {
        const Thresholds& t = picture.watch().thresholds;
        std::set<SubjectId> doubtful;
        for (const auto& [id, verdict] : verdicts)
            if (verdict.decision == Decision::watch && urgent(verdict.since, now)) doubtful.insert(id);
        ask_again_what_was_voided(now);
        if (doubtful.empty()) return;
        for (const Track& track : picture.tracks()) {
            const bool reference = track.spec.group == Group::link || track.spec.group == Group::controls;
            if (!reference && !doubtful.contains(track.spec.subject)) continue;
            const auto it = asked.find(track.spec.id);
            if (it == asked.end() || now - it->second >= t.retry_most) ask(track.spec.id, now);
        }
    }

    // ---- showing ----

    SubjectView view(const SubjectId& id, const std::string& name, SubjectView::Role role) const {
        SubjectView subject;
        subject.subject = id;
        subject.name = name;
        subject.role = role;
        if (const auto it = verdicts.find(id); it != verdicts.end()) subject.verdict = it->second;
        subject.verdict.subject = id;
        for (const Track* track : picture.of(id)) {
            ProbeState state;
            state.probe = track->spec.id;
            state.kind = sereno::kind_of(track->spec.task);
            state.group = track->spec.group;
            state.label = label_of(track->spec);
            state.last = track->last;
            state.failures_in_a_row = track->failures;
            state.changed = track->changed;
            subject.probes.push_back(std::move(state));
        }
        return subject;
    }

    /// A control's verdict is only what its own probes say.
    Verdict control_verdict(const Control& control, Stamp now) const {
        Verdict verdict;
        verdict.subject = control.id;
        verdict.at = now;
        verdict.since = now;
        for (const Track* track : picture.of(control.id)) {
            if (track->failing()) {
                verdict.decision = Decision::watch;
                verdict.cause = Cause::suspicion;
                verdict.since = std::min(verdict.since, track->first_failure);
            } else if (track->well() && verdict.decision == Decision::none) {
                verdict.cause = Cause::all_well;
            }
        }
        return verdict;
    }

    IncidentView view(const Incident& incident) const {
        return {incident, steps_for(incident, phase_of(incident.state)), restart_command(incident)};
    }

    void publish(Stamp now) {
        auto snapshot = std::make_shared<Snapshot>();
        snapshot->version = ++version;
        snapshot->at = now;
        snapshot->wall_offset = wall_offset;
        snapshot->started = started;
        const Watch& watch = picture.watch();
        for (const Platform& platform : watch.platforms) {
            SubjectView subject = view(platform.id, platform.name, SubjectView::Role::platform);
            subject.operator_name = platform.operator_name;
            subject.status_page = platform.status_page;
            snapshot->subjects.push_back(std::move(subject));
        }
        for (const App& app : watch.apps) {
            SubjectView subject = view(app.id, app.name, SubjectView::Role::app);
            subject.restart_command = app.restart_command;
            snapshot->subjects.push_back(std::move(subject));
        }
        snapshot->subjects.push_back(view(host_subject(), "", SubjectView::Role::host));
        for (const Control& control : watch.controls) {
            SubjectView subject = view(control.id, control.name, SubjectView::Role::control);
            subject.verdict = control_verdict(control, now);
            snapshot->subjects.push_back(std::move(subject));
        }
        for (const Incident& incident : book.unfinished())
            snapshot->incidents.push_back(view(incident));
        for (const Incident& incident : book.recent())
            snapshot->recent_incidents.push_back(view(incident));
        snapshot->recent_decisions = recent_decisions;
        snapshot->messages = messages;
        dirty = false;
        last_snapshot = now;
        effects.push_back(PublishSnapshot{std::move(snapshot)});
    }
};

Brain::Brain() : impl_(std::make_unique<Impl>()) {}
Brain::~Brain() = default;
Brain::Brain(Brain&&) noexcept = default;

std::vector<Effect> Brain::on(const Event& event) {
    impl_->effects.clear();
    std::visit([this](const auto& e) { impl_->on(e); }, event);
    return std::move(impl_->effects);
}

}  // namespace sereno
