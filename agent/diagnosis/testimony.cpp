#include "agent/diagnosis/testimony.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "agent/diagnosis/belief.hpp"

namespace sereno {

namespace {

std::string number(int value) {
    return std::to_string(value);
}

Evidence piece(RuleId rule, Group group, std::vector<ObservationId> basis,
               std::vector<std::pair<std::string, std::string>> facts) {
    const MilliNats weight = weight_of(rule);
    return Evidence{std::move(rule), group, weight, std::move(basis), std::move(facts)};
}

/// A network is one voice, however many probes it has; one that is not known counts by its name.
std::string network_of(const Vantage& vantage) {
    return vantage.asn != 0 ? "AS" + std::to_string(vantage.asn) : vantage.name;
}

/// Networks and countries of those who see it ill or well.
struct Networks {
    std::set<std::string> ill, well, ill_countries, well_countries;
    std::vector<ObservationId> basis;

    void add(const Voice& voice) {
        if (!voice.speaks()) return;
        (voice.well() ? well : ill).insert(network_of(voice.vantage));
        if (!voice.vantage.country.empty())
            (voice.well() ? well_countries : ill_countries).insert(voice.vantage.country);
    }
    [[nodiscard]] bool none() const { return ill.empty() && well.empty(); }
};

std::string joined(const std::set<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts)
        out += (out.empty() ? "" : ", ") + text;
    return out.empty() ? "?" : out;
}

/// One that only has another page than expected is no case for others: they ask for less than we do.
bool would_show_elsewhere(Failure failure) {
    return failure != Failure::content_mismatch && failure != Failure::http_status &&
           failure != Failure::http_redirect && failure != Failure::http_blocked && speaks_of_target(failure);
}

bool fetches(const HttpFetch& fetch, const std::string& url) {
    return fetch.url == url || std::any_of(fetch.then.begin(), fetch.then.end(),
                                           [&](const HttpFetch& next) { return fetches(next, url); });
}

/// Does a page of ours fail that others were asked for as well?
bool fails_here_too(const Picture& picture, const Platform& platform, const std::string& url) {
    const auto own = picture.of(platform.id, Group::edge);
    return std::any_of(own.begin(), own.end(), [&](const Track* track) {
        const auto* fetch = std::get_if<HttpFetch>(&track->spec.task);
        return fetch && fetches(*fetch, url) && track->failing() && would_show_elsewhere(track->last.failure);
    });
}

class Hearing {
  public:
    Hearing(const Picture& picture, const Platform& platform, const WitnessStates& witnesses,
            Stamp blind_until, Stamp since)
        : picture_(picture),
          platform_(platform),
          witnesses_(witnesses),
          blind_until_(blind_until),
          since_(since) {}

    Testimony hear(Stamp now) {
        for (const Track* track : picture_.witnesses_of(platform_.id)) {
            const Group group = track->spec.group;
            if (group == Group::witness) await(*track);
            if (!track->seen() || !track->fresh(now, picture_.watch().thresholds)) continue;
            if (track->last.failure == Failure::witness_unknown) continue;
            if (group == Group::routing) routes_.push_back(track);
            if (group == Group::witness) elsewhere(*track);
            if (group == Group::vendor) vendor_.push_back(track);
        }
        weigh_routes();
        weigh_networks();
        weigh_vendor();
        return std::move(out_);
    }

  private:
    void await(const Track& track) {
        if (since_ == Stamp::max()) return;
        const auto state = witnesses_.find(track.spec.witness);
        if (state != witnesses_.end() && state->second == WitnessHealth::State::unable) return;
        if (!track.asked_since(since_)) out_.awaited = true;
    }

    void elsewhere(const Track& track) {
        Networks seen;
        for (const Voice& voice : track.last.voices)
            seen.add(voice);
        if (seen.none()) return;
        networks_.basis.push_back(track.last.id);
        networks_.ill.merge(seen.ill);
        networks_.ill_countries.merge(seen.ill_countries);
        // A name that resolves is no service that works: only a page counts for it.
        const auto* view = std::get_if<ViewElsewhere>(&track.spec.task);
        const bool page = view && view->what == ViewElsewhere::What::http;
        if (!page && !platform_.canaries.empty()) return;
        if (page && track.last.seen_at() >= since_ && fails_here_too(picture_, platform_, view->fetch.url))
            contradicting_ = seen.well.size() >= 2;
        networks_.well.merge(seen.well);
        networks_.well_countries.merge(seen.well_countries);
    }

