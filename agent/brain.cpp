// An observation costs what it changes: its own subject is judged anew, and may come into doubt or out of it.
// At the ticks we look around (LocalView) and settle: what is declared, over or ours is decided there only,
// so that the order in which things are seen at one instant changes nothing.
#include "agent/brain.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>

#include "agent/diagnosis/diagnosis.hpp"
#include "agent/diagnosis/layers.hpp"
#include "agent/diagnosis/likelihoods.hpp"
#include "agent/incidents/book.hpp"
#include "alerting/playbook/select.hpp"
#include "alerting/policy/policy.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_decisions_shown = 50;
constexpr std::size_t most_messages_shown = 100;

/// Doubt is looked at closely for this many times declare_after; what stays doubtful longer is looked at in
/// the usual rhythm, so that one page that never worked does not keep everything busy for ever.
constexpr int patience = 10;
/// What runs on suspicion only is not asked for more often than this.
constexpr Micros second_look_pause{30'000'000};
/// What is asked for at once, beyond one subject, is spread like this: a burst would make everybody late.
constexpr Micros between_asked{500};
/// Of those at rest only that they still are is looked at, but for once in so long, when all that their
/// verdict rests on is told anew.
constexpr Micros rest{60'000'000};
/// At each tick so many of those that are well are judged anew, or an eighth of all: what time alone changes
/// takes minutes, and nearly all of a quiet day is spent on it.
constexpr std::size_t least_judged_a_tick = 4;
constexpr Stamp unasked = Stamp::min();

/// Readers are told of mere measurements once a second, or, as copying many takes long, less often.
Micros measurements_pause(std::size_t probes) {
    return std::clamp(Micros{1'000'000} * static_cast<std::int64_t>(probes / 500), Micros{1'000'000},
                      Brain::longest_silence - Micros{1'000'000});
}
/// Of news they are told at once; when there are many probes, news of the same moment wait for each other.
Micros costly_pause(std::size_t probes) {
    return Micros{10'000} * static_cast<std::int64_t>(probes / 500);
}

bool is_settled(const Verdict& verdict) {
    return verdict.decision == Decision::declare_outage || verdict.decision == Decision::fix_local ||
           verdict.decision == Decision::restart_app;
}
bool is_well(const Verdict& verdict) {
    return verdict.decision == Decision::none && verdict.cause == Cause::all_well;
}
bool same_judgement(const Verdict& a, const Verdict& b) {
    return a.decision == b.decision && a.cause == b.cause;
}

/// Do both leave everybody's verdict as it is?
bool same_ground(const LocalView& a, const LocalView& b) {
    const bool same_finding = a.finding.has_value() == b.finding.has_value() &&
                              (!a.finding || same_judgement(*a.finding, *b.finding));
    return same_finding && a.trouble == b.trouble && a.resolver_broken == b.resolver_broken &&
           a.clock_wrong == b.clock_wrong && a.issuers_unknown == b.issuers_unknown &&
           a.direct_dns_works == b.direct_dns_works && a.interception_began == b.interception_began &&
           a.deaf_resolvers == b.deaf_resolvers;
}

/// What platforms are held against, and is looked at again when one of them fails.
bool is_reference(const ProbeSpec& spec) {
    switch (spec.group) {
        case Group::link:
        case Group::controls:
        case Group::host:
        case Group::network:
            return true;
        default:
            return false;
    }
}
}  // namespace

/// What is remembered stands in BrainMemory, SubjectMemory, the picture's tracks and the book; all else here
/// is made from the configuration. What were remembered elsewhere would be missing in state().
struct Brain::Impl : BrainMemory {
    using Position = Picture::Position;

    /// One on whom there is a verdict: the host, a platform or an app.
    struct Subject : SubjectMemory {
        SubjectId id;
        std::string name, key, title;  ///< see Standing
        const Platform* platform = nullptr;
        const App* app = nullptr;
        std::vector<std::size_t> dependents;  ///< apps that need it
    };

    Picture picture;
    IncidentBook book;
    std::vector<Recipient> recipients;
    std::vector<Playbook> playbooks;

