#include "latency.hpp"

#include <algorithm>
#include <map>

#include "driver.hpp"

namespace sereno::scenario {

namespace {

using enum FaultKind;

constexpr Micros second{1'000'000}, minute{60'000'000};
const Stamp beginning{Micros{1'633'361'400'000'000}};  // 2021-10-04T15:30:00Z
/// Everything has been seen well, more than once, when it begins; afterwards it is waited for so long.
constexpr Micros all_known = 5 * minute, patience = 3 * minute;

Fault one(FaultKind kind, std::vector<std::string> of, int status = 0) {
    Fault fault{.kind = kind, .of = std::move(of), .ends = Stamp::max()};
    if (!shape_of(kind).how.empty()) fault.how = shape_of(kind).how.front();
    fault.status = status;
    return fault;
}

/// Notes the first of each.
class Observer {
  public:
    Observer(const Watch& watch, const Blow& blow, Stamp fault) : fault_(fault) {
        for (const ProbeSpec& spec : watch.probes)
            specs_[spec.id] = &spec;
        for (const std::string& subject : blow.subjects)
            passages_[subject].subject = subject;
    }

    void began(const ProbeSpec& spec, Stamp at) {
        if (Passage* passage = of(spec.subject, at); passage && spec.group == Group::witness)
            note(passage->asked, at);
    }

    void saw(const Observation& o, Stamp at) {
        Passage* passage = of(o.subject, at);
        if (!passage || o.well() || !speaks_of_target(o.failure)) return;
        const ProbeSpec& spec = *specs_.at(o.probe);
        if (spec.group == Group::witness) note(passage->agreed, at);
        if (!spec.witness.empty() || passage->failed) return;
        passage->failed = at - fault_;
        passage->begun = std::max(o.started - fault_, Micros{0});
        passage->first_sign = std::string{to_string(o.group)} + " " + std::string{to_string(o.failure)};
    }

    void said(const Verdict& verdict, Stamp at) {
        Passage* passage = of(verdict.subject, at);
        if (!passage || verdict.decision == Decision::none) return;
        note(passage->watched, at);
        if (verdict.decision != Decision::declare_outage || passage->declared) return;
        passage->declared = at - fault_;
        passage->since = verdict.since - fault_;
    }

    std::vector<Passage> take() {
        std::vector<Passage> out;
        for (auto& [subject, passage] : passages_)
            out.push_back(std::move(passage));
        return out;
    }

  private:
    Passage* of(const SubjectId& subject, Stamp at) {
        const auto it = passages_.find(subject.value);
        return at < fault_ || it == passages_.end() ? nullptr : &it->second;
    }
    void note(std::optional<Micros>& first, Stamp at) const {
        if (!first) first = at - fault_;
    }

    Stamp fault_;
    std::map<ProbeId, const ProbeSpec*> specs_;
    std::map<std::string, Passage> passages_;
};

}  // namespace

Blow facebook_2021() {
    return {"2021: routes gone, Instagram 503",
            {one(routes_withdrawn, {"facebook", "whatsapp"}), one(edge_errors, {"instagram"}, 503)},
            {"facebook", "instagram", "whatsapp"}};
}

std::vector<Blow> all_blows(const std::string& platform) {
    std::vector<Blow> blows;
    const auto add = [&](FaultKind kind, int status = 0) {
        const Fault fault = one(kind, {platform}, status);
        blows.push_back({to_string(fault), {fault}, {platform}});
    };
    for (const FaultKind kind : {routes_withdrawn, dns_silent, dns_servfail, dns_refused, dns_nxdomain,
                                 dns_nodata, dnssec_broken, edge_silent, edge_unreachable, edge_refuses})
        add(kind);
    add(edge_errors, 503);
    for (const FaultKind kind : {edge_certificate, edge_resets})
        add(kind);
    add(app_errors, 500);
    return blows;
}

std::vector<Passage> pass(const Settings& settings, const Blow& blow, std::uint64_t seed) {
    Draws draws(seed);
    const Stamp begins = beginning + all_known + Micros{draws.below((5 * minute).count())};
    WorldPlan plan;
    plan.seed = draws.next();
    plan.faults = blow.faults;
    for (Fault& fault : plan.faults)
        fault.begins = begins;

    World world(settings.watch, plan);
    Observer observer(settings.watch, blow, begins);
    Driver driver(settings.watch, beginning,
                  {.run =
                       [&](const ProbeSpec& spec, Stamp scheduled, Stamp started) {
                           observer.began(spec, started);
                           return world.run(spec, scheduled, started);
                       },
                   .before =
                       [&](const Event& event) {
                           if (const auto* seen = std::get_if<Observed>(&event))
                               observer.saw(seen->observation, seen->at);
                       },
                   .news = [&](Stamp at) { return world.news(at); },
                   .effect =
                       [&](Stamp at, const Effect& effect) {
                           if (const auto* record = std::get_if<RecordDecision>(&effect))
                               observer.said(record->record.verdict, at);
                       }});
    driver.configure({}, {});
    driver.start({});
    driver.pass_until(begins + patience);
    return observer.take();
}

}  // namespace sereno::scenario
