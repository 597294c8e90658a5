#include "agent/page/views/ladder.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace sereno {

namespace {

/// Counts what the probes of one layer say.
class Tally {
  public:
    void pass(Micros took) {
        ++passed_;
        if (took > Micros{0}) took_.push_back(took);
    }
    void fail(Failure failure) { ++failures_[failure]; }
    void not_reached() { unreached_ = true; }
    void not_used() { unused_ = true; }

    [[nodiscard]] Rung rung(std::string_view layer) {
        int failed = 0, most = 0;
        Rung rung;
        rung.layer = layer;
        for (const auto& [failure, count] : failures_) {
            failed += count;
            if (count > most) {
                most = count;
                rung.failure = failure;
            }
        }
        rung.passed = passed_;
        rung.total = passed_ + failed;
        rung.state = failed > 0 && passed_ > 0 ? Rung::State::partly
                     : failed > 0              ? Rung::State::failing
                     : passed_ > 0             ? Rung::State::well
                     : unreached_              ? Rung::State::unreached
                     : unused_                 ? Rung::State::unused
                                               : Rung::State::unknown;
        if (!took_.empty()) {
            const auto middle = took_.begin() + static_cast<std::ptrdiff_t>(took_.size() / 2);
            std::nth_element(took_.begin(), middle, took_.end());
            rung.took = *middle;
        }
        return rung;
    }

  private:
    int passed_ = 0;
    bool unreached_ = false, unused_ = false;
    std::map<Failure, int> failures_;
    std::vector<Micros> took_;
};

/// A probe that is about one layer only.
void count_whole(Tally& tally, const Observation& seen) {
    if (seen.well())
        tally.pass(seen.dns > Micros{0} ? seen.dns : seen.finished - seen.started);
    else
        tally.fail(seen.failure);
}

bool encrypted(const ProbeState& probe) {
    return probe.last.tls > Micros{0} || probe.label.starts_with("https:");
}

/// A probe of the edge went through several layers and failed, if it did, at one of them.
void count_edge(std::array<Tally, 4>& tallies, const ProbeState& probe) {
    constexpr std::array stages{Stage::connect, Stage::tls, Stage::http, Stage::content};
    const Observation& seen = probe.last;
    const std::array took{seen.connect, seen.tls, seen.first_byte, Micros{0}};
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const bool applies = (stages[i] != Stage::tls || encrypted(probe)) &&
                             (stages[i] <= Stage::connect || probe.kind == ProbeKind::http);
        if (!applies)
            tallies[i].not_used();
        else if (seen.reached > stages[i] || (seen.reached == stages[i] && seen.well()))
            tallies[i].pass(took[i]);
        else if (seen.reached == stages[i])
            tallies[i].fail(seen.failure);
        else
            tallies[i].not_reached();
    }
}

}  // namespace

bool tells(const ProbeState& probe) {
    if (probe.last.id.empty() || !probe.fresh) return false;
    if (probe.last.ok()) return true;
    // About the own network "no route" says everything; about a platform it says nothing.
    const bool about_here =
        probe.group == Group::link || probe.group == Group::host || probe.group == Group::network;
    if (!about_here) return speaks_of_target(probe.last.failure);
    switch (probe.last.failure) {
        case Failure::cancelled:
        case Failure::overrun:
        case Failure::address_unknown:
        case Failure::no_ipv6:
            return false;
        default:
            return true;
    }
}

Rung::State state_of(const ProbeState& probe) {
    const Observation& last = probe.last;
    if (!tells(probe)) return Rung::State::unknown;
    switch (last.failure) {
        case Failure::reported_degraded:
        case Failure::reported_maintenance:
        case Failure::status_page_gone:
            return Rung::State::partly;
        default:
            break;
    }
    if (!last.well()) return Rung::State::failing;
    const bool agreed = std::none_of(last.voices.begin(), last.voices.end(),
                                     [](const Voice& voice) { return voice.speaks() && !voice.well(); });
    return agreed ? Rung::State::well : Rung::State::partly;
}

std::string_view to_string(Rung::State state) {
    constexpr std::array<std::string_view, 6> names{"well",      "partly",  "failing",
                                                    "unreached", "unknown", "unused"};
    return names[static_cast<std::size_t>(state)];
}

std::vector<Rung> ladder_of(const SubjectView& platform, const SubjectView* host) {
    Tally link, resolver, servers;
    std::array<Tally, 4> edge;
    if (host != nullptr)
        for (const auto& probe : host->probes)
            if (probe.group == Group::link && tells(probe)) count_whole(link, probe.last);
    bool has_servers = false;
    for (const auto& probe : platform.probes) {
        has_servers = has_servers || probe.group == Group::authoritative;
        if (!tells(probe)) continue;
        switch (probe.group) {
            case Group::resolver:
                count_whole(resolver, probe.last);
                break;
            case Group::authoritative:
                count_whole(servers, probe.last);
                break;
            case Group::edge:
                count_edge(edge, probe);
                break;
            default:
                break;
        }
    }
    if (!has_servers) servers.not_used();
    return {link.rung("link"),   resolver.rung("resolver"), servers.rung("servers"), edge[0].rung("connect"),
            edge[1].rung("tls"), edge[2].rung("http"),      edge[3].rung("content")};
}

}  // namespace sereno