    std::vector<Subject> subjects = {host()};  ///< host, platforms, apps
    std::unordered_map<std::string_view, std::size_t> index{{subjects[0].id.value, 0}};
    std::vector<Position> references;  ///< with a rhythm
    WitnessStates witnesses;           ///< of health
    Showing showing = Showing::snapshots;
    std::vector<Effect> effects;
    bool in_flux = false;  ///< one of perhaps several observations of this instant is being taken in

    static Subject host() {
        Subject subject;
        subject.id = host_subject();
        subject.key = "local";
        return subject;
    }

    [[nodiscard]] BrainState state() const {
        BrainState state;
        state.tracks.assign(picture.tracks().begin(), picture.tracks().end());
        for (Track& track : state.tracks)
            track.spec = {};
        state.subjects.assign(subjects.begin(), subjects.end());
        state.unfinished = book.unfinished();
        state.recent = book.recent();
        state.last_incident = book.last();
        state.memory = *this;
        return state;
    }

    /// False when the state is not one of this configuration.
    bool resume(const ConfigChanged& configuration, BrainState state) {
        on(configuration);
        if (state.subjects.size() != subjects.size() || state.memory.asked.size() != asked.size() ||
            !picture.restore(std::move(state.tracks)))
            return false;
        for (std::size_t i = 0; i < subjects.size(); ++i)
            static_cast<SubjectMemory&>(subjects[i]) = std::move(state.subjects[i]);
        book.restore(std::move(state.unfinished), state.last_incident);
        book.add_recent(std::move(state.recent));
        static_cast<BrainMemory&>(*this) = std::move(state.memory);
        next_judged %= subjects.size();
        for (const auto& [id, witness] : health)
            witnesses[id] = witness.state;
        return true;
    }

    void on(const ConfigChanged& e) {
        std::unordered_map<std::string, Stamp> asked_before;
        for (Position i = 0; i < asked.size(); ++i)
            asked_before.emplace(picture.tracks()[i].spec.id.value, asked[i]);
        picture.replace(e.watch);
        asked.assign(picture.tracks().size(), unasked);
        references.clear();
        for (Position i = 0; i < asked.size(); ++i) {
            const ProbeSpec& spec = picture.tracks()[i].spec;
            if (const auto it = asked_before.find(spec.id.value); it != asked_before.end())
                asked[i] = it->second;
            if (is_reference(spec) && !spec.on_suspicion) references.push_back(i);
        }
        recipients = e.recipients;
        playbooks = e.playbooks;
        list_subjects();
        look(e.at);
        all_due = dirty = true;
    }

    void list_subjects() {
        const Watch& watch = picture.watch();
        std::vector<Subject> before = std::move(subjects);
        subjects.clear();
        subjects.reserve(1 + watch.platforms.size() + watch.apps.size());
        subjects.push_back(host());
        std::map<OperatorId, std::string> titles;
        for (const Platform& p : watch.platforms) {
            const bool grouped = !p.operator_id.empty();
            // Platforms of one operator share the title of the first.
            const std::string& own = grouped && !p.operator_name.empty() ? p.operator_name : p.name;
            const std::string& title = grouped ? titles.try_emplace(p.operator_id, own).first->second : own;
            Subject& subject = subjects.emplace_back();
            subject.id = p.id;
            subject.name = p.name;
            subject.key = grouped ? "operator:" + p.operator_id.value : "platform:" + p.id.value;
            subject.title = title;
            subject.platform = &p;
        }
        for (const App& a : watch.apps) {
            Subject& subject = subjects.emplace_back();
            subject.id = a.id;
            subject.name = subject.title = a.name;
            subject.key = a.id.value;
            subject.app = &a;
        }

        for (Subject& subject : before) {
            const auto same = std::find_if(subjects.begin(), subjects.end(),
                                           [&](const Subject& s) { return s.id == subject.id; });
            if (same == subjects.end()) continue;
            same->recorded = subject.recorded;
            if (picture.of(subject.id).empty()) continue;
            same->verdict = std::move(subject.verdict);
            same->next_cause = subject.next_cause;
            same->over = subject.over;
            same->needs_unwell_until = subject.needs_unwell_until;
        }
        index.clear();
        for (std::size_t i = 0; i < subjects.size(); ++i)
            index.emplace(subjects[i].id.value, i);
        for (std::size_t i = 0; i < subjects.size(); ++i)
            if (subjects[i].app)
                for (const SubjectId& need : subjects[i].app->needs)
                    if (const auto it = index.find(need.value); it != index.end())
                        subjects[it->second].dependents.push_back(i);
        next_judged = 0;
    }

