// Reads the live feed: nobody is asked.
#include "probes/witness/visibility_probe.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "probes/kinds.hpp"
#include "probes/witness/prefix_finder.hpp"
#include "probes/witness/ris/ris_live.hpp"
#include "probes/witness/witnesses.hpp"

namespace sereno {

namespace {

using State = RouteSight::State;

constexpr std::size_t most_answers = 16;

std::string counted(const RouteSight& sight) {
    return std::to_string(sight.peers_now) + " of " + std::to_string(sight.peers_known) + " peers";
}

/// Withdrawn ones first, then by the share of peers, unknown ones last; then by name.
bool worse(const PrefixSight& left, const PrefixSight& right) {
    const auto rank = [](const RouteSight& sight) {
        return sight.state == State::withdrawn ? 0 : sight.state == State::visible ? 1 : 2;
    };
    if (rank(left.sight) != rank(right.sight)) return rank(left.sight) < rank(right.sight);
    if (left.sight.state != State::unknown) {
        const auto left_share = std::int64_t{left.sight.peers_now} * right.sight.peers_known;
        const auto right_share = std::int64_t{right.sight.peers_now} * left.sight.peers_known;
        if (left_share != right_share) return left_share < right_share;
    }
    return left.prefix < right.prefix;
}

/// "AS64666 announces 192.0.2.0/24 instead of AS64500"; empty: all is as it was.
std::string oddities(const PrefixSight& one) {
    const RouteSight& sight = one.sight;
    if (sight.origin == 0 || sight.usual_origin == 0) return {};
    if (sight.origin != sight.usual_origin)
        return "AS" + std::to_string(sight.origin) + " announces " + one.prefix + " instead of AS" +
               std::to_string(sight.usual_origin);
    // Routers try ever longer paths before they give a route up.
    if (sight.usual_path_length > 0 && sight.path_length >= sight.usual_path_length + 3)
        return "paths to " + one.prefix + " grew from " + std::to_string(sight.usual_path_length) + " to " +
               std::to_string(sight.path_length) + " networks";
    return {};
}

class VisibilityRun final : public Attempt {
  public:
    VisibilityRun(const RouteVisibility& task, Begin begin)
        : Attempt(std::move(begin)), owner_(seen().subject.value) {
        begin_with(task);
    }

  private:
    void begin_with(const RouteVisibility& task) {
        Witnesses* witnesses = context().witnesses;
        if (witnesses == nullptr || witnesses->ris_live == nullptr)
            return unknown(Stage::schedule, "RIS Live is not configured");
        feed_ = witnesses->ris_live.get();
        if (!task.prefixes.empty()) return look(task.prefixes);
        finding_ = witnesses->prefixes->find(
            task.servers, deadline(), [this](const std::vector<std::string>& prefixes) { look(prefixes); });
    }

    void unknown(Stage stage, std::string_view why) { fail(stage, Failure::witness_unknown, why); }

    void look(const std::vector<std::string>& prefixes) {
        if (prefixes.empty())
            return unknown(Stage::dns, "it is not known in which prefixes the name servers are announced");
        std::vector<PrefixSight> sights;
        for (const std::string& prefix : prefixes)
            sights.push_back(look_at(prefix));
        RoutesReport report = report_routes(std::move(sights));
        if (report.seen.prefixes > 0) seen().routes = report.seen;
        seen().answers = std::move(report.answers);
        seen().said = feed_->heard();
        if (report.failure == Failure::none) return pass(report.detail);
        fail(Stage::content, report.failure, report.detail);
    }

    PrefixSight look_at(const std::string& prefix) {
        PrefixSight one{.prefix = prefix};
        if (!feed_->watch(prefix, owner_)) {
            one.sight.why = read_prefix(prefix) ? "too many prefixes are watched" : "it is no prefix";
            return one;
        }
        one.sight = feed_->sight(prefix);
        return one;
    }

    std::string owner_;
    RisLive* feed_ = nullptr;
    std::unique_ptr<Asked> finding_;
};

}  // namespace

RoutesReport report_routes(std::vector<PrefixSight> sights) {
    std::sort(sights.begin(), sights.end(), worse);
    RoutesReport report;
    std::string why;
    for (const PrefixSight& one : sights) {
        const bool known = one.sight.state != State::unknown;
        if (report.answers.size() < most_answers)
            report.answers.push_back(one.prefix + " " + (known ? counted(one.sight) : one.sight.why));
        if (!known) {
            if (why.empty()) why = one.prefix + ": " + one.sight.why;
            continue;
        }
        if (report.seen.prefixes++ == 0) {
            report.seen.peers_now = one.sight.peers_now;
            report.seen.peers_known = one.sight.peers_known;
        }
        if (one.sight.state == State::withdrawn) ++report.seen.withdrawn;
        if (const std::string odd = oddities(one); !odd.empty())
            report.detail += (report.detail.empty() ? "" : "; ") + odd;
    }
    if (report.seen.prefixes == 0) {
        report.failure = Failure::witness_unknown;
        report.detail = why;
        return report;
    }
    const std::string summary = std::to_string(report.seen.withdrawn) + " of " +
                                std::to_string(report.seen.prefixes) + " prefixes withdrawn";
    if (report.seen.withdrawn > 0)
        report.detail = summary + (report.detail.empty() ? "" : "; ") + report.detail;
    if (report.seen.withdrawn * 2 >= report.seen.prefixes) report.failure = Failure::route_withdrawn;
    return report;
}

Run start(const RouteVisibility& task, Begin begin) {
    return std::make_unique<VisibilityRun>(task, std::move(begin));
}

}  // namespace sereno
