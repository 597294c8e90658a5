// This host and its network: what is wrong here must never be blamed on a platform.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "agent/diagnosis/belief.hpp"
#include "agent/diagnosis/controls.hpp"
#include "agent/diagnosis/diagnosis.hpp"

namespace sereno {

namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

std::string number(int value) {
    return std::to_string(value);
}

/// Something wrong here, and whether it was seen often and long enough to be named.
struct Symptom {
    Sighting sighting;
    Cause cause;  ///< what it shows when it stands alone
    Stamp since;
    bool ripe = false;
};

class LookAround {
  public:
    LookAround(const Picture& picture, Stamp now)
        : picture_(picture),
          watch_(picture.watch()),
          thresholds_(watch_.thresholds),
          now_(now),
          sweep_(sweep_controls(picture, now)),
          certificates_(count_certificates(picture, now)),
          dates_(count_dates(picture, now)) {}

    LocalView look() {
        link();
        host();
        clock();
        issuers();
        controls();
        resolvers();
        interception();
        ipv6();
        big_packets();
        return conclude();
    }

  private:
    [[nodiscard]] bool settled(Stamp since) const {
        return since != Stamp::max() && now_ - since >= thresholds_.local_after;
    }
    [[nodiscard]] bool fresh(const Track& track) const { return track.fresh(now_, thresholds_); }

    void say(const char* rule, Group group, Cause cause, std::vector<ObservationId> basis, Facts facts,
             int looks, Stamp since, bool ripe) {
        const Evidence evidence{rule, group, 0, std::move(basis), std::move(facts)};
        symptoms_.push_back({{evidence, std::max(1, looks)}, cause, since, ripe});
    }
    /// What speaks for somebody or for nobody in particular, and never names a fault by itself.
    void note(const char* rule, Group group, std::vector<ObservationId> basis, Facts facts,
              int looks = Sighting::full_looks) {
        say(rule, group, Cause::all_well, std::move(basis), std::move(facts), looks, Stamp::max(), false);
    }

    void link() {
        for (const Track* track : picture_.of(host_subject(), Group::link)) {
            if (!fresh(*track)) continue;
            (kind_of(track->spec.task) == ProbeKind::route ? route_ : gateway_) = track;
        }
        const bool gateway_fails = gateway_ && gateway_->failing();
        // A weak link loses packets of everybody; while the controls lose none it is good enough. Now and
        // then it loses all that is sent to the router, and some gets through to others all the same.
        const bool echoes_lost = gateway_fails && gateway_->last.failure == Failure::link_weak;
        const bool all_lost = gateway_fails && !echoes_lost && gateway_->ever_ok;
        weak_ =
            (echoes_lost || (all_lost && sweep_.well > 0)) && std::max(sweep_.once_well, sweep_.shaky) >= 2;
        gateway_silent_ = all_lost && !weak_;
        const bool route_fails = route_ && route_->failing();
        view_.trouble |= weak_ || ((route_fails || gateway_silent_) && sweep_.well == 0);
        // The route first: over a pulled cable the kernel says ENOBUFS.
        if (route_fails)
            say("no_route", Group::link, Cause::lan, {route_->last.id}, {}, route_->failures,
                route_->first_failure,
                route_->failures >= thresholds_.failures && sweep_.well == 0 &&
                    settled(route_->first_failure));
        if (gateway_silent_)
            say("gateway_silent", Group::link, Cause::lan, {gateway_->last.id}, {}, gateway_->failures,
                sweep_.since, false);
        else if (weak_)
            say("link_weak", Group::link, Cause::lan, {gateway_->last.id}, {}, gateway_->failures,
                gateway_->first_failure,
                gateway_->failures >= thresholds_.failures && settled(gateway_->first_failure));
        else if (gateway_ && gateway_->well() && sweep_.failing > 0)
            note("gateway_answers", Group::link, {gateway_->last.id}, {});
    }

