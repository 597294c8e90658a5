#include "agent/diagnosis/controls.hpp"

#include <algorithm>
#include <cstdlib>

#include "agent/diagnosis/diagnosis.hpp"

namespace sereno {

namespace {

constexpr std::chrono::minutes lately{2};

bool looks_like_a_portal(Failure failure) {
    switch (failure) {
        case Failure::content_mismatch:
        case Failure::http_status:
        case Failure::http_redirect:
        case Failure::http_too_large:
        case Failure::certificate_name:
        case Failure::http_blocked:
        case Failure::proxy_refused:
            return true;
        default:
            return false;
    }
}

bool is_about_issuer(Failure failure) {
    return failure == Failure::certificate_untrusted || failure == Failure::certificate_self_signed ||
           failure == Failure::certificate_issuer_expired;
}

}  // namespace

const Track* main_track(const Picture& picture, const Control& control) {
    for (const Track* track : picture.of(control.id, Group::controls))
        if (kind_of(track->spec.task) != ProbeKind::dns) return track;
    return nullptr;
}

std::vector<std::pair<const Control*, const Track*>> countable(const Picture& picture, Stamp now) {
    std::vector<std::pair<const Control*, const Track*>> all;
    int well = 0;
    for (const Control& control : picture.watch().controls) {
        const Track* track = main_track(picture, control);
        if (!track || !track->fresh(now, picture.watch().thresholds) || track->host_failures > 0) continue;
        all.emplace_back(&control, track);
        if (track->well()) ++well;
    }
    if (well >= 2)
        std::erase_if(all, [](const auto& one) { return one.second->failing() && !one.second->ever_ok; });
    return all;
}

Sweep sweep_controls(const Picture& picture, Stamp now) {
    const Thresholds& thresholds = picture.watch().thresholds;
    Sweep sweep;
    for (const auto& [known, track] : countable(picture, now)) {
        const Control& control = *known;
        ++sweep.known;
        const bool by_name = control.fetch.has_value();
        if (by_name) ++sweep.names_known;
        if (track->ever_ok && track->relapses_since(now - lately) > 0) ++sweep.shaky;
        if (!track->failing()) {
            ++sweep.well;
            sweep.well_basis.push_back(track->last.id);
            if (by_name) ++sweep.names_well;
            // A proxy's client asks no resolver.
            if (!by_name || track->last.dns > Micros{0}) sweep.names_resolve = true;
            continue;
        }
        ++sweep.failing;
        if (track->ever_ok) ++sweep.once_well;
        if (track->failures >= thresholds.failures) ++sweep.failed;
        if (by_name && looks_like_a_portal(track->last.failure)) ++sweep.names_portal;
        sweep.since = std::min(sweep.since, track->first_failure);
        sweep.failing_basis.push_back(track->last.id);
    }
    return sweep;
}

ResolverCount count_resolver(const Picture& picture, const std::string& resolver, Stamp now) {
    const Thresholds& thresholds = picture.watch().thresholds;
    ResolverCount count;
    for (const Track* track : picture.of(Group::controls)) {
        if (server_of(track->spec) != resolver) continue;
        if (!track->fresh(now, thresholds) || track->host_failures > 0) continue;
        ++count.known;
        if (track->well()) {
            ++count.well;
            continue;
        }
        ++count.failing;
        if (track->ever_ok) ++count.once_well;
        if (track->failures >= thresholds.failures) ++count.failed;
        count.since = std::min(count.since, track->first_failure);
        count.basis.push_back(track->last.id);
    }
    return count;
}

DateCount count_dates(const Picture& picture, Stamp now) {
    constexpr std::int64_t tolerated = 300, agreement = 120;
    std::vector<const Track*> dated;
    for (const Control& control : picture.watch().controls) {
        const Track* track = main_track(picture, control);
        if (track && track->fresh(now, picture.watch().thresholds) && track->last.clock_offset_seconds)
            dated.push_back(track);
    }
    const auto offset = [](const Track* track) { return std::int64_t{*track->last.clock_offset_seconds}; };
    DateCount largest;
    for (const Track* one : dated) {
        DateCount count;
        count.seconds = *one->last.clock_offset_seconds;
        for (const Track* other : dated) {
            if (std::abs(offset(other) - offset(one)) > agreement) continue;
            ++count.off;
            count.since = std::min(count.since, other->last.started);
            count.basis.push_back(other->last.id);
        }
        if (count.off > largest.off) largest = std::move(count);
    }
    // Where most agree with us, or with each other no more than with us, our clock is as good as theirs.
    const auto on_time = std::count_if(
        dated.begin(), dated.end(), [&](const Track* track) { return std::abs(offset(track)) <= tolerated; });
    const bool ours = std::abs(std::int64_t{largest.seconds}) <= tolerated || largest.off <= on_time;
    if (ours) largest = {};
    largest.on_time = static_cast<int>(on_time);
    return largest;
}

std::string operator_of(const Watch& watch, const SubjectId& subject) {
    for (const Platform& p : watch.platforms)
        if (p.id == subject) return p.operator_id.value;
    for (const Control& c : watch.controls)
        if (c.id == subject) return c.operator_id.value;
    return subject.value;
}

CertificateCount count_certificates(const Picture& picture, Stamp now) {
    CertificateCount count;
    for (const Track* page : picture.pages_over_tls()) {
        const Track& track = *page;
        if (!track.fresh(now, picture.watch().thresholds)) continue;
        const Failure failure = track.last.failure;
        const bool early = failure == Failure::certificate_not_yet_valid;
        const bool dated = early || failure == Failure::certificate_expired ||
                           failure == Failure::certificate_issuer_expired;
        if (dated) {
            ++count.dated;
            if (early) ++count.not_yet_valid;
            count.operators.insert(operator_of(picture.watch(), track.spec.subject));
            count.since = std::min(count.since, track.first_failure);
            count.basis.push_back(track.last.id);
        }
        const bool about_issuer = is_about_issuer(failure);
        if (about_issuer) {
            ++count.unknown_issuer;
            if (failure == Failure::certificate_issuer_expired) ++count.issuers_expired;
            count.issuer_operators.insert(operator_of(picture.watch(), track.spec.subject));
            if (track.last.certificate) {
                count.issuers.insert(track.last.certificate->issuer);
                if (!track.issuer.empty() && track.issuer != track.last.certificate->issuer)
                    ++count.issuers_changed;
            }
            count.issuer_since = std::min(count.issuer_since, track.first_failure);
            count.issuer_basis.push_back(track.last.id);
        }
        if (!dated && !about_issuer && track.last.tls > Micros{0}) ++count.tls_well;
    }
    return count;
}

ControlCount count_controls(const Picture& picture, const Platform& platform, Stamp now, Stamp since) {
    ControlCount count;
    std::set<std::string_view> operators;
    for (const Control& control : picture.watch().controls)
        if (!shares_fate(control, platform)) ++count.total;
    for (const auto& [known, track] : countable(picture, now)) {
        const Control& control = *known;
        if (shares_fate(control, platform)) continue;
        ++count.known;
        if (track->failing()) {
            ++count.failing;
            count.failing_basis.push_back(track->last.id);
        } else if (track->well() && track->last.finished >= since) {
            ++count.well;
            operators.insert(control.operator_id.value);
            count.well_basis.push_back(track->last.id);
        }
    }
    count.operators_well = static_cast<int>(operators.size());
    return count;
}

}  // namespace sereno
