#include "agent/diagnosis/testimony.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace sereno {

namespace {

/// The longest that a probe network makes us wait before it looks again.
constexpr std::chrono::minutes repeated_for{15};
/// What was said sooner than this before our own trouble began is of something else.
constexpr std::chrono::minutes asked_before{1}, reported_before{5};

std::string number(int value) {
    return std::to_string(value);
}

Evidence piece(RuleId rule, Group group, std::vector<ObservationId> basis,
               std::vector<std::pair<std::string, std::string>> facts) {
    return Evidence{std::move(rule), group, 0, std::move(basis), std::move(facts)};
}

/// A network is one voice, however many probes it has; one that is not known counts by its name.
std::string network_of(const Vantage& vantage) {
    return vantage.asn != 0 ? "AS" + std::to_string(vantage.asn) : vantage.name;
}

/// What one network says of the page, or where it was not asked for one, of the name.
struct NetworkWord {
    Failure failure = Failure::none;
    bool page = false;
    std::string country;
};

std::string joined(const std::set<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts)
        out += (out.empty() ? "" : ", ") + text;
    return out.empty() ? "?" : out;
}

/// Have others met the same thing? They fetch one page, by its status alone: what they see contradicts a
/// failure on the way there, and an error of just that page; never a page that only looks wrong.
enum class Comparable : std::uint8_t { no, page, way };

Comparable comparable(Failure failure) {
    if (!speaks_of_target(failure) || is_reachable(failure)) return Comparable::no;
    switch (failure) {
        case Failure::content_mismatch:
        case Failure::http_status:
        case Failure::http_redirect:
            return Comparable::no;
        case Failure::http_server_error:
            return Comparable::page;
        default:
            return Comparable::way;
    }
}

/// The page of ours that fails: where there are several steps, the one at which it ended. Others are not
/// asked for what comes before or after it. Empty: it does not fail.
std::string failing_page(const Track& track) {
    const auto* fetch = std::get_if<HttpFetch>(&track.spec.task);
    if (!fetch || !track.failing()) return {};
    const std::vector<const HttpFetch*> steps = steps_of(*fetch);
    return steps[std::min(static_cast<std::size_t>(track.last.step), steps.size() - 1)]->url;
}

bool some_page_fails(const Picture& picture, const SubjectId& platform) {
    const Tracks pages = picture.of(platform, Group::edge);
    return std::any_of(pages.begin(), pages.end(), [](const Track* track) { return track->failing(); });
}

bool fails_here(const Picture& picture, const SubjectId& platform, const std::string& url) {
    const Tracks pages = picture.of(platform, Group::edge);
    return std::any_of(pages.begin(), pages.end(),
                       [&](const Track* track) { return failing_page(*track) == url; });
}

/// How a page that others were asked for as well fails here.
Comparable comparable_with(const Picture& picture, const SubjectId& platform, const std::string& url) {
    Comparable most = Comparable::no;
    for (const Track* track : picture.of(platform, Group::edge))
        if (failing_page(*track) == url) most = std::max(most, comparable(track->last.failure));
    return most;
}

const std::string* page_of(const ProbeSpec& spec) {
    const auto* view = std::get_if<ViewElsewhere>(&spec.task);
    return view && view->what == ViewElsewhere::What::http ? &view->fetch.url : nullptr;
}

class Hearing {
  public:
    Hearing(const Picture& picture, const Platform& platform, const WitnessStates& witnesses,
            Stamp blind_until, Stamp since, Stamp over)
        : picture_(picture),
          platform_(platform),
          witnesses_(witnesses),
          blind_until_(blind_until),
          since_(since),
          accused_from_(std::max(over, since == Stamp::max() ? Stamp{} : since - asked_before)),
          over_(over) {}