    void host() {
        int starved = 0, looked = 0;
        Stamp since = Stamp::max();
        std::vector<ObservationId> basis;
        const auto all = picture_.any_starved() ? picture_.tracks() : std::span<const Track>{};
        for (const Track& track : all) {
            if (!fresh(track)) continue;
            ++looked;
            if (track.host_failures < thresholds_.failures) continue;
            ++starved;
            since = std::min(since, track.last.started);
            basis.push_back(track.last.id);
        }
        const bool widely = starved > 0 && starved * 2 >= looked;
        view_.trouble |= widely;
        if (widely)
            say("host_resources", Group::link, Cause::host, basis, {{"failed", number(starved)}},
                Sighting::full_looks, since, starved >= 2 && settled(since));

        for (const Track* track : picture_.of(host_subject(), Group::host)) {
            if (!fresh(*track) || !unwell(*track)) continue;
            view_.trouble = true;
            const Stamp began = track->failing() ? track->first_failure : since;
            say("host_unwell", Group::host, Cause::host, {track->last.id},
                {{"failure", std::string{to_string(track->last.failure)}}},
                std::max(track->failures, track->host_failures), began,
                std::max(track->failures, track->host_failures) >= thresholds_.failures && settled(began));
        }
    }
    /// One hiccup changes nothing, as nothing is decided by one failure; a computer that is late again when
    /// it is looked at again is unwell. Short memory alone is not.
    static bool unwell(const Track& health) {
        if (health.host_failures > 0) return true;
        const Failure failure = health.last.failure;
        return health.failing() && failure != Failure::host_memory &&
               (failure != Failure::host_slow || health.failures >= 2);
    }

    void clock() {
        // Two controls that agree with our clock acquit it, whatever certificates look like.
        const bool by_certificates = certificates_.clock_wrong() && dates_.on_time < 2;
        view_.clock_wrong = by_certificates || dates_.wrong();
        if (by_certificates)
            say("clock_wrong", Group::edge, Cause::clock, certificates_.basis,
                {{"failed", number(certificates_.dated)}}, Sighting::full_looks, certificates_.since,
                settled(certificates_.since));
        if (dates_.wrong())  // dates do not come and go
            say("clock_differs", Group::controls, Cause::clock, dates_.basis,
                {{"passed", number(dates_.off)},
                 {"duration", duration_text(std::chrono::seconds{std::abs(std::int64_t{dates_.seconds})})}},
                Sighting::full_looks, dates_.since, true);
    }

    void issuers() {
        if (!certificates_.issuers_unknown() || view_.clock_wrong) return;
        view_.issuers_unknown = true;
        // Who opens what is encrypted signs for all of it, and began to at some time; a list is old from the
        // start.
        const bool one_for_all = certificates_.issuers.size() == 1 && certificates_.tls_well == 0 &&
                                 certificates_.issuers_expired == 0 && certificates_.issuers_changed > 0;
        say(one_for_all ? "same_issuer_everywhere" : "trust_store_old", Group::edge,
            one_for_all ? Cause::policy : Cause::trust_store, certificates_.issuer_basis,
            {{"failed", number(certificates_.unknown_issuer)}}, Sighting::full_looks,
            certificates_.issuer_since, settled(certificates_.issuer_since));
    }

    void controls() {
        const Facts failed{{"failed", number(sweep_.failing)}, {"total", number(sweep_.known)}};
        // One that fails is no majority: it may just have been the first to be heard.
        const bool many = sweep_.failing >= 2 || sweep_.failing == static_cast<int>(watch_.controls.size());
        // Where most pages answer, what is blocked are addresses: many networks do that to public resolvers.
        const bool pages_answer = sweep_.names_known >= 2 && sweep_.names_well * 2 > sweep_.names_known;
        const bool most = many && sweep_.failing * 2 >= sweep_.known && !pages_answer;
        view_.trouble |= most;
        if (sweep_.portal())
            say("captive_portal", Group::controls, Cause::policy, sweep_.failing_basis, failed,
                Sighting::full_looks, sweep_.since, settled(sweep_.since));
        else if (sweep_.all_fail())
            say("controls_fail", Group::controls, Cause::isp, sweep_.failing_basis, failed,
                Sighting::full_looks, sweep_.since, settled(sweep_.since) && !gateway_unsure());
        else if (most || (sweep_.failing > 0 && sweep_.well == 0))
            note("controls_fail", Group::controls, sweep_.failing_basis, failed, 1);
        if (sweep_.well > 0)
            note("controls_pass", Group::controls, sweep_.well_basis,
                 {{"passed", number(sweep_.well)}, {"total", number(sweep_.known)}},
                 most || weak_ ? 1 : Sighting::full_looks);
        if (sweep_.known == 0) note("no_control", Group::controls, {}, {});
    }
    /// Router or provider? That is the router's to say, and it may not have been asked often enough since.
    [[nodiscard]] bool gateway_unsure() const {
        return gateway_ && gateway_->ever_ok && now_ - sweep_.since < 3 * thresholds_.local_after &&
               ((gateway_silent_ && gateway_->failures < thresholds_.failures) ||
                (gateway_->well() && gateway_->last.started < sweep_.since));
    }