    void weigh_routes() {
        const Track* worst = nullptr;
        for (const Track* track : routes_)
            if (!worst || (track->failing() && !worst->failing())) worst = track;
        if (!worst) return;
        out_.heard = true;
        out_.routes_withdrawn = worst->failing();
        const RoutesSeen seen = worst->last.routes.value_or(RoutesSeen{});
        if (!worst->failing()) {
            out_.evidence.push_back(piece("routes_visible", Group::routing, {worst->last.id},
                                          {{"prefixes", number(seen.prefixes)}}));
            return;
        }
        ++out_.agreeing;
        out_.ill_since = std::min(out_.ill_since, worst->first_failure);
        out_.evidence.push_back(piece("routes_withdrawn", Group::routing, {worst->last.id},
                                      {{"withdrawn", number(seen.withdrawn)},
                                       {"prefixes", number(seen.prefixes)},
                                       {"now", number(seen.peers_now)},
                                       {"known", number(seen.peers_known)}}));
    }

    void weigh_networks() {
        if (networks_.none()) return;
        out_.heard = true;
        std::set<std::string> all = networks_.ill;
        all.insert(networks_.well.begin(), networks_.well.end());
        const int ill = static_cast<int>(networks_.ill.size());
        const int total = static_cast<int>(all.size());
        if (ill >= 2 && 2 * ill > total) {
            ++out_.agreeing;
            out_.evidence.push_back(piece("elsewhere_fails", Group::witness, networks_.basis,
                                          {{"failed", number(ill)},
                                           {"total", number(total)},
                                           {"countries", joined(networks_.ill_countries)}}));
        } else if (ill > 0) {
            out_.evidence.push_back(piece("elsewhere_mixed", Group::witness, networks_.basis,
                                          {{"failed", number(ill)},
                                           {"total", number(total)},
                                           {"countries", joined(networks_.ill_countries)}}));
        } else {
            out_.contradicted = contradicting_;
            Evidence well = piece("elsewhere_answers", Group::witness, networks_.basis,
                                  {{"passed", number(total)},
                                   {"total", number(total)},
                                   {"countries", joined(networks_.well_countries)}});
            // What was seen before our trouble, or of another page, says nothing against it.
            if (!contradicting_) well.weight = 0;
            out_.evidence.push_back(std::move(well));
        }
    }

    /// The gravest of its words, where it has several pages.
    void weigh_vendor() {
        constexpr std::array order{Failure::reported_outage, Failure::reported_degraded,
                                   Failure::reported_maintenance, Failure::status_page_gone, Failure::none};
        for (const Failure failure : order) {
            const auto said = std::find_if(vendor_.begin(), vendor_.end(), [&](const Track* track) {
                // A page that never answered has moved, or is not to be reached from here.
                return track->last.failure == failure &&
                       (failure != Failure::status_page_gone ||
                        (track->ever_ok && track->last.started >= blind_until_));
            });
            if (said == vendor_.end()) continue;
            return weigh_vendor(**said);
        }
    }

    void weigh_vendor(const Track& track) {
        const Failure failure = track.last.failure;
        const std::string words = track.last.voices.empty() ? "" : track.last.voices.front().words;
        const std::vector<std::pair<std::string, std::string>> quoted{{"words", words}};
        const auto say = [&](const char* rule, bool quote) {
            using Facts = std::vector<std::pair<std::string, std::string>>;
            out_.evidence.push_back(piece(rule, Group::vendor, {track.last.id}, quote ? quoted : Facts{}));
        };
        out_.heard = out_.heard || failure != Failure::status_page_gone;
        switch (failure) {
            case Failure::reported_outage:
                ++out_.agreeing;
                out_.ill_since = std::min(out_.ill_since, track.first_failure);
                return say("vendor_reports", true);
            case Failure::reported_degraded:
                return say("vendor_degraded", true);
            case Failure::reported_maintenance:
                out_.maintenance = true;
                return say("vendor_maintenance", true);
            case Failure::status_page_gone:
                return say("vendor_page_gone", false);
            default:
                return say("vendor_well", false);
        }
    }

    const Picture& picture_;
    const Platform& platform_;
    const WitnessStates& witnesses_;
    Stamp blind_until_, since_;
    std::vector<const Track*> routes_, vendor_;
    Networks networks_;
    bool contradicting_ = false;
    Testimony out_;
};

}  // namespace

Testimony hear_witnesses(const Picture& picture, const Platform& platform, const WitnessStates& witnesses,
                         Stamp blind_until, Stamp since, Stamp now) {
    return Hearing(picture, platform, witnesses, blind_until, since).hear(now);
}

}  // namespace sereno
