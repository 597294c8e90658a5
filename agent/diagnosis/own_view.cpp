#include "agent/diagnosis/own_view.hpp"

#include <algorithm>

namespace sereno {

namespace {

/// In lengths of recover_after: an hour by default.
constexpr int pages_gone_after = 12;
/// So many rows of failures of one page within so long are no accident.
constexpr int shaky_from = 4;
constexpr std::chrono::minutes shaky_for{10};
/// So many late answers in a row are no accident.
constexpr int least_slow_looks = 3;

std::string number(int value) {
    return std::to_string(value);
}

bool is_tls(Failure failure) {
    return failure >= Failure::tls_handshake && failure <= Failure::certificate_untrusted;
}
/// Answers that a filter gives in the platform's name: addresses that cannot be true.
bool is_bogus(Failure failure) {
    return failure == Failure::dns_bogus;
}
/// What somebody between us and the platform's own name servers would answer.
bool is_foreign(Failure failure) {
    return failure == Failure::dns_bogus || failure == Failure::dns_lame;
}
/// Failures of a resolver that it does not make up itself, nor on anybody's behalf.
bool is_trouble(Failure failure) {
    return failure == Failure::dns_servfail || is_silence(failure);
}
/// It took the connection, and then said nothing.
bool is_hanging(Failure failure) {
    return failure == Failure::http_timeout;
}
bool is_denial(Failure failure) {
    return failure == Failure::dns_nxdomain || failure == Failure::dns_nodata;
}
/// The handshake, or what follows it, ended before its time.
bool is_broken_off(Failure failure) {
    return (is_tls(failure) && failure < Failure::certificate_expired) || failure == Failure::http_reset;
}
/// The site's own certificate, not one above it.
bool is_out_of_date(Failure failure) {
    return failure == Failure::certificate_expired || failure == Failure::certificate_not_yet_valid;
}
bool is_certificate_date(Failure failure) {
    return failure == Failure::certificate_expired || failure == Failure::certificate_not_yet_valid ||
           failure == Failure::certificate_issuer_expired;
}

/// A page that has failed for very long while others answer has changed or gone; it says nothing any more.
/// One that tells of an error of the platform's is still missed.
bool has_gone(const Track& track, Tracks edges, const Thresholds& thresholds, Stamp now) {
    return track.failing() && (!is_server_error(track.last.failure) || !track.ever_ok) &&
           now - track.first_failure >= pages_gone_after * thresholds.recover_after &&
           std::any_of(edges.begin(), edges.end(), [](const Track* other) { return other->successes >= 2; });
}

/// It failed for a reason that lies on this side.
bool says_nothing(const Track& track) {
    return track.failing() && !speaks_of_target(track.last.failure);
}

bool is_about_certificate(Failure failure) {
    return is_certificate_date(failure) || failure == Failure::certificate_untrusted ||
           failure == Failure::certificate_self_signed;
}

/// What a wrong clock or an old list of issuers makes certificates seem to be, or did when it was looked at.
bool voided(const PlatformContext& context, const Observation& seen) {
    const Failure failure = seen.failure;
    if (!is_about_certificate(failure)) return false;
    const bool of_issuer = !is_certificate_date(failure) || failure == Failure::certificate_issuer_expired;
    return (context.local.clock_wrong && is_certificate_date(failure)) ||
           (context.local.issuers_unknown && of_issuer) || seen.started < context.undated_until;
}

bool is_deaf(const LocalView& local, std::string_view resolver) {
    return std::find(local.deaf_resolvers.begin(), local.deaf_resolvers.end(), resolver) !=
           local.deaf_resolvers.end();
}

Evidence piece(const char* rule, Group group, std::vector<ObservationId> basis,
               std::vector<std::pair<std::string, std::string>> facts) {
    return Evidence{rule, group, 0, std::move(basis), std::move(facts)};
}

/// One group's voice: "{failed} of {total} ...".
Sighting fails(const char* rule, Group group, const Tally& tally, int looks) {
    return {piece(rule, group, tally.failing_basis,
                  {{"failed", number(tally.failing)},
                   {"total", number(tally.known)},
                   {"failure", std::string{to_string(tally.commonest())}},
                   {"status", number(tally.most_status)}}),
            looks};
}
Sighting passes(const char* rule, Group group, const Tally& tally) {
    return {piece(rule, group, tally.well_basis,
                  {{"passed", number(tally.well)}, {"total", number(tally.known)}})};
}

/// A resolver that fails on the name gives it out to those who do not want it validated (RFC 4035 section
/// 3.2.2, the CD bit).
bool unvalidated_answers(const Picture& picture, const Platform& platform, Stamp blind_until) {
    std::set<std::string_view> refusing;
    for (const Track* track : picture.of(platform.id, Group::resolver))
        if (track->failing() && track->last.failure == Failure::dns_servfail)
            refusing.insert(server_of(track->spec));
    const auto looks = picture.of(platform.id, Group::second_look);
    return std::any_of(looks.begin(), looks.end(), [&](const Track* track) {
        const auto* query = std::get_if<DnsQuery>(&track->spec.task);
        return query && query->checking_disabled && query->recursion && track->last.ok() && track->seen() &&
               track->last.started >= blind_until && refusing.contains(query->server.name);
    });
}

/// All that fails are this network's own resolver's words, and they are a filter's.
bool own_resolver_denies(const Tally& names, const Picture& picture, const Platform& platform) {
    if (names.failing == 0 || names.well == 0) return false;
    for (const Track* track : picture.of(platform.id, Group::resolver)) {
        if (!track->failing()) continue;
        const bool filtering = is_denial(track->last.failure) || is_bogus(track->last.failure) ||
                               track->last.failure == Failure::dns_refused;
        if (server_of(track->spec) != "system" || !filtering) return false;
    }
    return true;
}

/// Which line of the table the failing front ends are.
const char* rule_of_edge(const OwnView& view) {
    const Tally& edge = view.edge;
    if (edge.any(is_server_error))
        return edge.most_status >= 502 && edge.most_status <= 504 ? "edge_unavailable" : "edge_errors";
    if (edge.all(is_hanging)) return "edge_hangs";
    if (edge.any(is_silence)) return "edge_silent";
    if (edge.kinds.contains(Failure::connect_refused))
        return view.edge_once_well ? "edge_refuses" : "edge_never_answered";
    if (edge.all(is_out_of_date)) return "edge_certificate";
    if (edge.all(is_broken_off)) return "edge_breaks_off";
    if (edge.any(is_tls)) return "edge_tls";
    if (edge.any(is_wrong_page)) return "edge_content";
    return "edge_silent";
}

void say_names(const OwnView& view, std::vector<Sighting>& seen) {
    const Tally& names = view.resolvers;
    if (view.own_resolver_denies) {
        const int deepest = *std::max_element(names.depths.begin(), names.depths.end());
        seen.push_back(fails("own_resolver_denies", Group::resolver, names, deepest));
        return;
    }
    if (view.names_filtered()) {
        const Tally& by = names.any(is_bogus) ? names : view.authoritative;
        seen.push_back(fails("names_filtered", Group::resolver, by, std::max(1, by.most_depth())));
        return;
    }
    if (view.unvalidated_answers && names.failing > 0)
        seen.push_back(fails("validation_fails", Group::resolver, names, Sighting::full_looks));
    else if (view.names_fail_for_sure())
        seen.push_back(fails(names.all(is_denial) ? "resolvers_deny" : "resolvers_fail", Group::resolver,
                             names, names.asked.size() >= 2 ? names.most_depth() : 1));
    else if (names.failing > 0 && names.well > 0)
        seen.push_back(fails("resolvers_differ", Group::resolver, names, 1));
    else if (names.well > 0)
        seen.push_back(passes("resolvers_answer", Group::resolver, names));
    if (view.stale > 0)
        seen.push_back({piece("resolvers_stale", Group::resolver, {}, {{"passed", number(view.stale)}})});
}

void say_name_servers(const OwnView& view, bool direct_dns_works, bool known, std::vector<Sighting>& seen) {
    const Tally& servers = view.authoritative;
    if (view.names_filtered() && !view.resolvers.any(is_bogus)) return;
    if (servers.all_failing()) {
        const bool silent = servers.all(is_silence);
        seen.push_back(fails(silent ? "authoritative_silent" : "authoritative_errors", Group::authoritative,
                             servers, servers.all_depth()));
    } else if (servers.well > 0) {
        seen.push_back(passes("authoritative_answers", Group::authoritative, servers));
    } else if (known && !direct_dns_works) {
        seen.push_back({piece("direct_dns_blocked", Group::authoritative, {}, {})});
    }
}

void say_front_ends(const OwnView& view, std::vector<Sighting>& seen) {
    const Tally& edge = view.edge;
    if (view.only_unsaid()) {
        seen.push_back({piece("proxy_speaks", Group::edge, {}, {{"failed", number(view.edge_unsaid)}})});
    } else if (edge.most_failing()) {
        seen.push_back(fails(rule_of_edge(view), Group::edge, edge, edge.most_depth()));
    } else if (edge.failing > 0) {
        const int deepest = *std::max_element(edge.depths.begin(), edge.depths.end());
        seen.push_back(
            fails(edge.lost > 0 && edge.all(is_server_error) ? "edge_partly_errors" : "edge_partly",
                  Group::edge, edge, deepest));
    } else if (edge.known > 0 && view.turned_away == edge.known) {
        seen.push_back({piece("edge_turned_away", Group::edge, edge.well_basis,
                              {{"failed", number(view.turned_away)}, {"total", number(edge.known)}})});
    } else if (view.mostly_slow()) {
        seen.push_back({piece("edge_slow", Group::edge, edge.well_basis,
                              {{"failed", number(view.slow)}, {"total", number(edge.known)}})});
    } else if (edge.known > 0 && view.shaky()) {
        seen.push_back(
            {piece("edge_shaky", Group::edge, edge.well_basis,
                   {{"failed", number(view.relapses)}, {"duration", duration_text(Micros{shaky_for})}})});
    } else if (edge.known > 0 && view.edge_in_dns == 0) {
        seen.push_back(passes("edge_answers", Group::edge, edge));
    }
}

}  // namespace

bool is_server_error(Failure failure) {
    return failure == Failure::http_server_error;
}
bool is_stall(Failure failure) {
    return failure == Failure::tls_timeout || failure == Failure::http_timeout;
}
bool is_wrong_page(Failure failure) {
    return failure == Failure::content_mismatch || failure == Failure::http_status ||
           failure == Failure::http_redirect;
}

void Tally::add(const Track& track, Stamp not_before) {
    ++known;
    asked.insert(server_of(track.spec));
    if (!track.failing()) {
        ++well;
        well_basis.push_back(track.last.id);
        return;
    }
    ++failing;
    if (track.ever_served) ++lost;
    ++kinds[track.last.failure];
    most_status = std::max(most_status, track.last.http_status);
    depths.push_back(track.failures);
    beginnings.push_back(std::max(track.first_failure, not_before));
    last_well.push_back(track.well_at);
    last_tried = std::max(last_tried, track.last.started);
    failing_basis.push_back(track.last.id);
}

int Tally::most_depth() const {
    if (!most_failing()) return 0;
    std::vector<int> deepest = depths;
    std::sort(deepest.rbegin(), deepest.rend());
    return deepest[static_cast<std::size_t>(known / 2)];
}

int Tally::all_depth() const {
    return all_failing() ? *std::min_element(depths.begin(), depths.end()) : 0;
}

Stamp Tally::since() const {
    if (!most_failing()) return Stamp::max();
    std::vector<Stamp> sorted = beginnings;
    std::sort(sorted.begin(), sorted.end());
    for (const Stamp begun : sorted) {
        const auto ill =
            std::count_if(last_well.begin(), last_well.end(), [begun](Stamp seen) { return seen < begun; });
        if (ill * 2 > known) return begun;
    }
    return sorted.back();
}

Failure Tally::commonest() const {
    const auto it = std::max_element(kinds.begin(), kinds.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
    return it == kinds.end() ? Failure::none : it->first;
}

bool Tally::any(bool (*holds)(Failure)) const {
    return std::any_of(kinds.begin(), kinds.end(), [holds](const auto& kind) { return holds(kind.first); });
}

bool Tally::all(bool (*holds)(Failure)) const {
    return !kinds.empty() &&
           std::all_of(kinds.begin(), kinds.end(), [holds](const auto& kind) { return holds(kind.first); });
}

bool OwnView::names_filtered() const {
    return resolvers.any(is_bogus) || (authoritative.all_failing() && authoritative.all(is_foreign));
}

bool OwnView::names_fail_for_sure() const {
    return resolvers.most_failing() && (resolvers.asked.size() >= 2 || resolvers.all(is_trouble));
}

bool OwnView::shaky() const {
    return relapses >= shaky_from;
}

bool OwnView::symptoms() const {
    return edge.failing > 0 || edge_in_dns > 0 || own_resolver_denies || only_unsaid() ||
           resolvers.most_failing() || authoritative.most_failing() || unvalidated_answers || mostly_slow() ||
           shaky() || (edge.known > 0 && turned_away == edge.known);
}

Stamp OwnView::beginning() const {
    const Stamp most = std::min({authoritative.since(), resolvers.since(), edge.since()});
    if (most != Stamp::max()) return most;
    return edge.beginnings.empty() ? odd_since : first_page();
}

Stamp OwnView::last_failure() const {
    return std::max({authoritative.last_tried, resolvers.last_tried, edge.last_tried});
}

Stamp OwnView::first_page() const {
    return edge.beginnings.empty() ? Stamp::max()
                                   : *std::min_element(edge.beginnings.begin(), edge.beginnings.end());
}

OwnView view_of(const Picture& picture, const Platform& platform, const PlatformContext& context, Stamp now) {
    const Thresholds& thresholds = picture.watch().thresholds;
    const auto edges = picture.of(platform.id, Group::edge);
    const auto usable = [&](const Track& track) {
        return track.fresh(now, thresholds) && track.host_failures == 0 &&
               track.last.started >= context.blind_until;
    };
    OwnView view;
    std::vector<const Track*> stale;
    Stamp own_since = Stamp::max();
    for (const Track* track : picture.of(platform.id)) {
        if (!usable(*track)) continue;
        if (track->spec.group != Group::edge && says_nothing(*track)) continue;
        switch (track->spec.group) {
            case Group::resolver:
                if (is_deaf(context.local, server_of(track->spec))) break;
                if (track->failing() && server_of(track->spec) == "system") own_since = track->first_failure;
                if (track->stale())
                    stale.push_back(track);
                else
                    view.resolvers.add(*track);
                break;
            case Group::authoritative:
                // What spoke for them before somebody began to answer in their place goes on speaking for
                // them.
                if (context.local.direct_dns_works || (context.local.interception_began && track->well()))
                    view.authoritative.add(*track);
                break;
            case Group::edge:
                view.edge_once_well = view.edge_once_well || track->ever_ok;
                if (has_gone(*track, edges, thresholds, now)) break;
                if (says_nothing(*track)) {
                    ++view.edge_unsaid;
                    view.odd_since = std::min(view.odd_since, track->first_failure);
                } else if (track->failing() && track->last.reached == Stage::dns) {
                    ++view.edge_in_dns;
                } else if (!voided(context, track->last)) {
                    view.edge.add(
                        *track, is_about_certificate(track->last.failure) ? context.undated_until : Stamp{});
                    if (track->ever_served && track->refused_since != Stamp{}) {
                        ++view.turned_away;
                        view.odd_since = std::min(view.odd_since, track->refused_since);
                    }
                    if (track->slow >= least_slow_looks) {
                        ++view.slow;
                        view.odd_since = std::min(view.odd_since, track->slow_since);
                    }
                    const int relapses =
                        track->relapses_since(std::max(context.blind_until, now - shaky_for));
                    view.relapses = std::max(view.relapses, relapses);
                    if (relapses >= shaky_from)
                        view.odd_since = std::min(view.odd_since, track->relapses.back());
                }
                break;
            default:
                break;
        }
    }
    view.own_resolver_denies = own_resolver_denies(view.resolvers, picture, platform);
    if (view.own_resolver_denies) view.odd_since = std::min(view.odd_since, own_since);
    view.unvalidated_answers =
        view.resolvers.failing > 0 && unvalidated_answers(picture, platform, context.blind_until);
    if (view.unvalidated_answers && !view.resolvers.beginnings.empty())
        view.odd_since = std::min(view.odd_since, *std::min_element(view.resolvers.beginnings.begin(),
                                                                    view.resolvers.beginnings.end()));
    // An old answer is as good as a new one as long as somebody could still give a new one.
    const bool servers_silent = view.authoritative.most_failing() && view.authoritative.all(is_silence);
    if (servers_silent) {
        view.stale = static_cast<int>(stale.size());
    } else {
        for (const Track* track : stale)
            view.resolvers.add(*track);
    }
    return view;
}

bool answers(const Picture& picture, const Platform& platform, const PlatformContext& context, Stamp now,
             int times) {
    const Thresholds& thresholds = picture.watch().thresholds;
    Tracks lookers = picture.of(platform.id, Group::edge);
    std::vector<const Track*> askers;
    if (lookers.empty()) {
        for (const Track* track : picture.of(platform.id)) {
            const bool asks_names =
                track->spec.group == Group::resolver || track->spec.group == Group::authoritative;
            if (asks_names && track->ever_ok && !is_deaf(context.local, server_of(track->spec)))
                askers.push_back(track);
        }
        lookers = askers;
    }
    bool any = false;
    for (const Track* track : lookers) {
        if (has_gone(*track, lookers, thresholds, now)) continue;
        any = true;
        if (!track->fresh(now, thresholds) || track->host_failures > 0 || track->successes < times ||
            track->last.started < context.blind_until)
            return false;
    }
    return any;
}

bool rests(const Picture& picture, const Platform& platform, Stamp blind_until, Stamp now) {
    const Thresholds& thresholds = picture.watch().thresholds;
    const auto undisturbed = [&](const Track* track) {
        return track->well() && track->last.ok() && track->fresh(now, thresholds) &&
               track->host_failures == 0 && track->slow == 0 && track->relapses_since(now - shaky_for) == 0 &&
               track->last.started >= blind_until;
    };
    const auto undoubted = [](const Track* track) {
        const auto& voices = track->last.voices;
        return track->last.ok() && !track->failing() && track->host_failures == 0 &&
               std::all_of(voices.begin(), voices.end(), [](const Voice& voice) { return voice.well(); });
    };
    const Tracks pages = picture.of(platform.id, Group::edge), own = picture.of(platform.id),
                 others = picture.witnesses_of(platform.id);
    const auto& controls = picture.watch().controls;
    return !pages.empty() && std::all_of(pages.begin(), pages.end(), undisturbed) &&
           std::all_of(own.begin(), own.end(), undisturbed) &&
           std::all_of(others.begin(), others.end(), undoubted) &&
           std::any_of(controls.begin(), controls.end(),
                       [&](const Control& control) { return !shares_fate(control, platform); });
}

std::vector<Sighting> findings_of(const OwnView& view, bool direct_dns_works, bool has_name_servers) {
    std::vector<Sighting> seen;
    say_names(view, seen);
    say_name_servers(view, direct_dns_works, has_name_servers, seen);
    say_front_ends(view, seen);
    return seen;
}

std::vector<Sighting> second_looks(const Picture& picture, const Platform& platform, const OwnView& view,
                                   Stamp now) {
    std::vector<Sighting> seen;
    const Stamp since = view.beginning();
    if (since == Stamp::max()) return seen;
    // Each explains one way of failing, and would say nothing, or the wrong thing, of any other.
    const bool lost_on_the_way = view.edge.any(is_silence) || view.edge.any(is_broken_off);
    const bool names_fail = view.edge_in_dns > 0 || view.resolvers.most_failing();
    const auto say = [&seen](const char* rule, Group group, const Track& track) {
        seen.push_back({piece(rule, group, {track.last.id}, {})});
    };
    bool other_name = false, small = false, remembered = false;
    const Track* farthest = nullptr;
    for (const Picture::Position i : picture.positions_of(platform.id)) {
        const Track& track = picture.tracks()[i];
        if (!track.seen() || track.last.started < since || !track.fresh(now, picture.watch().thresholds))
            continue;
        if (track.spec.group == Group::path) {
            if (track.failing() && (!farthest || track.last.failure > farthest->last.failure))
                farthest = &track;
            continue;
        }
        if (track.spec.group != Group::second_look) continue;
        // Silence is anybody's; who breaks off does so by name, or for everybody.
        if (std::holds_alternative<TlsHandshake>(track.spec.task) && !other_name && view.edge.failing > 0 &&
            view.edge.all(is_broken_off) && is_broken_off(track.last.failure) && track.failures >= 2) {
            other_name = true;
            say("other_name_fails", Group::second_look, track);
        }
        if (!track.last.ok()) continue;
        const auto* fetch = std::get_if<HttpFetch>(&track.spec.task);
        if (std::holds_alternative<TlsHandshake>(track.spec.task) && lost_on_the_way && !other_name) {
            other_name = true;
            say("other_name_answers", Group::second_look, track);
        } else if (fetch && fetch->segment_bytes > 0 && view.edge.any(is_stall) && !small) {
            small = true;
            say("small_segments_answer", Group::second_look, track);
        } else if (fetch && fetch->at_remembered && names_fail && !remembered) {
            remembered = true;
            say("remembered_answers", Group::second_look, track);
        }
    }
    if (farthest && farthest->last.failure == Failure::path_ends_beyond)
        say("path_ends_beyond", Group::path, *farthest);
    else if (farthest)
        say("path_ends_near", Group::path, *farthest);
    return seen;
}

}  // namespace sereno
