#include "ground.hpp"

#include <algorithm>
#include <set>

namespace sereno::scenario {

namespace {

constexpr Micros usual_ttl{60'000'000};

bool has(const std::vector<std::string>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

void add_key(Site::Keys& keys, const std::string& key) {
    if (!key.empty() && !has(keys, key)) keys.push_back(key);
}

/// Whom a site rests on, from the catalogue and what is told beyond it.
Site site_of(const SubjectId& subject, const OperatorId& run_by, const Hosting& hosting, const Rests& rests,
             std::size_t number) {
    Site site;
    site.subject = subject.value;
    const std::string dns = rests.dns.empty() ? hosting.dns_provider.value : rests.dns;
    const std::string front = rests.edge.empty() ? hosting.edge.value : rests.edge;
    for (Site::Keys* keys : {&site.dns, &site.front, &site.back}) {
        add_key(*keys, subject.value);
        add_key(*keys, run_by.value);
    }
    add_key(site.dns, dns);
    add_key(site.front, front);
    add_key(site.back, rests.region);
    for (const std::uint32_t asn : hosting.as_numbers)
        add_key(site.front, "AS" + std::to_string(asn));
    site.edge = front.empty() ? "nginx" : front;
    site.address = "203.0." + std::to_string(113 + number / 250) + "." + std::to_string(1 + number % 250);
    site.ttl = rests.ttl > Micros{0} ? rests.ttl : usual_ttl;
    return site;
}

}  // namespace

bool Looker::is_one_of(const std::vector<std::string>& words) const {
    if (words.empty()) return true;
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        if (word == "here") return here;
        if (word == "elsewhere") return !here;
        return word == country || word == name || word == "AS" + std::to_string(asn);
    });
}

Ground::Ground(const Watch& watch, const std::map<std::string, Rests>& rests, std::vector<Fault> faults)
    : faults_(std::move(faults)) {
    const auto told = [&](const SubjectId& subject) {
        const auto it = rests.find(subject.value);
        return it == rests.end() ? Rests{} : it->second;
    };
    for (const Platform& platform : watch.platforms)
        add_platform(platform, told(platform.id));
    for (const Control& control : watch.controls)
        add_control(control, told(control.id));
    for (std::size_t i = 0; i < faults_.size(); ++i)
        by_kind_[faults_[i].kind].push_back(i);
}

void Ground::add_platform(const Platform& platform, const Rests& rests) {
    Site site = site_of(platform.id, platform.operator_id, platform.hosting, rests, sites_.size());
    if (rests.edge.empty() && !platform.edges.empty()) site.edge = platform.edges.front();
    sites_.emplace(platform.id.value, std::move(site));
}

void Ground::add_control(const Control& control, const Rests& rests) {
    Site site = site_of(control.id, control.operator_id, control.hosting, rests, sites_.size());
    site.is_control = true;
    if (control.connect) site.address = control.connect->endpoint.address;
    sites_.emplace(control.id.value, std::move(site));
}

const Site& Ground::site(const SubjectId& subject) const {
    static const Site stranger;
    const auto it = sites_.find(subject.value);
    return it == sites_.end() ? stranger : it->second;
}

std::vector<std::string> Ground::names() const {
    std::set<std::string> all{"everybody"};
    for (const auto& [subject, site] : sites_)
        for (const Site::Keys* keys : {&site.dns, &site.front, &site.back})
            all.insert(keys->begin(), keys->end());
    return {all.begin(), all.end()};
}

const Fault* Ground::on(FaultKind kind, const Looker& who, const Asked& asked) const {
    const auto of_kind = by_kind_.find(kind);
    if (of_kind == by_kind_.end()) return nullptr;
    for (const std::size_t i : of_kind->second) {
        const Fault& fault = faults_[i];
        if (!fault.is_on(asked.at) || !who.is_one_of(fault.from)) continue;
        const bool its = fault.of.empty() || has(fault.of, "everybody") ||
                         std::any_of(asked.keys.begin(), asked.keys.end(),
                                     [&](const std::string& key) { return has(fault.of, key); });
        if (its && (fault.only.empty() || has(fault.only, asked.element))) return &fault;
    }
    return nullptr;
}

const Fault* Ground::on(FaultKind kind, const Looker& who, Stamp at) const {
    static const Site::Keys nobody;
    return on(kind, who, {nobody, {}, at});
}

const Fault* Ground::hits(FaultKind kind, const Looker& who, const Asked& asked, Draws& draws) const {
    return swallows(kind, who, asked, 1, draws);
}

const Fault* Ground::swallows(FaultKind kind, const Looker& who, const Asked& asked, int tries,
                              Draws& draws) const {
    const Fault* fault = on(kind, who, asked);
    if (!fault) return nullptr;
    for (int i = 0; i < tries; ++i)
        if (!draws.happens(fault->loss_permille)) return nullptr;
    return fault;
}

}  // namespace sereno::scenario