    /// Which resolvers can be believed: those that resolve the controls' names.
    void resolvers() {
        std::optional<ResolverCount> system;
        bool other_well = false;
        std::vector<ObservationId> deaf_basis;
        std::string deaf;
        for (const Resolver& resolver : watch_.resolvers) {
            const std::string& name = resolver.server.name;
            const ResolverCount count = count_resolver(picture_, name, now_);
            const bool is_deaf = count.known > 0 && count.well == 0;
            if (is_deaf) view_.deaf_resolvers.push_back(name);
            if (name == "system") {
                system = count;
            } else if (count.well > 0) {
                view_.direct_dns_works = other_well = true;
            } else if (is_deaf && count.once_well > 0 && count.failed == count.known) {
                deaf = name;
                deaf_basis = count.basis;
            }
        }
        const bool names_resolve = other_well || sweep_.names_resolve;
        view_.resolver_broken =
            system && system->known > 0 && system->well == 0 && (names_resolve || sweep_.well == 0);
        if (view_.resolver_broken)
            say("resolver_broken", Group::resolver, Cause::resolver, system->basis,
                {{"failed", number(system->failing)}, {"total", number(system->known)}},
                system->known >= 2 ? Sighting::full_looks : 1, system->since,
                system->known >= 2 && system->failed == system->known && settled(system->since) &&
                    names_resolve);
        // Where direct questions are blocked, none of them ever answered.
        public_resolver_fails_ = !deaf.empty() && (other_well || (system && system->well > 0));
        if (public_resolver_fails_)
            note("public_resolver_fails", Group::resolver, deaf_basis, {{"server", deaf}});
    }

    void interception() {
        for (const Track* track : picture_.of(host_subject(), Group::network)) {
            if (!fresh(*track) || !track->failing() || track->last.failure != Failure::dns_intercepted)
                continue;
            view_.direct_dns_works = false;
            view_.interception_began = track->ever_ok;
            // Where it has always been so, people live with it.
            if (track->ever_ok)
                say("interception_began", Group::network, Cause::policy, {track->last.id}, {},
                    track->failures, track->first_failure,
                    track->failures >= thresholds_.failures && settled(track->first_failure));
            else
                note("dns_intercepted", Group::network, {track->last.id}, {});
            return;
        }
    }

    /// Landmarks that were reached over IPv6 before and are not now, while IPv4 works.
    void ipv6() {
        int known = 0, failed = 0;
        Stamp since = Stamp::max();
        std::vector<ObservationId> basis;
        for (const Track* track : picture_.of(host_subject(), Group::network)) {
            if (!std::holds_alternative<TcpConnect>(track->spec.task) || !fresh(*track)) continue;
            if (!track->ever_ok) continue;
            ++known;
            if (track->failures < thresholds_.failures) continue;
            ++failed;
            since = std::min(since, track->first_failure);
            basis.push_back(track->last.id);
        }
        if (known < 2 || failed < known || sweep_.well == 0 || sweep_.failing * 2 >= sweep_.known) return;
        say("ipv6_broken", Group::network, Cause::ipv6, basis, {{"failed", number(failed)}},
            Sighting::full_looks, since, settled(since));
    }

    /// Front ends of unrelated operators that stall, and answer when their segments are small.
    void big_packets() {
        std::set<std::string> operators;
        Stamp since = Stamp::max();
        std::vector<ObservationId> basis;
        for (const Track* look : picture_.of(Group::second_look)) {
            const Track& track = *look;
            if (!track.seen() || !track.last.ok() || !fresh(track)) continue;
            const auto* fetch = std::get_if<HttpFetch>(&track.spec.task);
            if (!fetch || fetch->segment_bytes == 0) continue;
            for (const Picture::Position i : picture_.positions_of(track.spec.subject)) {
                const Track& stalled = picture_.tracks()[i];
                const auto* same = std::get_if<HttpFetch>(&stalled.spec.task);
                if (!same || same->url != fetch->url || same->segment_bytes != 0 || stalled.spec.on_suspicion)
                    continue;
                if (!stalls(stalled) || track.last.started < stalled.first_failure) continue;
                operators.insert(operator_of(watch_, track.spec.subject));
                since = std::min(since, stalled.first_failure);
                basis.push_back(track.last.id);
            }
        }
        if (operators.size() < 2) return;
        say("big_packets_lost", Group::second_look, Cause::path_mtu, basis,
            {{"failed", number(static_cast<int>(basis.size()))}}, Sighting::full_looks, since,
            settled(since));
    }
    bool stalls(const Track& track) const {
        const Failure failure = track.last.failure;
        return track.failures >= thresholds_.failures &&
               (failure == Failure::tls_timeout || failure == Failure::http_timeout);
    }

