#include "pages.hpp"

namespace sereno::scenario {

namespace {

using enum FaultKind;

/// How long certificates are still, and were already, in date; and that of the authority above.
constexpr std::chrono::hours left{60 * 24}, old{30 * 24}, authority_left{700 * 24};

bool stop(PageSeen& seen, Stage stage, Failure failure) {
    seen.reached = stage;
    seen.failure = failure;
    return false;
}

/// "captive.apple.com" answers in plain text: nobody's certificate.
std::int32_t seconds_of(Micros length) {
    return static_cast<std::int32_t>(length / Micros{1'000'000});
}

/// Unrelated sites have their certificates from different authorities, and keep to theirs.
std::string authority_of(const Site& site) {
    static constexpr std::array authorities{"R11", "WE1", "DigiCert TLS RSA SHA256 2020 CA1",
                                            "Amazon RSA 2048 M03", "GlobalSign Atlas R3 DV TLS CA"};
    return authorities[Draws(0, site.subject, 0).next() % authorities.size()];
}

}  // namespace

Micros Pages::clock_ahead(Stamp at) const {
    const Fault* fault = ground_.on(clock_wrong, way_.host(), at);
    if (!fault) return Micros{0};
    return fault->how == "behind" ? -fault->by : fault->by;
}

PageSeen Pages::fetch(const Site& site, const PageRequest& request, Stamp at, Draws& draws) {
    PageSeen seen;
    const Looker self = way_.host();
    if (request.by_proxy && blocked_by_proxy(request, at, seen)) return seen;
    if (!request.by_proxy && !find(site, request, at, draws, seen)) return seen;
    if (!connect(self, site, request, at, draws, seen)) return seen;
    if (request.is_https && !encrypt(self, site, request, at, draws, seen)) return seen;
    if (request.handshake_only) return seen;
    answer(self, site, request, at, draws, seen);
    if (request.is_https ? seen.reached >= Stage::http : seen.failure == Failure::none)
        remembered_.insert(site.subject);
    return seen;
}

PageSeen Pages::fetch_elsewhere(const Looker& who, const Site& site, const PageRequest& request, Stamp at,
                                Draws& draws) const {
    PageSeen seen;
    const NameAnswer name = names_.resolve_afresh(who, site, at, draws);
    seen.dns = name.took;
    if (name.failure != Failure::none) {
        stop(seen, Stage::dns, name.failure);
        return seen;
    }
    if (!connect(who, site, request, at, draws, seen)) return seen;
    if (request.is_https && !encrypt(who, site, request, at, draws, seen)) return seen;
    answer(who, site, request, at, draws, seen);
    return seen;
}

bool Pages::blocked_by_proxy(const PageRequest& request, Stamp at, PageSeen& seen) const {
    if (!ground_.on(proxy_refuses, way_.host(), at)) return false;
    seen.first_byte = Micros{2'000};
    if (!request.is_https) seen.http_status = 407;
    stop(seen, Stage::http, Failure::proxy_refused);
    return true;
}

bool Pages::find(const Site& site, const PageRequest& request, Stamp at, Draws& draws, PageSeen& seen) {
    if (request.at_remembered) {
        if (remembered_.count(site.subject) > 0) return true;
        return stop(seen, Stage::schedule, Failure::address_unknown);
    }
    const NameAnswer name = names_.resolve(site, request.host, at, request.timeout, draws);
    seen.dns = std::max(name.took, Micros{1});
    seen.ttl_seconds = name.ttl_seconds;
    seen.icmp_from = name.icmp_from;
    if (name.failure == Failure::none) return true;
    return stop(seen, Stage::dns, name.failure);
}

bool Pages::connect(const Looker& who, const Site& site, const PageRequest& request, Stamp at, Draws& draws,
                    PageSeen& seen) const {
    const Asked asked{site.front, request.host, at};
    seen.address = site.address + (request.is_https ? ":443" : ":80");
    if (who.here && request.family == Family::v6) {
        if (!home_.ipv6) return stop(seen, Stage::connect, Failure::no_ipv6);
        if (ground_.on(portal, who, at)) {
            seen.icmp_from = std::string{router_address} + " port unreachable";
            return stop(seen, Stage::connect, Failure::connect_refused);
        }
        if (ground_.on(ipv6_broken, who, at)) return stop(seen, Stage::connect, Failure::connect_timeout);
    }
    const Fate fate = way_.to(who, Carried::tcp, asked, draws);
    if (!fate.arrives()) {
        seen.icmp_from = fate.icmp_from;
        return stop(seen, Stage::connect, fate.as_connect_failure());
    }
    seen.connect = fate.took;
    if (fate.kind == Fate::Kind::at_portal) return true;
    if (const Fault* fault = ground_.swallows(routes_withdrawn, who, asked, syn_tries, draws)) {
        const bool told = fault->how == "unreachable";
        if (told) seen.icmp_from = std::string{transit_address} + " host unreachable";
        return stop(seen, Stage::connect, told ? Failure::connect_unreachable : Failure::connect_timeout);
    }
    if (ground_.swallows(edge_silent, who, asked, syn_tries, draws))
        return stop(seen, Stage::connect, Failure::connect_timeout);
    if (ground_.hits(edge_unreachable, who, asked, draws)) {
        seen.icmp_from = std::string{transit_address} + " host unreachable";
        return stop(seen, Stage::connect, Failure::connect_unreachable);
    }
    if (ground_.hits(edge_refuses, who, asked, draws))
        return stop(seen, Stage::connect, Failure::connect_refused);
    return true;
}

bool Pages::encrypt(const Looker& who, const Site& site, const PageRequest& request, Stamp at, Draws& draws,
                    PageSeen& seen) const {
    const Asked asked{site.front, request.host, at};
    if (who.here) {
        if (ground_.on(portal, who, at) && !request.handshake_only) {
            seen.certificate = CertificateSeen{"portal", 300};
            return stop(seen, Stage::tls, Failure::certificate_name);
        }
        const Fault* filter = ground_.on(name_filter, who, asked);
        if (filter && !request.handshake_only)
            return stop(seen, Stage::tls,
                        filter->how == "silent" ? Failure::tls_timeout : Failure::tls_reset);
        const Fault* mtu = ground_.on(path_mtu, who, asked);
        if (mtu && mtu->how != "http" && !request.small_segments)
            return stop(seen, Stage::tls, Failure::tls_timeout);
    }
    if (ground_.hits(edge_resets, who, asked, draws)) return stop(seen, Stage::tls, Failure::tls_reset);
    seen.tls = 2 * seen.connect + Micros{5'000};
    seen.certificate = CertificateSeen{authority_of(site), 60};
    if (const Fault* bad = ground_.on(edge_certificate, who, asked); bad && !request.handshake_only) {
        const bool name = bad->how == "name";
        if (!name) seen.certificate->days_left = -1;
        return stop(seen, Stage::tls, name ? Failure::certificate_name : Failure::certificate_expired);
    }
    return request.handshake_only || trust(who, site, at, seen);
}

bool Pages::trust(const Looker& who, const Site& site, Stamp at, PageSeen& seen) const {
    if (!who.here) return true;
    if (ground_.on(tls_inspected, who, at)) {
        seen.certificate = CertificateSeen{"Inspection CA", 300};
        return stop(seen, Stage::tls, Failure::certificate_untrusted);
    }
    const Micros ahead = clock_ahead(at);
    if (ahead > authority_left) return stop(seen, Stage::tls, Failure::certificate_issuer_expired);
    if (ahead > left) return stop(seen, Stage::tls, Failure::certificate_expired);
    if (ahead < -Micros{old}) return stop(seen, Stage::tls, Failure::certificate_not_yet_valid);
    if (const Fault* store = ground_.on(old_trust_store, who, {site.front, {}, at}))
        return stop(
            seen, Stage::tls,
            store->how == "unknown" ? Failure::certificate_untrusted : Failure::certificate_issuer_expired);
    return true;
}

void Pages::answer(const Looker& who, const Site& site, const PageRequest& request, Stamp at, Draws& draws,
                   PageSeen& seen) const {
    const Asked front{site.front, request.host, at}, back{site.back, request.host, at};
    seen.edge = site.edge;
    seen.first_byte = seen.connect + Micros{20'000 + draws.below(60'000)};
    if (who.here) {
        if (!request.is_https && ground_.on(portal, who, at)) {
            seen.http_status = 302;
            seen.edge = "portal";
            stop(seen, Stage::http, Failure::http_redirect);
            return;
        }
        if (!request.is_https && ground_.on(via_proxy, who, at)) seen.via = "1.1 cache";
        const Fault* mtu = ground_.on(path_mtu, who, front);
        if (mtu && request.is_https && !request.small_segments) {
            stop(seen, Stage::http, Failure::http_timeout);
            return;
        }
        seen.clock_offset_seconds = -seconds_of(clock_ahead(at));
    }
    if (const Fault* late = ground_.hits(slow, who, back, draws)) seen.first_byte += late->by;
    if (seen.took() >= request.timeout) {
        seen.first_byte = request.timeout - std::min(request.timeout, seen.dns + seen.connect + seen.tls);
        seen.clock_offset_seconds.reset();
        seen.edge.clear();
        stop(seen, Stage::http, Failure::http_timeout);
        return;
    }
    const auto says = [&](const Fault* fault, int usual, Failure failure) {
        if (!fault) return false;
        seen.http_status = fault->status != 0 ? fault->status : usual;
        stop(seen, Stage::http, failure);
        return true;
    };
    if (says(ground_.hits(turned_away, who, front, draws), 403, Failure::http_blocked)) return;
    if (says(ground_.hits(edge_errors, who, front, draws), 503, Failure::http_server_error)) return;
    if (says(ground_.hits(app_errors, who, back, draws), 500, Failure::http_server_error)) return;
    if (request.is_step &&
        says(ground_.hits(login_broken, who, back, draws), 500, Failure::http_server_error))
        return;
    seen.http_status = 200;
    if (request.has_body_rule && ground_.hits(page_wrong, who, back, draws))
        stop(seen, Stage::content, Failure::content_mismatch);
}

}  // namespace sereno::scenario