    Subject* find(const SubjectId& id) {
        const auto it = index.find(id.value);
        return it == index.end() ? nullptr : &subjects[it->second];
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
        all_due = true;
        look(e.at);
        reassess({}, e.at);
    }

    /// What an earlier run had declared stands until the subject is seen well: a restart is no recovery.
    void remember(const Incident& incident, const IncidentSubject& subject, Stamp at) {
        if (incident.state != IncidentState::open || subject.over) return;
        if (subject.decision != Decision::declare_outage) return;
        Subject* known = find(subject.subject);
        if (!known) return;
        Verdict verdict;
        verdict.subject = subject.subject;
        verdict.decision = subject.decision;
        verdict.cause = subject.cause;
        verdict.scope = Scope::platform;
        verdict.confidence_permille = incident.confidence_permille;
        verdict.from_this_host_alone = incident.from_this_host_alone;
        verdict.maintenance = incident.quiet;
        verdict.evidence = incident.evidence;
        verdict.at = at;
        verdict.since = subject.since;
        known->verdict = std::move(verdict);
        known->recorded = {subject.decision, subject.cause};
    }

    void on(const WitnessReported& e) {
        health[e.health.id] = e.health;
        witnesses[e.health.id] = e.health.state;
        news = true;
        show(e.at);
    }

    void on(const Tick& e) {
        look(e.at);
        std::set<std::size_t> due{0};
        for (std::size_t i = 0; i < subjects.size(); ++i)
            if (!is_well(subjects[i].verdict)) due.insert(i);
        const std::size_t slice =
            std::min(subjects.size(), std::max(least_judged_a_tick, (subjects.size() + 7) / 8));
        for (std::size_t i = 0; i < slice; ++i, ++next_judged)
            due.insert(next_judged % subjects.size());
        next_judged %= subjects.size();
        reassess(std::move(due), e.at, !book.unfinished().empty());
        keep_fresh(e.at);
    }

    void on(const Observed& e) {
        const ObservationId id{++last_observation};
        const auto position = picture.position_of(e.observation.probe);
        if (!position) return;
        const Failure before = picture.tracks()[*position].last.failure;
        bool turned = false;
        const Track& track = picture.take(*position, e.observation, id, turned);
        asked[*position] = std::max(asked[*position], e.observation.finished);
        dirty = true;

        const Failure now_seen = e.observation.failure;
        const bool steady = !turned && track.well() && before == now_seen && now_seen == Failure::none;
        std::set<std::size_t> due;
        if (const auto it = index.find(track.spec.subject.value);
            it != index.end() && !(steady && is_well(subjects[it->second].verdict)))
            due.insert(it->second);
        in_flux = true;
        reassess(std::move(due), e.at);
        in_flux = false;
        if (!steady) look_closer(*position, turned, e.at);
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
        news = true;
        show(e.at);
    }

    void on(const ClockStepped& e) {
        wall_offset = e.offset;
        news = true;
        show(e.at);
    }

    // ---- verdicts ----

    void look(Stamp now) {
        LocalView view = look_around(picture, now);
        hold_cause(view, now);
        if (!same_ground(view, local)) all_due = true;
        local = std::move(view);
    }

    /// What is wrong here changes its cause only when the new one has held for a while: when the provider is
    /// back the resolver is the last to notice.
    void hold_cause(LocalView& view, Stamp now) {
        if (!view.finding || !local.finding || view.finding->cause == local.finding->cause)
            return next_local.reset();
        if (!next_local || next_local->first != view.finding->cause) next_local = {view.finding->cause, now};
        if (now - next_local->second >= picture.watch().thresholds.local_after) return;
        view.finding = local.finding;
        view.verdict = local.verdict;
        view.blinded = local.blinded;
    }