    LocalView conclude() {
        std::vector<Sighting> seen;
        Stamp ripe_since = Stamp::max();
        for (const Symptom& symptom : symptoms_) {
            seen.push_back(symptom.sighting);
            if (symptom.ripe) ripe_since = std::min(ripe_since, symptom.since);
        }
        if (ripe_since != Stamp::max())
            seen.push_back({Evidence{
                "persisted", Group::controls, 0, {}, {{"duration", duration_text(now_ - ripe_since)}}}});
        Belief belief(local_model(), std::move(seen));
        const Cause likeliest = belief.best();

        Verdict& verdict = view_.verdict;
        verdict.subject = host_subject();
        verdict.at = verdict.since = now_;
        verdict.ruled_out = belief.ruled_out(likeliest);
        verdict.confidence_permille = std::clamp(belief.permille_of(blame_of(likeliest)), 1, 999);
        verdict.evidence = std::move(belief).explain(likeliest);
        if (sweep_.known == 0 && !view_.trouble) {
            verdict.cause = Cause::insufficient_evidence;
            verdict.confidence_permille = 0;
            return std::move(view_);
        }
        const Symptom* named = ripe_for(likeliest);
        view_.blinded = named && blinds(*named);
        const bool doubt =
            view_.trouble || view_.clock_wrong || view_.resolver_broken || view_.issuers_unknown;
        if (named) {
            verdict.decision = Decision::fix_local;
            verdict.cause = likeliest;
            verdict.scope = is_of_host(likeliest) ? Scope::host : Scope::network;
            verdict.since = named->since;
            view_.finding = verdict;
        } else if (doubt) {
            verdict.decision = Decision::watch;
            verdict.cause = Cause::suspicion;
            verdict.scope = Scope::network;
            if (sweep_.since != Stamp::max()) verdict.since = sweep_.since;
        } else {
            verdict.decision = public_resolver_fails_ ? Decision::watch : Decision::none;
            verdict.cause = public_resolver_fails_ ? Cause::public_resolver : Cause::all_well;
            // Of what is well nothing else need be said.
            if (verdict.decision == Decision::none) verdict.ruled_out.clear();
        }
        return std::move(view_);
    }

    /// What was seen often and long enough to name this cause; null: nothing was.
    [[nodiscard]] const Symptom* ripe_for(Cause cause) const {
        if (blame_of(cause) != Blame::us) return nullptr;
        for (const Symptom& symptom : symptoms_) {
            const bool same_line = (cause == Cause::lan || cause == Cause::isp) &&
                                   (symptom.cause == Cause::lan || symptom.cause == Cause::isp);
            if (symptom.ripe && (symptom.cause == cause || same_line)) return &symptom;
        }
        return nullptr;
    }
    /// With it nothing can be said of others. A wrong clock and old issuers only void certificates, a broken
    /// resolver its own word; and what need not be taken blinds nobody.
    static bool blinds(const Symptom& symptom) {
        switch (symptom.cause) {
            case Cause::host:
            case Cause::lan:
            case Cause::isp:
                return true;
            case Cause::policy:
                return symptom.sighting.evidence.rule != "interception_began";
            default:
                return false;
        }
    }
    static bool is_of_host(Cause cause) {
        return cause == Cause::host || cause == Cause::clock || cause == Cause::trust_store;
    }

    const Picture& picture_;
    const Watch& watch_;
    const Thresholds& thresholds_;
    Stamp now_;
    Sweep sweep_;
    CertificateCount certificates_;
    DateCount dates_;
    const Track* route_ = nullptr;
    const Track* gateway_ = nullptr;
    bool gateway_silent_ = false, weak_ = false, public_resolver_fails_ = false;
    std::vector<Symptom> symptoms_;
    LocalView view_;
};

}  // namespace

LocalView look_around(const Picture& picture, Stamp now) {
    return LookAround(picture, now).look();
}

}  // namespace sereno
