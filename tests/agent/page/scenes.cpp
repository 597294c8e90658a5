#include "scenes.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "agent/model/watch.hpp"

namespace sereno::scenes {

using namespace std::chrono_literals;

const std::string hostile_text = "<script>alert(\"x\")</script>'&\x1b[31m\xff\xe2\x80\xae";

namespace {

/// Builds one snapshot; ids grow as things are added.
class Builder {
  public:
    Builder(std::uint64_t version, Stamp at) : at_(at) {
        snapshot_.version = version;
        snapshot_.at = at;
        snapshot_.started = at - 5h;
    }

    Observation seen(Failure failure, Stage reached, Micros ago = 12s) {
        Observation it;
        it.id = {++observations_};
        it.finished = at_ - ago;
        it.started = it.finished - (is_silence(failure) ? Micros{5s} : Micros{23'400});
        it.scheduled = it.started;
        it.failure = failure;
        it.reached = failure == Failure::none ? Stage::done : reached;
        return it;
    }

    ProbeState dns(SubjectView& to, Group group, const std::string& server, Failure failure) {
        ProbeState probe;
        probe.probe = ProbeId{to.subject.value + "/dns/" + server};
        probe.kind = ProbeKind::dns;
        probe.group = group;
        probe.label = server;
        probe.last = seen(failure, Stage::dns);
        if (failure == Failure::none) {
            probe.last.ttl_seconds = 42;
            probe.last.answers = {"157.240.0.35"};
        } else {
            probe.last.detail =
                failure == Failure::dns_servfail ? "rcode=2 SERVFAIL" : "no answer within 5 s";
            probe.failures_in_a_row = 9;
        }
        return probe;
    }

    ProbeState http(SubjectView& to, const std::string& url, Failure failure, Stage reached, int status) {
        ProbeState probe;
        probe.probe = ProbeId{to.subject.value + "/http/" + url};
        probe.kind = ProbeKind::http;
        probe.label = url;
        probe.last = seen(failure, reached);
        probe.last.http_status = status;
        if (reached > Stage::dns || failure == Failure::none) {
            probe.last.address = "157.240.0.35:443";
            probe.last.connect = Micros{11'800};
            probe.last.tls = Micros{24'300};
            probe.last.first_byte = Micros{38'000};
            probe.last.edge = "proxygen-bolt";
        }
        if (failure != Failure::none) probe.failures_in_a_row = 7;
        return probe;
    }

    enum class Health { well, dns_gone, edge_sick, unsure, unseen };

    SubjectView& platform(const std::string& id, const std::string& name, Health health) {
        SubjectView view;
        view.subject = SubjectId{id};
        view.name = name;
        view.operator_name = "Meta";
        view.status_page = "https://metastatus.com";
        const bool gone = health == Health::dns_gone;
        const Failure resolved = gone ? Failure::dns_servfail : Failure::none;
        for (const auto* resolver :
             {"system (192.168.1.1:53)", "cloudflare (1.1.1.1:53)", "quad9 (9.9.9.9:53)"})
            view.probes.push_back(dns(view, Group::resolver, resolver, resolved));
        for (const auto* server :
             {"a.ns.facebook.com (129.134.30.12:53)", "b.ns.facebook.com (129.134.31.12:53)",
              "c.ns.facebook.com (185.89.218.12:53)", "d.ns.facebook.com (185.89.219.12:53)"})
            view.probes.push_back(
                dns(view, Group::authoritative, server, gone ? Failure::dns_timeout : Failure::none));
        const std::string front = "https://www." + id + ".com/", api = "https://graph." + id + ".com/";
        const bool sick = health == Health::edge_sick;
        const Failure answered = gone   ? Failure::dns_servfail
                                 : sick ? Failure::http_server_error
                                        : Failure::none;
        const Stage reached = gone ? Stage::dns : Stage::http;
        view.probes.push_back(http(view, front, answered, reached, sick ? 503 : gone ? 0 : 200));
        view.probes.push_back(http(view, api, health == Health::unsure ? Failure::connect_timeout : answered,
                                   health == Health::unsure ? Stage::connect : reached,
                                   sick                               ? 503
                                   : gone || health == Health::unsure ? 0
                                                                      : 400));
        if (health == Health::unseen)
            for (auto& probe : view.probes)
                probe.last = {};
        judge(view, Decision::none, health == Health::unseen ? Cause::insufficient_evidence : Cause::all_well,
              3h + 12min);
        snapshot_.subjects.push_back(std::move(view));
        return snapshot_.subjects.back();
    }

    /// What a witness says of a platform: nothing known, known too long, or something.
    enum class Word { well, ill, mixed, unknown, stale, unasked };

    ProbeState& look(SubjectView& of, Group group, ProbeKind kind, const std::string& witness, Word word,
                     Failure ill) {
        ProbeState probe;
        probe.probe = ProbeId{of.subject.value + "/" + std::string{to_string(kind)}};
        probe.kind = kind;
        probe.group = group;
        probe.label = std::string{to_string(kind)} + " " + of.name;
        probe.witness = WitnessId{witness};
        probe.fresh = word != Word::stale;
        if (word != Word::unasked) {
            const Failure failure = word == Word::ill       ? ill
                                    : word == Word::unknown ? Failure::witness_unknown
                                                            : Failure::none;
            probe.last = seen(failure, word == Word::unknown ? Stage::schedule : Stage::http,
                              word == Word::stale ? Micros{2h + 3min} : Micros{41s});
            if (word == Word::unknown) probe.last.detail = "the feed has been silent for 3 min";
        }
        of.probes.push_back(std::move(probe));
        return of.probes.back();
    }

    void routes(SubjectView& of, Word word) {
        auto& probe =
            look(of, Group::routing, ProbeKind::visibility, "ris-live", word, Failure::route_withdrawn);
        if (word == Word::ill) probe.last.routes = RoutesSeen{4, 4, 3, 310};
        if (word == Word::well || word == Word::stale) probe.last.routes = RoutesSeen{4, 0, 307, 310};
    }

    void elsewhere(SubjectView& of, Word word) {
        auto& probe =
            look(of, Group::witness, ProbeKind::elsewhere, "globalping", word, Failure::http_timeout);
        if (word == Word::unasked || word == Word::unknown) return;
        const auto voice = [&](const char* city, std::uint32_t asn, const char* country, bool well) {
            probe.last.voices.push_back({{city, asn, country},
                                         well ? Stage::done : Stage::http,
                                         well ? Failure::none : Failure::http_timeout,
                                         well ? 200 : 0,
                                         well ? "HTTP 200" : "no answer within 10 s"});
        };
        voice("Falkenstein", 24940, "DE", word != Word::ill);
        voice("S\u00e3o Paulo", 28573, "BR", word == Word::well);
        voice("Singapore", 14061, "SG", word != Word::ill);
    }

    void vendor(SubjectView& of, Word word, Failure says = Failure::none, const std::string& words = "") {
        auto& probe = look(of, Group::vendor, ProbeKind::status_page, "status:metastatus.com", word, says);
        if (!words.empty()) probe.last.voices = {{{}, Stage::content, says, 0, words}};
        probe.last.said = probe.last.finished;
    }

    WitnessView& witness(const std::string& id, const std::string& name, Group group,
                         WitnessHealth::State state) {
        WitnessView view;
        view.health.id = WitnessId{id};
        view.health.name = name;
        view.health.group = group;
        view.health.state = state;
        view.health.since = at_ - 3h;
        if (state == WitnessHealth::State::able) view.health.last_word = at_ - 41s;
        snapshot_.witnesses.push_back(std::move(view));
        return snapshot_.witnesses.back();
    }

    /// The usual four, all of them fine and one never asked.
    void witnesses() {
        using State = WitnessHealth::State;
        snapshot_.witnesses.reserve(8);  // references stay valid
        auto& globalping = witness("globalping", "Globalping", Group::witness, State::idle).health;
        globalping.budget_left = globalping.budget_limit = 250;
        witness("ripestat", "RIPEstat", Group::routing, State::idle);
        auto& feed = witness("ris-live", "RIPE RIS Live", Group::routing, State::able);
        feed.health.words = "412 peers of 23 route collectors";
        auto& page = witness("status:metastatus.com", "metastatus.com", Group::vendor, State::able);
        page.health.words = "All systems operational";
        for (const auto& subject : snapshot_.subjects) {
            if (subject.role != SubjectView::Role::platform) continue;
            feed.well.push_back(subject.subject);
            page.well.push_back(subject.subject);
        }
    }

    SubjectView& app(bool well) {
        SubjectView view;
        view.subject = SubjectId{"app:booking-bot"};
        view.name = "booking-bot";
        view.role = SubjectView::Role::app;
        view.restart_command = {"systemctl", "restart", "booking-bot"};
        view.probes.push_back(http(view, "http://127.0.0.1:3000/health",
                                   well ? Failure::none : Failure::connect_refused, Stage::connect,
                                   well ? 200 : 0));
        view.probes.back().group = Group::app;
        judge(view, Decision::none, Cause::all_well, 3h + 12min);
        snapshot_.subjects.push_back(std::move(view));
        return snapshot_.subjects.back();
    }

    SubjectView& host(bool gateway, bool controls) {
        SubjectView view;
        view.subject = host_subject();
        view.name = "host";
        view.role = SubjectView::Role::host;
        for (const auto* what : {"route", "gateway"}) {
            ProbeState probe;
            probe.probe = ProbeId{std::string{"host/"} + what};
            probe.kind = probe.probe.value == "host/route" ? ProbeKind::route : ProbeKind::gateway;
            probe.group = Group::link;
            probe.label = probe.kind == ProbeKind::route ? "default route" : "192.168.1.1";
            const bool fails = probe.kind == ProbeKind::gateway && !gateway;
            probe.last = seen(fails ? Failure::gateway_silent : Failure::none, Stage::link);
            view.probes.push_back(std::move(probe));
        }
        snapshot_.subjects.push_back(std::move(view));
        for (const auto* name : {"apple", "google", "microsoft"}) {
            SubjectView control;
            control.subject = SubjectId{std::string{"control:"} + name};
            control.name = name;
            control.operator_name = name;
            control.role = SubjectView::Role::control;
            control.probes.push_back(dns(control, Group::controls, "system (192.168.1.1:53)",
                                         controls ? Failure::none : Failure::dns_timeout));
            control.probes.push_back(http(control, "http://" + std::string{name} + ".example/",
                                          controls ? Failure::none : Failure::connect_timeout, Stage::connect,
                                          controls ? 204 : 0));
            control.probes.back().group = Group::controls;
            snapshot_.subjects.push_back(std::move(control));
        }
        return *std::find_if(snapshot_.subjects.begin(), snapshot_.subjects.end(),
                             [](const SubjectView& each) { return each.subject == host_subject(); });
    }

    void judge(SubjectView& view, Decision decision, Cause cause, Micros ago,
               std::vector<Evidence> evidence = {}) {
        view.verdict = {.subject = view.subject,
                        .decision = decision,
                        .cause = cause,
                        .scope = Scope::platform,
                        .confidence_permille = decision == Decision::watch ? 620 : 974,
                        .from_this_host_alone = true,
                        .evidence = std::move(evidence),
                        .at = at_ - ago + Micros{61s},
                        .since = at_ - ago};
        snapshot_.recent_decisions.insert(snapshot_.recent_decisions.begin(),
                                          {.sequence = snapshot_.recent_decisions.size() + 1,
                                           .verdict = view.verdict,
                                           .incident = {decision == Decision::none ? 0u : 7u}});
    }

    IncidentView& incident(IncidentKind kind, IncidentState state, const std::string& title,
                           const std::vector<const SubjectView*>& subjects, std::vector<std::string> steps) {
        IncidentView view;
        Incident& it = view.incident;
        it.id = {7};
        it.kind = kind;
        it.state = state;
        it.title = title;
        it.key = "operator:meta";
        for (const auto* subject : subjects) {
            const Verdict& verdict = subject->verdict;
            it.subjects.push_back(
                {subject->subject, subject->name, verdict.decision, verdict.cause, verdict.since, {}});
        }
        const Verdict& first = subjects.front()->verdict;
        it.decision = first.decision;
        it.cause = first.cause;
        it.confidence_permille = first.confidence_permille;
        it.evidence = first.evidence;
        it.suspected = first.since;
        it.opened = first.since + 61s;
        view.restart_command = subjects.front()->restart_command;
        int number = 0;
        for (auto& text : steps)
            view.steps.push_back({"step-" + std::to_string(++number),
                                  state == IncidentState::recovering ? Phase::recovered : Phase::open,
                                  {{"en", std::move(text)}}});
        snapshot_.incidents.push_back(std::move(view));
        return snapshot_.incidents.back();
    }

    void message(const std::string& person, const std::string& channel, DeliveryState state,
                 const std::string& word) {
        OutboxMessage it;
        it.id = {snapshot_.messages.size() + 1};
        it.incident = {7};
        it.recipient = {person, "en", channel, person + "@example.org"};
        it.created = at_ - 19min;
        it.state = state;
        it.attempts = state == DeliveryState::sent ? 1 : 3;
        if (state != DeliveryState::waiting) it.done = at_ - 18min;
        it.last_word = word;
        snapshot_.messages.push_back(std::move(it));
    }

    void past() {
        IncidentView view;
        view.incident.id = {4};
        view.incident.kind = IncidentKind::outage;
        view.incident.state = IncidentState::closed;
        view.incident.title = "Meta";
        view.incident.decision = Decision::declare_outage;
        view.incident.cause = Cause::platform_application;
        view.incident.suspected = at_ - 75h;
        view.incident.opened = at_ - 75h + 1min;
        view.incident.recovering = at_ - 73h;
        view.incident.closed = at_ - 72h;
        view.incident.subjects.push_back({SubjectId{"whatsapp"},
                                          "WhatsApp",
                                          Decision::declare_outage,
                                          Cause::platform_application,
                                          at_ - 75h,
                                          at_ - 73h,
                                          {}});
        view.incident.subjects[0].layers = {
            {Layer::routes, LayerState::well, at_ - 75h, {}, {}},
            {Layer::dns, LayerState::well, at_ - 75h, {}, {}},
            {Layer::edge, LayerState::unknown, at_ - 72h, at_ - 75h + 5min, {}},
            {Layer::application, LayerState::well, at_ - 73h, at_ - 75h, at_ - 73h}};
        snapshot_.recent_incidents.push_back(std::move(view));
    }

    Snapshot& snapshot() { return snapshot_; }
    SnapshotPtr done() { return std::make_shared<const Snapshot>(std::move(snapshot_)); }

  private:
    Stamp at_;
    Snapshot snapshot_;
    std::uint64_t observations_ = 0;
};

using Health = Builder::Health;
using Word = Builder::Word;

const std::string outage_words =
    "We are aware that some people have trouble accessing our apps and products.";

std::vector<Evidence> dns_gone() {
    return {{"authoritative_silent", Group::authoritative, 6908, {}, {{"failed", "4"}, {"total", "4"}}},
            {"controls_pass", Group::controls, 4605, {}, {{"passed", "6"}, {"total", "6"}}},
            {"resolvers_fail",
             Group::resolver,
             2996,
             {},
             {{"failed", "3"}, {"total", "3"}, {"failure", "dns_servfail"}}},
            {"siblings", Group::edge, 1200, {}, {{"platforms", "Instagram, WhatsApp"}}},
            {"routes_withdrawn",
             Group::routing,
             4605,
             {},
             {{"withdrawn", "4"}, {"prefixes", "4"}, {"now", "3"}, {"known", "310"}}},
            {"elsewhere_fails",
             Group::witness,
             4605,
             {},
             {{"failed", "3"}, {"total", "3"}, {"countries", "BR, DE, SG"}}},
            {"vendor_reports", Group::vendor, 1600, {}, {{"words", outage_words}}}};
}

std::vector<Evidence> edge_sick() {
    return {{"edge_errors", Group::edge, 5100, {}, {{"failed", "2"}, {"total", "2"}, {"status", "503"}}},
            {"controls_pass", Group::controls, 4605, {}, {{"passed", "6"}, {"total", "6"}}},
            {"resolvers_answer", Group::resolver, -900, {}, {{"passed", "3"}, {"total", "3"}}},
            {"alone", Group::witness, -500, {}, {}}};
}

const std::vector<std::string> outage_steps{
    "Stay calm: {platforms} is down for everyone. Nothing here needs a restart.",
    "Tell customers where else to reach you: the shop's own site, mail and telephone.",
    "Pause paid campaigns on {platforms}; each hour costs and shows nothing.",
    "Hold posts and launches planned for today.",
    "Write down since when: {since}. You will want it for ad credits."};

void everyone_well(Builder& b) {
    for (const auto& [id, name] :
         {std::pair{"facebook", "Facebook"}, {"instagram", "Instagram"}, {"whatsapp", "WhatsApp"}}) {
        auto& view = b.platform(id, name, Health::well);
        b.routes(view, Word::well);
        b.elsewhere(view, Word::unasked);
        b.vendor(view, Word::well);
    }
    b.witnesses();
    b.app(true);
    b.host(true, true);
    b.past();
}

void starting(Builder& b) {
    for (const auto& [id, name] :
         {std::pair{"facebook", "Facebook"}, {"instagram", "Instagram"}, {"whatsapp", "WhatsApp"}})
        b.platform(id, name, Health::unseen);
    b.snapshot().recent_decisions.clear();
    b.snapshot().started = b.snapshot().at;
}

void watch(Builder& b) {
    b.platform("facebook", "Facebook", Health::well);
    b.platform("instagram", "Instagram", Health::well);
    auto& sick = b.platform("whatsapp", "WhatsApp", Health::unsure);
    b.routes(sick, Word::stale);
    b.elsewhere(sick, Word::mixed);
    b.vendor(sick, Word::ill, Failure::reported_degraded, "Some users may see messages arrive late.");
    b.witnesses();
    b.judge(sick, Decision::watch, Cause::suspicion, 24s,
            {{"edge_silent",
              Group::edge,
              1600,
              {},
              {{"failed", "1"}, {"total", "2"}, {"failure", "connect_timeout"}}},
             {"too_short", Group::edge, 0, {}, {{"duration", "24 s"}, {"needed", "1 min"}}}});
    sick.verdict.ruled_out = {{Cause::all_well, 410, "edge_silent"}, {Cause::transit, 120, ""}};
    sick.verdict.would_settle = {"witness_answer", "time"};
    b.app(true);
    b.host(true, true);
    b.past();
}

/// One is heard, one has few questions left, one is broken, one has nothing to say.
void outside_during_outage(Builder& b, const SubjectView& ill) {
    using State = WitnessHealth::State;
    const Stamp at = b.snapshot().at;
    b.snapshot().witnesses.reserve(8);
    auto& globalping = b.witness("globalping", "Globalping", Group::witness, State::able);
    globalping.health.words = "3 networks asked, all answered";
    globalping.health.budget_left = 12;
    globalping.health.budget_limit = 250;
    globalping.health.budget_resets = at + 34min;
    globalping.ill = {ill.subject};
    auto& glass = b.witness("ripestat", "RIPEstat", Group::routing, State::unable).health;
    glass.why = "stat.ripe.net answered HTTP 502; asked again in 60 s";
    glass.since = at - 9min;
    glass.last_word = at - 26h;
    glass.words = "310 peers had the route to 129.134.30.0/24";
    auto& feed = b.witness("ris-live", "RIPE RIS Live", Group::routing, State::able);
    feed.health.words = "412 peers of 23 route collectors";
    feed.ill = {ill.subject};
    auto& page = b.witness("status:metastatus.com", "metastatus.com", Group::vendor, State::unable).health;
    page.why = "no answer within 10 s";
    page.since = at - 2min;
    b.witness("status:status.example.net", "status.example.net", Group::vendor, State::idle);
}

void outage(Builder& b) {
    b.snapshot().subjects.reserve(16);  // references stay valid
    auto& facebook = b.platform("facebook", "Facebook", Health::dns_gone);
    auto& instagram = b.platform("instagram", "Instagram", Health::edge_sick);
    auto& whatsapp = b.platform("whatsapp", "WhatsApp", Health::dns_gone);
    b.app(true);
    b.host(true, true);
    b.routes(facebook, Word::ill);
    b.elsewhere(facebook, Word::ill);
    b.vendor(facebook, Word::ill, Failure::reported_outage, outage_words);
    b.routes(instagram, Word::unknown);
    b.elsewhere(instagram, Word::mixed);
    b.vendor(instagram, Word::well);
    b.routes(whatsapp, Word::stale);
    b.elsewhere(whatsapp, Word::unknown);
    b.vendor(whatsapp, Word::ill, Failure::status_page_gone);
    outside_during_outage(b, facebook);
    b.judge(facebook, Decision::declare_outage, Cause::platform_dns, 21min, dns_gone());
    facebook.verdict.from_this_host_alone = false;
    b.judge(instagram, Decision::declare_outage, Cause::platform_edge, 20min, edge_sick());
    b.judge(whatsapp, Decision::declare_outage, Cause::platform_dns, 20min, dns_gone());
    auto& incident = b.incident(IncidentKind::outage, IncidentState::open, "Meta",
                                {&facebook, &instagram, &whatsapp}, outage_steps)
                         .incident;
    incident.from_this_host_alone = false;
    const Stamp at = b.snapshot().at;
    using enum LayerState;
    incident.subjects[0].layers = {{Layer::routes, well, at - 2min, at - 19min, {}},
                                   {Layer::dns, failing, at - 21min, at - 21min, {}},
                                   {Layer::edge, unknown, at - 17min, at - 20min, {}},
                                   {Layer::application, unknown, at - 20min, {}, {}}};
    incident.subjects[1].layers = {{Layer::routes, unknown, at - 20min, {}, {}},
                                   {Layer::dns, well, at - 20min, {}, {}},
                                   {Layer::edge, well, at - 9min, at - 20min, at - 9min},
                                   {Layer::application, failing, at - 9min, at - 9min, {}}};
    b.message("Ana", "sms", DeliveryState::sent, "queued SM4f2a");
    b.message("Ana", "mail", DeliveryState::sent, "250 2.0.0 OK");
    b.message("Bruno", "mail", DeliveryState::waiting, "451 try again later");
    b.message("Chiara", "sms", DeliveryState::failed, "21211 invalid number");
    b.past();
}

void recovering(Builder& b) {
    b.snapshot().subjects.reserve(16);
    std::vector<const SubjectView*> all;
    for (const auto& [id, name] :
         {std::pair{"facebook", "Facebook"}, {"instagram", "Instagram"}, {"whatsapp", "WhatsApp"}})
        all.push_back(&b.platform(id, name, Health::well));
    b.host(true, true);
    auto& incident = b.incident(IncidentKind::outage, IncidentState::recovering, "Meta", all,
                                {"Say that you are back, in one short post.", "Answer what has piled up."})
                         .incident;
    incident.cause = Cause::platform_dns;
    incident.decision = Decision::declare_outage;
    for (auto& subject : incident.subjects) {
        subject.decision = Decision::declare_outage;
        subject.over = b.snapshot().at - 2min;
    }
    incident.recovering = b.snapshot().at - 2min;
}

void local(Builder& b) {
    b.snapshot().subjects.reserve(16);
    for (const auto& [id, name] :
         {std::pair{"facebook", "Facebook"}, {"instagram", "Instagram"}, {"whatsapp", "WhatsApp"}}) {
        auto& view = b.platform(id, name, Health::dns_gone);
        b.judge(view, Decision::watch, Cause::suspicion, 3min);
    }
    b.app(true);
    auto& host = b.host(false, false);
    b.judge(host, Decision::fix_local, Cause::lan, 3min,
            {{"gateway_silent", Group::link, 6908, {}, {}},
             {"controls_fail", Group::controls, 6908, {}, {{"failed", "6"}, {"total", "6"}}}});
    b.incident(IncidentKind::local, IncidentState::open, "this network", {&host},
               {"Look at the router: are its lights on? Switch it off and on again.",
                "Check the cable to this computer."});
}

void restart_app(Builder& b) {
    b.snapshot().subjects.reserve(16);
    b.platform("facebook", "Facebook", Health::well);
    b.platform("instagram", "Instagram", Health::well);
    b.platform("whatsapp", "WhatsApp", Health::well);
    auto& app = b.app(false);
    b.host(true, true);
    b.judge(app, Decision::restart_app, Cause::own_app, 4min,
            {{"app_fails", Group::app, 4605, {}, {{"failure", "connect_refused"}}},
             {"needs_well", Group::edge, 4605, {}, {{"platforms", "WhatsApp"}}}});
    b.incident(IncidentKind::app, IncidentState::open, "booking-bot", {&app},
               {"Restart {app}: {command}", "Look at its log when it stops again."});
    b.message("Ana", "sms", DeliveryState::sent, "queued SM4f2b");
}

/// Down, as announced: recorded, and nobody was woken.
void maintenance(Builder& b) {
    b.snapshot().subjects.reserve(16);
    b.platform("facebook", "Facebook", Health::well);
    auto& instagram = b.platform("instagram", "Instagram", Health::edge_sick);
    b.platform("whatsapp", "WhatsApp", Health::well);
    b.host(true, true);
    const std::string words = "Scheduled database work, 15:30 to 17:00 UTC.";
    b.routes(instagram, Word::well);
    b.elsewhere(instagram, Word::ill);
    b.vendor(instagram, Word::ill, Failure::reported_maintenance, words);
    b.witnesses();
    auto evidence = edge_sick();
    evidence.pop_back();
    evidence.push_back({"vendor_maintenance", Group::vendor, -500, {}, {{"words", words}}});
    b.judge(instagram, Decision::declare_outage, Cause::platform_edge, 20min, std::move(evidence));
    instagram.verdict.from_this_host_alone = false;
    instagram.verdict.maintenance = true;
    auto& incident =
        b.incident(IncidentKind::outage, IncidentState::open, "Meta", {&instagram}, {"Wait."}).incident;
    incident.quiet = true;
    incident.from_this_host_alone = false;
    b.past();
    b.snapshot().recent_incidents.back().incident.quiet = true;
}

void hostile(Builder& b) {
    outage(b);
    Snapshot& s = b.snapshot();
    const std::string& x = hostile_text;
    for (auto& view : s.subjects) {
        if (view.role != SubjectView::Role::host) view.name = x;
        view.operator_name = x;
        view.status_page = "javascript:alert(1)";
        view.restart_command = {x, x};
        for (auto& evidence : view.verdict.evidence)
            evidence.facts = {{"failed", x}, {"total", x}, {"platforms", x}, {"words", x}, {"countries", x}};
        for (auto& probe : view.probes) {
            probe.label = x;
            probe.last.address = x;
            probe.last.edge = x;
            probe.last.detail = x;
            probe.last.answers = {x, x};
            probe.last.vantage.name = x;
            probe.witness = WitnessId{x};
            for (auto& voice : probe.last.voices) {
                voice.vantage = {x, 64496, x};
                voice.words = x;
            }
        }
    }
    s.subjects[0].status_page = "https://example.org/\"><script>alert(1)</script>";
    for (auto* list : {&s.incidents, &s.recent_incidents}) {
        for (auto& view : *list) {
            view.incident.title = x;
            view.incident.key = x;
            for (auto& subject : view.incident.subjects)
                subject.name = x;
            for (auto& evidence : view.incident.evidence)
                evidence.rule = x;
            for (auto& step : view.steps)
                step.text["en"] = x;
            view.restart_command = {x};
        }
    }
    for (auto& view : s.witnesses) {
        view.health.name = view.health.why = view.health.words = x;
        view.ill = view.well = {SubjectId{x}};
    }
    for (auto& message : s.messages) {
        message.recipient.person = x;
        message.recipient.channel = x;
        message.last_word = x;
    }
    for (auto& record : s.recent_decisions)
        record.verdict.subject = SubjectId{x};
}

struct Scene {
    std::string_view name;
    void (*build)(Builder&);
};
constexpr std::array all{
    Scene{"well", everyone_well},      Scene{"starting", starting},       Scene{"watch", watch},
    Scene{"outage", outage},           Scene{"recovering", recovering},   Scene{"local", local},
    Scene{"restart_app", restart_app}, Scene{"maintenance", maintenance}, Scene{"hostile", hostile}};

void flatten(const YAML::Node& node, const std::string& prefix, std::map<std::string, std::string>& into) {
    for (const auto& each : node) {
        const std::string key = prefix + each.first.as<std::string>();
        if (each.second.IsMap())
            flatten(each.second, key + ".", into);
        else
            into[key] = each.second.as<std::string>();
    }
}

}  // namespace

const std::vector<std::string_view>& names() {
    static const std::vector<std::string_view> list = [] {
        std::vector<std::string_view> found;
        for (const auto& scene : all)
            found.push_back(scene.name);
        return found;
    }();
    return list;
}

SnapshotPtr make(std::string_view name, std::uint64_t version, Stamp at) {
    for (const auto& scene : all) {
        if (scene.name != name) continue;
        Builder builder{version, at};
        scene.build(builder);
        return builder.done();
    }
    return nullptr;
}

const MessageCatalogue& messages() {
    static const MessageCatalogue catalogue = [] {
        MessageCatalogue read;
        for (const auto& file : std::filesystem::directory_iterator{SERENO_SOURCE_DIR "/config/messages"})
            if (file.path().extension() == ".yaml")
                flatten(YAML::LoadFile(file.path().string()), "", read[file.path().stem().string()]);
        return read;
    }();
    return catalogue;
}

}  // namespace sereno::scenes