    /// Judges those in `due`, or all when all are due. `follow`: the book has time to keep as well.
    void reassess(std::set<std::size_t> due, Stamp now, bool follow = false) {
        // Whatever was begun while our own network was in doubt says nothing about others.
        if (local.trouble) blind_until = now;
        if (local.clock_wrong || local.issuers_unknown) undated_until = now;
        if (all_due) {
            for (std::size_t i = 0; i < subjects.size(); ++i)
                due.insert(due.end(), i);
            all_due = false;
            follow = true;
        }

        std::vector<std::pair<std::size_t, Verdict>> fresh;
        for (const std::size_t i : due) {
            if (i == 0) fresh.emplace_back(i, local.verdict);
            if (subjects[i].platform && (follow || !at_rest(subjects[i], now)))
                fresh.emplace_back(i, judge(subjects[i], now));
        }
        bool changed = false, shared = false;
        const auto keep = [&](std::size_t i, Verdict verdict) {
            Subject& subject = subjects[i];
            const bool turned = !same_judgement(subject.verdict, verdict);
            shared |= !verdict.shared_fate.empty() && verdict.shared_fate != subject.verdict.shared_fate;
            subject.verdict = std::move(verdict);
            if (turned) due.insert(subject.dependents.begin(), subject.dependents.end());
            changed |= turned;
        };
        for (auto& [i, verdict] : fresh)
            keep(i, std::move(verdict));
        // Who shares a fate is told at once: else each would open an incident of its own.
        for (std::size_t i = 0; shared && i < subjects.size(); ++i) {
            Subject& subject = subjects[i];
            if (!subject.platform || due.contains(i) || !subject.verdict.shared_fate.empty()) continue;
            if (subject.verdict.decision != Decision::watch &&
                subject.verdict.decision != Decision::declare_outage)
                continue;
            due.insert(i);
            keep(i, judge(subject, now));
        }
        // Apps come last in the order: what they need is judged by now.
        for (const std::size_t i : due) {
            Subject& subject = subjects[i];
            if (!subject.app) continue;
            const std::vector<Verdict> needs = needs_of(*subject.app);
            const bool unwell = std::any_of(needs.begin(), needs.end(), [](const Verdict& need) {
                return need.decision != Decision::none;
            });
            if (unwell || (!needs.empty() && (local.trouble || local.finding)))
                subject.needs_unwell_until = now;
            Verdict verdict = judge_app(picture, *subject.app, needs, local, subject.needs_unwell_until, now);
            if (in_flux && is_settled(verdict) != is_settled(subject.verdict)) continue;
            changed |= !same_judgement(subject.verdict, verdict);
            subject.verdict = std::move(verdict);
        }
        if (changed || follow) keep_book(due, now);
        show(now);
    }

    [[nodiscard]] bool at_rest(const Subject& subject, Stamp now) const {
        const Verdict& verdict = subject.verdict;
        return is_well(verdict) && !verdict.maintenance && !subject.in_passing && now - verdict.at < rest &&
               rests(picture, *subject.platform, blind_until, now);
    }

    Verdict judge(Subject& subject, Stamp now) {
        const Failing failing = failing_of(picture, *subject.platform, blind_until, now);
        const Company company = company_of(failing, all_failing(now));
        const PlatformContext context{local,   blind_until,   subject.verdict, witnesses,
                                      company, undated_until, subject.over,    in_flux};
        Verdict verdict = judge_platform(picture, *subject.platform, context, now);
        if (subject.verdict.decision == Decision::declare_outage && is_well(verdict)) subject.over = now;
        steady_cause(subject, verdict, now);
        subject.in_passing = in_flux;
        return verdict;
    }

    std::vector<Verdict> needs_of(const App& app) {
        std::vector<Verdict> needs;
        for (const SubjectId& need : app.needs)
            if (const Subject* subject = find(need)) needs.push_back(subject->verdict);
        return needs;
    }