    Testimony hear(Stamp now) {
        for (const Track* track : picture_.witnesses_of(platform_.id)) {
            const Group group = track->spec.group;
            if (group == Group::vendor && !track->asked_since(Stamp{})) out_.vendor_unasked = true;
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
        if (since_ == Stamp::max() || !worth_asking(picture_, track.spec)) return;
        const auto state = witnesses_.find(track.spec.witness);
        if (state != witnesses_.end() && state->second == WitnessHealth::State::unable) return;
        if (!track.asked_since(since_)) out_.awaited = true;
    }

    void elsewhere(const Track& track) {
        const std::string* page = page_of(track.spec);
        // While some page fails here, their words on others are beside the point.
        if (page && !fails_here(picture_, platform_.id, *page) && some_page_fails(picture_, platform_.id))
            return;
        for (const Voice& voice : track.last.voices) {
            if (!voice.speaks() || (!voice.well() && track.last.seen_at() < accused_from_)) continue;
            NetworkWord& word = networks_[network_of(voice.vantage)];
            // A page says more than a name, and one that fails more than one that answers.
            if (word.page && (!page || word.failure != Failure::none)) continue;
            word = {voice.failure, page != nullptr, voice.vantage.country};
        }
        basis_.push_back(track.last.id);
        // Who is not asked again so soon repeats what he said. That was in a doubt as well: a fault that
        // comes and goes here only must not be declared in between.
        if (page && since_ != Stamp::max() && track.last.seen_at() >= since_ - repeated_for)
            compared_ = std::max(compared_, comparable_with(picture_, platform_.id, *page));
    }

    /// Tells of lost routes, and nobody has seen nearly all of them since. (One who has not noticed yet sees
    /// fewer.)
    [[nodiscard]] bool accuses(const Track& track) const {
        constexpr int nearly_all_permille = 800;
        return track.failing() && std::none_of(routes_.begin(), routes_.end(), [&](const Track* other) {
                   const RoutesSeen seen = other->last.routes.value_or(RoutesSeen{});
                   return other->well() && other->last.seen_at() > track.last.seen_at() &&
                          seen.peers_now * 1000 >= nearly_all_permille * seen.peers_known;
               });
    }

    void weigh_routes() {
        const Track* worst = nullptr;
        for (const Track* track : routes_)
            if (!worst || (accuses(*track) && !accuses(*worst))) worst = track;
        if (!worst) return;
        out_.heard = true;
        out_.routes_withdrawn = accuses(*worst);
        const RoutesSeen seen = worst->last.routes.value_or(RoutesSeen{});
        if (!accuses(*worst)) {
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
        int ill = 0, well = 0, reached = 0, total = 0;
        std::set<std::string> ill_in, well_in;
        for (const auto& [network, word] : networks_) {
            const bool answers = word.failure == Failure::none || is_reachable(word.failure);
            // A name that resolves is no service that works: only a page counts for it.
            if (answers && !word.page && !platform_.canaries.empty()) continue;
            ++total;
            ill += answers ? 0 : 1;
            well += word.failure == Failure::none ? 1 : 0;
            reached += answers ? 1 : 0;
            if (!word.country.empty()) (answers ? well_in : ill_in).insert(word.country);
        }
        if (total == 0) return;
        out_.heard = true;
        const auto say = [&](const char* rule, const char* counted, int count,
                             const std::set<std::string>& countries) {
            out_.evidence.push_back(piece(
                rule, Group::witness, basis_,
                {{counted, number(count)}, {"total", number(total)}, {"countries", joined(countries)}}));
        };
        // Being turned away shows that the way there is open, not that the service behind works.
        const int against = compared_ == Comparable::way ? reached : compared_ == Comparable::page ? well : 0;
        out_.contradicted = against >= 2 && 2 * against > total;
        if (ill >= 2 && 2 * ill > total) {
            ++out_.agreeing;
            out_.networks_agree = true;
            out_.mixed = reached > 0;
            say(reached > 0 ? "elsewhere_mostly_fails" : "elsewhere_fails", "failed", ill, ill_in);
        } else if (ill > 0 && !out_.contradicted) {
            out_.mixed = reached > 0;
            say("elsewhere_mixed", "failed", ill, ill_in);
        } else {
            out_.passes = 2 * well > total && well >= 2;
            say(out_.contradicted ? "elsewhere_answers" : "elsewhere_passes", "passed", reached, well_in);
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
                if (track.first_failure < over_) return say("vendor_lags", true);
                // A report much older than our trouble tells of some other.
                if (since_ == Stamp::max() || track.first_failure >= since_ - reported_before)
                    ++out_.agreeing;
                out_.ill_since = std::min(out_.ill_since, track.first_failure);
                return say("vendor_reports", true);
            case Failure::reported_degraded:
                if (track.first_failure < over_) return say("vendor_lags", true);
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
    Stamp blind_until_, since_, accused_from_, over_;
    std::vector<const Track*> routes_, vendor_;
    std::map<std::string, NetworkWord> networks_;
    std::vector<ObservationId> basis_;
    Comparable compared_ = Comparable::no;
    Testimony out_;
};

}  // namespace

bool worth_asking(const Picture& picture, const ProbeSpec& spec) {
    const std::string* url = page_of(spec);
    if (!url || fails_here(picture, spec.subject, *url)) return true;
    if (some_page_fails(picture, spec.subject)) return false;
    for (const Track* track : picture.witnesses_of(spec.subject))
        if (const std::string* first = page_of(track->spec)) return *first == *url;
    return false;
}

Testimony hear_witnesses(const Picture& picture, const Platform& platform, const WitnessStates& witnesses,
                         Stamp blind_until, Stamp since, Stamp over, Stamp now) {
    return Hearing(picture, platform, witnesses, blind_until, since, over).hear(now);
}

}  // namespace sereno
