#include "simulation.hpp"

#include <algorithm>

namespace sereno::test {

namespace {

const std::vector<std::string> resolver_names{"system", "cloudflare", "quad9"};

void add(Watch& watch, const std::string& id, const std::string& subject, Group group, ProbeTask task) {
    watch.probes.push_back(ProbeSpec{ProbeId{id}, SubjectId{subject}, group, std::move(task)});
}

void add_control(Watch& watch, const std::string& name, bool literal) {
    Control control;
    control.id = SubjectId{"control:" + name};
    control.name = name;
    control.operator_id = OperatorId{name};
    if (literal) {
        control.connect = TcpConnect{{"192.0.2.1", 443}};
        add(watch, control.id.value + "/tcp", control.id.value, Group::controls, *control.connect);
    } else {
        control.fetch = HttpFetch{.url = "http://" + name + ".example/"};
        for (const auto& r : resolver_names)
            add(watch, control.id.value + "/dns/" + r, control.id.value, Group::controls,
                DnsQuery{.server = {r, {}}, .name = name + ".example"});
        add(watch, control.id.value + "/http", control.id.value, Group::controls, *control.fetch);
    }
    watch.controls.push_back(control);
}

void add_platform(Watch& watch, const std::string& id, const std::string& name, int name_servers,
                  int canaries) {
    Platform platform;
    platform.id = SubjectId{id};
    platform.name = name;
    platform.operator_id = OperatorId{"meta"};
    platform.operator_name = "Meta";
    platform.kind = "social";
    for (const auto& r : resolver_names)
        add(watch, id + "/dns/" + r, id, Group::resolver,
            DnsQuery{.server = {r, {}}, .name = id + ".example"});
    for (int i = 0; i < name_servers; ++i) {
        const DnsServer server{std::string(1, static_cast<char>('a' + i)) + ".ns", {"192.0.2.1", 53}};
        platform.name_servers.push_back(server);
        add(watch, id + "/ns/" + server.name, id, Group::authoritative,
            DnsQuery{.server = server, .name = id + ".example", .recursion = false});
    }
    for (int i = 1; i <= canaries; ++i) {
        platform.canaries.push_back(HttpFetch{.url = "https://" + id + ".example/"});
        add(watch, id + "/http/" + std::to_string(i), id, Group::edge, platform.canaries.back());
    }
    watch.platforms.push_back(platform);
}

}  // namespace

bool is(const ProbeSpec& spec, const std::string& prefix) {
    return spec.id.value.starts_with(prefix);
}

Watch meta_watch() {
    Watch watch;
    watch.resolvers = {{{"system", {}}, {}},
                       {{"cloudflare", {"1.1.1.1", 53}}, OperatorId{"cloudflare"}},
                       {{"quad9", {"9.9.9.9", 53}}, OperatorId{"quad9"}}};
    add(watch, "host/route", "host", Group::link, RouteLookup{});
    add(watch, "host/gateway", "host", Group::link, GatewayEcho{});
    for (const char* name : {"apple", "google", "microsoft"})
        add_control(watch, name, false);
    for (const char* name : {"literal-a", "literal-b", "literal-c"})
        add_control(watch, name, true);
    add_platform(watch, "facebook", "Facebook", 4, 2);
    add_platform(watch, "instagram", "Instagram", 0, 2);
    add_platform(watch, "whatsapp", "WhatsApp", 4, 2);
    App app;
    app.id = SubjectId{"app:bot"};
    app.name = "bot";
    app.needs = {SubjectId{"whatsapp"}};
    app.health = HttpFetch{.url = "http://127.0.0.1/health"};
    app.restart_command = {"systemctl", "restart", "bot"};
    watch.apps.push_back(app);
    add(watch, "app:bot/health", "app:bot", Group::app, app.health);
    return watch;
}

Simulation::Simulation(Watch watch) : watch_(std::move(watch)) {}

void Simulation::configure() {
    Playbook playbook;
    playbook.id = "test";
    playbook.kind = IncidentKind::outage;
    playbook.steps = {{"confirm", Phase::open, {{"en", "Confirm"}}},
                      {"welcome", Phase::recovered, {{"en", "Welcome"}}}};
    feed(ConfigChanged{now_,
                       watch_,
                       {{"Ana", "es", "mail", "ana@example.org"}, {"Ana", "es", "sms", "+34600111222"}},
                       {playbook}});
}

void Simulation::start(std::vector<Incident> unfinished, std::uint64_t last_decision,
                       IncidentId last_incident) {
    configure();
    feed(Started{.at = now_,
                 .unfinished = std::move(unfinished),
                 .last_decision = last_decision,
                 .last_incident = last_incident});
    std::map<SubjectId, std::int64_t> count, index;
    for (const ProbeSpec& spec : watch_.probes)
        ++count[spec.subject];
    const auto total = static_cast<std::int64_t>(watch_.probes.size());
    std::int64_t i = 0;
    for (const ProbeSpec& spec : watch_.probes) {
        const std::size_t number = due_.size();
        numbers_.emplace(spec.id, number);
        due_.push_back(Stamp::max());
        rhythm_.push_back(Stamp::max());
        if (spec.on_suspicion) continue;
        rhythm_.back() = now_ + spec.interval + spec.interval * index[spec.subject]++ / count[spec.subject];
        set_due(number, now_ + Micros{4'000'000} * i++ / total);
    }
    next_tick_ = now_ + Micros{1'000'000};
}

void Simulation::report(const WitnessHealth& health) {
    feed(WitnessReported{now_, health});
}

void Simulation::pass(Micros length) {
    const Stamp end = now_ + length;
    for (;;) {
        Stamp next = next_tick_;
        const bool starts = !queue_.empty() && queue_.begin()->first < next;
        const std::size_t starting = starts ? queue_.begin()->second : 0;
        if (starts) next = queue_.begin()->first;
        const auto arrival = std::min_element(arriving_.begin(), arriving_.end(),
                                              [](const auto& a, const auto& b) { return a.first < b.first; });
        const bool arrives = arrival != arriving_.end() && arrival->first <= next;
        if (arrives) next = arrival->first;
        if (next > end) break;
        now_ = std::max(now_, next);
        if (arrives) {
            const Observation observation = arrival->second;
            arriving_.erase(arrival);
            feed(Observed{now_, observation});
        } else if (starts) {
            const ProbeSpec& spec = watch_.probes[starting];
            const Stamp scheduled = due_[starting];
            while (rhythm_[starting] <= now_)
                rhythm_[starting] += spec.interval;
            set_due(starting, rhythm_[starting]);
            run(spec, scheduled);
        } else {
            if (judge_everybody) configure();
            feed(Tick{now_});
            next_tick_ += Micros{1'000'000};
        }
    }
    now_ = end;
}

void Simulation::set_due(std::size_t number, Stamp due) {
    queue_.erase({due_[number], number});
    due_[number] = due;
    if (due != Stamp::max()) queue_.emplace(due, number);
}

void Simulation::run(const ProbeSpec& spec, Stamp scheduled) {
    ++runs;
    const Outcome outcome = world ? world(spec, now_) : Outcome{};
    Observation o;
    o.probe = spec.id;
    o.subject = spec.subject;
    o.kind = kind_of(spec.task);
    o.group = spec.group;
    o.scheduled = scheduled;
    o.started = now_;
    o.finished = now_ + (is_silence(outcome.failure) ? spec.timeout : Micros{30'000});
    o.reached = outcome.reached;
    o.failure = outcome.failure;
    if (o.kind == ProbeKind::http && outcome.reached >= Stage::http)
        o.http_status = outcome.status, o.tls = Micros{1};
    if (o.kind == ProbeKind::http && outcome.resolved_here) o.dns = Micros{1'000};
    o.voices = outcome.voices;
    o.routes = outcome.routes;
    if (!spec.witness.empty()) o.said = o.finished - outcome.age;
    arriving_.emplace_back(o.finished, o);
}

void Simulation::feed(const Event& event) {
    const std::vector<Effect> effects = brain_.on(event);
    if (heard) heard(event, effects, brain_);
    for (const Effect& effect : effects) {
        if (const auto* probe = std::get_if<RunProbe>(&effect)) {
            const std::size_t number = numbers_.at(probe->probe);
            set_due(number, std::min(due_[number], std::max(probe->due, now_)));
        } else if (const auto* record = std::get_if<RecordDecision>(&effect)) {
            const Verdict& v = record->record.verdict;
            decisions.push_back({v.at, v.subject.value, v.decision, v.cause, v.confidence_permille,
                                 record->record.incident.value});
        } else if (const auto* incident = std::get_if<RecordIncident>(&effect)) {
            incidents.push_back(incident->incident);
        } else if (const auto* message = std::get_if<Enqueue>(&effect)) {
            Told told{message->at, message->kind, message->incident.id.value, message->recipient.channel, {}};
            for (const auto& s : message->incident.subjects)
                told.subjects.push_back(s.subject.value);
            alerts.push_back(told);
        } else if (const auto* publish = std::get_if<PublishSnapshot>(&effect)) {
            snapshot = publish->snapshot;
        }
    }
}

Decision Simulation::decision(const std::string& subject) const {
    for (const SubjectView& view : snapshot->subjects)
        if (view.subject.value == subject) return view.verdict.decision;
    return Decision::none;
}

Cause Simulation::cause(const std::string& subject) const {
    for (const SubjectView& view : snapshot->subjects)
        if (view.subject.value == subject) return view.verdict.cause;
    return Cause::insufficient_evidence;
}

int Simulation::count(Decision decision) const {
    return static_cast<int>(std::count_if(decisions.begin(), decisions.end(), [decision](const Seen& seen) {
        return seen.decision == decision;
    }));
}

const Seen* Simulation::first(const std::string& subject, Decision decision) const {
    for (const Seen& seen : decisions)
        if (seen.subject == subject && seen.decision == decision) return &seen;
    return nullptr;
}

std::vector<std::uint64_t> Simulation::incident_ids(IncidentKind kind) const {
    std::vector<std::uint64_t> ids;
    for (const Incident& incident : incidents)
        if (incident.kind == kind && std::find(ids.begin(), ids.end(), incident.id.value) == ids.end())
            ids.push_back(incident.id.value);
    return ids;
}

}  // namespace sereno::test