    /// A declared outage changes its cause only when the new one has held for a while: layers fail and return
    /// one after the other, and in between any of them may seem to be the cause.
    void steady_cause(Subject& subject, Verdict& verdict, Stamp now) const {
        const Verdict& previous = subject.verdict;
        const bool stands =
            verdict.decision == Decision::declare_outage && previous.decision == Decision::declare_outage;
        if (stands && in_flux) return set_cause(verdict, previous.cause);
        if (!stands || verdict.cause == previous.cause) {
            subject.next_cause.reset();
            return;
        }
        if (!subject.next_cause || subject.next_cause->first != verdict.cause)
            subject.next_cause = {verdict.cause, now};
        if (now - subject.next_cause->second < picture.watch().thresholds.local_after)
            set_cause(verdict, previous.cause);
    }

    /// All platforms that fail, for whatever reason.
    [[nodiscard]] std::vector<Failing> all_failing(Stamp now) const {
        std::vector<Failing> all;
        for (const Subject& subject : subjects) {
            const Decision decision = subject.verdict.decision;
            if (!subject.platform || (decision != Decision::watch && decision != Decision::declare_outage))
                continue;
            all.push_back(failing_of(picture, *subject.platform, blind_until, now));
            all.back().confirmed = !subject.verdict.from_this_host_alone;
            all.back().theirs =
                decision == Decision::declare_outage || blame_of(subject.verdict.cause) == Blame::them;
        }
        return all;
    }

    // ---- incidents ----

    void keep_book(const std::set<std::size_t>& judged, Stamp now) {
        std::map<SubjectId, IncidentId> before;
        for (const std::size_t i : judged)
            before[subjects[i].id] = book.incident_of(subjects[i].id);
        const std::vector<IncidentChange> changes = book.update(stand(now), picture.watch().thresholds, now);
        for (const std::size_t i : judged)
            news |= record(subjects[i], before[subjects[i].id], now);
        for (const IncidentChange& change : changes)
            follow(change, now);
        wake_team(now);
    }

    void follow(const IncidentChange& change, Stamp now) {
        news = true;
        Incident incident = change.incident;
        const bool opened = change.what == IncidentChange::What::opened;
        if (opened && in_maintenance(incident)) {
            incident.quiet = true;
            book.set_quiet(incident.id, true);
        }
        effects.push_back(RecordIncident{incident});
        if (incident.quiet) return;
        if (opened) tell(AlertKind::opened, incident, now);
        if (change.what == IncidentChange::What::closed) tell(AlertKind::recovered, incident, now);
    }

    /// All that is down was announced to be worked on.
    [[nodiscard]] bool in_maintenance(const Incident& incident) const {
        if (incident.kind != IncidentKind::outage) return false;
        return std::all_of(incident.subjects.begin(), incident.subjects.end(), [&](const IncidentSubject& s) {
            const auto it = index.find(s.subject.value);
            return s.over || s.decision != Decision::declare_outage ||
                   (it != index.end() && (subjects[it->second].verdict.maintenance ||
                                          subjects[it->second].verdict.decision == Decision::fix_local));
        });
    }

    /// What goes on when the announced work is over, or reaches further than announced, is an outage like any
    /// other.
    void wake_team(Stamp now) {
        if (local.trouble || local.finding) return;  // who cannot see cannot say that it goes on
        const std::vector<Incident> unfinished = book.unfinished();
        for (Incident incident : unfinished) {
            if (!incident.quiet || incident.state != IncidentState::open || in_maintenance(incident))
                continue;
            book.set_quiet(incident.id, false);
            incident.quiet = false;
            news = true;
            effects.push_back(RecordIncident{incident});
            tell(AlertKind::opened, incident, now);
        }
    }

    /// "edge:fastly" is called as its platforms call their operator, or else "fastly"; "as:16509" is
    /// "AS16509".
    [[nodiscard]] std::string title_of_fate(const std::string& fate) const {
        std::string what = fate.substr(fate.find(':') + 1);
        if (fate.starts_with("as:")) return "AS" + what;
        for (const Subject& s : subjects)
            if (s.platform && s.platform->operator_id.value == what && !s.platform->operator_name.empty())
                return s.platform->operator_name;
        return what;
    }

    [[nodiscard]] std::optional<LayerSights> layers(const Subject& s, Stamp now) const {
        if (!s.platform) return std::nullopt;
        return layers_of(picture, *s.platform,
                         {local, blind_until, s.verdict, witnesses, Company{}, undated_until, s.over}, now);
    }

    /// Those that the book has something to keep about: in doubt or ill, or part of an unfinished incident.
    std::vector<Standing> stand(Stamp now) const {
        std::vector<Standing> standings;
        for (const Subject& s : subjects) {
            const bool followed =
                std::any_of(book.unfinished().begin(), book.unfinished().end(), [&](const Incident& i) {
                    return i.key == s.key ||
                           std::any_of(i.subjects.begin(), i.subjects.end(),
                                       [&](const IncidentSubject& member) { return member.subject == s.id; });
                });
            if (s.verdict.decision == Decision::none && !followed) continue;
            standings.push_back(
                {s.verdict, s.name, s.key, s.title, title_of_fate(s.verdict.shared_fate), layers(s, now)});
        }
        return standings;
    }

    /// Records the verdict when it differs from the last one recorded. True when it did.
    bool record(Subject& subject, IncidentId before, Stamp now) {
        const Verdict& verdict = subject.verdict;
        if (!subject.recorded && verdict.decision == Decision::none &&
            verdict.cause == Cause::insufficient_evidence)
            return false;
        const std::pair judgement{verdict.decision, verdict.cause};
        if (subject.recorded == judgement) return false;
        subject.recorded = judgement;
        DecisionRecord record;
        record.sequence = ++last_decision;
        record.verdict = verdict;
        record.verdict.at = now;
        record.incident = book.incident_of(subject.id);
        if (record.incident.empty()) record.incident = before;
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
    [[nodiscard]] bool in_doubt(const Subject& subject, Stamp now) const {
        return subject.verdict.decision == Decision::watch && urgent(subject.verdict.since, now);
    }
    [[nodiscard]] bool asked_within(Position i, Micros pause, Stamp now) const {
        return asked[i] != unasked && now - asked[i] < std::max(pause, picture.tracks()[i].spec.pause);
    }

    void ask(Position i, Stamp due) {
        effects.push_back(RunProbe{picture.tracks()[i].spec.id, due});
        asked[i] = std::max(asked[i], due);
    }
    void ask_spread(const std::vector<Position>& wanted, Micros over, Stamp now) {
        const auto count = static_cast<std::int64_t>(wanted.size());
        for (std::int64_t i = 0; i < count; ++i)
            ask(wanted[static_cast<std::size_t>(i)], now + over * i / count);
    }

    /// A failure is looked at again soon and from all sides; so is the first answer after one.
    void look_closer(Position self, bool turned, Stamp now) {
        const Track& track = picture.tracks()[self];
        if (track.spec.on_suspicion) return;  // it is itself the closer look
        const Thresholds& t = picture.watch().thresholds;
        const Subject* subject = find(track.spec.subject);
        const bool settled = subject && is_settled(subject->verdict);
        if (track.failing() && (turned || (!settled && urgent(track.first_failure, now)))) {
            Micros wait = t.retry_first;
            for (int i = 1; i < track.failures && wait < t.retry_most; ++i)
                wait *= 2;
            // The look that may decide comes as soon as it may.
            const Micros until_proven = track.first_failure + t.declare_confirmed_after - now;
            if (until_proven > Micros{0}) wait = std::min(wait, std::max(t.retry_first, until_proven));
            ask(self, now + std::max(std::min(wait, t.retry_most), track.spec.pause));
        } else if (track.well() && settled && track.successes < 2) {
            ask(self, now + t.retry_first);
        }
        if (turned && (track.failing() || settled)) ask_neighbours(self, now);
        if (track.failures == 2 || (track.failures > 2 && subject && in_doubt(*subject, now))) {
            look_twice(track.spec.subject, now);
            if (is_reference(track.spec)) look_twice(host_subject(), now);
        }
    }

    /// The subject's other probes and the references, spread over one first retry.
    void ask_neighbours(Position self, Stamp now) {
        const Thresholds& t = picture.watch().thresholds;
        std::set<Position> near(references.begin(), references.end());
        for (const Position i : picture.positions_of(picture.tracks()[self].spec.subject))
            if (!picture.tracks()[i].spec.on_suspicion) near.insert(i);
        near.erase(self);
        std::vector<Position> wanted;
        for (const Position i : near)
            if (!asked_within(i, t.retry_first, now)) wanted.push_back(i);
        ask_spread(wanted, t.retry_first, now);
    }

    /// What the subject keeps for suspicion, when there is one.
    void look_twice(const SubjectId& id, Stamp now) {
        std::vector<Position> wanted;
        for (const Position i : picture.positions_of(id))
            if (const ProbeSpec& spec = picture.tracks()[i].spec;
                spec.on_suspicion && !asked_within(i, second_look_pause, now) && worth_asking(picture, spec))
                wanted.push_back(i);
        ask_spread(wanted, picture.watch().thresholds.retry_first, now);
    }

    /// What was begun while our own network was in doubt was not used; now that it is not, it is looked at
    /// again.
    void ask_again_what_was_voided(Stamp now) {
        const Thresholds& t = picture.watch().thresholds;
        if (blind_until == Stamp{} || now - blind_until < t.retry_first || !urgent(blind_until, now)) return;
        Stamp due = now;
        for (Position i = 0; i < asked.size(); ++i) {
            const Track& track = picture.tracks()[i];
            if (track.spec.on_suspicion || !track.seen() || track.last.started >= blind_until) continue;
            if (asked[i] != unasked && asked[i] >= blind_until) continue;
            ask(i, due);
            due += between_asked;
        }
    }

    /// However long a doubt or an outage lasts, those who look from elsewhere are heard again before their
    /// words are stale: else what is only blocked here would in the end be declared, or stay so.
    void hear_again(Stamp now) {
        for (const Subject& subject : subjects) {
            const Decision decision = subject.verdict.decision;
            if (!subject.platform || (decision != Decision::watch && decision != Decision::declare_outage))
                continue;
            // What others alone tell of is no question to them.
            const auto own = picture.of(subject.id);
            if (std::none_of(own.begin(), own.end(), [](const Track* track) { return track->failing(); }))
                continue;
            for (const Position i : picture.positions_of(subject.id)) {
                const ProbeSpec& spec = picture.tracks()[i].spec;
                if (spec.on_suspicion && !spec.witness.empty() && !asked_within(i, spec.interval, now) &&
                    worth_asking(picture, spec))
                    ask(i, now);
            }
        }
    }

    /// While in doubt nothing may grow older than retry_most: neither what is doubted nor what it is held
    /// against.
    void keep_fresh(Stamp now) {
        const Thresholds& t = picture.watch().thresholds;
        ask_again_what_was_voided(now);
        hear_again(now);
        std::set<Position> wanted;
        for (const Subject& subject : subjects) {
            if (!in_doubt(subject, now)) continue;
            const auto own = picture.positions_of(subject.id);
            wanted.insert(own.begin(), own.end());
        }
        if (wanted.empty() && !in_doubt(subjects[0], now)) return;
        wanted.insert(references.begin(), references.end());
        Stamp due = now;
        for (const Position i : wanted) {
            if (picture.tracks()[i].spec.on_suspicion || asked_within(i, t.retry_most, now)) continue;
            ask(i, due);
            due += between_asked;
        }
        for (const Position i : wanted) {
            const Track& track = picture.tracks()[i];
            if (track.spec.on_suspicion || track.failures < 2 || !urgent(track.first_failure, now)) continue;
            look_twice(track.spec.subject, now);
            if (is_reference(track.spec)) look_twice(host_subject(), now);
        }
    }

    // ---- showing ----

    SubjectView view(const SubjectId& id, const std::string& name, SubjectView::Role role, Stamp now) const {
        SubjectView subject;
        subject.subject = id;
        subject.name = name;
        subject.role = role;
        if (const auto it = index.find(id.value); it != index.end())
            subject.verdict = subjects[it->second].verdict;
        subject.verdict.subject = id;
        const auto positions = picture.positions_of(id);
        subject.probes.reserve(positions.size());
        for (const Position i : positions) {
            const Track& track = picture.tracks()[i];
            if (track.spec.on_suspicion && !track.seen()) continue;
            ProbeState& state = subject.probes.emplace_back();
            state.probe = track.spec.id;
            state.kind = sereno::kind_of(track.spec.task);
            state.group = track.spec.group;
            state.label = label_of(track.spec);
            state.last = track.last;
            state.failures_in_a_row = track.failures;
            state.changed = track.changed;
            state.fresh = track.fresh(now, picture.watch().thresholds);
            state.witness = track.spec.witness;
        }
        return subject;
    }

    std::vector<WitnessView> view_witnesses(Stamp now) const {
        std::map<WitnessId, WitnessView> views;
        for (const auto& [id, state] : health)
            views[id].health = state;
        for (const Track& track : picture.tracks()) {
            const auto it = views.find(track.spec.witness);
            if (it == views.end() || !track.fresh(now, picture.watch().thresholds)) continue;
            std::vector<SubjectId>* told = track.failing() ? &it->second.ill
                                           : track.well()  ? &it->second.well
                                                           : nullptr;
            if (told && (told->empty() || told->back() != track.spec.subject))
                told->push_back(track.spec.subject);
        }
        std::vector<WitnessView> list;
        for (auto& [id, view] : views)
            list.push_back(std::move(view));
        return list;
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

    /// Tells readers, when it is time to.
    void show(Stamp now) {
        const std::size_t probes = picture.tracks().size();
        const Micros since = now - last_snapshot;
        if ((news && since >= costly_pause(probes)) || (dirty && since >= measurements_pause(probes)))
            publish(now);
    }

    void publish(Stamp now) {
        ++version;
        dirty = news = false;
        last_snapshot = now;
        if (showing == Showing::snapshots) effects.push_back(PublishSnapshot{snapshot_of(now)});
    }

    [[nodiscard]] SnapshotPtr snapshot_of(Stamp now) const {
        auto snapshot = std::make_shared<Snapshot>();
        snapshot->version = version;
        snapshot->at = now;
        snapshot->wall_offset = wall_offset;
        snapshot->started = started;
        const Watch& watch = picture.watch();
        for (const Platform& platform : watch.platforms) {
            SubjectView subject = view(platform.id, platform.name, SubjectView::Role::platform, now);
            subject.operator_name = platform.operator_name;
            subject.status_page = platform.status_page;
            snapshot->subjects.push_back(std::move(subject));
        }
        for (const App& app : watch.apps) {
            SubjectView subject = view(app.id, app.name, SubjectView::Role::app, now);
            subject.restart_command = app.restart_command;
            snapshot->subjects.push_back(std::move(subject));
        }
        snapshot->subjects.push_back(view(host_subject(), "", SubjectView::Role::host, now));
        for (const Control& control : watch.controls) {
            SubjectView subject = view(control.id, control.name, SubjectView::Role::control, now);
            subject.verdict = control_verdict(control, now);
            snapshot->subjects.push_back(std::move(subject));
        }
        for (const Incident& incident : book.unfinished())
            snapshot->incidents.push_back(view(incident));
        for (const Incident& incident : book.recent())
            snapshot->recent_incidents.push_back(view(incident));
        snapshot->recent_decisions = recent_decisions;
        snapshot->messages = messages;
        snapshot->witnesses = view_witnesses(now);
        return snapshot;
    }

    [[nodiscard]] bool quiet() const {
        return book.unfinished().empty() &&
               std::all_of(subjects.begin(), subjects.end(),
                           [](const Subject& s) { return s.verdict.decision == Decision::none; });
    }
};

Brain::Brain(Showing showing) : impl_(std::make_unique<Impl>()) {
    impl_->showing = showing;
}
Brain::~Brain() = default;
Brain::Brain(Brain&&) noexcept = default;
Brain& Brain::operator=(Brain&&) noexcept = default;

std::optional<Brain> Brain::resume(const ConfigChanged& configuration, BrainState state, Showing showing) {
    Brain brain(showing);
    if (!brain.impl_->resume(configuration, std::move(state))) return std::nullopt;
    return brain;
}

BrainState Brain::state() const {
    return impl_->state();
}

bool Brain::quiet() const {
    return impl_->quiet();
}

std::vector<Effect> Brain::on(const Event& event) {
    impl_->effects.clear();
    std::visit([this](const auto& e) { impl_->on(e); }, event);
    return std::move(impl_->effects);
}

}  // namespace sereno
